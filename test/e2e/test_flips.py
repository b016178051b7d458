# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Elements that are read backwards."""

from collections.abc import Callable

import pytest
import torch
from small_models import Function
from torch import Tensor
from torch.export import Dim
from torch.nn import functional as F

import tilewright as tw


@pytest.mark.parametrize("columns", [1, 2, 15, 16, 17, 64, 100])
@pytest.mark.parametrize("dtype", [torch.float32, torch.int8, torch.bool, torch.float64])
def test_flipped_dimensions(columns: int, dtype: torch.dtype) -> None:
    x = torch.randn(3, 5, columns).mul(9).to(dtype)
    model = Function(lambda x: (x.flip(-1), x.flip(0, 2), x.flip(1)))
    found = tw.compile(model, (x,), progress=False)(x)
    assert all(torch.equal(*pair) for pair in zip(found, model(x), strict=True))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: F.pad(x, (3, 2, 4, 1), mode="reflect"),
        lambda x: x.flip(-1).cumsum(-1).flip(-1),
        lambda x: x.flip(-1) + x,
        lambda x: x.flip(-1).flip(-1),
        lambda x: x[..., :-3].flip(-1)[..., 2:],
    ],
)
def test_chains_with_flips(function: Callable[[Tensor], Tensor]) -> None:
    x = torch.randn(2, 4, 19, 23)
    model = Function(function)
    compiled = tw.compile(model, (x,), progress=False)
    torch.testing.assert_close(compiled(x), model(x))


def test_rows_of_any_length() -> None:
    model = Function(lambda x: x.flip(-1))
    sizes = (({1: Dim("columns", min=1)},),)
    compiled = tw.compile(model, (torch.randn(4, 40),), dynamic_shapes=sizes, progress=False)
    for columns in (1, 2, 7, 16, 33):
        x = torch.randn(4, columns)
        assert torch.equal(compiled(x), model(x))
