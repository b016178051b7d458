# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Norms and softmax over any dimension."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from case import Case
from operands import layer, normal, of
from torch import nn


def _used(norm: nn.Module) -> nn.Module:
    """A batch norm whose statistics are not those of a fresh one."""
    for name in ("running_mean", "running_var", "weight", "bias"):
        value = getattr(norm, name, None)
        if value is not None:
            value.data.uniform_(0.5, 1.5)
    return norm


def cases() -> Iterator[Case]:
    shapes = {1: [(4, 6), (4, 6, 9)], 2: [(2, 6, 5, 7), (1, 6, 1, 1)], 3: [(2, 6, 3, 4, 5)]}
    batch = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
    instance = {1: nn.InstanceNorm1d, 2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d}
    for rank, operands in shapes.items():
        for shape in operands:
            for affine in (True, False):
                model = lambda r=rank, a=affine: _used(batch[r](6, affine=a))
                yield layer(f"batch{rank}d-{shape}-{'affine' if affine else 'plain'}", model, shape)
    for rank, shape in ((1, (2, 6, 9)), (2, (2, 6, 5, 7)), (3, (2, 6, 3, 4, 5))):
        for affine in (True, False):
            model = lambda r=rank, a=affine: _used(instance[r](6, affine=a))
            yield layer(f"instance{rank}d-{'affine' if affine else 'plain'}", model, shape)
    tracked = lambda: _used(nn.InstanceNorm2d(6, track_running_stats=True))
    yield layer("instance2d-tracked", tracked, (2, 6, 5, 7))
    untracked = lambda: nn.BatchNorm2d(6, track_running_stats=False)
    yield layer("batch2d-untracked", untracked, (2, 6, 5, 7))
    for groups, shape in ((1, (2, 6, 5, 7)), (2, (2, 6, 5, 7)), (3, (1, 6, 9)), (6, (2, 6, 5, 7)),
                          (2, (2, 6)), (4, (1, 32, 8, 8)), (32, (2, 64, 16, 16))):  # fmt: skip
        model = lambda g=groups, c=shape[1]: _used(nn.GroupNorm(g, c))
        yield layer(f"group-{groups}-{shape}", model, shape)
    for normed, shape in (((7,), (3, 7)), ((7,), (7,)), ((5, 7), (3, 5, 7)), ((1,), (4, 1)),
                          ((3, 5, 7), (2, 3, 5, 7)), ((768,), (2, 17, 768)), ((257,), (3, 257)),
                          ((4096,), (1, 4096)), ((64,), (0, 64)), ((16,), (2, 3, 4, 5, 16))):  # fmt: skip
        for kind in (nn.LayerNorm, nn.RMSNorm):
            model = lambda k=kind, n=normed: _used(k(n))
            yield layer(f"{kind.__name__.lower()}-{normed}-{shape}", model, shape)
        plain = lambda x, n=normed: F.layer_norm(x, n)
        yield of(f"layernorm-plain-{normed}-{shape}", plain, shape)
    last = lambda x: F.layer_norm(x.permute(0, 2, 3, 1), (6,)).permute(0, 3, 1, 2)
    yield of("layernorm-channels", last, (2, 6, 5, 7))
    yield of("local-response", lambda x: F.local_response_norm(x, 3), (2, 6, 5, 7))
    yield of("normalize", lambda x: F.normalize(x, dim=1), (3, 7, 5))
    yield of("normalize-l1", lambda x: F.normalize(x, p=1, dim=-1), (3, 7))
    yield of("cosine", lambda a, b: F.cosine_similarity(a, b, dim=1), (3, 7), (3, 7))
    weight = lambda: nn.utils.parametrizations.weight_norm(nn.Linear(5, 6))
    yield layer("weight-norm", weight, (3, 5))
    for dtype in (torch.float64, torch.float16, torch.bfloat16):
        for kind in (nn.LayerNorm, nn.RMSNorm):
            model = lambda k=kind, d=dtype: k(33).to(d)
            operand = normal(5, 33, dtype=dtype)
            yield layer(f"{kind.__name__.lower()}-{str(dtype)[6:]}", model, operand)
        operand = normal(5, 33, dtype=dtype)
        yield of(f"softmax-{str(dtype)[6:]}", lambda x: torch.softmax(x, -1), operand)
    yield of("softmax-half-to-float", lambda x: torch.softmax(x, -1, dtype=torch.float32),
             normal(5, 33, dtype=torch.float16))  # fmt: skip
    for shape in ((9,), (1, 1), (5, 1), (1, 9), (4, 1000), (3, 5, 7), (2, 3, 5, 7), (2, 2, 3, 5, 3),
                  (2, 0), (0, 5), (3, 50257)):  # fmt: skip
        for dim in range(len(shape)):
            if shape[dim] > 10000 or len(shape) < 5 or dim in (1, 4):
                for function in (torch.softmax, torch.log_softmax):
                    f = lambda x, f=function, d=dim: f(x, d)
                    yield of(f"{function.__name__}-{shape}-{dim}", f, shape)
    yield of("softmin", lambda x: F.softmin(x, 1), (3, 7))
    yield of("softmax-large", lambda x: torch.softmax(x * 200, -1), (5, 33))
    masked = lambda x: torch.softmax(x.masked_fill(x < 0, float("-inf")), -1)
    yield of("softmax-masked", masked, (5, 33))
    yield of("logsumexp", lambda x: torch.logsumexp(x, 1), (3, 7, 5))
    yield of("gumbel-free-temperature", lambda x: torch.softmax(x / 0.7, dim=1), (3, 7))
    yield of("softmax-2d", nn.Softmax2d(), (2, 3, 5, 7))
