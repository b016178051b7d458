# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operations that linalg has no loop for, as formulas: scans, orders, scatters, resampling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from imported_numerics import check
from torch import Tensor, nn
from torch.export import Dim

from tilewright.frontend import experts

F = nn.functional
NAN, INF = float("nan"), float("inf")
SPECIAL = torch.tensor([[3.0, NAN, 1.0, 2.0, NAN], [INF, 4.0, 4.0, -INF, 4.5], [-INF] * 5])
RANDOM = torch.randn(3, 7, 2)
BATCH = Dim("batch", min=2, max=64)


@pytest.mark.parametrize("name", ["cummax", "cummin", "logcumsumexp"])
def test_scans(name: str) -> None:
    def scan(x: Tensor, dim: int) -> Any:
        return getattr(x, name)(dim)

    for dim in (0, 1, -1):
        check(lambda x, d=dim: scan(x, d), RANDOM)
    check(lambda x: scan(x, 1), SPECIAL)
    check(lambda x: scan(x, 1), RANDOM, dynamic_shapes=(({0: BATCH},),))


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64])
def test_running_extremes_of_integers(dtype: torch.dtype) -> None:
    limits = torch.iinfo(dtype)
    x = torch.tensor([[limits.max, 1, limits.min, limits.max], [2, 2, 3, -5]], dtype=dtype)
    check(lambda x: (*x.cummax(1), *x.cummin(1)), x)


def test_logcumsumexp_far_from_zero() -> None:
    check(lambda x: x.logcumsumexp(1), RANDOM * 200)


@pytest.mark.parametrize("keep", [True, False])
def test_medians_and_places_of_order(keep: bool) -> None:
    for dim in (0, 1):
        check(lambda x, d=dim: x.median(d, keepdim=keep), RANDOM)
        check(lambda x, d=dim: x.kthvalue(2, d, keepdim=keep), RANDOM)
        check(lambda x, d=dim: x.nanmedian(d, keepdim=keep)[0], SPECIAL[:2])
    check(lambda x: x.median(1, keepdim=keep)[0], SPECIAL)
    check(lambda x: x.median(), RANDOM)


@pytest.mark.parametrize("right", [True, False])
def test_searches(right: bool) -> None:
    edges = torch.tensor([-1.0, 0.0, 0.0, 2.0])
    x = torch.tensor([[0.0, -1.0, 5.0, NAN], [-INF, INF, 0.5, -7.0]])
    check(lambda x: torch.bucketize(x, edges, right=right), x)
    rows = torch.stack([edges, edges * 2])
    check(lambda r, x: torch.searchsorted(r, x, right=right, out_int32=True), rows, x)


def write(x: Tensor, key: Any, value: Any) -> Tensor:
    x = x.clone()
    x[key] = value
    return x


def test_writes_at_places() -> None:
    x, some = torch.randn(5, 7, 4), torch.tensor([3, -4, 3])
    check(lambda x, v: write(x, some, v), x, torch.randn(3, 7, 4))
    check(lambda x, v: write(x, (slice(None), some), v), x, torch.randn(3, 4))
    check(lambda x, v: write(x, (some, some + 1), v), x, torch.randn(3, 4))
    check(lambda x: write(x, x > 0, -1.5), x)
    check(lambda x, v: x.index_put((some,), v, accumulate=True), x, torch.randn(3, 7, 4))
    check(lambda x, v: x.index_copy(1, some % 7 + torch.arange(3), v), x, torch.randn(5, 3, 4))
    order = torch.randperm(9)
    check(lambda p: write(torch.empty_like(p), p, torch.arange(9)), order)


def test_next_value_where_a_mask_holds() -> None:
    x = torch.randn(5, 7)
    check(lambda x, v: x.masked_scatter(x > 0, v), x, torch.randn(4, 10))
    check(lambda x, m, v: x.masked_scatter(m, v), x, x[:, :1] > 0, torch.randn(5, 7))


def test_negative_pads_cut() -> None:
    check(lambda x: (F.pad(x, (-1, 2)), F.pad(x, (-1, -2, 3, -1), value=1.5)), torch.randn(5, 7))
    check(lambda x: F.pad(x, (0, 0, -1, 0)) + 1, torch.randn(5, 7))


def test_roll_by_nothing_or_all_around() -> None:
    check(
        lambda x: (x.roll(0, 1), x.roll((7, 1), (1, 0)), x.roll(-14, 1), x.roll(3)),
        torch.randn(5, 7),
    )


def test_histogram() -> None:
    check(lambda x: torch.histc(x, 4, -1, 1), torch.tensor([-1.0, 1.0, 0.0, 0.5, 3.0, -2.0, 0.49]))


def test_int8_products_are_summed_in_int32() -> None:
    left = torch.randint(-128, 128, (17, 64), dtype=torch.int8)
    right = torch.randint(-128, 128, (64, 8), dtype=torch.int8)
    assert check(torch._int_mm, left, right).outputs[0].dtype == "int32"


@pytest.mark.parametrize("rows", [3, 9])
def test_each_group_of_rows_by_its_own_matrix(rows: int) -> None:
    offsets = torch.tensor([1, 1, rows], dtype=torch.int32)
    x, weights = torch.randn(rows, 8), torch.randn(3, 8, 16)
    expected = torch.cat([x[:1] @ weights[0], x[1:] @ weights[2]])
    torch.testing.assert_close(experts.grouped_mm(x, weights, offsets), expected)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("size", [(3, 4), (5, 17), (16, 18)])
@pytest.mark.parametrize("aligned", [True, False])
def test_resizing_with_antialiasing(mode: str, size: tuple[int, int], aligned: bool) -> None:
    def resize(x: Tensor) -> Tensor:
        return F.interpolate(x, size=size, mode=mode, antialias=True, align_corners=aligned)

    check(resize, torch.randn(2, 3, 8, 9))


FOLDS: list[Callable[[Tensor], Tensor]] = [
    lambda x: F.fold(x, (8, 8), 2, stride=2),
    lambda x: F.fold(x, (9, 8), 2, stride=2),
    lambda x: F.fold(x, (5, 5), 2),
    lambda x: F.fold(x, (6, 10), 2, dilation=(1, 2), padding=(0, 1), stride=(1, 3))[:, :, :, 1:],
    lambda x: F.fold(x, (6, 6), 2, dilation=2),
]


@pytest.mark.parametrize("fold", FOLDS)
def test_fold(fold: Callable[[Tensor], Tensor]) -> None:
    for windows in range(1, 40):
        x = torch.randn(2, 12, windows)
        try:
            fold(x)
        except RuntimeError:
            continue
        check(fold, x)
        check(lambda x: fold(x), x, dynamic_shapes=(({0: BATCH},),))
        return
    raise AssertionError("no number of windows fits")
