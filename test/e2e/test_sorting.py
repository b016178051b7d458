# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Orders of rows that are too long to compare all pairs of their elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from small_models import Function
from torch import Tensor
from torch.export import Dim

import tilewright as tw
from tilewright.frontend import import_torch

NAN, INF = float("nan"), float("inf")


def check(function: Callable[..., Any], *inputs: Tensor) -> tw.CompiledModule:
    """Compiles and compares with eager, exactly: nothing is computed, only moved."""
    module = tw.compile(Function(function), inputs, progress=False)
    torch.testing.assert_close(module(*inputs), function(*inputs), rtol=0, atol=0, equal_nan=True)
    return module


def hostile(*shape: int) -> Tensor:
    """Values with many equals, NaN, infinities and zeros of both signs."""
    torch.manual_seed(0)
    x = torch.randint(-20, 20, shape) / 4
    x[torch.rand(shape) < 0.05] = NAN
    x[torch.rand(shape) < 0.05] = -0.0
    x[torch.rand(shape) < 0.02] = INF
    x[torch.rand(shape) < 0.02] = -INF
    return x


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("length", [64, 127, 257, 1000, 4097, 50257])
def test_stable_order(length: int, descending: bool) -> None:
    def order(x: Tensor) -> Any:
        return torch.sort(x, stable=True, descending=descending)

    assert "tw.argsort" in check(order, hostile(2, length)).ir("graph")


@pytest.mark.parametrize("dim", [0, 1, 2])
def test_dimensions(dim: int) -> None:
    shape = [3, 3, 3]
    shape[dim] = 700
    module = check(lambda x: torch.sort(x, dim=dim, stable=True), hostile(*shape))
    assert "tw.argsort" in module.ir("graph")


TYPES = [torch.int8, torch.int32, torch.int64, torch.bfloat16, torch.float16, torch.float64]


@pytest.mark.parametrize("dtype", [torch.bool, *TYPES])
def test_types(dtype: torch.dtype) -> None:
    x = torch.randint(-100, 100, (3, 900)).to(dtype)
    check(lambda x: torch.sort(x, stable=True), x)
    check(lambda x: torch.sort(x, stable=True, descending=True), x)


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64, torch.float64])
def test_all_digits(dtype: torch.dtype) -> None:
    """Numbers of all magnitudes and both signs, the first and the last of the type among them."""
    bits = torch.finfo(dtype).bits if dtype.is_floating_point else torch.iinfo(dtype).bits
    torch.manual_seed(0)
    x = torch.randn(2, 1500, dtype=torch.float64) * 2 ** (torch.rand(2, 1500) * (bits - 4))
    x = x.to(dtype)
    if not dtype.is_floating_point:
        x[:, 7], x[:, 3] = torch.iinfo(dtype).min, torch.iinfo(dtype).max
    check(lambda x: torch.sort(x, stable=True), x)
    check(lambda x: torch.sort(x, stable=True, descending=True), x)


def test_any_length() -> None:
    model, sizes = (
        Function(lambda x: torch.sort(x, stable=True)),
        ({1: Dim("n", min=2, max=1 << 20)},),
    )
    module = tw.compile(model, (hostile(3, 50),), dynamic_shapes=(sizes,), progress=False)
    for length in (2, 3, 5, 64, 255, 1024, 5001):
        x = hostile(3, length)
        torch.testing.assert_close(module(x), model(x), rtol=0, atol=0, equal_nan=True)


def test_what_follows_from_order() -> None:
    # All different: which of two equals comes first is only told of sort.
    x = torch.stack([torch.randperm(6001) / 7 - 300 for _ in range(4)])
    assert "tw.argsort" in check(lambda x: x.topk(900), x).ir("graph")
    check(lambda x: x.topk(700, largest=False), x)
    check(lambda x: (x.median(1), x.kthvalue(77, 1)), x)
    x[:, ::7] = NAN
    check(lambda x: (x.median(1)[0], x.nanmedian(1)[0]), x)


def places_of_order(x: Tensor, start: int, stop: int, descending: bool) -> None:
    def some(x: Tensor) -> Tensor:
        return torch.argsort(x, stable=True, descending=descending)[:, start:stop]

    assert f"-> tensor<{x.shape[0]}x{stop - start}xi64>" in check(some, x).ir("graph")


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(("start", "stop"), [(0, 70), (311, 312), (1990, 2001)])
def test_only_the_places_that_are_read(start: int, stop: int, descending: bool) -> None:
    one_value, rising = torch.full((2, 2001), -2.5), torch.arange(2001.0).expand(2, -1) - 1000
    for x in (hostile(3, 2001), one_value, rising):
        places_of_order(x, start, stop, descending)


@pytest.mark.parametrize("dtype", [torch.bool, *TYPES])
def test_places_of_types(dtype: torch.dtype) -> None:
    x = torch.randint(-100, 100, (3, 2001)).to(dtype)
    places_of_order(x, 900, 1100, descending=False)
    places_of_order(x, 0, 900, descending=True)


def test_one_place_is_not_sorted_for_the_others() -> None:
    x = torch.stack([torch.randperm(6001) / 7 - 300 for _ in range(2)])
    for function, first in (
        (lambda x: x.kthvalue(77, 1), "first(76)"),
        (lambda x: x.median(1), "first(3000)"),
        (lambda x: x.topk(900), ""),
    ):
        ir = check(function, x).ir("graph")
        [order] = [line for line in ir.splitlines() if "tw.argsort" in line]
        assert first in order
        assert "-> tensor<2x6001xi64>" not in order
        assert "tw.scatter" not in ir


def test_a_few_of_a_vocabulary() -> None:
    """Sampling's topk is one selection where the target sorts, and searches where it does not."""
    model, x = Function(lambda x: x.topk(50)), torch.randperm(50257)[None] / 7 - 300
    module = tw.compile(model, (x,), progress=False)
    torch.testing.assert_close(module(x), model(x), rtol=0, atol=0)
    assert "tw.argsort" in module.ir("graph")
    assert "tw.argsort" not in tw.compile(Function(lambda x: x.topk(5)), (x,), progress=False).ir(
        "graph"
    )
    searched = import_torch(model, (x,), sorts=False).text
    assert searched.count("linalg.index") < searched.count("arith.maximumf")


def test_places_of_any_length() -> None:
    model = Function(lambda x: torch.topk(x, 70, dim=1))
    sizes = ({1: Dim("n", min=70, max=1 << 20)},)
    module = tw.compile(model, (torch.randn(3, 90),), dynamic_shapes=(sizes,), progress=False)
    for length in (70, 71, 500, 20011):
        x = torch.stack([torch.randperm(length) / 7 - 300 for _ in range(3)])
        torch.testing.assert_close(module(x), model(x), rtol=0, atol=0)


def test_nucleus_of_a_vocabulary() -> None:
    """Top-p sampling's mask: the fewest tokens whose probabilities reach p."""

    def keep(logits: Tensor) -> Tensor:
        ordered, index = torch.sort(logits, descending=True, stable=True)
        mass = torch.softmax(ordered, -1).cumsum(-1)
        drop = (mass > 0.9).roll(1, -1)
        drop[..., 0] = False
        return torch.zeros_like(drop).scatter(-1, index, drop)

    logits = torch.randn(2, 32000, generator=torch.Generator().manual_seed(3)) * 3
    module = tw.compile(Function(keep), (logits,), progress=False)
    # The last of those that are kept depends on how the sum is rounded.
    assert int((module(logits) != keep(logits)).sum()) <= 2


@pytest.mark.parametrize("right", [False, True])
def test_searches_among_many(right: bool) -> None:
    edges = torch.randn(9001).sort()[0]
    edges[100:200] = edges[100]
    x = torch.cat([torch.randn(300), edges[::500], torch.tensor([NAN, INF, -INF])]).view(-1, 1)
    check(lambda b, x: torch.searchsorted(b, x, right=right), edges, x)
    rows = torch.stack([edges, edges * 2])
    check(lambda b, x: torch.searchsorted(b, x, right=right), rows, x[:300].view(2, 150))
