# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Python scalars among the operands of int8."""

from __future__ import annotations

import torch

from tilewright.frontend.fixups.builder import NodeBuilder
from tilewright.frontend.program import Program

aten = torch.ops.aten

_WITH_TENSORS = {
    aten.sub.Tensor: aten.sub.Tensor,
    aten.mul.Tensor: aten.mul.Tensor,
    aten.remainder.Scalar: aten.remainder.Tensor,
}


def wrap_small_scalars(program: Program) -> None:
    """Make the Python scalar of an int8 operation a tensor.

    torch-mlir ends the process on ``int8 * 2``: its conversion of scalars knows no 8-bit type. Not
    reported upstream.
    """
    for node in list(program.graph.nodes):
        target = _WITH_TENSORS.get(node.target)
        if target is None or not isinstance(node.args[1], (int, float)):
            continue
        if node.args[0].meta["val"].dtype is not torch.int8:
            continue
        build = NodeBuilder(program, node)
        dtype = node.meta["val"].dtype
        scalar = build.call(aten.full.default, [], node.args[1], dtype=dtype)
        operands = [node.args[0], scalar, *node.args[2:]]
        node.replace_all_uses_with(build.call(target, *operands, **node.kwargs))
        program.graph.erase_node(node)
