# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reshapes that the lowering of ``aten.view`` has no form for: of dynamic sizes, and of nothing."""

from __future__ import annotations

from typing import Any

import sympy
import torch
from torch import fx

from tilewright.frontend.fixups.builder import NodeBuilder
from tilewright.frontend.program import Program

aten = torch.ops.aten

# On a view's node: the dimension that it splits and into how many. `lowered.restore_expansions`
# reads it.
SPLIT_KEY = "tw_split"

Group = tuple[range, range]


_VIEWS = (aten.view.default, aten._unsafe_view.default)


def replace_empty_views(program: Program) -> None:
    """Make a new tensor of no elements of each view of one.

    The lowering of ``aten.view`` divides by sizes, and the process ends with it. Not reported
    upstream.
    """
    for node in list(program.graph.nodes):
        if node.target not in _VIEWS:
            continue
        value = node.meta["val"]
        if not all(isinstance(size, int) for size in value.shape) or 0 not in value.shape:
            continue
        build = NodeBuilder(program, node)
        empty = build.call(aten.full.default, list(value.shape), 0, dtype=value.dtype)
        node.replace_all_uses_with(empty)
        program.graph.erase_node(node)


def split_dynamic_views(program: Program) -> None:
    """Write a dynamic view as collapses and splits of dimensions.

    The lowering of ``aten.view`` guesses which sizes belong together; given two dynamic ones it
    may take one of them for 1 and silently read a part of the tensor (llvm/torch-mlir#4743). The
    traced symbols know.
    """
    for node in list(program.graph.nodes):
        if node.target not in _VIEWS:
            continue
        before, after = _sizes(node.args[0]), _sizes(node)
        if all(size.is_number for size in (*before, *after)):
            continue
        groups = _groups(before, after)
        if groups is None:
            continue
        replacement = _rewrite(program, node, groups)
        if replacement is not None:
            node.replace_all_uses_with(replacement)
            program.graph.erase_node(node)
    program.graph.eliminate_dead_code()


def _sizes(node: Any) -> list[sympy.Expr]:
    shape = node.meta["val"].shape
    return [sympy.Integer(s) if isinstance(s, int) else s.node.expr for s in shape]


def _groups(before: list[sympy.Expr], after: list[sympy.Expr]) -> list[Group] | None:
    """Consecutive dimensions on either side that have the same number of elements."""
    groups: list[Group] = []
    i = j = 0
    while i < len(before) and j < len(after):
        end_i, end_j = i + 1, j + 1
        left, right = before[i], after[j]
        while sympy.expand(left - right) != 0:
            # The side that divides the other has to grow.
            if end_i < len(before) and _divides(left, right):
                left, end_i = left * before[end_i], end_i + 1
            elif end_j < len(after):
                right, end_j = right * after[end_j], end_j + 1
            else:
                return None
        groups.append((range(i, end_i), range(j, end_j)))
        i, j = end_i, end_j
    # Ones at the end belong to the last group.
    if not groups or any(size != 1 for size in (*before[i:], *after[j:])):
        return None
    last_before, last_after = groups[-1]
    groups[-1] = (range(last_before.start, len(before)), range(last_after.start, len(after)))
    return groups


def _divides(left: sympy.Expr, right: sympy.Expr) -> bool:
    return bool(sympy.denom(sympy.cancel(right / left)) == 1)


def _rewrite(program: Program, node: fx.Node, groups: list[Group]) -> fx.Node | None:
    build = NodeBuilder(program, node)
    source: Any = node.args[0]
    requested: Any = node.args[1]
    # From the last to the first, so that the places of the others stay true.
    for inner, _ in reversed(groups):
        if len(inner) > 1:
            source = build.call(torch.ops.prims.collapse.default, source, inner.start, inner[-1])
    offset = len(groups)
    for _, outer in reversed(groups):
        offset -= 1
        if len(outer) == 1:
            continue
        sizes = [node.meta["val"].shape[dim] for dim in outer]
        known = [
            size if isinstance(size, int) else requested[dim]
            for dim, size in zip(outer, sizes, strict=True)
        ]
        unknown = [size for size in known if isinstance(size, int) and size < 0]
        if len(unknown) == 1 and sum(not isinstance(size, int) for size in sizes) == 1:
            source = build.call(aten.unflatten.int, source, offset, known)
            continue
        if unknown:
            return None
        rank = source.meta["val"].dim()
        shape = [build.size(source, dim) for dim in range(rank)]
        shape[offset : offset + 1] = known
        source = build.call(aten.view.default, source, shape)
        source.meta[SPLIT_KEY] = (offset, len(outer))
    return source  # type: ignore[no-any-return]
