# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Weights that the model holds twice, or not at all."""

from __future__ import annotations

from typing import Any

from tilewright.frontend.program import Program


def merge_tied_weights(program: Program) -> None:
    """One argument for each distinct weight in use.

    torch.export gives tied weights (the embedding and the output layer of a language model) an
    argument each and may leave either unused (huggingface/transformers#47979). It also keeps what
    nothing reads: batch norm's counters, position ids.
    """
    first: dict[Any, Any] = {}
    for node, bound in list(program.weights.items()):
        if node.users:
            tensor = bound.tensor
            place = (
                tensor.untyped_storage().data_ptr(),
                tensor.storage_offset(),
                tuple(tensor.shape),
                tensor.stride(),
                tensor.dtype,
            )
            # Nothing can be said of where an empty tensor lives.
            owner = first.setdefault(place, node) if tensor.numel() else node
            if owner is not node:
                node.replace_all_uses_with(owner)
        if not node.users:
            del program.weights[node]
            program.graph.erase_node(node)
