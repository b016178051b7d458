# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What moves elements: slices, joins, look-ups, pads, reorderings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from case import Case
from operands import booleans, integers, layer, normal, of
from torch import Tensor, nn


def _joins() -> Iterator[Case]:
    for dim in (0, 1, 2, -1):
        yield of(f"cat-{dim}", lambda *t, d=dim: torch.cat(t, d), *[(2, 3, 5)] * 3)
        yield of(f"stack-{dim}", lambda *t, d=dim: torch.stack(t, d), *[(2, 3, 5)] * 3)
    yield of("cat-uneven", lambda a, b, c: torch.cat([a, b, c], 1), (2, 1, 5), (2, 7, 5), (2, 0, 5))
    yield of("cat-one", lambda a: torch.cat([a]), (2, 3))
    yield of("cat-self", lambda a: torch.cat([a, a, a], -1), (2, 3))
    yield of("cat-int", lambda a, b: torch.cat([a, b]), integers(0, 9, 3), integers(0, 9, 4))
    yield of("cat-bool", lambda a, b: torch.cat([a, b]), booleans(3), booleans(4))
    yield of("cat-promote", lambda a, b: torch.cat([a, b]), (3,), integers(0, 9, 4))
    yield of("cat-channels", lambda a, b: torch.cat([a, b], 1), (2, 3, 8, 8), (2, 5, 8, 8))
    yield of("hstack", lambda a, b: torch.hstack([a, b]), (3, 4), (3, 5))
    yield of("vstack", lambda a, b: torch.vstack([a, b]), (3, 4), (2, 4))
    yield of("meshgrid", lambda a, b: torch.meshgrid(a, b, indexing="ij"), (3,), (4,))
    yield of("block-diag", torch.block_diag, (2, 3), (4, 1))


def _cuts() -> Iterator[Case]:
    for dim in (0, 1, -1):
        yield of(f"split-{dim}", lambda x, d=dim: torch.split(x, 2, d), (5, 7, 3))
        yield of(f"chunk-{dim}", lambda x, d=dim: torch.chunk(x, 3, d), (5, 7, 3))
        yield of(f"unbind-{dim}", lambda x, d=dim: torch.unbind(x, d), (2, 3, 2))
        yield of(f"narrow-{dim}", lambda x, d=dim: x.narrow(d, 1, 2), (5, 7, 3))
        yield of(f"select-{dim}", lambda x, d=dim: x.select(d, 1), (5, 7, 3))
    yield of("split-sizes", lambda x: torch.split(x, [1, 4, 2], 1), (5, 7, 3))
    yield of("slice", lambda x: x[1:4, ::2, -2:], (5, 7, 3))
    yield of("slice-empty", lambda x: x[3:3], (5, 7))
    yield of("slice-ellipsis", lambda x: x[..., 0], (2, 5, 7))
    yield of("slice-none", lambda x: x[:, None, 1:], (5, 7))
    yield of("slice-then-add", lambda x: x[:, 1:] - x[:, :-1], (5, 7))
    yield of("diff", torch.diff, (5, 7))
    yield of("diagonal", lambda x: torch.diagonal(x, 1, 0, 1), (5, 7, 3))
    yield of("diag", torch.diag, (5,))
    yield of("diag-embed", torch.diag_embed, (3, 5))
    yield of("tril", torch.tril, (5, 7))
    yield of("triu", lambda x: torch.triu(x, 1), (3, 5, 5))
    yield of("glu", lambda x: F.glu(x, 1), (3, 8, 5))


def _lookups() -> Iterator[Case]:
    for dim in (0, 1, 2):
        select = lambda x, i, d=dim: torch.index_select(x, d, i)
        yield of(f"index-select-{dim}", select, (5, 7, 6), integers(0, 5, 4))
        gather = lambda x, i, d=dim: torch.gather(x, d, i)
        yield of(f"gather-{dim}", gather, (5, 7, 6), integers(0, 5, 5, 7, 6))
        scatter = lambda x, i, s, d=dim: x.scatter(d, i % x.shape[d], s)
        index = lambda: torch.arange(5).expand(4, 5).contiguous()
        if dim == 1:
            yield of("scatter", scatter, (4, 5), index, (4, 5))
            yield of("scatter-add", lambda x, i, s: x.scatter_add(1, i, s), (4, 5),
                     integers(0, 5, 4, 5), (4, 5))  # fmt: skip
    yield of("index", lambda x, i: x[i], (5, 7), integers(0, 5, 4))
    yield of("index-2d", lambda x, i: x[i], (5, 7), integers(0, 5, 2, 3))
    yield of("index-pair", lambda x, i, j: x[i, j], (5, 7), integers(0, 5, 4), integers(0, 7, 4))
    yield of("index-middle", lambda x, i: x[:, i], (5, 7, 3), integers(0, 7, 4))
    yield of("index-separated", lambda x, i: x[i, :, i], (5, 7, 5), integers(0, 5, 4))
    yield of("index-negative", lambda x: x[torch.tensor([-1, 0, -2])], (5, 7))
    yield of("index-list", lambda x: x[:, [2, 0, 1]], (5, 7))
    yield of(
        "index-put", lambda x, v: torch.index_put(x, (torch.tensor([1, 3]),), v), (5, 7), (2, 7)
    )
    yield from _writes()
    yield of("take-along", lambda x, i: torch.take_along_dim(x, i, 1), (5, 7), integers(0, 7, 5, 2))
    yield of("index-add", lambda x, s: x.index_add(0, torch.tensor([0, 2]), s), (5, 7), (2, 7))
    yield of("masked-select-sum", lambda x: torch.where(x > 0, x, 0).sum(), (5, 7))
    yield layer("embedding", lambda: nn.Embedding(11, 6), integers(0, 11, 3, 5))
    yield layer("embedding-padding", lambda: nn.Embedding(11, 6, padding_idx=0), integers(0, 11, 4))
    yield layer(
        "embedding-int32", lambda: nn.Embedding(11, 6), integers(0, 11, 4, dtype=torch.int32)
    )
    yield layer("embedding-scalar", lambda: nn.Embedding(11, 6), integers(0, 11))
    yield layer("embedding-empty", lambda: nn.Embedding(11, 6), integers(0, 11, 0))
    yield layer("embedding-bag", lambda: nn.EmbeddingBag(11, 6), integers(0, 11, 3, 5))
    for mode in ("sum", "mean", "max"):
        bag = lambda mode=mode: nn.EmbeddingBag(11, 6, mode=mode, padding_idx=2)
        starts = torch.tensor([0, 0, 4, 9])
        yield layer(f"embedding-bag-{mode}", bag, integers(0, 11, 15), starts)
    weighted = lambda i, w, t: F.embedding_bag(i, t, mode="sum", per_sample_weights=w)
    yield of("embedding-bag-weighted", weighted, integers(0, 11, 3, 5), (3, 5), (11, 6))
    yield of("one-hot", lambda i: F.one_hot(i, 7), integers(0, 7, 5))
    yield of("searchsorted", torch.searchsorted, lambda: torch.randn(3, 9).sort(1)[0], (3, 4))
    right = lambda x: torch.bucketize(x, torch.arange(5), right=True, out_int32=True)
    yield of("bucketize-right", right, integers(-1, 6, 5, 7))
    yield of("bucketize", lambda x: torch.bucketize(x, torch.tensor([-1.0, 0.0, 1.0])), (5, 7))


def _assigned(x: Tensor, key: Any, value: Any) -> Tensor:
    x = x.clone()
    x[key] = value
    return x


def _writes() -> Iterator[Case]:
    some = torch.tensor([3, -4])
    yield of("write-rows", lambda x, v: _assigned(x, some, v), (5, 7), (2, 7))
    yield of("write-columns", lambda x, v: _assigned(x, (slice(None), some), v), (5, 7), (5, 2))
    yield of("write-places", lambda x, v: _assigned(x, (some, some + 1), v), (5, 7), (2,))
    yield of("write-middle", lambda x, v: _assigned(x, (slice(None), some, some), v), (3, 5, 7, 2),
             (2, 2))  # fmt: skip
    yield of("write-mask", lambda x: _assigned(x, x > 0, 0.5), (5, 7))
    yield of("write-mask-rows", lambda x, m: _assigned(x, m, -1.0), (5, 7), booleans(5))
    yield of(
        "write-twice", lambda x, i, v: _assigned(x, i, v), (5, 7), lambda: some[[0, 0]], (2, 7)
    )
    order = lambda: torch.randperm(9)
    yield of("inverse-permutation", lambda p: _assigned(torch.empty_like(p), p, torch.arange(9)),
             order)  # fmt: skip
    yield of("write-and-add", lambda x, v: x.index_put((some[[0, 0]],), v, accumulate=True),
             (5, 7), (2, 7))  # fmt: skip
    yield of("index-copy", lambda x, v: x.index_copy(1, some % 7, v), (5, 7, 2), (5, 2, 2))
    yield of("masked-scatter", lambda x, v: x.masked_scatter(x > 0, v), (5, 7), (40,))


def _reorderings() -> Iterator[Case]:
    orders = [(1, 0), (0, 2, 1), (2, 0, 1), (2, 1, 0), (0, 2, 3, 1), (3, 2, 1, 0), (0, 3, 1, 2),
              (4, 2, 0, 3, 1), (0, 1, 3, 2), (1, 0, 2, 3)]  # fmt: skip
    for order in orders:
        shape = (5, 7, 3, 4, 2)[: len(order)]
        permute = lambda x, o=order: x.permute(o).contiguous()
        yield of(f"permute-{order}", permute, shape)
        yield of(f"permute-use-{order}", lambda x, o=order: x.permute(o) * 2 + 1, shape)
    for m, n in ((1, 9), (9, 1), (8, 8), (16, 16), (17, 33), (64, 65), (255, 257), (1000, 3)):
        yield of(f"transpose-{m}x{n}", lambda x: x.t().contiguous(), (m, n))
    yield of("transpose-half", lambda x: x.t().contiguous(), normal(17, 33, dtype=torch.float16))
    yield of("transpose-bool", lambda x: x.t().contiguous(), booleans(17, 33))
    yield of("transpose-int", lambda x: x.t().contiguous(), integers(0, 9, 17, 33))
    yield of("transpose-double", lambda x: x.t().contiguous(), normal(17, 33, dtype=torch.float64))
    for shape, target in (((6, 4), (24,)), ((24,), (2, 3, 4)), ((6, 4), (4, 6)), ((6, 4), (8, 3)),
                          ((2, 3, 4), (6, 4)), ((2, 3, 4), (2, -1)), ((1, 1), ()), ((0, 3), (3, 0)),
                          ((2, 3, 4, 5), (6, 20)), ((5,), (1, 5, 1)), ((2, 6), (3, 4))):  # fmt: skip
        yield of(f"reshape-{shape}-{target}", lambda x, t=target: x.reshape(t) + 1, shape)
    yield of("reshape-only", lambda x: x.reshape(3, 8), (6, 4))
    yield of("transpose-reshape", lambda x: x.transpose(1, 2).reshape(2, -1), (2, 3, 4))
    yield of("flatten", lambda x: x.flatten(1), (2, 3, 4, 5))
    yield of("squeeze", lambda x: x.squeeze(), (1, 3, 1, 5))
    yield of("unsqueeze", lambda x: x.unsqueeze(1).unsqueeze(-1), (3, 5))
    yield of("expand", lambda x: x.expand(4, 3, 5), (1, 3, 1))
    yield of("expand-add", lambda x, y: x.expand(4, 3) + y, (1, 3), (4, 3))
    yield of("repeat", lambda x: x.repeat(2, 3), (3, 5))
    yield of("repeat-interleave", lambda x: x.repeat_interleave(3, 1), (3, 5))
    yield of("tile", lambda x: x.tile(2, 2), (3, 5))
    for dims in ((0,), (1,), (0, 1)):
        yield of(f"flip-{dims}", lambda x, d=dims: x.flip(d), (5, 7))
        yield of(f"roll-{dims}", lambda x, d=dims: x.roll((2,) * len(d), d), (5, 7))
    yield of("roll-by-nothing", lambda x: (x.roll(0, 1), x.roll((7, 1), (1, 0))), (5, 7))
    yield of("roll-negative", lambda x: x.roll((-1, -2), (1, 2)), (2, 5, 7, 3))
    yield of("roll-flat", lambda x: x.roll(3), (5, 7))
    yield of("rot90", torch.rot90, (5, 7))
    yield of("movedim", lambda x: x.movedim(0, -1), (2, 3, 5))
    yield of("swap-halves", lambda x: torch.cat([-x[..., 4:], x[..., :4]], -1), (2, 3, 8))
    yield of(
        "interleave", lambda x: torch.stack([-x[..., 1::2], x[..., ::2]], -1).flatten(-2), (2, 8)
    )


def _pads() -> Iterator[Case]:
    for shape, pad in (((7,), (1, 2)), ((3, 7), (1, 2)), ((3, 7), (1, 2, 3, 0)), ((3, 7), (-1, 2)),
                       ((2, 3, 5, 7), (1, 1, 2, 2)), ((2, 3, 5, 7), (0, 0, 0, 0, 1, 1))):  # fmt: skip
        yield of(f"pad-{shape}-{pad}", lambda x, p=pad: F.pad(x, p), shape)
        yield of(f"pad-value-{shape}-{pad}", lambda x, p=pad: F.pad(x, p, value=1.5), shape)
    yield of("pad-int", lambda x: F.pad(x, (1, 2)), integers(0, 9, 3, 5))
    yield of("pad-bool", lambda x: F.pad(x, (1, 2)), booleans(3, 5))
    for mode in ("reflect", "replicate", "circular"):
        yield of(f"pad-{mode}-1d", lambda x, m=mode: F.pad(x, (2, 1), m), (2, 3, 7))
        yield of(f"pad-{mode}-2d", lambda x, m=mode: F.pad(x, (2, 1, 0, 3), m), (2, 3, 5, 7))
        yield of(
            f"pad-{mode}-3d", lambda x, m=mode: F.pad(x, (1, 1, 1, 0, 2, 1), m), (1, 2, 4, 5, 6)
        )


def _creations() -> Iterator[Case]:
    yield of("arange", lambda x: x + torch.arange(7), (5, 7))
    yield of("arange-step", lambda x: x + torch.arange(0, 3.5, 0.5), (5, 7))
    yield of("linspace", lambda x: x * torch.linspace(0, 1, 7), (5, 7))
    yield of("full", lambda x: torch.full((2, 3), 1.5) + x, (1,))
    yield of("zeros-like", lambda x: (torch.zeros_like(x), torch.ones_like(x)), (5, 7))
    yield of("new-full", lambda x: x.new_full((2,), 3.0) * x, (1,))
    yield of("eye", lambda x: x + torch.eye(5), (5, 5))
    yield of("constants-only", lambda x: torch.ones(3), (1,))
    yield of("unused-input", lambda x, y: y + 1, (3,), (4,))
    yield of("same-result-twice", lambda x: (x + 1, x + 1), (3,))
    yield of("input-as-result", lambda x: (x, x.t(), x + 1), (3, 4))
    yield of("dict-result", lambda x: {"a": x + 1, "b": [x * 2]}, (3, 4))


def cases() -> Iterator[Case]:
    yield from _joins()
    yield from _cuts()
    yield from _lookups()
    yield from _reorderings()
    yield from _pads()
    yield from _creations()
