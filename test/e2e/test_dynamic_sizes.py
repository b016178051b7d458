# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models compiled once, run at many sizes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from small_models import Cnn, Encoder, Function, Mlp
from torch import nn
from torch.export import Dim

import tilewright as tw

BATCH = Dim("batch", max=64)
LENGTH = Dim("length", min=2, max=64)


def check(model: nn.Module, shapes: Any, example: torch.Tensor, *others: torch.Tensor) -> None:
    model = model.eval().requires_grad_(False)
    compiled = tw.compile(model, (example,), dynamic_shapes=shapes, threads=2)
    for x in (example, *others):
        expected = model(x)
        result = compiled(x)
        assert result.shape == expected.shape
        torch.testing.assert_close(result, expected, rtol=1e-4, atol=1e-5)
        assert torch.equal(result, compiled(x))


def test_batch_of_rows() -> None:
    check(Mlp(), {"x": {0: BATCH}}, *(torch.randn(n, 9) for n in (4, 1, 64, 13, 0)))
    compiled = tw.compile(Mlp().eval(), (torch.randn(4, 9),), dynamic_shapes={"x": {0: BATCH}})
    with pytest.raises(tw.InputError, match="is 65, but the model was traced for 64 or less"):
        compiled(torch.randn(65, 9))


def test_batch_of_images() -> None:
    images = (torch.randn(n, 3, 32, 20) for n in (4, 1, 2, 17, 0))
    check(Cnn(), {"image": {0: BATCH}}, *images)


def test_size_of_images() -> None:
    height, width = 4 * Dim("height", min=2, max=64), 4 * Dim("width", min=2, max=64)
    sizes = ((32, 40), (8, 8), (64, 12), (100, 44))
    images = (torch.randn(1, 3, *size) for size in sizes)
    check(Cnn(), {"image": {2: height, 3: width}}, *images)


@pytest.mark.parametrize("causal", [False, True])
def test_length_of_sequences(causal: bool) -> None:
    tokens = (torch.randint(0, 50, (2, length)) for length in (9, 2, 64, 33))
    check(Encoder(causal), {"tokens": {1: LENGTH}}, *tokens)


def test_batch_and_length() -> None:
    tokens = (torch.randint(0, 50, size) for size in ((2, 9), (1, 2), (3, 64), (5, 33), (7, 16)))
    check(Encoder(), {"tokens": {0: BATCH, 1: LENGTH}}, *tokens)


def test_sizes_that_belong_together() -> None:
    rows = Dim("rows", min=2, max=20)
    model = Function(lambda x, y: (x + y).softmax(-1)).eval()
    compiled = tw.compile(
        model,
        (torch.randn(3, 8), torch.randn(3, 8)),
        dynamic_shapes=(({0: rows}, {0: rows}),),
    )
    for count in (3, 20, 2):
        x, y = torch.randn(count, 8), torch.randn(count, 8)
        torch.testing.assert_close(compiled(x, y), model(x, y))
    with pytest.raises(tw.InputError, match=r"\b4\b.*\b3\b|\b3\b.*\b4\b"):
        compiled(torch.randn(4, 8), torch.randn(3, 8))
