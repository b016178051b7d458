# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Inputs of every layout reach the code as contiguous rows of the right elements, and are copied
only if they are not that already."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest

from tilewright.errors import InputError
from tilewright.frontend.imported import TensorSpec
from tilewright.runtime.tensors import view_tensor

torch = pytest.importorskip("torch")

Array = np.ndarray[Any, np.dtype[Any]]


def cube() -> Array:
    return np.arange(6 * 8 * 10, dtype=np.float32).reshape(6, 8, 10)


class OnlyDLPack:
    def __init__(self, array: Any) -> None:
        self.array = array

    def __dlpack__(self, **options: Any) -> Any:
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self.array.__dlpack_device__()


def elements(value: Any) -> tuple[int, Array]:
    """The address that the code gets, and what it finds there."""
    spec = TensorSpec("x", (None,) * value.ndim, str(value.dtype).removeprefix("torch."))
    view = view_tensor(value, spec)
    count = int(np.prod(view.shape))
    dtype = np.dtype(spec.dtype)
    raw = ctypes.string_at(view.address, count * dtype.itemsize) if count else b""
    return view.address, np.frombuffer(raw, dtype).reshape(view.shape)


LAYOUTS: dict[str, Any] = {
    "transposed": lambda x: x.T,
    "permuted": lambda x: x.transpose(1, 2, 0),
    "fortran": np.asfortranarray,
    "reversed": lambda x: x[::-1],
    "reversed in all dimensions": lambda x: x[::-1, ::-1, ::-1],
    "negative steps": lambda x: x[::-2, 1:, ::-3],
    "every second": lambda x: x[:, :, ::2],
    "inner part": lambda x: x[1:-1, 2:5, 3:7],
    "broadcast": lambda x: np.broadcast_to(x[:1, :, :1], (3, 8, 4)),
    "overlapping windows": lambda x: np.lib.stride_tricks.sliding_window_view(x[0], (3, 4)),
    "one element": lambda x: x[3:4, ::-1][:, 2:3, 5:6],
    "no row": lambda x: x[:0, ::-1],
    "no column": lambda x: x[::-2, :, 4:4].transpose(2, 0, 1),
    "a number": lambda x: x[1, 2, 3],
    "read only": lambda x: np.broadcast_to(x, x.shape),
    "booleans": lambda x: (x.T % 3 == 0)[::-1],
    "integers": lambda x: x.astype(np.int64)[..., ::-1],
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=list(LAYOUTS))
def test_numpy_layouts(layout: Any) -> None:
    value = layout(cube())
    _, found = elements(value)
    np.testing.assert_array_equal(found, value)


TORCH_LAYOUTS: dict[str, Any] = {
    "transposed": lambda x: x.mT,
    "permuted": lambda x: x.permute(2, 0, 1),
    "channels last": lambda x: x[None].to(memory_format=torch.channels_last),
    "every second": lambda x: x[:, ::2, 1::3],
    "expanded": lambda x: x[:1, :, :1].expand(3, 8, 4),
    "overlapping windows": lambda x: x.unfold(1, 3, 1),
    "no row": lambda x: x[:0].mT,
    "a number": lambda x: x[1, 2, 3],
    "integers": lambda x: x.to(torch.int32).mT,
}


@pytest.mark.parametrize("layout", TORCH_LAYOUTS.values(), ids=list(TORCH_LAYOUTS))
def test_torch_layouts(layout: Any) -> None:
    value = layout(torch.from_numpy(cube()))
    _, found = elements(value)
    np.testing.assert_array_equal(found, value.numpy())


def test_bfloat16() -> None:
    value = torch.from_numpy(cube()).bfloat16().mT
    view = view_tensor(value, TensorSpec("x", (6, 10, 8), "bfloat16"))
    raw = ctypes.string_at(view.address, value.numel() * 2)
    found = torch.frombuffer(bytearray(raw), dtype=torch.bfloat16).reshape(value.shape)
    assert torch.equal(found, value)


@pytest.mark.parametrize("layout", [lambda x: x.T, lambda x: x[::-1, :, ::-2], lambda x: x[:0]])
def test_dlpack_layouts(layout: Any) -> None:
    value = layout(cube())
    spec = TensorSpec("x", value.shape, "float32")
    view = view_tensor(OnlyDLPack(value), spec)
    np.testing.assert_array_equal(
        np.frombuffer(ctypes.string_at(view.address, value.nbytes), np.float32), value.ravel()
    )


@pytest.mark.parametrize(
    "part",
    [lambda x: x, lambda x: x[2:4], lambda x: x[3:4, 2:5], lambda x: x[:1].transpose(1, 0, 2)],
)
def test_contiguous_parts_are_not_copied(part: Any) -> None:
    whole = cube()
    value = part(whole)
    address, found = elements(value)
    assert address == value.__array_interface__["data"][0]
    np.testing.assert_array_equal(found, value)
    assert elements(torch.from_numpy(value))[0] == address


def test_inputs_are_left_as_they_are() -> None:
    whole = cube()
    reversed_ = whole[::-1, ::-1]
    before, strides = whole.copy(), reversed_.strides
    elements(reversed_)
    np.testing.assert_array_equal(whole, before)
    assert reversed_.strides == strides


def test_no_elements_where_some_are_expected() -> None:
    spec = TensorSpec("x", (6, 8), "float32")
    for value in (np.zeros((0, 8), np.float32), torch.zeros(6, 0)):
        with pytest.raises(InputError, match=r"has shape \[.*0.*\].*float32\[6, 8\]"):
            view_tensor(value, spec)
