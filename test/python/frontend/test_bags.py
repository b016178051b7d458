# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bags of embeddings: equal ones cost a look-up of each row, others a mask over all rows."""

from __future__ import annotations

import pytest
import torch
from imported_numerics import check
from torch import Tensor, nn
from torch.export import Dim

F = nn.functional
MODES = pytest.mark.parametrize("mode", ["sum", "mean", "max"])


@MODES
@pytest.mark.parametrize("padding", [None, 2])
def test_equal_bags_of_any_number(mode: str, padding: int | None) -> None:
    bag = nn.EmbeddingBag(11, 6, mode=mode, padding_idx=padding).eval()
    many = torch.randint(0, 11, (1500, 3))
    many[4] = 2
    imported = check(bag, many)
    # A mask would have a row for each pair of a bag and an index.
    assert "tensor<1500x4500" not in imported.text
    check(bag, many, dynamic_shapes=({0: Dim("bags", min=2)},))


@MODES
def test_bags_that_offsets_begin(mode: str) -> None:
    bag = nn.EmbeddingBag(11, 6, mode=mode).eval()
    check(bag, torch.randint(0, 11, (15,)), torch.tensor([0, 3, 3, 10]))


def test_last_bag_of_equal_steps_takes_the_rest() -> None:
    def bags(indices: Tensor, table: Tensor) -> Tensor:
        return F.embedding_bag(indices, table, torch.arange(0, 8, 4), mode="sum")

    for count in (5, 8, 10):
        check(bags, torch.randint(0, 11, (count,)), torch.randn(11, 6))


def test_weighted_rows() -> None:
    def bags(indices: Tensor, weights: Tensor, table: Tensor) -> Tensor:
        return F.embedding_bag(indices, table, mode="sum", per_sample_weights=weights)

    check(bags, torch.randint(0, 11, (3, 5)), torch.randn(3, 5), torch.randn(11, 6))
