# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Binding of weights when a module is loaded: snapshots, and what @init prepares from them."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tilewright import dtypes
from tilewright.errors import CompileError, InputError, RunError
from tilewright.frontend.imported import TensorSpec
from tilewright.runtime.tensors import View, view_tensor
from tilewright.runtime.updates import check_writable
from tilewright.runtime.workspace import WeightMemory
from tilewright.signature import BoundArgument, HostInterface
from tilewright.targets.base import LoadedModule


@dataclass(frozen=True)
class BoundWeights:
    """Memory of the tensors that stay the same in every call.

    Attributes:
        addresses: for each argument of @main, where its data is; 0 for inputs.
        memory: owner of that memory.
        states: owners of the memory of buffers that the model changes.
    """

    addresses: tuple[int, ...]
    memory: WeightMemory
    states: tuple[View, ...] = ()


def bind_weights(
    loaded: LoadedModule, interface: HostInterface, weights: Mapping[str, Any]
) -> BoundWeights:
    """Copy the weights that @main reads as they are, and run @init for the others.

    Later changes of ``weights`` have no effect on the module; none of them is kept, but for the
    states, which the module reads and writes where they are.

    Raises:
        InputError: a weight is missing, or has another shape or dtype than the module expects; a
            state is not contiguous, or cannot be written to.
        RunError: @init failed.
    """
    direct = [argument for argument in interface.main if argument.kind == "weight"]
    snapshots = {argument.name: _view(argument, weights) for argument in direct}
    sizes = {
        name: _bytes(view.shape, argument.dtype)
        for argument in direct
        for name, view in [(argument.name, snapshots[argument.name])]
    }
    prepared = [_bytes(_static(spec), spec.dtype) for spec in interface.prepared]
    memory = WeightMemory([*sizes.values(), *prepared])
    places = {name: memory.address(i) for i, name in enumerate(sizes)}
    for name, size in sizes.items():
        ctypes.memmove(places[name], snapshots[name].address, size)
    results = [memory.address(len(sizes) + i) for i in range(len(prepared))]
    _prepare(loaded, interface, weights, results)
    addresses = []
    states = []
    for argument in interface.main:
        if argument.kind == "weight":
            addresses.append(places[argument.name])
        elif argument.kind == "state":
            states.append(_view(argument, weights, "buffer"))
            spec = TensorSpec(argument.name, argument.shape, argument.dtype)
            check_writable(weights[argument.name], states[-1], spec, "buffer")
            addresses.append(states[-1].address)
        else:
            addresses.append(results[argument.index] if argument.kind == "prepared" else 0)
    return BoundWeights(tuple(addresses), memory, tuple(states))


def _prepare(
    loaded: LoadedModule, interface: HostInterface, weights: Mapping[str, Any], results: list[int]
) -> None:
    if not interface.prepared:
        return
    if not loaded.has_init:
        raise CompileError(
            "the module expects prepared weights, but has no tw_init", phase="codegen"
        )
    views = [_view(argument, weights) for argument in interface.init]
    records = [(view.address, list(view.shape)) for view in views]
    records += [
        (address, list(_static(spec)))
        for address, spec in zip(results, interface.prepared, strict=True)
    ]
    try:
        loaded.init(records)
    except RuntimeError as error:
        raise RunError(f"preparing the weights failed: {error}") from None


def _view(argument: BoundArgument, weights: Mapping[str, Any], role: str = "weight") -> View:
    if argument.name not in weights:
        raise InputError(
            f"{role} {argument.name!r} is missing",
            hint=f"pass weights={{{argument.name!r}: ...}}; given: {', '.join(weights) or 'none'}",
        )
    value = weights[argument.name]
    spec = TensorSpec(argument.name, argument.shape, argument.dtype)
    # MLIR's integers have no sign, so the module cannot tell these two apart.
    if argument.dtype == "int8" and str(getattr(value, "dtype", "")).endswith("uint8"):
        spec = replace(spec, dtype="uint8")
    return view_tensor(value, spec, role)


def _static(spec: TensorSpec) -> tuple[int, ...]:
    sizes = tuple(size for size in spec.shape if size is not None)
    if len(sizes) != len(spec.shape):
        raise CompileError(f"{spec.name} has a shape that is not known when weights are prepared")
    return sizes


def _bytes(shape: tuple[int, ...], dtype: str) -> int:
    count = dtypes.item_bytes(dtype)
    for size in shape:
        count *= size
    return count
