# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Appending operations to an FX graph, with the example values that the importer reads."""

from __future__ import annotations

from typing import Any

import torch
from torch import fx

from tilewright.frontend.program import Program


class NodeBuilder:
    """Inserts operations before ``anchor`` and gives them its source line.

    Args:
        program: owner of the graph.
        anchor: the node to be replaced.
    """

    def __init__(self, program: Program, anchor: fx.Node) -> None:
        self._graph = program.graph
        self._anchor = anchor
        self._mode = program.fake_mode()

    def call(self, target: Any, *args: Any, **kwargs: Any) -> fx.Node:
        """A call of ``target``; its example value is computed by running it on theirs."""
        with self._graph.inserting_before(self._anchor):
            node = self._graph.call_function(target, args, kwargs)
        example_args, example_kwargs = fx.map_arg(
            (args, kwargs), lambda argument: argument.meta["val"]
        )
        with self._mode, torch.no_grad():
            node.meta["val"] = target(*example_args, **example_kwargs)
        for key in ("stack_trace", "nn_module_stack"):
            if key in self._anchor.meta:
                node.meta[key] = self._anchor.meta[key]
        return node

    def size(self, tensor: fx.Node, dim: int) -> Any:
        """Size of a dimension: an int, or a node when it is dynamic."""
        size = tensor.meta["val"].shape[dim]
        if isinstance(size, int):
            return size
        return self.call(torch.ops.aten.sym_size.int, tensor, dim % tensor.meta["val"].dim())
