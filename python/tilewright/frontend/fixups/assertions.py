# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Assertions that tracing leaves behind."""

from __future__ import annotations

import torch

from tilewright.frontend.program import Program

aten = torch.ops.aten

_ASSERTIONS = frozenset(
    {
        aten._assert_tensor_metadata.default,
        aten._assert_scalar.default,
        aten._assert_async.default,
        aten._assert_async.msg,
        aten.sym_constrain_range.default,
        aten.sym_constrain_range_for_size.default,
    }
)


def drop_assertions(program: Program) -> None:
    """Remove assertions about types and sizes, which torch-mlir has no lowering for.

    torch.export writes one for every ``tensor.to(device)`` (pytorch/pytorch#142420). The runtime
    checks the inputs' types and sizes itself, and everything else follows from them.
    """
    for node in reversed(list(program.graph.nodes)):
        if node.op == "call_function" and node.target in _ASSERTIONS:
            program.graph.erase_node(node)
    # A comparison of sizes serves nothing but its assertion.
    program.graph.eliminate_dead_code()
