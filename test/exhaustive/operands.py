# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Short ways to say what a case computes and on what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from case import Case, Function
from torch import Tensor, nn

Maker = Callable[[], Any]


def normal(*shape: int, dtype: torch.dtype = torch.float32) -> Maker:
    return lambda: torch.randn(shape, dtype=torch.float64).to(dtype)


def positive(*shape: int, dtype: torch.dtype = torch.float32) -> Maker:
    return lambda: (torch.rand(shape, dtype=torch.float64) + 0.1).to(dtype)


def integers(low: int, high: int, *shape: int, dtype: torch.dtype = torch.int64) -> Maker:
    return lambda: torch.randint(low, high, shape).to(dtype)


def booleans(*shape: int) -> Maker:
    return lambda: torch.rand(shape) > 0.5


def _make(operand: Any) -> Any:
    if callable(operand):
        return operand()
    return torch.randn(operand) if isinstance(operand, tuple) else operand


def of(name: str, function: Callable[..., Any], *operands: Any, **options: Any) -> Case:
    """A case of a function. An operand is a shape (of normal float32), a maker, or a value."""
    return layer(name, lambda: Function(function), *operands, **options)


def layer(name: str, model: Callable[[], nn.Module], *operands: Any, **options: Any) -> Case:
    """A case of a module."""

    def calls() -> list[tuple[Any, ...]]:
        torch.manual_seed(1)
        return [tuple(_make(operand) for operand in operands)]

    return Case(name, model, calls, **options)


def resized(
    name: str,
    model: Callable[[], nn.Module],
    operands: Callable[..., tuple[Any, ...]],
    sizes: list[tuple[int, ...]],
    dynamic_shapes: Any,
    **options: Any,
) -> Case:
    """A case of dynamic shape: ``operands`` gives the operands for each entry of ``sizes``."""

    def calls() -> list[tuple[Any, ...]]:
        torch.manual_seed(1)
        return [tuple(_make(operand) for operand in operands(*size)) for size in sizes]

    return Case(name, model, calls, dynamic_shapes=dynamic_shapes, **options)


def tensor(values: Any) -> Tensor:
    return torch.tensor(values)
