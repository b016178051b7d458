# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tensors of other libraries, seen as memory: NumPy, PyTorch, and all that speak DLPack.

Nothing is copied unless the elements are not contiguous in row-major order.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tilewright import dtypes
from tilewright.errors import InputError
from tilewright.frontend.imported import TensorSpec
from tilewright.signature import describe_spec

_DLPACK_CPU = 1
_ALIGNMENT = 64


# Every microsecond counts for a small model: made faster than a frozen dataclass is.
class View(NamedTuple):
    """A contiguous tensor in memory.

    Attributes:
        address: of the first element.
        shape: sizes.
        owner: what keeps the memory alive.
    """

    address: int
    shape: tuple[int, ...]
    owner: Any


def is_torch(value: Any) -> bool:
    """Whether it is a ``torch.Tensor``; does not import torch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def view_tensor(value: Any, spec: TensorSpec, role: str = "input") -> View:
    """The memory of a tensor, after checking that it is what the model was compiled for.

    ``role`` is what error messages call it: an input or a weight.

    Raises:
        InputError: it is no tensor, is on another device, or has another dtype or shape.
    """
    if is_torch(value):
        return _view_torch(value, spec, role)
    masked = isinstance(value, np.ma.MaskedArray)
    if isinstance(value, (np.ndarray, np.generic)) and not masked:
        return _view_numpy(np.asarray(value), spec, role)
    if hasattr(value, "__dlpack__") and hasattr(value, "__dlpack_device__") and not masked:
        device = int(value.__dlpack_device__()[0])
        if device != _DLPACK_CPU:
            raise InputError(
                f"{role} {spec.name!r} is on another device (DLPack device type {device}), but the "
                "model was compiled for the CPU",
                hint="copy it to the CPU first",
            )
        return _view_dlpack(value, spec, role)
    raise InputError(
        f"{role} {spec.name!r} is a {type(value).__name__}, expected a tensor "
        f"{describe_spec(spec)}",
        hint="pass a NumPy array, a torch.Tensor, or a tensor that supports DLPack",
    )


def _check(spec: TensorSpec, role: str, dtype: str, shape: tuple[int, ...]) -> None:
    if dtype != spec.dtype:
        raise InputError(
            f"{role} {spec.name!r} has dtype {dtype}, but the model was compiled for "
            f"{describe_spec(spec)}",
            hint=f"convert it to {spec.dtype}",
        )
    expected = spec.shape
    fits = len(shape) == len(expected) and all(
        want is None or want == have for want, have in zip(expected, shape, strict=True)
    )
    if not fits:
        raise InputError(
            f"{role} {spec.name!r} has shape {list(shape)}, but the model was compiled for "
            f"{describe_spec(spec)}",
            hint="compile with example inputs of this shape, or name the sizes that vary in "
            "dynamic_shapes",
        )


def _view_torch(tensor: Any, spec: TensorSpec, role: str) -> View:
    if not tensor.is_cpu:
        raise InputError(
            f"{role} {spec.name!r} is on device {tensor.device}, but the model was compiled "
            "for the CPU",
            hint="pass input.cpu()",
        )
    # Not `import` here: in each call that costs more than to look a module up.
    if tensor.layout is not sys.modules["torch"].strided:
        raise InputError(
            f"{role} {spec.name!r} has layout {tensor.layout}, expected an ordinary dense tensor",
            hint="pass input.to_dense()",
        )
    shape = tensor.shape
    if shape != spec.shape or tensor.dtype is not dtypes.torch_dtype(spec.dtype):
        _check(spec, role, str(tensor.dtype).removeprefix("torch."), tuple(shape))
    # Two lazy flags of PyTorch: the memory holds the values before negation and conjugation.
    if not tensor.is_contiguous() or tensor.is_neg() or tensor.is_conj():
        tensor = tensor.detach().resolve_conj().resolve_neg().contiguous()
    return View(tensor.data_ptr(), shape, tensor)


def _view_numpy(array: NDArray[Any], spec: TensorSpec, role: str) -> View:
    dtype = array.dtype
    _check(spec, role, dtype.name if dtype.isnative else str(dtype), array.shape)
    if not (array.flags.c_contiguous and array.flags.aligned):
        # Not ascontiguousarray: that makes a vector of a number.
        array = array.copy(order="C")
    return View(array.__array_interface__["data"][0], array.shape, array)


def _view_dlpack(value: Any, spec: TensorSpec, role: str) -> View:
    try:
        return _view_numpy(np.from_dlpack(value), spec, role)
    except (BufferError, RuntimeError, TypeError) as error:
        # NumPy's DLPack has no bfloat16; PyTorch's has.
        if "torch" not in sys.modules:
            raise InputError(
                f"{role} {spec.name!r} (a {type(value).__name__}) cannot be read through DLPack: "
                f"{error}"
            ) from None
    from torch.utils.dlpack import from_dlpack

    try:
        return _view_torch(from_dlpack(value), spec, role)
    except (BufferError, RuntimeError, TypeError) as error:
        raise InputError(
            f"{role} {spec.name!r} (a {type(value).__name__}) cannot be read through DLPack: "
            f"{error}"
        ) from None


class Results:
    """Makes the outputs of one call: of the same kind as the first tensor that was passed in."""

    def __init__(self, inputs: Sequence[Any], default: str) -> None:
        self._sample = None
        self.kind = default
        for value in inputs:
            if is_torch(value):
                self.kind = "torch"
                return
        for value in inputs:
            if isinstance(value, (np.ndarray, np.generic)):
                self.kind = "numpy"
                return
        if inputs:
            self.kind = "dlpack"
            self._sample = inputs[0]

    def empty(self, shape: tuple[int, ...], dtype: str) -> tuple[int, Any]:
        """A new uninitialised output: its address, and what :meth:`finish` takes."""
        if self.kind == "torch":
            tensor = sys.modules["torch"].empty(shape, dtype=dtypes.torch_dtype(dtype))
            return tensor.data_ptr(), tensor
        array = empty_aligned(shape, dtypes.numpy_dtype(dtype))
        return array.__array_interface__["data"][0], array

    def adopt(self, data: NDArray[np.uint8], shape: list[int], dtype: str) -> Any:
        """An output in memory that the module allocated, for :meth:`finish`."""
        if self.kind == "torch":
            import torch

            if data.size == 0:
                return torch.empty(shape, dtype=dtypes.torch_dtype(dtype))
            return torch.from_numpy(data).view(dtypes.torch_dtype(dtype)).reshape(shape)
        return data.view(dtypes.numpy_dtype(dtype)).reshape(shape)

    def finish(self, outputs: list[Any]) -> list[Any]:
        """The outputs as the caller's own kind of tensors."""
        if self.kind != "dlpack":
            return outputs
        namespace = getattr(self._sample, "__array_namespace__", None)
        convert = getattr(namespace(), "from_dlpack", None) if namespace else None
        return outputs if convert is None else [convert(output) for output in outputs]


def empty_aligned(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """An uninitialised array whose data begins at a cache line."""
    count = dtype.itemsize
    for size in shape:
        count *= size
    raw = np.empty(count + _ALIGNMENT, np.uint8)
    skip = -raw.__array_interface__["data"][0] % _ALIGNMENT
    return raw[skip : skip + count].view(dtype).reshape(shape)
