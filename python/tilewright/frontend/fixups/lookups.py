# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Look-ups whose indices are known when the model is imported."""

from __future__ import annotations

from contextlib import suppress

import torch

from tilewright.frontend.fixups.builder import NodeBuilder
from tilewright.frontend.fixups.constants import Constants
from tilewright.frontend.program import Program

aten = torch.ops.aten


def index_strided_views(program: Program) -> None:
    """Turn ``as_strided`` into look-ups with index tensors, before literals become arguments.

    torch-mlir does so inside its importer, where the index tensors would be written into the text
    (llvm/torch-mlir#4267). What it cannot turn is reported as unsupported later.
    """
    from torch_mlir.extras.fx_as_strided import rewrite_as_strided

    with suppress(ValueError):
        rewrite_as_strided(program.graph)


def slice_embeddings(program: Program) -> None:
    """Look up a run of consecutive rows by a slice.

    Learned positions are ``embedding(table, arange(length))`` in BERT, GPT-2 and their kin, which
    torch-mlir lowers to a gather that asserts each index. Not reported upstream.
    """
    constants = Constants(program)
    for node in list(program.graph.nodes):
        if node.target is not aten.embedding.default or node.args[1] not in constants:
            continue
        table, rows = node.args[0], constants[node.args[1]]
        first = int(rows.flatten()[0]) if rows.numel() else 0
        run = torch.arange(first, first + rows.numel())
        if not torch.equal(rows.flatten(), run) or first + rows.numel() > len(table.meta["val"]):
            continue
        build = NodeBuilder(program, node)
        picked = build.call(aten.slice.Tensor, table, 0, first, first + rows.numel())
        if rows.dim() != 1:
            shape = [*rows.shape, *table.meta["val"].shape[1:]]
            picked = build.call(aten.view.default, picked, shape)
        node.replace_all_uses_with(picked)
        program.graph.erase_node(node)
