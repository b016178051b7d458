# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Matrix products of every rank."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from case import Case
from operands import integers, layer, normal, of
from torch import nn

_SIZES = (
    [(m, n, k) for m in (1, 2, 7, 17) for n in (1, 3, 16, 33) for k in (1, 5, 64)]
    + [(64, 64, 64), (127, 131, 113), (1, 1000, 512), (1000, 1, 512), (1, 1, 4099), (257, 64, 1)]
    + [(512, 512, 512), (100, 3072, 768), (3, 2049, 1025), (0, 4, 5), (4, 0, 5), (4, 5, 0)]
)

_EINSUMS = [
    ("i,j->ij", (5,), (7,)),
    ("i,i->", (33,), (33,)),
    ("ij->ji", (5, 7)),
    ("ii->i", (6, 6)),
    ("ii->", (6, 6)),
    ("ij->", (5, 7)),
    ("ij,jk->ik", (5, 7), (7, 9)),
    ("bij,bjk->bik", (3, 5, 7), (3, 7, 9)),
    ("bij,bkj->bik", (3, 5, 7), (3, 9, 7)),
    ("bhqd,bhkd->bhqk", (2, 3, 5, 8), (2, 3, 7, 8)),
    ("bhqk,bhkd->bhqd", (2, 3, 5, 7), (2, 3, 7, 8)),
    ("bqhd,bkhd->bhqk", (2, 5, 3, 8), (2, 7, 3, 8)),
    ("bchw,oc->bohw", (2, 3, 5, 7), (4, 3)),
    ("nctv,vw->nctw", (2, 3, 5, 7), (7, 6)),
    ("abc,cde->abde", (2, 3, 4), (4, 5, 6)),
    ("abc,abc->a", (2, 3, 4), (2, 3, 4)),
    ("ij,ik,il->jkl", (3, 4), (3, 5), (3, 6)),
    ("bn,anm,bm->ba", (2, 5), (3, 5, 7), (2, 7)),
    ("...ij,...jk->...ik", (2, 3, 4, 5), (3, 5, 6)),
    ("bijc,bckl->bijkl", (2, 3, 4, 5), (2, 5, 3, 2)),
]


def cases() -> Iterator[Case]:
    for m, n, k in _SIZES:
        yield of(f"matmul-{m}x{n}x{k}", torch.matmul, (m, k), (k, n))
    for m, n, k in _SIZES[::5] + _SIZES[-8:]:
        for bias in (True, False):
            model = lambda k=k, n=n, bias=bias: nn.Linear(k, n, bias=bias)
            if n and k:
                yield layer(f"linear-{m}x{n}x{k}-{'bias' if bias else 'plain'}", model, (m, k))
    for lead in ((), (3,), (2, 3), (2, 1, 5), (1, 1, 1)):
        yield layer(f"linear-rank{len(lead) + 1}-{lead}", lambda: nn.Linear(20, 30), (*lead, 20))
    pairs = [
        ((7,), (7,)),
        ((7,), (7, 5)),
        ((5, 7), (7,)),
        ((3, 5, 7), (7,)),
        ((7,), (3, 7, 5)),
        ((3, 5, 7), (7, 9)),
        ((5, 7), (3, 7, 9)),
        ((3, 5, 7), (3, 7, 9)),
        ((1, 5, 7), (3, 7, 9)),
        ((2, 3, 5, 7), (3, 7, 9)),
        ((2, 1, 5, 7), (1, 3, 7, 9)),
        ((2, 3, 5, 7), (7, 9)),
        ((2, 2, 2, 5, 7), (2, 2, 2, 7, 9)),
        ((8, 1, 64), (8, 64, 1)),
        ((12, 33, 64), (12, 64, 33)),
    ]
    for left, right in pairs:
        yield of(f"matmul-{left}-{right}", torch.matmul, left, right)
    yield of("matmul-transposed-left", lambda a, b: a.t() @ b, (7, 5), (7, 9))
    yield of("matmul-transposed-right", lambda a, b: a @ b.t(), (5, 7), (9, 7))
    yield of("matmul-transposed-both", lambda a, b: a.t() @ b.t(), (7, 5), (9, 7))
    # Matrices of each call that are packed: rows whole pages apart, or transposed ones.
    yield of("matmul-panels", torch.matmul, (70, 300), (300, 1024))
    yield of("matmul-panels-of-batches", torch.matmul, (3, 70, 300), (3, 300, 1024))
    yield of("matmul-panels-transposed", lambda a, b: a @ b.t(), (65, 33), (101, 33))
    yield of("matmul-panels-both", lambda a, b: a.t() @ b.t(), (40, 65), (77, 40))
    yield of(
        "matmul-panels-int32",
        torch.matmul,
        *(
            integers(-5, 5, 64, 260, dtype=torch.int32),
            integers(-5, 5, 260, 2048, dtype=torch.int32),
        ),
    )
    yield of("matmul-panels-of-itself", lambda a: torch.relu(a @ a) @ a.t(), (100, 100))
    yield of("matmul-of-itself", lambda a: a @ a, (17, 17))
    yield of("gram", lambda a: a @ a.t(), (17, 5))
    yield of(
        "addmm", lambda c, a, b: torch.addmm(c, a, b, beta=0.5, alpha=2.0), (9,), (5, 7), (7, 9)
    )
    yield of("baddbmm", torch.baddbmm, (3, 5, 9), (3, 5, 7), (3, 7, 9))
    yield of("mv", torch.mv, (5, 7), (7,))
    yield of("dot", torch.dot, (77,), (77,))
    yield of("outer", torch.outer, (5,), (7,))
    yield of("kron", torch.kron, (2, 3), (4, 5))
    yield of("tensordot", lambda a, b: torch.tensordot(a, b, dims=2), (2, 3, 4), (3, 4, 5))
    yield of("chain", lambda a, b, c: torch.relu(a @ b) @ c, (9, 7), (7, 11), (11, 5))
    yield layer("bilinear", lambda: nn.Bilinear(5, 6, 7), (3, 5), (3, 6))
    for equation, *shapes in _EINSUMS:
        yield of(
            f"einsum-{equation}", lambda *a, equation=equation: torch.einsum(equation, *a), *shapes
        )
    for dtype in (torch.float64, torch.float16, torch.bfloat16):
        name = str(dtype)[6:]
        operands = normal(17, 33, dtype=dtype), normal(33, 19, dtype=dtype)
        yield of(f"matmul-{name}", torch.matmul, *operands)
        model = lambda dtype=dtype: nn.Linear(33, 65).to(dtype)
        yield layer(f"linear-{name}", model, normal(9, 33, dtype=dtype))
    for dtype in (torch.int64, torch.int32, torch.int8):
        operands = (integers(-5, 5, 7, 9, dtype=dtype), integers(-5, 5, 9, 11, dtype=dtype))
        yield of(f"matmul-{str(dtype)[6:]}", torch.matmul, *operands)
    operands = (
        integers(-128, 128, 20, 24, dtype=torch.int8),
        integers(-128, 128, 24, 16, dtype=torch.int8),
    )
    yield of("int8-to-int32", torch._int_mm, *operands)
    yield of("matmul-int8-overflow", torch.matmul, *operands)
    for dtype in (torch.int64, torch.int32, torch.int16, torch.int8):
        operands = (integers(-5, 5, 3, 7, 9, dtype=dtype), integers(-5, 5, 3, 9, 11, dtype=dtype))
        yield of(f"bmm-{str(dtype)[6:]}", torch.bmm, *operands)
        linear = integers(-5, 5, 5, 9, dtype=dtype), integers(-5, 5, 4, 9, dtype=dtype)
        yield of(f"linear-{str(dtype)[6:]}", nn.functional.linear, *linear)
