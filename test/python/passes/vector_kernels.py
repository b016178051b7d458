# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles operations on vectors into loops over buffers, and measures errors in ulps."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from mlir import ir
from mlir.execution_engine import ExecutionEngine
from run_mlir import run_passes

Array = npt.NDArray[Any]
Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]

_TO_LLVM = [
    "convert-scf-to-cf",
    "convert-math-to-llvm",
    "convert-math-to-libm",
    "expand-strided-metadata",
    "finalize-memref-to-llvm",
    "convert-arith-to-llvm",
    "convert-vector-to-llvm",
    "convert-ub-to-llvm",
    "convert-func-to-llvm",
    "convert-cf-to-llvm",
    "reconcile-unrealized-casts",
]


@dataclass(frozen=True)
class Kernel:
    """`operation` on %x and %y (both `type`), with `constants` defined before the loop.

    `%z = OPERATION : TYPE` must be the result; `types` replaces TYPE where it takes more.
    """

    operation: str
    type: str = "vector<16xf32>"
    constants: str = ""
    types: str = ""

    @property
    def lanes(self) -> int:
        """How many numbers one iteration takes."""
        *sizes, _ = self.type.removeprefix("vector<").rstrip(">").split("x")
        return int(np.prod([int(size) for size in sizes])) if sizes else 1

    @property
    def element(self) -> str:
        """The type of a number."""
        return self.type.removeprefix("vector<").rstrip(">").rpartition("x")[2]

    def function(self, name: str) -> str:
        """The loop over three buffers: x, y and the result."""
        flat = f"vector<{self.lanes}x{self.element}>"
        buffer = f"memref<?x{self.element}>"
        if self.type.startswith("vector"):
            read = "vector.shape_cast %{0}f : {2} to {1}"
            write = "vector.shape_cast %z : {1} to {2}"
        else:
            read = "vector.extract %{0}f[0] : {1} from {2}"
            write = "vector.broadcast %z : {1} to {2}"
        return f"""
  func.func @eval_{name}(%a: {buffer}, %b: {buffer}, %out: {buffer})
      attributes {{llvm.emit_c_interface}} {{
    %c0 = arith.constant 0 : index
    %step = arith.constant {self.lanes} : index
    %size = memref.dim %a, %c0 : {buffer}
    {self.constants}
    scf.for %i = %c0 to %size step %step {{
      %xf = vector.load %a[%i] : {buffer}, {flat}
      %yf = vector.load %b[%i] : {buffer}, {flat}
      %x = {read.format("x", self.type, flat)}
      %y = {read.format("y", self.type, flat)}
      %z = {self.operation} : {self.types or self.type}
      %zf = {write.format("", self.type, flat)}
      vector.store %zf, %out[%i] : {buffer}, {flat}
    }}
    return
  }}"""


class Kernels:
    """Compiled kernels, by name, for any processor or for what `target` says of one."""

    def __init__(self, kernels: Mapping[str, Kernel], target: str = "") -> None:
        self._kernels = dict(kernels)
        functions = "".join(kernel.function(name) for name, kernel in kernels.items())
        attributes = f"attributes {{tw.target = {target}}}" if target else ""
        module = f"module {attributes} {{{functions}}}"
        lowered = run_passes(module, ["tw-lower-vector-math", *_TO_LLVM])
        # Upstream's engine does not know the attribute.
        lowered = lowered.replace(f"attributes {{tw.target = {target}}} ", "")
        with ir.Context():
            self._engine = ExecutionEngine(ir.Module.parse(lowered), opt_level=2)

    def __call__(self, name: str, x: Array, y: Array | None = None) -> Any:
        """The result for each element; x and y of one length, which the lanes divide."""
        x = np.ascontiguousarray(x)
        y = x if y is None else np.ascontiguousarray(y)
        out = np.empty_like(x)
        assert x.size % self._kernels[name].lanes == 0
        descriptors = [ctypes.pointer(_Memref.of(array)) for array in (x, y, out)]
        self._engine.invoke(f"eval_{name}", *map(ctypes.pointer, descriptors))
        return out


class _Memref(ctypes.Structure):
    _fields_ = (
        ("allocated", ctypes.c_void_p),
        ("aligned", ctypes.c_void_p),
        ("offset", ctypes.c_int64),
        ("size", ctypes.c_int64),
        ("stride", ctypes.c_int64),
    )

    @staticmethod
    def of(array: Array) -> _Memref:
        return _Memref(array.ctypes.data, array.ctypes.data, 0, array.size, 1)


def ulps(got: Float32, reference: Float64) -> Float64:
    """Errors in units of the last place of the reference as f32; infinite where NaN is wrong.

    Infinity counts as 2^128, the number that f32 would continue with.
    """
    result = np.clip(got.astype(np.float64), -(2.0**128), 2.0**128)
    wanted = np.clip(reference, -(2.0**128), 2.0**128)
    exponent = np.clip(np.frexp(wanted)[1] - 1, -126, 127)
    error = np.abs(result - wanted) * np.ldexp(1.0, 23 - exponent)
    error[np.isnan(result) & np.isnan(wanted)] = 0
    error[np.isnan(result) != np.isnan(wanted)] = np.inf
    return np.asarray(error)


def worst(got: Float32, reference: Float64, *inputs: Float32) -> tuple[float, str]:
    """The largest error, and where it is."""
    error = ulps(got, reference)
    i = int(np.argmax(error))
    at = ", ".join(float(x[i]).hex() for x in inputs)
    return float(error[i]), f"{error[i]:.3f} ulp at {at}: {got[i]!r}, wanted {reference[i]!r}"
