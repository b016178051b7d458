# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs what target cuda compiled without a GPU, one thread after the other.

The kernels are those of the last phase, with the registers that hold the numbers of block and
thread replaced by variables, and compiled for this machine by upstream's execution engine. Threads
of these kernels never meet, so their order does not matter. The host's part (memory, sizes,
launches) is interpreted. New memory holds NaN or 0xff, so what a kernel leaves out shows.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from mlir import ir
from mlir.execution_engine import ExecutionEngine

Array = npt.NDArray[Any]

_DTYPES = {"f64": np.float64, "f32": np.float32, "f16": np.float16, "bf16": np.uint16}
_REGISTERS = ("ctaid", "tid")


@dataclass
class Memory:
    """A memref: the elements of its buffer, and where its own lie."""

    base: Array
    offset: int
    sizes: list[int]
    strides: list[int]

    @staticmethod
    def of(array: Array) -> Memory:
        steps = [int(np.prod(array.shape[i + 1 :])) for i in range(array.ndim)]
        return Memory(array.reshape(-1), 0, list(array.shape), steps)

    def view(self) -> Array:
        steps = [stride * self.base.itemsize for stride in self.strides]
        return np.lib.stride_tricks.as_strided(self.base[self.offset :], self.sizes, steps)


def poisoned(shape: Sequence[int], dtype: npt.DTypeLike) -> Array:
    """New memory with every bit set."""
    kind = np.dtype(dtype)
    count = int(np.prod(shape)) * kind.itemsize
    return np.full(count, 0xFF, np.uint8).view(kind).reshape(shape)


def _allocate(memref: str, sizes: Sequence[int]) -> Memory:
    inner = memref[memref.index("<") + 1 : memref.rindex(">")].split(",")[0].split("x")
    dynamic = iter(sizes)
    shape = [next(dynamic) if size == "?" else int(size) for size in inner[:-1]]
    kind = inner[-1]
    dtype = _DTYPES.get(kind) or np.dtype(f"i{max(1, int(kind.lstrip('i')) // 8)}")
    return Memory.of(poisoned(shape, dtype))


def _make_engine(kernels: str) -> ExecutionEngine:
    """The kernels as functions of this machine, and `place` to say which thread they are."""
    text = re.sub(r"gpu\.module @\w+ \[.*?\] \{", "module {", kernels, count=1)
    text = re.sub(r"attributes \{gpu\.kernel.*?\} \{", "{", text)
    count = 0

    def read(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        address = f"%address_{count}"
        return (
            f"{address} = llvm.mlir.addressof @{match[2]} : !llvm.ptr\n"
            f"{match[1]} = llvm.load {address} : !llvm.ptr -> i32"
        )

    text = re.sub(r"(%\w+) = nvvm\.read\.ptx\.sreg\.(\w+)\.x(?: range <.*?>)? : i32", read, text)
    stores = "".join(
        f"%{name} = llvm.mlir.addressof @{name} : !llvm.ptr\n"
        f"llvm.store %{name}_x, %{name} : i32, !llvm.ptr\n"
        for name in _REGISTERS
    )
    globals_ = "".join(
        f"llvm.mlir.global internal @{name}() : i32 {{\n%z = llvm.mlir.constant(0 : i32) : i32\n"
        "llvm.return %z : i32\n}\n"
        for name in _REGISTERS
    )
    arguments = ", ".join(f"%{name}_x: i32" for name in _REGISTERS)
    place = f"llvm.func @place({arguments}) {{\n{stores}llvm.return\n}}\n"
    assert "nvvm." not in text, "the emulator knows no other instruction of a GPU"
    return ExecutionEngine(ir.Module.parse(text.replace("{", "{\n" + globals_ + place, 1)), 2)


@dataclass
class Emulator:
    """Runs one function of a module after phase `lower-nvvm`.

    Attributes:
        module: that module.
        outputs: results whose shape is known only in the call, by number, after :meth:`run`.
    """

    module: Any
    outputs: dict[int, Array]

    def __init__(self, module: Any) -> None:
        self.module, self.outputs = module, {}
        self._values: dict[Any, Any] = {}
        with module.context:
            texts = [str(op) for op in module.body.operations if op.operation.name == "gpu.module"]
            self._engine = _make_engine(texts[0])
        self._functions: dict[str, Callable[..., None]] = {}

    def run(self, name: str, arguments: Sequence[Array]) -> None:
        """Run function ``name`` of the host on all of its arguments, results included."""
        function = next(
            op
            for op in self.module.body.operations
            if op.operation.name == "func.func"
            and ir.StringAttr(op.attributes["sym_name"]).value == name
        )
        block = function.regions[0].blocks[0]
        assert len(block.arguments) == len(arguments)
        for argument, array in zip(block.arguments, arguments, strict=True):
            self._values[argument] = Memory.of(array)
        for op in block.operations:
            operands = [self._values[operand] for operand in op.operation.operands]
            results = self._evaluate(op.operation, operands)
            for result, value in zip(op.operation.results, results, strict=True):
                self._values[result] = value

    def _evaluate(self, op: Any, operands: list[Any]) -> Sequence[Any]:
        scalar: dict[str, Callable[..., int]] = {
            "arith.addi": lambda a, b: a + b,
            "arith.subi": lambda a, b: a - b,
            "arith.muli": lambda a, b: a * b,
            "arith.maxui": max,
            "arith.ceildivui": lambda a, b: -(-a // b),
        }
        if op.name in scalar:
            return [scalar[op.name](*operands)]
        if op.name == "arith.constant":
            return [op.attributes["value"].value]
        if op.name == "memref.dim":
            return [operands[0].sizes[operands[1]]]
        if op.name in ("memref.alloc", "tw.output"):
            memory = _allocate(str(op.results[0].type), operands)
            if op.name == "tw.output":
                self.outputs[op.attributes["index"].value] = memory.view()
            return [memory]
        if op.name in ("memref.expand_shape", "memref.collapse_shape", "memref.subview"):
            return [self._reshape(op, operands)]
        if op.name == "memref.extract_strided_metadata":
            memory = operands[0]
            return [memory.base, memory.offset, *memory.sizes, *memory.strides]
        if op.name == "gpu.launch_func":
            self._launch(op, operands)
            return []
        assert op.name == "func.return", f"the emulator does not know {op.name}"
        return []

    def _reshape(self, op: Any, operands: list[Any]) -> Memory:
        """Views of a static shape: their type has it all, but the buffer."""
        match = re.fullmatch(
            r"memref<((?:\d+x)*)\w+(?:, strided<\[(.*?)\](?:, offset: (\d+))?>)?>",
            str(op.results[0].type),
        )
        assert match, f"the emulator does not know views as {op}"
        memory = Memory.of(np.empty([int(size) for size in match[1].split("x")[:-1]]))
        memory.base, memory.offset = operands[0].base, int(match[3] or 0)
        if match[2] is not None:
            memory.strides = [int(stride) for stride in match[2].split(", ") if stride]
        return memory

    def _launch(self, op: Any, operands: list[Any]) -> None:
        blocks, threads, arguments = operands[0], operands[3], operands[6:]
        assert operands[1:3] == operands[4:6] == [1, 1]
        name = str(op.attributes["kernel"]).rpartition("@")[2]
        slots: list[Any] = []
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                slots.append(ctypes.c_void_p(argument.ctypes.data))
            elif isinstance(argument, float):
                slots.append(ctypes.c_float(argument))
            else:
                slots.append(ctypes.c_int64(argument))
        pointers = (ctypes.c_void_p * len(slots))(*[ctypes.addressof(slot) for slot in slots])
        kernel, place = self._function(name), self._function("place")
        for block in range(blocks):
            for thread in range(threads):
                numbers = [ctypes.c_int32(block), ctypes.c_int32(thread)]
                place((ctypes.c_void_p * 2)(*[ctypes.addressof(number) for number in numbers]))
                kernel(pointers)

    def _function(self, name: str) -> Callable[..., None]:
        if name not in self._functions:
            address = self._engine.raw_lookup(name)
            self._functions[name] = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(address)
        return self._functions[name]
