# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Divisions that leave a remainder are exact."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from small_models import Function
from torch import Tensor

import tilewright as tw

FLOATS = [torch.float32, torch.float64, torch.float16, torch.bfloat16]
NAN, INF = float("nan"), float("inf")


def check(function: Any, *inputs: Tensor) -> None:
    """Compares with eager; of narrow floats, of which it rounds each step, with that of f64."""
    compiled = tw.compile(Function(function), inputs, progress=False)
    got = compiled(*inputs)
    if got.dtype.itemsize < 4:
        wanted = function(*(x.double() for x in inputs)).to(got.dtype)
    else:
        wanted = function(*inputs)
    torch.testing.assert_close(got, wanted, rtol=0, atol=0, equal_nan=True)
    if wanted.is_floating_point():
        number = ~wanted.isnan()
        assert torch.equal(torch.signbit(got[number]), torch.signbit(wanted[number]))


def operands(dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Quotients of all sizes and signs, many of them whole, and what is no number."""
    torch.manual_seed(0)
    x, y = torch.randn(3000) * 100, torch.randn(3000)
    x[:1000], y[:1000] = torch.randint(-99, 99, (1000,)), torch.randint(1, 9, (1000,)) / 10
    special = torch.tensor([0.0, -0.0, 1.5, -7.0, 3e4, -3e4, 1e-4, INF, -INF, NAN])
    pairs = torch.cartesian_prod(special, special)
    return torch.cat([x, pairs[:, 0]]).to(dtype), torch.cat([y, pairs[:, 1]]).to(dtype)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    "function",
    [
        torch.fmod,
        torch.remainder,
        torch.floor_divide,
        lambda x, y: torch.div(x, y, rounding_mode="floor"),
        lambda x, y: torch.div(x, y, rounding_mode="trunc"),
    ],
    ids=["fmod", "remainder", "floor_divide", "floor", "trunc"],
)
def test_of_tensors(function: Any, dtype: torch.dtype) -> None:
    check(function, *operands(dtype))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("divisor", [0.7, -3.0, 2])
def test_by_a_number(divisor: float, dtype: torch.dtype) -> None:
    x, _ = operands(dtype)
    if dtype is torch.float32 or divisor != 0.7:  # which fmod rounds to the type, and division not
        check(lambda x: torch.fmod(x, divisor), x)
    check(lambda x: x // divisor, x)
    check(lambda x: torch.div(x, divisor, rounding_mode="trunc"), x)


def test_of_integers() -> None:
    x, y = torch.randint(-99, 99, (500,)), torch.randint(1, 9, (500,))
    for function in (torch.fmod, torch.remainder, torch.floor_divide):
        check(function, x, y)
        check(function, x, -y)
    check(lambda x: torch.fmod(x, 7), x)
    check(lambda x, y: torch.div(x, y, rounding_mode="trunc"), x, y)


def test_quotients_beyond_the_whole_numbers_of_a_float() -> None:
    check(
        torch.fmod, torch.tensor([3e8, -1e20, 3e38, 1e-38]), torch.tensor([0.7, 3.0, 1e-45, 3e-45])
    )
