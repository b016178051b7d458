# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every model of the zoo, compiled and run: right numbers, the same bits for any thread count.

The criterion is the project's: the largest error against float64 eager is at most four times that
of float32 eager.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils import _pytree as pytree

import tilewright as tw
from tilewright import zoo


@pytest.fixture(scope="module", params=zoo.names())
def case(request: pytest.FixtureRequest) -> tuple[zoo.ZooModel, tw.CompiledModule]:
    entry = zoo.build(request.param, "small")
    compiled = tw.compile(
        entry.model, entry.example_args, example_kwargs=entry.example_kwargs, threads=2, cache=False
    )
    return entry, compiled


def leaves(result: Any) -> list[Tensor]:
    return [leaf for leaf in pytree.tree_leaves(result) if isinstance(leaf, Tensor)]


def widened(tree: Any) -> Any:
    def widen(leaf: Any) -> Any:
        return leaf.double() if isinstance(leaf, Tensor) and leaf.is_floating_point() else leaf

    return pytree.tree_map(widen, tree)


def test_error_is_that_of_float32(case: tuple[zoo.ZooModel, tw.CompiledModule]) -> None:
    entry, compiled = case
    args, kwargs = entry.example_args, entry.example_kwargs
    with torch.no_grad():
        single = leaves(entry.model(*args, **kwargs))
        double = leaves(copy.deepcopy(entry.model).double()(*widened(args), **widened(kwargs)))
    ours = leaves(compiled(*args, **kwargs))
    assert len(ours) == len(single)
    for got, eager, exact in zip(ours, single, double, strict=True):
        assert (got.shape, got.dtype) == (eager.shape, eager.dtype)
        lost = (eager.double() - exact).abs().max().item()
        assert (got.double() - exact).abs().max().item() <= 4 * lost


def test_same_bits_for_any_number_of_threads(
    case: tuple[zoo.ZooModel, tw.CompiledModule],
) -> None:
    entry, compiled = case
    args, kwargs = entry.example_args, entry.example_kwargs
    results = []
    for threads in (2, 1, 3):
        compiled.threads = threads
        results.append(leaves(compiled(*args, **kwargs)))
    for other in results[1:]:
        for first, again in zip(results[0], other, strict=True):
            assert torch.equal(first, again)
