# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Constants: values that do not depend on inputs or weights are computed at import."""

from __future__ import annotations

import operator
from typing import Any

import torch
from torch import Tensor, fx

from tilewright.frontend.fixups.builder import NodeBuilder
from tilewright.frontend.program import Program

aten = torch.ops.aten

_COMPARISONS = frozenset(
    {aten.le.Tensor, aten.lt.Tensor, aten.ge.Tensor, aten.gt.Tensor, aten.eq.Tensor}
)

# Left as they are when nothing else is between them and their user: generated code makes them from
# loop indices, and passes can see what they are.
_TRANSPARENT = frozenset(
    {
        aten.arange.start_step,
        aten.arange.default,
        aten.arange.start,
        aten.full.default,
        aten.scalar_tensor.default,
        aten.view.default,
        aten._unsafe_view.default,
        aten.unsqueeze.default,
        aten.squeeze.dims,
        aten.expand.default,
        aten.permute.default,
        aten.clone.default,
        aten.le.Tensor,
        aten.lt.Tensor,
        aten.ge.Tensor,
        aten.gt.Tensor,
        aten.empty.memory_format,
        torch.ops.prims.convert_element_type.default,
    }
)

# A larger table is cheaper to compute than to store.
_LARGEST_FOLDED_BYTES = 64 << 20


class Constants:
    """Values of the nodes that depend on neither inputs nor parameters nor buffers.

    Args:
        program: not to be changed while this object is used, but for nodes that are added.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._values: dict[fx.Node, Any] = {}
        self._known: dict[fx.Node, bool] = {}
        for node in program.graph.nodes:
            self._known[node] = self._depends_on_nothing(node)

    def _depends_on_nothing(self, node: fx.Node) -> bool:
        if node.op == "placeholder":
            bound = self._program.weights.get(node)
            return bound is not None and bound.kind == "constant"
        if node.op != "call_function":
            return False
        if node.target is not operator.getitem:
            if not isinstance(node.target, torch._ops.OpOverload):
                return False
            if torch.Tag.nondeterministic_seeded in node.target.tags:
                return False
            if node.target._schema.is_mutable:
                return False
        examples = node.meta.get("val")
        examples = examples if isinstance(examples, (list, tuple)) else (examples,)
        if not all(_has_fixed_size(example) for example in examples):
            return False
        return all(self._known[source] for source in node.all_input_nodes)

    def __contains__(self, node: fx.Node) -> bool:
        """Whether the value of ``node`` is known."""
        return self._known.get(node, False)

    def __getitem__(self, node: fx.Node) -> Any:
        """The value of ``node``: a tensor, or a tuple of tensors for several results."""
        if node not in self._values:
            bound = self._program.weights.get(node)
            if bound is not None:
                self._values[node] = bound.tensor
            else:
                args, kwargs = fx.map_arg((node.args, node.kwargs), self.__getitem__)
                with torch.no_grad():
                    self._values[node] = node.target(*args, **kwargs)  # type: ignore[operator]
        return self._values[node]


def _has_fixed_size(example: Any) -> bool:
    return isinstance(example, Tensor) and all(isinstance(size, int) for size in example.shape)


def is_uniform(tensor: Tensor) -> bool:
    """Whether all elements are equal (NaN is not), of at least one."""
    return tensor.numel() > 0 and bool((tensor == tensor.flatten()[0]).all())


def is_sequence(tensor: Tensor) -> bool:
    """Whether it holds consecutive integers along one dimension, and the others are 1."""
    if tensor.dtype != torch.int64 or tensor.numel() < 2 or tensor.numel() != max(tensor.shape):
        return False
    return bool((tensor.flatten().diff() == 1).all())


def lift_attributes(program: Program) -> None:
    """Make tensors that the graph owns arguments.

    Decompositions leave literals as ``get_attr`` nodes, which the importer would write into the
    text element by element (llvm/torch-mlir#4267, #3840).
    """
    for node in list(program.graph.nodes):
        if node.op != "get_attr":
            continue
        value: Any = program.module
        for part in str(node.target).split("."):
            value = getattr(value, part)
        if isinstance(value, Tensor):
            node.replace_all_uses_with(program.add_constant(node.name, value))
            program.graph.erase_node(node)


def fold_constants(program: Program) -> None:
    """Compute what depends on no input: attention masks, position tables, look-up indices.

    Hugging Face models build their masks with ``cumsum`` and advanced indexing on position ids,
    which would be done again at each call, or not at all (``tm_tensor.scan``,
    llvm/torch-mlir#4574). The results become weights, or splats when all elements are equal.
    """
    constants = Constants(program)
    for node in list(program.graph.nodes):
        if node not in constants or not isinstance(node.meta.get("val"), Tensor):
            continue
        if all(user in constants for user in node.users) or _is_transparent(node):
            continue
        if node.op != "placeholder" and node.meta["val"].nbytes > _LARGEST_FOLDED_BYTES:
            continue
        value = constants[node]
        if is_uniform(value):
            after = next(n for n in program.graph.nodes if n.op != "placeholder")
            builder = NodeBuilder(program, node if node.op != "placeholder" else after)
            replacement = builder.call(
                aten.full.default, list(value.shape), value.flatten()[0].item(), dtype=value.dtype
            )
        elif node.op == "placeholder":
            continue
        elif is_sequence(value) and any(user.target in _COMPARISONS for user in node.users):
            # The compiler knows what a comparison of positions hides; of a table it does not.
            builder = NodeBuilder(program, node)
            first = int(value.flatten()[0])
            line = builder.call(aten.arange.start_step, first, first + value.numel())
            replacement = builder.call(aten.view.default, line, list(value.shape))
        else:
            replacement = program.add_constant(f"folded_{node.name}", value.contiguous())
        node.replace_all_uses_with(
            replacement, delete_user_cb=lambda user: user not in constants or user.op == "output"
        )
    program.graph.eliminate_dead_code()


def _is_transparent(node: fx.Node) -> bool:
    return node.target in _TRANSPARENT and all(map(_is_transparent, node.all_input_nodes))
