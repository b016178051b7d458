# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tensors that a module changes in place: key-value caches, counters, buffers of the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tilewright import dtypes
from tilewright.errors import InputError
from tilewright.frontend.imported import TensorSpec
from tilewright.runtime.tensors import View, is_torch


def check_writable(value: Any, view: View, spec: TensorSpec, role: str = "input") -> None:
    """See that ``view`` is the caller's own memory, and may be written to.

    Raises:
        InputError: the tensor is not contiguous, is read-only or is a number.
    """
    what = f"{role} {spec.name!r} is changed in place by the model"
    if isinstance(value, np.generic):
        raise InputError(
            f"{what}, but a NumPy scalar cannot be", hint=f"pass numpy.array(value, '{spec.dtype}')"
        )
    if isinstance(view.owner, np.ndarray) and not view.owner.flags.writeable:
        raise InputError(f"{what}, but the tensor is read-only", hint="pass a copy, and keep it")
    if _address(value, view) != view.address:
        raise InputError(
            f"{what}, but the tensor is not contiguous in row-major order",
            hint="keep the tensor that x.contiguous() returns, and pass it in each call",
        )


def _address(value: Any, view: View) -> int:
    if is_torch(value):
        address: int = value.data_ptr()
        return address
    if isinstance(value, np.ndarray):
        return int(value.__array_interface__["data"][0])
    # Seen through DLPack without a copy, or not at all.
    return view.address


def check_apart(
    views: Sequence[View], specs: Sequence[TensorSpec], updated: frozenset[int]
) -> None:
    """See that what is changed shares no memory with another input.

    Raises:
        InputError: names the two.
    """
    spans = []
    for index, (view, spec) in enumerate(zip(views, specs, strict=True)):
        count = dtypes.item_bytes(spec.dtype)
        for size in view.shape:
            count *= size
        if count:
            spans.append((view.address, view.address + count, index))
    spans.sort()
    # The span that reaches furthest, and the one of a changed tensor that does.
    last = last_updated = (0, 0, -1)
    for span in spans:
        start, end, index = span
        other = last if index in updated else last_updated
        if start < other[1]:
            names = sorted((index, other[2]))
            raise InputError(
                f"inputs {specs[names[0]].name!r} and {specs[names[1]].name!r} share memory, and "
                "the model changes one of them in place",
                hint="pass separate tensors",
            )
        if end > last[1]:
            last = span
        if index in updated and end > last_updated[1]:
            last_updated = span
