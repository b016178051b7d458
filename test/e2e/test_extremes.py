# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Greatest and least elements, their places, and the first few: as eager finds them."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.export import Dim

import tilewright as tw

INF, NAN = torch.inf, torch.nan


class Call(nn.Module):
    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *args: Tensor) -> Any:
        return self.function(*args)


def check(function: Callable[..., Any], *inputs: Tensor, dynamic_shapes: Any = None) -> Any:
    model = Call(function).eval()
    compiled = tw.compile(
        model, inputs, dynamic_shapes=None if dynamic_shapes is None else (dynamic_shapes,)
    )
    torch.testing.assert_close(compiled(*inputs), model(*inputs), rtol=0, atol=0, equal_nan=True)
    return compiled


NUMBERS = torch.randn(6, 37, 5, generator=torch.Generator().manual_seed(0))
ROWS = {
    "ties": torch.tensor([[1.0, 3.0, 3.0, 2.0, 3.0]]),
    "nan": torch.tensor([[1.0, NAN, INF, NAN, 0.0]]),
    "all lowest": torch.full((2, 9), -INF),
    "of one": torch.tensor([[4.0]]),
    "integers": torch.tensor([[5, -7, 9, 9, torch.iinfo(torch.int64).min]]),
    "bytes": torch.tensor([[5, 0, -128, 3]], dtype=torch.int8),
}


@pytest.mark.parametrize("dim", [0, 1, 2, -1, None])
@pytest.mark.parametrize("keepdim", [True, False])
def test_dimensions(dim: int | None, keepdim: bool) -> None:
    def both(x: Tensor) -> Any:
        return x.argmax(dim, keepdim), x.argmin(dim, keepdim)

    check(both, NUMBERS)


@pytest.mark.parametrize("name", ROWS)
def test_rows(name: str) -> None:
    def extremes(x: Tensor) -> Any:
        return [*x.max(-1), *x.min(1, keepdim=True), x.argmax(-1), x.argmin(-1)]

    check(extremes, ROWS[name])


def test_scalar() -> None:
    check(lambda x: (x.argmax(), x.argmin(0)), torch.tensor(3.0))


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_first_few(dim: int) -> None:
    x = torch.randn(24, 40, 30, generator=torch.Generator().manual_seed(1))
    check(lambda x: tuple(x.topk(3, dim)), x)


def test_first_few_of_a_vocabulary() -> None:
    x = torch.randn(2, 50257, generator=torch.Generator().manual_seed(2))
    check(lambda x: tuple(x.topk(7)), x)


def test_first_few_after_nan_and_among_the_lowest() -> None:
    x = torch.tensor([[NAN, -INF, 2.0, INF] + [-INF] * 12])
    values = tw.compile(Call(lambda x: tuple(x.topk(4))), (x,))(x)
    torch.testing.assert_close(
        values[0], torch.tensor([[NAN, INF, 2.0, -INF]]), rtol=0, atol=0, equal_nan=True
    )
    assert values[1].tolist() == [[0, 3, 2, 1]]
    x = torch.full((1, 12), -INF)
    indices = tw.compile(Call(lambda x: x.topk(3).indices), (x,))(x)
    assert len(set(indices.flatten().tolist())) == 3


def test_dynamic_size() -> None:
    rows = {0: Dim("n", max=64), 1: Dim("m", min=8, max=4000)}

    def some(x: Tensor) -> Any:
        return [x.argmax(-1), x.argmin(0), *x.topk(2)]

    compiled = check(some, torch.randn(4, 20), dynamic_shapes=(rows,))
    for shape in ((1, 8), (7, 33), (64, 4000)):
        x = torch.randn(shape)
        torch.testing.assert_close(compiled(x), some(x), rtol=0, atol=0)
