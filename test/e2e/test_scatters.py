# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes at places that are computed in the call, more of them than could be compared in pairs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from small_models import Function
from torch import Tensor, nn
from torch.export import Dim

import tilewright as tw

NODES, EDGES = 3001, 20011
REDUCTIONS = ["sum", "mean", "prod", "amax", "amin"]


def compiled(function: Callable[..., Tensor], *inputs: Tensor) -> tw.CompiledModule:
    return tw.compile(Function(function), inputs, progress=False)


class MessagePassing(nn.Module):
    """A layer of a graph network: messages along edges, summed where they arrive."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.message, self.update = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, nodes: Tensor, edges: Tensor) -> Tensor:
        messages = torch.relu(self.message(nodes))[edges[0]]
        summed = torch.zeros_like(nodes).index_add(0, edges[1], messages)
        result: Tensor = nodes + self.update(summed)
        return result


@pytest.mark.parametrize("width", [1, 5, 24, 64])
@pytest.mark.parametrize("dynamic", [False, True])
def test_messages_along_edges(width: int, dynamic: bool) -> None:
    torch.manual_seed(0)
    model = MessagePassing(width).eval().requires_grad_(False)
    nodes, edges = Dim("nodes", min=2, max=1 << 20), Dim("edges", min=2, max=1 << 20)
    sizes = ({0: nodes}, {1: edges}) if dynamic else None
    inputs = torch.randn(NODES, width), torch.randint(0, NODES, (2, EDGES))
    module = tw.compile(model, inputs, progress=False, dynamic_shapes=sizes)
    assert "tw.scatter" in module.ir("graph")
    eager = model(*inputs)
    exact = model.double()(inputs[0].double(), inputs[1])
    loss = (eager - exact).abs().max()
    assert (module(*inputs) - exact).abs().max() <= 2 * loss
    if dynamic:
        small = torch.randn(7, width), torch.randint(0, 7, (2, 40))
        torch.testing.assert_close(module(*small), model.float()(*small))


@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize("reduce", REDUCTIONS)
def test_reductions(reduce: str, include_self: bool) -> None:
    torch.manual_seed(0)
    dims = ((0, (6000, 3), (7001, 3)), (1, (3, 5000), (3, 6007)), (1, (2, 60, 9), (2, 700, 9)))
    for dim, places, written in dims:
        # Near 1, so that products of several stay there; and few enough for some to stay unnamed.
        x, source = torch.rand(places) + 0.5, torch.rand(written) + 0.5
        index = torch.randint(0, places[dim], written)

        def function(x: Tensor, i: Tensor, s: Tensor, dim: int = dim) -> Tensor:
            return x.scatter_reduce(dim, i, s, reduce, include_self=include_self)

        module = compiled(function, x, index, source)
        assert "tw.scatter" in module.ir("graph")
        torch.testing.assert_close(module(x, index, source), function(x, index, source))


@pytest.mark.parametrize("reduce", ["sum", "prod", "amax", "amin"])
def test_integers(reduce: str) -> None:
    x, source = torch.randint(-9, 9, (50, 4)), torch.randint(-9, 9, (90, 4))
    index = torch.randint(0, 50, (90,))

    def function(x: Tensor, i: Tensor, s: Tensor) -> Tensor:
        wide = i.unsqueeze(1).expand_as(s)
        return x.scatter_reduce(0, wide, s, reduce, include_self=False)

    assert torch.equal(compiled(function, x, index, source)(x, index, source),
                       function(x, index, source))  # fmt: skip


def test_indices_of_32_bits() -> None:
    x, source = torch.randn(9000, 6), torch.randn(5000, 6)
    index = torch.randint(0, 9000, (5000,), dtype=torch.int32)

    def function(x: Tensor, i: Tensor, s: Tensor) -> Tensor:
        return x.index_add(0, i, s)

    module = compiled(function, x, index, source)
    assert "tw.scatter" in module.ir("graph")
    torch.testing.assert_close(module(x, index, source), function(x, index, source))


@pytest.mark.parametrize("reduce", ["sum", "prod", "amax", "amin"])
def test_booleans(reduce: str) -> None:
    x, source = torch.rand(50, 4) < 0.5, torch.rand(300, 4) < 0.9
    index = torch.randint(0, 50, (300, 4))

    def function(x: Tensor, i: Tensor, s: Tensor) -> Tensor:
        return x.scatter_reduce(0, i, s, reduce)

    # Not from eager, which refuses some of these for booleans.
    expected = x.int().scatter_reduce(0, index, source.int(), reduce).bool()
    assert torch.equal(compiled(function, x, index, source)(x, index, source), expected)


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_any_number_of_bags_of_any_sizes(mode: str) -> None:
    torch.manual_seed(0)
    model = nn.EmbeddingBag(1000, 24, mode=mode, padding_idx=3).eval().requires_grad_(False)
    rows, bags = Dim("rows", min=2, max=100000), Dim("bags", min=2, max=5000)
    sizes = ({0: rows}, {0: bags})
    indices, starts = torch.randint(0, 1000, (20000,)), torch.randint(0, 20000, (900,))
    starts = starts.sort()[0] - starts.min()
    module = tw.compile(model, (indices, starts), progress=False, dynamic_shapes=sizes)
    torch.testing.assert_close(module(indices, starts), model(indices, starts))
    few, four = torch.randint(0, 1000, (37,)), torch.tensor([0, 5, 5, 30])
    torch.testing.assert_close(module(few, four), model(few, four))


def test_not_a_number_is_an_extreme() -> None:
    source = torch.tensor([1.0, float("nan"), -float("inf"), 3.0, 2.0])
    index = torch.tensor([0, 0, 1, 2, 2])

    def function(x: Tensor, i: Tensor, s: Tensor) -> Tensor:
        return x.scatter_reduce(0, i, s, "amax", include_self=False)

    x = torch.full((4,), -7.0)
    result = compiled(function, x, index, source)(x, index, source)
    torch.testing.assert_close(result, function(x, index, source), equal_nan=True)


def test_the_last_write_stays() -> None:
    x, index, rows = torch.randn(9000, 6), torch.randint(0, 9000, (5000,)), torch.randn(5000, 6)
    index[-1] = index[0]

    def write(x: Tensor, i: Tensor, v: Tensor) -> Tensor:
        x = x.clone()
        x[i] = v
        return x

    # PyTorch leaves open which write stays; it should be the last, as in a loop.
    expected = x.clone()
    for place, row in zip(index.tolist(), rows, strict=True):
        expected[place] = row
    module = compiled(write, x, index, rows)
    assert "tw.scatter" in module.ir("graph")
    assert torch.equal(module(x, index, rows), expected)
    places = torch.randperm(9000)[:7000]

    def scatter(x: Tensor, i: Tensor, v: Tensor) -> Tensor:
        return x.scatter(0, i.unsqueeze(1).expand(-1, 6), v)

    values = torch.randn(7000, 6)
    module = compiled(scatter, x, places, values)
    assert torch.equal(module(x, places, values), scatter(x, places, values))


def test_pillars_of_a_point_cloud() -> None:
    """Features of occupied cells are written to an image, as PointPillars does."""
    features = torch.randn(1200, 16)
    cells = torch.randperm(100 * 108)[:1200]
    rows, columns = cells // 108, cells % 108

    def write(features: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        image = torch.zeros(100, 108, 16)
        image[rows, columns] = features
        return image.permute(2, 0, 1)

    module = compiled(write, features, rows, columns)
    assert torch.equal(module(features, rows, columns), write(features, rows, columns))


def test_less_than_all_is_written() -> None:
    x, source = torch.randn(40, 9, 5), torch.randn(30, 8, 5)
    index = torch.randint(0, 40, (20, 7, 4))
    for reduce in ("sum", "amin"):

        def function(x: Tensor, i: Tensor, s: Tensor, reduce: str = reduce) -> Tensor:
            return x.scatter_reduce(0, i, s, reduce)

        result = compiled(function, x, index, source)(x, index, source)
        torch.testing.assert_close(result, function(x, index, source))


def test_counts_of_many_parts() -> None:
    x = torch.randn(30000)
    module = compiled(lambda x: torch.histc(x, 9001, -3, 3), x)
    assert torch.equal(module(x), torch.histc(x, 9001, -3, 3))
