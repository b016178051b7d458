# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs IR on tensors before and after passes, so that tests can compare numbers.

The module is lowered by upstream passes to plain loops and executed by upstream's execution engine:
slow, independent of our code generation, and good for small tensors.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_DTYPES = {
    "f64": np.dtype(np.float64),
    "f32": np.dtype(np.float32),
    "f16": np.dtype(np.float16),
    "bf16": np.dtype(ml_dtypes.bfloat16),
    "i64": np.dtype(np.int64),
    "i32": np.dtype(np.int32),
    "i8": np.dtype(np.int8),
    "i1": np.dtype(np.bool_),
    "index": np.dtype(np.int64),
}

_TO_BUFFERS = [
    "func.func(llvm-request-c-wrappers,empty-tensor-to-alloc-tensor)",
    "one-shot-bufferize{bufferize-function-boundaries=true "
    "function-boundary-type-conversion=identity-layout-map}",
    "tw-store-booleans-as-bytes",
]

_TO_LLVM = ",".join(
    [
        "func.func(convert-linalg-to-loops)",
        "scf-forall-to-for",
        "convert-scf-to-cf",
        "expand-strided-metadata",
        "lower-affine",
        "convert-vector-to-llvm",
        "convert-math-to-llvm",
        "convert-math-to-libm",
        "convert-arith-to-llvm",
        "convert-index-to-llvm",
        "finalize-memref-to-llvm",
        "convert-func-to-llvm",
        "convert-cf-to-llvm",
        "reconcile-unrealized-casts",
    ]
)


class TwAssertError(Exception):
    """A `tw.assert` of the executed module failed; the text is its message."""


def find_tool(name: str) -> str:
    """The path of `name`: from the build folder (TW_BUILD_DIR or build/), installed, or on PATH."""
    repo = Path(__file__).resolve().parents[3]
    build = Path(os.environ.get("TW_BUILD_DIR", repo / "build"))
    installed = Path(sysconfig.get_path("purelib")) / "tilewright" / "bin"
    for folder in (build / "bin", installed):
        if (folder / name).exists():
            return str(folder / name)
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is in neither {build / 'bin'}, {installed} nor PATH")
    return found


def run_passes(module: str, passes: Sequence[str] | str, *, generic: bool = False) -> str:
    """The text of `module` after `passes`: flags of tw-opt, with or without the dash.

    Raises RuntimeError with tw-opt's errors if they fail.
    """
    flags = [passes] if isinstance(passes, str) else list(passes)
    command = [find_tool("tw-opt"), "-", *(f"-{flag.lstrip('-')}" for flag in flags if flag)]
    if generic:
        command.append("--mlir-print-op-generic")
    done = subprocess.run(command, input=module, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"tw-opt {' '.join(command[2:])} failed:\n{done.stderr[:4000]}")
    return done.stdout


def run_mlir(
    module: str | Path,
    passes: Sequence[str] | str,
    inputs: Sequence[npt.ArrayLike],
    *,
    buffer_passes: Sequence[str] = (),
) -> list[Array]:
    """Runs `passes` on `module`, executes @main on `inputs`, and returns its results.

    `module` is text or a file; `inputs` has one array for each argument that @main has in
    `module`, weights too. If the passes made an @init, it runs first, and its results go to the
    arguments of @main that ask for them. `buffer_passes`, in the syntax of a pass pipeline, run
    after bufferization. Raises TwAssertError if a `tw.assert` fails.
    """
    text = module.read_text() if isinstance(module, Path) else module
    original = run_passes(text, "", generic=True)
    before = _read_functions(original)["main"]
    if len(inputs) != len(before.arguments):
        raise ValueError(f"@main has {len(before.arguments)} arguments, got {len(inputs)} inputs")
    bound = dict(zip(before.names(), map(np.asarray, inputs), strict=True))

    transformed = run_passes(original, passes, generic=True) if passes else original
    functions = _read_functions(transformed)
    executable = _Executable(transformed, buffer_passes)
    prepared: list[Array] = []
    if "init" in functions:
        init = functions["init"]
        prepared = executable.call("init", init, [bound[name] for name in init.names()])
    main = functions["main"]
    arguments = [
        bound[name] if index is None else prepared[index]
        for name, index in zip(main.names(), main.prepared, strict=True)
    ]
    return executable.call("main", main, arguments)


@dataclass
class _Function:
    """Types as (shape, dtype); dynamic sizes are negative."""

    arguments: list[tuple[list[int], np.dtype[Any]]] = field(default_factory=list)
    labels: list[str | None] = field(default_factory=list)
    prepared: list[int | None] = field(default_factory=list)
    results: list[tuple[list[int], np.dtype[Any]]] = field(default_factory=list)

    def names(self) -> list[str]:
        """One for each argument: its label, or its number among those without."""
        unlabelled = iter(range(len(self.labels)))
        names = []
        for label, index in zip(self.labels, self.prepared, strict=True):
            plain = label is None and index is None
            names.append(f"#{next(unlabelled)}" if plain else str(label))
        return names


def _read_functions(module: str) -> dict[str, _Function]:
    from mlir import ir

    functions = {}
    with ir.Context() as context, ir.Location.unknown():
        context.allow_unregistered_dialects = True
        for op in ir.Module.parse(module).body.operations:
            function = _Function()
            kind = ir.FunctionType(ir.TypeAttr(op.attributes["function_type"]).value)
            function.arguments = [_shape_and_dtype(type_) for type_ in kind.inputs]
            function.results = [_shape_and_dtype(type_) for type_ in kind.results]
            attributes: list[Mapping[str, Any]] = [{} for _ in kind.inputs]
            if "arg_attrs" in op.attributes:
                attributes = [
                    {named.name: named.attr for named in dictionary}
                    for dictionary in ir.ArrayAttr(op.attributes["arg_attrs"])
                ]
            for named in attributes:
                label = named.get("tw.weight", named.get("tw.input"))
                function.labels.append(ir.StringAttr(label).value if label else None)
                index = named.get("tw.prepared")
                function.prepared.append(ir.IntegerAttr(index).value if index else None)
            functions[ir.StringAttr(op.attributes["sym_name"]).value] = function
    return functions


def _shape_and_dtype(type_: Any) -> tuple[list[int], np.dtype[Any]]:
    from mlir import ir

    tensor = ir.RankedTensorType(type_)
    shape = [-1 if tensor.is_dynamic_dim(i) else tensor.get_dim_size(i) for i in range(tensor.rank)]
    return shape, _DTYPES[str(tensor.element_type)]


def _memref(rank: int) -> type[ctypes.Structure]:
    """MLIR's descriptor of a ranked memref."""

    class Descriptor(ctypes.Structure):
        _fields_ = (
            ("allocated", ctypes.c_void_p),
            ("aligned", ctypes.c_void_p),
            ("offset", ctypes.c_int64),
            ("sizes", ctypes.c_int64 * rank),
            ("strides", ctypes.c_int64 * rank),
        )

    return Descriptor


class _UnrankedMemref(ctypes.Structure):
    _fields_ = (("rank", ctypes.c_int64), ("descriptor", ctypes.c_void_p))


def _view(memref: Any, item_size: int) -> Array:
    """The memory behind a descriptor, each element as `item_size` raw bytes."""
    raw = np.dtype(f"V{item_size}")
    sizes = list(memref.sizes)
    if 0 in sizes:
        return np.zeros(sizes, raw)
    steps = zip(sizes, memref.strides, strict=True)
    count = 1 + sum((size - 1) * stride for size, stride in steps)
    start = memref.aligned + memref.offset * item_size
    data = (ctypes.c_byte * (count * item_size)).from_address(start)
    strides = [stride * item_size for stride in memref.strides]
    return np.lib.stride_tricks.as_strided(np.frombuffer(data, raw), sizes, strides)


def _copy_memref(item_size: int, source: Any, target: Any) -> None:
    """What upstream's lowering of memref.copy calls."""
    views = []
    for unranked in (source.contents, target.contents):
        kind = _memref(unranked.rank)
        views.append(_view(kind.from_address(unranked.descriptor), item_size))
    np.copyto(views[1], views[0])


class _Executable:
    """A module in memory. Buffers that it allocates are never freed."""

    def __init__(self, module: str, buffer_passes: Sequence[str]) -> None:
        from mlir import ir
        from mlir.execution_engine import ExecutionEngine

        self._messages: list[str] = []
        self._failures: list[str] = []
        module = self._with_recorded_asserts(module)
        to_llvm = ",".join([*_TO_BUFFERS, *buffer_passes, _TO_LLVM])
        lowered = run_passes(module, f"pass-pipeline=builtin.module({to_llvm})")
        with ir.Context() as context:
            context.allow_unregistered_dialects = True  # for tw.target on the module
            self._engine: Any = ExecutionEngine(ir.Module.parse(lowered), opt_level=1)
        # Both are kept: the engine holds only their addresses.
        self._callback = ctypes.CFUNCTYPE(None, ctypes.c_bool, ctypes.c_int64)(self._record)
        self._engine.register_runtime("record_assert", self._callback)
        copy = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.POINTER(_UnrankedMemref)] * 2)
        self._copy = copy(_copy_memref)
        self._engine.raw_register_runtime("memrefCopy", ctypes.cast(self._copy, ctypes.c_void_p))

    def _with_recorded_asserts(self, module: str) -> str:
        """Each tw.assert becomes a call with its condition and the number of its message."""

        def call(match: re.Match[str]) -> str:
            self._messages.append(match[2])
            number = f"%tw_message_{len(self._messages)}"
            return (
                f'{number} = "arith.constant"() <{{value = {len(self._messages) - 1} : i64}}> '
                f': () -> i64\n"func.call"({match[1]}, {number}) <{{callee = @record_assert}}> '
                ": (i1, i64) -> ()"
            )

        pattern = r'"tw\.assert"\((%[^)]+)\) <\{message = "([^"]*)"\}> : \(i1\) -> \(\)'
        module = re.sub(pattern, call, module)
        declaration = (
            '"func.func"() <{function_type = (i1, i64) -> (), sym_name = "record_assert", '
            'sym_visibility = "private"}> ({}) : () -> ()\n'
        )
        head, brace, tail = module.rpartition("})")
        return head + declaration + brace + tail

    def _record(self, holds: bool, message: int) -> None:
        if not holds:
            self._failures.append(self._messages[message])

    def call(self, name: str, function: _Function, arrays: Sequence[Array]) -> list[Array]:
        keep: list[Any] = []
        pointers: list[Any] = []
        fields = [(f"r{i}", _memref(len(shape))) for i, (shape, _) in enumerate(function.results)]
        results: Any = type("Results", (ctypes.Structure,), {"_fields_": fields})()
        if fields:
            pointers.append(ctypes.pointer(results))
        for array, (shape, dtype) in zip(arrays, function.arguments, strict=True):
            # A copy: bufferization may write to arguments.
            copy = np.array(array, dtype=dtype, order="C", copy=True)
            if copy.ndim != len(shape) or any(
                size >= 0 and size != given for size, given in zip(shape, copy.shape, strict=True)
            ):
                raise ValueError(f"@{name} takes {shape}, got {list(copy.shape)}")
            memref: Any = _memref(copy.ndim)()
            memref.allocated = memref.aligned = copy.ctypes.data
            memref.sizes[:] = copy.shape
            memref.strides[:] = [stride // copy.itemsize for stride in copy.strides]
            keep.append((copy, memref))
            pointers.append(ctypes.pointer(memref))
        self._engine.invoke(name, *(ctypes.pointer(pointer) for pointer in pointers))
        if self._failures:
            raise TwAssertError(self._failures[0])
        outputs = []
        for (field_name, _), (_, dtype) in zip(fields, function.results, strict=True):
            raw = _view(getattr(results, field_name), dtype.itemsize)
            outputs.append(np.array(raw, order="C").view(dtype))
        return outputs
