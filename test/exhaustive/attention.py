# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention, as modules and as operations."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from case import Case
from operands import booleans, layer, normal, of
from torch import Tensor, nn


def _sdpa(name: str, q: Any, k: Any, v: Any, *mask: Any, **options: Any) -> Case:
    def attend(q: Tensor, k: Tensor, v: Tensor, *mask: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(q, k, v, *mask, **options)

    return of(f"sdpa-{name}", attend, q, k, v, *mask)


def _by_hand(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    keep = torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool).tril()
    return torch.softmax(scores.masked_fill(~keep, float("-inf")), -1) @ v


class _MultiHead(nn.Module):
    def __init__(self, width: int, heads: int, **options: Any) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True, **options)

    def forward(self, query: Tensor, memory: Tensor) -> Any:
        return self.attention(query, memory, memory)


def cases() -> Iterator[Case]:
    for b, h, lq, lk, e, ev in (
        (1, 1, 1, 1, 1, 1),
        (1, 1, 5, 7, 3, 4),
        (2, 3, 16, 16, 8, 8),
        (2, 4, 33, 33, 16, 16),
        (1, 2, 1, 65, 32, 32),
        (1, 2, 65, 1, 32, 32),
        (2, 12, 128, 128, 64, 64),
        (1, 2, 257, 257, 64, 64),
        (7, 2, 17, 31, 20, 24),
        (1, 1, 600, 600, 40, 40),
    ):
        q, k, v = (b, h, lq, e), (b, h, lk, e), (b, h, lk, ev)
        shape = f"{b}x{h}x{lq}x{lk}x{e}x{ev}"
        yield _sdpa(f"plain-{shape}", q, k, v)
        yield _sdpa(f"causal-{shape}", q, k, v, is_causal=True)
        yield _sdpa(f"float-mask-{shape}", q, k, v, (lq, lk))
        yield _sdpa(f"float-mask-full-{shape}", q, k, v, (b, h, lq, lk))
        mask = lambda b=b, lk=lk: (torch.rand(b, 1, 1, lk) > 0.3) | (torch.arange(lk) == 0)
        yield _sdpa(f"bool-mask-{shape}", q, k, v, mask)
    yield _sdpa("empty-rows", *[(2, 3, 5, 8)] * 3, booleans(5, 5))
    yield _sdpa("scale", *[(2, 3, 5, 8)] * 3, scale=0.3)
    yield _sdpa("rank3", *[(3, 5, 8)] * 3)
    yield _sdpa("rank2", *[(5, 8)] * 3)
    yield _sdpa("rank5", *[(2, 2, 3, 5, 8)] * 3)
    yield _sdpa("grouped", (2, 8, 5, 16), (2, 2, 7, 16), (2, 2, 7, 16), enable_gqa=True)
    yield _sdpa("multi-query", (2, 8, 5, 16), (2, 1, 5, 16), (2, 1, 5, 16), enable_gqa=True,
                is_causal=True)  # fmt: skip
    yield _sdpa("broadcast", (2, 3, 5, 8), (1, 3, 7, 8), (1, 3, 7, 8))
    for dtype in (torch.float64, torch.float16, torch.bfloat16):
        operand = normal(2, 3, 17, 16, dtype=dtype)
        yield _sdpa(str(dtype)[6:], operand, operand, operand)
        yield _sdpa(f"causal-{str(dtype)[6:]}", operand, operand, operand, is_causal=True)
    yield of("by-hand", _by_hand, *[(2, 3, 17, 16)] * 3)
    yield of(
        "by-hand-unscaled", lambda q, k, v: torch.softmax(q @ k.mT, -1) @ v, *[(2, 3, 17, 16)] * 3
    )
    both = lambda q, k, v: (
        (p := torch.softmax(q @ k.mT / 4, -1)) @ v,
        p,
    )
    yield of("weights-returned", both, *[(2, 3, 17, 16)] * 3)
    linear = lambda q, k, v: (F.elu(q) + 1) @ ((F.elu(k) + 1).mT @ v)
    yield of("linear-attention", linear, *[(2, 3, 17, 16)] * 3)
    cosine = lambda q, k, v: (
        torch.softmax(F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).mT * 10, -1) @ v
    )
    yield of("cosine-attention", cosine, *[(2, 3, 17, 16)] * 3)
    softcap = lambda q, k, v: torch.softmax(torch.tanh(q @ k.mT / 50) * 50, -1) @ v
    yield of("softcap", softcap, *[(2, 3, 17, 16)] * 3)
    for batch in (1, 2, 7):
        operands = (batch, 5, 16), (batch, 9, 16)
        yield layer(f"multihead-{batch}", lambda: _MultiHead(16, 4), *operands)
    yield layer("multihead-plain", lambda: _MultiHead(16, 4, bias=False), (2, 5, 16), (2, 9, 16))
    wide = lambda: _MultiHead(16, 4, kdim=12, vdim=12)
    yield layer("multihead-kdim", wide, (2, 5, 16), (2, 9, 12))
    block = lambda n, **o: nn.TransformerEncoderLayer(
        16, 4, 32, batch_first=True, norm_first=n, **o
    )
    yield layer("encoder-layer", lambda: block(False), (2, 9, 16))
    yield layer("encoder-layer-norm-first", lambda: block(True, activation="gelu"), (2, 9, 16))
    decoder = lambda: nn.TransformerDecoderLayer(16, 4, 32, batch_first=True)
    yield layer("decoder-layer", decoder, (2, 5, 16), (2, 9, 16))
    whole = lambda: nn.Transformer(16, 4, 2, 2, 32, batch_first=True)
    yield layer("transformer", whole, (2, 9, 16), (2, 5, 16))
