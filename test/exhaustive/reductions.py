# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reductions and scans over any dimensions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import torch
from case import Case
from operands import booleans, integers, normal, of, positive

_OVER_DIMS: dict[str, Any] = {
    "sum": torch.sum,
    "mean": torch.mean,
    "amax": torch.amax,
    "amin": torch.amin,
    "var": torch.var,
    "std": torch.std,
    "norm": torch.linalg.vector_norm,
    "logsumexp": torch.logsumexp,
}
_SHAPES_AND_DIMS = [
    ((9,), (0,)),
    ((3, 7), (0,)),
    ((3, 7), (1,)),
    ((3, 7), (0, 1)),
    ((3, 5, 7), (1,)),
    ((3, 5, 7), (0, 2)),
    ((2, 3, 5, 7), (2, 3)),
    ((2, 3, 5, 7), (1,)),
    ((2, 3, 5, 7), (0, 2)),
    ((2, 2, 3, 5, 7), (1, 3)),
    ((1, 3, 1), (0, 2)),
    ((4, 1003), (1,)),
    ((1003, 4), (0,)),
    ((2, 64, 28, 28), (2, 3)),
    ((2, 64, 28, 28), (1,)),
]


def cases() -> Iterator[Case]:
    for (name, function), (shape, dims), keep in itertools.product(
        _OVER_DIMS.items(), _SHAPES_AND_DIMS, (False, True)
    ):
        if keep and shape not in ((3, 7), (2, 3, 5, 7)):
            continue
        reduce = lambda x, f=function, d=dims, k=keep: f(x, dim=d, keepdim=k)
        yield of(f"{name}-{shape}-{dims}{'-keep' if keep else ''}", reduce, shape)
    for name in ("sum", "mean", "max", "min", "prod", "var", "std", "norm", "argmax", "argmin"):
        for shape in ((7,), (3, 5, 7), ()):
            if shape or name not in ("var", "std"):
                yield of(f"{name}-all-{shape}", lambda x, n=name: getattr(x, n)(), normal(*shape))
    for name in ("max", "min", "argmax", "argmin", "cumsum", "cumprod", "prod", "logcumsumexp",
                 "cummax", "cummin", "median", "nanmedian", "any", "all", "sort", "argsort"):  # fmt: skip
        for shape, dim in (((9,), 0), ((3, 7), 0), ((3, 7), 1), ((3, 5, 7), 1), ((2, 1, 3), -1)):
            f = lambda x, n=name, d=dim: (
                tuple(getattr(x, n)(dim=d)) if n in _PAIRS else getattr(x, n)(dim=d)
            )
            operand = booleans(*shape) if name in ("any", "all") else normal(*shape)
            yield of(f"{name}-{shape}-{dim}", f, operand)
    yield of("max-keep", lambda x: tuple(x.max(1, keepdim=True)), (3, 7))
    yield of("argmax-keep", lambda x: x.argmax(1, keepdim=True), (3, 7))
    yield of("var-biased", lambda x: x.var(1, unbiased=False), (3, 7))
    yield of("var-mean", lambda x: torch.var_mean(x, dim=(1, 2)), (3, 5, 7))
    yield of("std-correction", lambda x: torch.std(x, dim=1, correction=2), (3, 7))
    for p in (0, 1, 2, 3, float("inf"), float("-inf"), 0.5):
        norm = lambda x, p=p: torch.linalg.vector_norm(x, p, dim=1)
        yield of(f"norm-{p}", norm, (3, 7))
    yield of("matrix-norm", lambda x: torch.linalg.matrix_norm(x), (3, 5, 7))
    yield of("cdist", torch.cdist, (2, 5, 3), (2, 7, 3))
    yield of("dist", torch.dist, (5, 3), (5, 3), refusal="aten.dist")
    yield of("trace", torch.trace, (5, 5))
    with_nan = lambda: torch.tensor([[3.0, float("nan"), 1.0, 2.0, float("nan")],
                                     [float("inf"), 4.0, 4.0, float("-inf"), 4.5]])  # fmt: skip
    for name in ("cummax", "cummin", "logcumsumexp", "median", "nanmedian", "sort"):
        f = lambda x, n=name: getattr(x, n)(dim=1)
        values = lambda x, f=f, n=name: f(x)[0] if n in _PAIRS else f(x)
        yield of(f"{name}-nan", values, with_nan)
    for name in ("cummax", "cummin"):
        f = lambda x, n=name: tuple(getattr(x, n)(dim=1))
        yield of(f"{name}-int", f, integers(-9, 9, 3, 17))
    yield of("median-of-all", lambda x: x.median(), (3, 7))
    yield of("median-int", lambda x: x.median(1)[0], integers(-9, 9, 3, 7))
    yield of("kthvalue", lambda x: tuple(x.kthvalue(3, 1)), (3, 7))
    yield of("kthvalue-keep", lambda x: tuple(x.kthvalue(1, 0, keepdim=True)), (3, 7))
    yield of("logcumsumexp-far", lambda x: (x * 100).logcumsumexp(1), (3, 17))
    yield of("histc", lambda x: torch.histc(x, 5, -1, 1), (37,))
    yield of("topk", lambda x: tuple(torch.topk(x, 3)), (4, 9))
    yield of("sum-int", lambda x: x.sum(1), integers(-9, 9, 3, 7))
    yield of("sum-int32", lambda x: x.sum(1), integers(-9, 9, 3, 7, dtype=torch.int32))
    yield of("sum-bool", lambda x: x.sum(1), booleans(3, 7))
    yield of("mean-to-double", lambda x: x.mean(1, dtype=torch.float64), (3, 7))
    yield of("max-int", lambda x: x.amax(1), integers(-9, 9, 3, 7))
    yield of("prod-int", lambda x: x.prod(1), integers(1, 4, 3, 7))
    yield of("cumsum-int", lambda x: x.cumsum(1), integers(1, 4, 3, 7))
    yield of("cumsum-bool", lambda x: x.cumsum(1), booleans(3, 7))
    yield of("any-all", lambda x: (x > 0).any(), (3, 7))
    yield of("all-all", lambda x: (x > -9).all(), (3, 7))
    yield of("count-nonzero", lambda x: torch.count_nonzero(x > 0, dim=1), (3, 7))
    yield of("geometric-mean", lambda x: x.log().mean(1).exp(), positive(3, 7))
    yield of("argmax-ties", lambda x: x.argmax(1), integers(0, 3, 5, 17))
    for dtype in (torch.float64, torch.float16, torch.bfloat16):
        for name in ("sum", "mean", "amax", "var"):
            f = lambda x, n=name: _OVER_DIMS[n](x, dim=(1,))
            yield of(f"{name}-{str(dtype)[6:]}", f, normal(5, 129, dtype=dtype))
        yield of(f"cumsum-{str(dtype)[6:]}", lambda x: x.cumsum(1), normal(5, 33, dtype=dtype))
    for name in ("sum", "mean", "prod"):
        yield of(f"{name}-empty", lambda x, n=name: getattr(x, n)(dim=1), (3, 0))
        yield of(f"{name}-empty-batch", lambda x, n=name: getattr(x, n)(dim=1), (0, 3))
    yield of("sum-then-use", lambda x: x - x.sum(0, keepdim=True), (5, 7))
    yield of("two-sums", lambda x: (x.sum(0), x.sum(1)), (5, 7))
    yield of("sum-of-squares", lambda x: (x * x).sum(-1), (5, 700))
    yield of("large-sum", lambda x: x.sum(), (1000003,))
    yield of("large-mean", lambda x: x.mean((0, 1)), (301, 701))


_PAIRS = {"max", "min", "median", "nanmedian", "sort", "cummax", "cummin"}
