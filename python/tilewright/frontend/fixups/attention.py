# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Scaled dot-product attention in the one form that the compiler raises to ``tw.attention``."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, fx

from tilewright.frontend.fixups.builder import NodeBuilder
from tilewright.frontend.fixups.constants import Constants
from tilewright.frontend.program import Program

aten = torch.ops.aten


def expand_attention(program: Program) -> None:
    """Write attention as scores, scale, mask, softmax, product.

    torch-mlir's table scales queries and keys apart, adds a float mask made from the boolean one,
    and guards the softmax element by element (llvm/torch-mlir#3456, #3973). Here the scale is one
    multiplication of the scores, a boolean mask is one select, a mask that hides the future is
    seen to do so and compares indices, and rows that see nothing (zero, as in eager) are selected
    on the result.
    """
    constants = Constants(program)
    for node in list(program.graph.nodes):
        if node.target is aten.scaled_dot_product_attention.default:
            node.replace_all_uses_with(_expand(program, constants, node))
            program.graph.erase_node(node)


def _expand(program: Program, constants: Constants, node: fx.Node) -> fx.Node:
    names = ("query", "key", "value", "attn_mask", "dropout_p", "is_causal")
    given: dict[str, Any] = dict(zip(names, node.args, strict=False)) | node.kwargs
    query, key, value = given["query"], given["key"], given["value"]
    mask: fx.Node | None = given.get("attn_mask")
    causal = bool(given.get("is_causal", False))
    scale = given.get("scale")
    if scale is None:
        scale = 1 / math.sqrt(query.meta["val"].shape[-1])

    build = NodeBuilder(program, node)
    key, value = (_repeat_heads(build, query, heads) for heads in (key, value))
    transposed = build.call(aten.transpose.int, key, -2, -1)
    scores = _batch_matmul(build, query, transposed)
    dtype = scores.meta["val"].dtype
    if dtype in (torch.float16, torch.bfloat16):
        scores = build.call(torch.ops.prims.convert_element_type.default, scores, torch.float32)
    if scale != 1:
        scores = build.call(aten.mul.Scalar, scores, scale)

    alive: fx.Node | None = None
    if mask is not None and mask in constants:
        known = constants[mask]
        shape = scores.meta["val"].shape[-2:]
        if _hides_nothing(known):
            mask = None
        elif _hides_the_future(known, shape):
            mask, causal = None, True
        elif _leaves_rows_empty(known):
            alive = _rows_that_see(build, mask)
    elif mask is not None:
        alive = _rows_that_see(build, mask)
    if causal:
        scores = _select(build, _past(build, query, key), scores)
    if mask is not None and mask.meta["val"].dtype == torch.bool:
        scores = _select(build, mask, scores)
    elif mask is not None:
        scores = build.call(aten.add.Tensor, scores, mask)

    weights = _softmax(build, scores)
    if dtype != weights.meta["val"].dtype:
        weights = build.call(torch.ops.prims.convert_element_type.default, weights, dtype)
    result = _batch_matmul(build, weights, value)
    if alive is not None:
        zero = build.call(aten.full.default, [], 0.0, dtype=dtype)
        result = build.call(aten.where.self, alive, result, zero)
    return result


def _repeat_heads(build: NodeBuilder, query: fx.Node, heads: fx.Node) -> fx.Node:
    """Grouped-query attention: each key or value head serves several query heads in turn."""
    example = heads.meta["val"]
    if example.dim() < 3:
        return heads
    wanted, present = query.meta["val"].shape[-3], example.shape[-3]
    if wanted == present or present == 1:
        return heads
    rank = example.dim()
    sizes = [build.size(heads, dim) for dim in range(rank)]
    split = build.call(aten.unsqueeze.default, heads, rank - 2)
    repeat = [*sizes[:-2], wanted // present, *sizes[-2:]]
    spread = build.call(aten.expand.default, split, repeat)
    packed = build.call(aten.clone.default, spread, memory_format=torch.contiguous_format)
    return build.call(aten.view.default, packed, [*sizes[:-3], wanted, *sizes[-2:]])


def _batch_matmul(build: NodeBuilder, left: fx.Node, right: fx.Node) -> fx.Node:
    """Matrix product of the last two dimensions, the others broadcast and folded into one.

    Written out, since the lowering of ``aten.matmul`` may take one dynamic dimension for another
    (llvm/torch-mlir#4743).
    """
    sides = []
    batch_rank = max(left.meta["val"].dim(), right.meta["val"].dim()) - 2
    batch = [_broadcast_size(build, left, right, dim) for dim in range(-2 - batch_rank, -2)]
    for side in (left, right):
        example = side.meta["val"]
        matrix = [build.size(side, -2), build.size(side, -1)]
        # Not the builder's sizes: nodes do not compare by value.
        shape = list(example.shape)
        target = [*(_broadcast_example(left, right, d) for d in range(-2 - batch_rank, -2))]
        if shape[:-2] != target:
            side = build.call(aten.expand.default, side, [*batch, *matrix])
        if not side.meta["val"].is_contiguous():
            side = build.call(aten.clone.default, side, memory_format=torch.contiguous_format)
        if batch_rank != 1:
            side = build.call(aten.view.default, side, [-1 if batch_rank else 1, *matrix])
        sides.append(side)
    product = build.call(aten.bmm.default, *sides)
    if batch_rank == 1:
        return product
    rows, columns = build.size(left, -2), build.size(right, -1)
    return build.call(aten.view.default, product, [*batch, rows, columns])


def _broadcast_example(left: fx.Node, right: fx.Node, dim: int) -> Any:
    sizes = [s.meta["val"].shape[dim] for s in (left, right) if s.meta["val"].dim() >= -dim]
    return next((size for size in sizes if not (isinstance(size, int) and size == 1)), 1)


def _broadcast_size(build: NodeBuilder, left: fx.Node, right: fx.Node, dim: int) -> Any:
    sides = [side for side in (left, right) if side.meta["val"].dim() >= -dim]
    for side in sides:
        size = side.meta["val"].shape[dim]
        if not (isinstance(size, int) and size == 1):
            return build.size(side, dim)
    return 1


def _past(build: NodeBuilder, query: fx.Node, key: fx.Node) -> fx.Node:
    """True where the key is not after the query, both counted from the start."""
    place = {}
    for name, side in (("query", query), ("key", key)):
        place[name] = build.call(aten.arange.start_step, 0, build.size(side, -2))
    rows = build.call(aten.unsqueeze.default, place["query"], 1)
    columns = build.call(aten.unsqueeze.default, place["key"], 0)
    return build.call(aten.le.Tensor, columns, rows)


def _select(build: NodeBuilder, mask: fx.Node, scores: fx.Node) -> fx.Node:
    hidden = build.call(aten.full.default, [], float("-inf"), dtype=scores.meta["val"].dtype)
    return build.call(aten.where.self, mask, scores, hidden)


def _softmax(build: NodeBuilder, scores: fx.Node) -> fx.Node:
    peak = build.call(aten.amax.default, scores, [-1], True)
    exponentials = build.call(aten.exp.default, build.call(aten.sub.Tensor, scores, peak))
    total = build.call(aten.sum.dim_IntList, exponentials, [-1], True)
    return build.call(aten.div.Tensor, exponentials, total)


def _rows_that_see(build: NodeBuilder, mask: fx.Node) -> fx.Node:
    if mask.meta["val"].dtype != torch.bool:
        # A tensor of its own, as torch-mlir compares with Python scalars in float64.
        hidden = build.call(aten.full.default, [], float("-inf"), dtype=mask.meta["val"].dtype)
        mask = build.call(aten.gt.Tensor, mask, hidden)
    return build.call(aten.any.dim, mask, -1, True)


def _hides_nothing(mask: Tensor) -> bool:
    return bool(mask.all()) if mask.dtype == torch.bool else not bool(mask.any())


def _hides_the_future(mask: Tensor, shape: torch.Size) -> bool:
    if mask.dim() < 2 or mask.shape[-2:] != shape:
        return False
    past = torch.ones(*shape, dtype=torch.bool).tril()
    if mask.dtype != torch.bool:
        past = torch.zeros(*shape, dtype=mask.dtype).masked_fill(~past, float("-inf"))
    return bool((mask == past).all())


def _leaves_rows_empty(mask: Tensor) -> bool:
    sees = mask if mask.dtype == torch.bool else mask > float("-inf")
    return not bool(sees.any(-1).all())
