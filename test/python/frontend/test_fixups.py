# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One test for each fix-up of the traced graph."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from imported_numerics import Call, check
from torch import Tensor, nn

from tilewright.frontend import import_torch
from tilewright.frontend.fixups import FIXUPS

X = torch.randn(4, 6)


def test_every_fixup_names_what_it_answers() -> None:
    for fixup in FIXUPS:
        document = fixup.__doc__ or ""
        assert re.search(r"\w+/[\w-]+#\d+|Not\s+reported\s+upstream", document), fixup.__name__


def test_drop_assertions() -> None:
    check(lambda x: x.to("cpu") * 2 + x.to(torch.float32), X)


def test_index_strided_views() -> None:
    module = check(lambda x: torch.as_strided(x, (3, 4), (2, 1), 1) + 1, X)
    assert [weight.name.split(".")[0] for weight in module.weights].count("constant") >= 1
    assert "dense_resource" not in module.text


def test_non_persistent_buffers_are_weights() -> None:
    # llvm/torch-mlir#4744: the stock importer finds no value for them.
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table: Tensor
            self.register_buffer("table", torch.randn(6), persistent=False)

        def forward(self, x: Tensor) -> Tensor:
            return x * self.table

    assert [weight.name for weight in check(Model(), X).weights] == ["table"]


def test_lift_attributes() -> None:
    table = torch.arange(24.0).reshape(4, 6) ** 0.5
    module = check(lambda x: x + table, X)
    assert len(module.weights) == 1 and "dense<[" not in module.text


def test_fold_constants() -> None:
    def positions(x: Tensor) -> Tensor:
        place = torch.arange(6)
        packed = (torch.diff(place, prepend=place[:1] - 1) != 1).cumsum(-1)
        return x * (packed + place * place).float() + torch.ones(6) * 3

    module = check(positions, X)
    assert len(module.weights) == 1
    torch.testing.assert_close(module.weights[0].tensor, torch.arange(6.0) ** 2)
    # What is uniform is a splat.
    assert "3.0" in module.text


def test_fold_constants_leaves_random_numbers_and_big_tables() -> None:
    module = check(lambda x: x + torch.arange(6), X)
    assert not module.weights and "linalg.index" in module.text


def test_slice_embeddings() -> None:
    class Positions(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(9, 6)

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = (
                x + self.table(torch.arange(2, 6)) + self.table(torch.tensor([[3, 3, 0, 1]]))
            )
            return y

    text = check(Positions(), X).text
    assert "tensor.extract_slice" in text and text.count("tensor.extract %") == 1


def test_wrap_small_scalars() -> None:
    value = torch.randint(-9, 9, (4, 6), dtype=torch.int8)
    for function in (lambda x: x * 2, lambda x: x - 3, lambda x: x % 4, lambda x: x * 2.5):
        check(function, value)


def test_replace_empty_views() -> None:
    nothing = torch.empty(0, 3)
    for shape in ((3, 0), (0,), (2, 0, 5), (-1, 3)):
        module = import_torch(Call(lambda x, shape=shape: x.reshape(shape) * 2), (nothing,))
        assert module.outputs[0].shape == tuple(nothing.reshape(shape).shape)


def test_merge_tied_weights() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Embedding(9, 6)
            self.head = nn.Linear(6, 9, bias=False)
            self.head.weight = self.embed.weight
            self.unused = nn.Linear(6, 6)
            self.view = self.embed.weight.detach()

        def forward(self, tokens: Tensor) -> Tensor:
            y: Tensor = self.head(self.embed(tokens)) + self.view.sum()
            return y

    assert len(check(Tied(), torch.tensor([1, 8, 0])).weights) == 1


def attend(q: Tensor, k: Tensor, v: Tensor, *args: Any, **kw: Any) -> Tensor:
    return nn.functional.scaled_dot_product_attention(q, k, v, *args, **kw)


def qkv(heads: int = 4, kv_heads: int = 4, rows: int = 5, columns: int = 7) -> list[Tensor]:
    return [
        torch.randn(2, heads, rows, 6),
        torch.randn(2, kv_heads, columns, 6),
        torch.randn(2, kv_heads, columns, 3),
    ]


def body(module: Any) -> str:
    return str(module.text)


def test_attention_plain() -> None:
    text = body(check(attend, *qkv()))
    assert text.count("linalg.batch_matmul") == 2
    # One scale, no guard.
    assert "arith.select" not in text and text.count("arith.cmpf") == 0


def test_attention_scale_and_ranks() -> None:
    check(lambda q, k, v: attend(q, k, v, scale=0.3), *qkv())
    check(lambda q, k, v: attend(q, k, v, scale=1.0), *(t[0] for t in qkv()))
    check(attend, *(t[0, 0] for t in qkv()))
    q, k, v = qkv()
    check(attend, q, k[:1, :1], v[:1, :1])


@pytest.mark.parametrize("rows, columns", [(5, 5), (3, 7), (7, 3)])
def test_attention_causal(rows: int, columns: int) -> None:
    text = body(check(lambda *t: attend(*t, is_causal=True), *qkv(rows=rows, columns=columns)))
    assert "arith.cmpi sle" in text


def test_attention_grouped_queries() -> None:
    tensors = qkv(heads=6, kv_heads=2)
    check(lambda *t: attend(*t, enable_gqa=True), *tensors)
    check(lambda *t: attend(*t, is_causal=True, enable_gqa=True), *tensors)


def test_attention_mask_from_outside() -> None:
    tensors = qkv()
    mask = torch.rand(2, 1, 5, 7) > 0.4
    mask[0, 0, 2] = False
    module = check(attend, *tensors, mask)
    # The row that sees nothing is zero, by a select on the result.
    assert body(module).count("arith.select") == 2
    floats = torch.zeros(mask.shape).masked_fill(~mask, float("-inf"))
    check(attend, *tensors, floats)
    check(attend, *tensors, torch.randn(5, 7))


def test_attention_known_masks() -> None:
    def causal(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return attend(q, k, v, torch.ones(5, 5, dtype=torch.bool).tril())

    def everything(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return attend(q, k, v, torch.zeros(1, 5, 5))

    def window(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return attend(q, k, v, torch.ones(5, 5, dtype=torch.bool).tril().triu(-1))

    tensors = qkv(columns=5)
    first, second, third = (check(f, *tensors) for f in (causal, everything, window))
    assert "arith.cmpi sle" in body(first) and not first.weights
    assert "arith.select" not in body(second) and not second.weights
    assert body(third).count("arith.select") == 1 and len(third.weights) == 1


def test_attention_in_bfloat16_softmaxes_in_float32() -> None:
    tensors = [tensor.bfloat16() for tensor in qkv()]
    text = import_torch(Call(attend).eval(), tuple(tensors)).text
    assert re.search(r"math\.exp %\w+ : f32", text)


def test_positions_that_are_compared_are_not_a_table() -> None:
    module = check(lambda n: (torch.arange(300) + 1).view(1, -1) <= n, torch.tensor([7]))
    assert not module.weights and "linalg.index" in module.text
