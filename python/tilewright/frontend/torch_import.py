# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The import of a PyTorch model, step by step."""

from __future__ import annotations

import threading
from typing import Any, Literal

import torch
from torch import fx, nn
from torch.export import ExportedProgram
from torch.utils import _pytree as pytree
from torch.utils._pytree import TreeSpec

from tilewright.errors import ImportFailed, InputError, UnsupportedOpError
from tilewright.frontend.assumptions import Assumptions
from tilewright.frontend.decompositions import decomposition_table
from tilewright.frontend.export import (
    check_dtypes,
    check_inference,
    check_sizes,
    check_updates,
    export,
    quiet_torch,
)
from tilewright.frontend.extremes import targets_that_sort
from tilewright.frontend.fixups import FIXUPS
from tilewright.frontend.imported import Binding, ImportedModule, TensorSpec, Weight
from tilewright.frontend.lowering import LoweringError, lower
from tilewright.frontend.program import Program, build_program, returned_inputs
from tilewright.frontend.size_rules import read_size_rules
from tilewright.frontend.unsupported import find_unsupported

_ONE_AT_A_TIME = threading.RLock()


def import_model(
    model: nn.Module | ExportedProgram,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    dynamic_shapes: Any,
    sorts: bool,
) -> ImportedModule:
    """See :func:`tilewright.frontend.import_torch`."""
    # torch.export is not made for several threads, and stack traces are recorded globally.
    with _ONE_AT_A_TIME, targets_that_sort(sorts):
        return _import(model, args, kwargs, dynamic_shapes)


def _import(
    model: nn.Module | ExportedProgram,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    dynamic_shapes: Any,
) -> ImportedModule:
    exported = model
    if not isinstance(exported, ExportedProgram):
        exported = export(exported, args, kwargs, dynamic_shapes)
    check_inference(exported)
    check_dtypes(exported)
    check_sizes(exported)
    assumptions = Assumptions(exported)
    returned = returned_inputs(exported)
    with torch.no_grad(), quiet_torch():
        decomposed = exported.run_decompositions(decomposition_table())
        assumptions.check()
        check_updates(decomposed)
        program = build_program(decomposed)
        for fixup in FIXUPS:
            fixup(program)
        outputs = _bind_outputs(program, returned)
        _refuse_unsupported(program, untried_only=True)
        try:
            module = lower(program.graph)
        except LoweringError as error:
            _refuse_unsupported(program, untried_only=False)
            raise ImportFailed(
                "torch-mlir could not lower the model, though each operation alone can be "
                f"lowered: {str(error).splitlines()[0]}",
                hint="report this as a bug of Tilewright, with the model",
                diagnostics=str(error),
            ) from error
    return _describe(program, decomposed, outputs, module)


def _refuse_unsupported(program: Program, *, untried_only: bool) -> None:
    unsupported = find_unsupported(program.graph, untried_only=untried_only)
    if unsupported:
        raise UnsupportedOpError(
            unsupported,
            hint="rewrite these lines with other operations, or use "
            "torch.compile(model, backend='tilewright'), which leaves them to PyTorch",
        )


def _bind_outputs(program: Program, returned: dict[int, str] | None) -> tuple[Binding, ...]:
    """Let the graph return each computed tensor once, and say where the rest comes from.

    What the model writes to follows those: a result for each of ``program.updates``.
    """
    bindings: list[Binding] = []
    results: list[fx.Node] = []
    output = program.output_node
    flat: Any = output.args[0]
    count = len(program.updates)
    changed = dict(zip(flat[:count], program.updates, strict=True))
    for place, leaf in enumerate(flat[count:]):
        if leaf in changed and (returned is None or place in returned):
            # The caller's own tensor, as the model has left it.
            leaf = changed[leaf]
        if not isinstance(leaf, fx.Node):
            bindings.append(Binding("constant", value=leaf))
        elif leaf in program.weights or leaf in program.states:
            bound = program.weights.get(leaf) or program.states[leaf]
            bindings.append(Binding("weight", value=bound.tensor.detach()))
        elif leaf in program.user_inputs:
            bindings.append(Binding("input", program.user_inputs.index(leaf)))
        else:
            if leaf not in results:
                results.append(leaf)
            bindings.append(Binding("tensor", results.index(leaf)))
    if not results and not count:
        raise InputError(
            "the model computes nothing: every result is an input, a weight or a constant",
            phase="import",
        )
    output.args = ((*results, *flat[:count]),)
    return tuple(bindings)


def _describe(
    program: Program, exported: ExportedProgram, outputs: tuple[Binding, ...], module: Any
) -> ImportedModule:
    weights: list[Weight] = []
    states: list[Weight] = []
    arguments: list[tuple[Literal["input", "weight", "state"], int]] = []
    attributes: list[dict[str, str | int]] = []
    placeholders = [node for node in program.graph.nodes if node.op == "placeholder"]
    inputs = tuple(_spec(node, node.name) for node in program.user_inputs)
    returned: Any = program.output_node.args[0]
    count = len(returned) - len(program.updates)
    for index, node in enumerate(placeholders):
        bound = program.weights.get(node)
        if node in program.states:
            state = program.states[node]
            arguments.append(("state", len(states)))
            attributes.append({"tw.state": state.name})
            # Not a copy: the model's own memory is what changes.
            states.append(Weight(state.name, index, state.tensor.detach()))
        elif bound is None:
            position = program.user_inputs.index(node)
            arguments.append(("input", position))
            attributes.append({"tw.input": inputs[position].name})
        else:
            arguments.append(("weight", len(weights)))
            attributes.append({"tw.weight": bound.name})
            weights.append(Weight(bound.name, index, bound.tensor.detach().contiguous()))
        if node in program.updates:
            attributes[-1]["tw.updated_by"] = count + program.updates.index(node)
    results = returned[:count]
    # torch.export always sets them.
    in_spec: Any = exported.call_spec.in_spec
    out_spec: Any = exported.call_spec.out_spec
    names = _output_names(out_spec, outputs)
    return ImportedModule(
        text=_text(module, attributes),
        inputs=inputs,
        outputs=tuple(_spec(*pair) for pair in zip(results, names, strict=True)),
        weights=tuple(weights),
        states=tuple(states),
        arguments=tuple(arguments),
        in_spec=in_spec,
        out_spec=out_spec,
        input_bindings=tuple(program.input_bindings),
        output_bindings=outputs,
        size_rules=read_size_rules(
            [node.meta["val"] for node in program.user_inputs], exported.range_constraints
        ),
    )


def _output_names(out_spec: TreeSpec, outputs: tuple[Binding, ...]) -> list[str]:
    """Where each result of ``@main`` first goes in the model's own result: ``logits``, ``0.1``."""
    # Tensors, since some containers take anything else for a part of themselves.
    markers = [torch.empty(0) for _ in outputs]
    places = {id(marker): index for index, marker in enumerate(markers)}
    names: dict[int, str] = {}
    tree = pytree.tree_unflatten(markers, out_spec)
    for path, leaf in pytree.tree_flatten_with_path(tree)[0]:
        binding = outputs[places[id(leaf)]]
        if binding.kind == "tensor":
            keys = (getattr(k, "key", getattr(k, "name", getattr(k, "idx", None))) for k in path)
            names.setdefault(binding.index, ".".join(map(str, keys)) or "output")
    return [names[index] for index in range(len(names))]


def _spec(node: fx.Node, name: str) -> TensorSpec:
    example = node.meta["val"]
    shape = tuple(size if isinstance(size, int) else None for size in example.shape)
    return TensorSpec(name, shape, str(example.dtype).removeprefix("torch."))


def _text(module: Any, attributes: list[dict[str, str | int]]) -> str:
    from torch_mlir import ir

    with module.context as context:
        # The dialect `tw` lives in the other MLIR; here its attributes are mere names.
        context.allow_unregistered_dialects = True
        function = next(iter(module.body.operations))
        integer = ir.IntegerType.get_signless(64)
        function.attributes["arg_attrs"] = ir.ArrayAttr.get(
            [
                ir.DictAttr.get(
                    {
                        key: ir.StringAttr.get(value)
                        if isinstance(value, str)
                        else ir.IntegerAttr.get(integer, value)
                        for key, value in argument.items()
                    }
                )
                for argument in attributes
            ]
        )
        text: str = module.operation.get_asm(enable_debug_info=True)
    return text
