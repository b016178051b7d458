# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The traced model between torch.export and torch-mlir: an FX graph and what its arguments are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, fx
from torch.export import ExportedProgram
from torch.export.graph_signature import ConstantArgument, InputKind, OutputKind, TensorArgument

from tilewright.errors import InputError
from tilewright.frontend.imported import Binding


@dataclass(frozen=True)
class BoundTensor:
    """A tensor that a placeholder stands for.

    Attributes:
        name: qualified name in the model.
        tensor: its values.
        kind: constants were fixed when the model was traced; parameters and buffers may change.
    """

    name: str
    tensor: Tensor
    kind: Literal["parameter", "buffer", "constant"]


@dataclass
class Program:
    """A functional graph of ATen operations whose placeholders are weights and user inputs.

    Fix-ups change ``graph`` and ``weights`` in place; the signature of the user's side is fixed.

    Attributes:
        module: owner of ``graph``.
        weights: placeholders of parameters, buffers and constants.
        user_inputs: placeholders of tensor inputs, in order.
        states: placeholders of buffers that the model changes.
        updates: for the first outputs of the graph in order, the placeholder (of an input or a
            state) whose new value it is.
        input_bindings: one for each leaf of the caller's arguments.
        output_leaves: for each leaf of the result, its node or a constant.
    """

    module: fx.GraphModule
    weights: dict[fx.Node, BoundTensor] = field(default_factory=dict)
    user_inputs: list[fx.Node] = field(default_factory=list)
    states: dict[fx.Node, BoundTensor] = field(default_factory=dict)
    updates: list[fx.Node] = field(default_factory=list)
    input_bindings: list[Binding] = field(default_factory=list)

    @property
    def graph(self) -> fx.Graph:
        """The graph of the forward pass."""
        return self.module.graph

    @property
    def output_node(self) -> fx.Node:
        """The node that returns; its only argument is the tuple of flat results."""
        return self.graph.output_node()

    def fake_mode(self) -> Any:
        """The mode in which the graph's example values live, or a new one for a bare graph."""
        for node in self.graph.nodes:
            value = node.meta.get("val")
            if isinstance(value, torch._subclasses.FakeTensor):
                return value.fake_mode
        return torch._subclasses.FakeTensorMode()

    def add_constant(self, name: str, tensor: Tensor) -> fx.Node:
        """A new placeholder bound to ``tensor``; ``name`` is made unique."""
        last = [node for node in self.graph.nodes if node.op == "placeholder"]
        anchor = last[-1] if last else next(iter(self.graph.nodes))
        place = self.graph.inserting_after if last else self.graph.inserting_before
        with place(anchor):
            node = self.graph.placeholder(name)
        mode = self.fake_mode()
        node.meta["val"] = mode.from_tensor(tensor.detach(), static_shapes=True)
        self.weights[node] = BoundTensor(f"constant.{node.name}", tensor, "constant")
        return node


def build_program(exported: ExportedProgram) -> Program:
    """Read the signature of a decomposed, functional program.

    Raises:
        InputError: an input or output is a number that varies between calls.
    """
    program = Program(exported.graph_module)
    placeholders = {n.name: n for n in exported.graph.nodes if n.op == "placeholder"}
    kinds: dict[InputKind, Literal["parameter", "buffer", "constant"]] = {
        InputKind.PARAMETER: "parameter",
        InputKind.BUFFER: "buffer",
        InputKind.CONSTANT_TENSOR: "constant",
    }
    for spec in exported.graph_signature.input_specs:
        if spec.kind == InputKind.USER_INPUT:
            if isinstance(spec.arg, TensorArgument):
                program.input_bindings.append(Binding("tensor", len(program.user_inputs)))
                program.user_inputs.append(placeholders[spec.arg.name])
            elif isinstance(spec.arg, ConstantArgument):
                program.input_bindings.append(Binding("constant", value=spec.arg.value))
                # torch.export has put the value in the place of every use.
                program.graph.erase_node(placeholders[spec.arg.name])
            else:
                raise InputError(
                    f"input {spec.arg.name} is a number that varies between calls",
                    phase="import",
                    hint="pass it as a tensor, or leave it out of dynamic_shapes to fix its value",
                )
        elif spec.kind in kinds and spec.target is not None:
            program.weights[placeholders[spec.arg.name]] = BoundTensor(
                spec.target, _bound_value(exported, spec.target), kinds[spec.kind]
            )
        else:
            raise InputError(
                f"the model owns {spec.target}, which is no tensor ({spec.kind.name.lower()})",
                phase="import",
            )
    _read_updates(exported, program, placeholders)
    for output in exported.graph_signature.output_specs:
        if output.kind == OutputKind.USER_OUTPUT and not isinstance(
            output.arg, (TensorArgument, ConstantArgument)
        ):
            raise InputError(
                f"output {output.arg.name} is a number that varies between calls",
                phase="import",
                hint="return tensors; read sizes from their shapes",
            )
    return program


def _read_updates(
    exported: ExportedProgram, program: Program, placeholders: dict[str, fx.Node]
) -> None:
    """Note which outputs are new values of inputs and buffers; those buffers are no constants."""
    buffers = {
        spec.target: placeholders[spec.arg.name]
        for spec in exported.graph_signature.input_specs
        if spec.kind == InputKind.BUFFER
    }
    for output in exported.graph_signature.output_specs:
        if output.kind == OutputKind.USER_INPUT_MUTATION and output.target is not None:
            program.updates.append(placeholders[output.target])
        elif output.kind == OutputKind.BUFFER_MUTATION:
            node = buffers[output.target]
            program.updates.append(node)
            program.states[node] = program.weights.pop(node)


def returned_inputs(exported: ExportedProgram) -> dict[int, str] | None:
    """Results that are inputs or buffers after the model has changed them: by place, their node.

    None for a program that is functional already, where they cannot be told from new tensors of
    the same values.
    """
    graph = exported.graph
    operations = [node for node in graph.nodes if node.op == "call_function"]
    if not any(_changes_first(node) for node in operations):
        return None
    found: dict[int, str] = {}
    for place, leaf in enumerate(graph.output_node().args[0]):
        node: Any = leaf
        while isinstance(node, fx.Node) and _returns_first(node):
            node = node.args[0]
        if isinstance(node, fx.Node) and node.op == "placeholder":
            found[place] = node.name
    return found


def _changes_first(node: fx.Node) -> bool:
    """Whether the operation returns its first operand, which it writes to."""
    schema = getattr(node.target, "_schema", None)
    if node.op != "call_function" or schema is None or not schema.arguments:
        return False
    alias = schema.arguments[0].alias_info
    return alias is not None and bool(alias.is_write)


def _returns_first(node: fx.Node) -> bool:
    """Whether the operation returns its first operand, written to or converted to what it is."""
    if _changes_first(node):
        return True
    if getattr(node.target, "_opname", None) not in ("to", "alias", "detach"):
        return False
    first: Any = node.args[0]
    return bool(first.meta["val"].dtype == node.meta["val"].dtype)


def _bound_value(exported: ExportedProgram, target: str) -> Tensor:
    # torch.export keeps non-persistent buffers among the constants, not in the state dict:
    # llvm/torch-mlir#4744, where the stock importer looks in the latter only.
    value: Tensor | None = exported.state_dict.get(target)
    if value is None:
        value = exported.constants[target]
    return value
