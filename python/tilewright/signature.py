# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a compiled module takes and gives: for the user, and for the host that calls it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tilewright import dtypes
from tilewright.errors import CompileError
from tilewright.frontend.imported import TensorSpec


@dataclass(frozen=True)
class Signature:
    """Inputs and outputs of a model, in the order of its flattened arguments and results.

    Attributes:
        inputs: tensors that a call takes.
        outputs: tensors that it returns.
        updated: names of the inputs that it changes in place.
    """

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    updated: tuple[str, ...] = ()

    def __str__(self) -> str:
        inputs = ", ".join(
            f"{spec.name}: {'inout ' * (spec.name in self.updated)}{describe_spec(spec)}"
            for spec in self.inputs
        )
        outputs = ", ".join(describe_spec(spec) for spec in self.outputs)
        return f"({inputs}) -> ({outputs})"


def describe_spec(spec: TensorSpec) -> str:
    """As in ``float32[?, 128]``, where ? may vary between calls."""
    sizes = ", ".join("?" if size is None else str(size) for size in spec.shape)
    return f"{spec.dtype}[{sizes}]"


@dataclass(frozen=True)
class BoundArgument:
    """An argument of @main or @init as the host binds it.

    Attributes:
        kind: ``input``: given per call; ``weight``: a tensor of the model; ``prepared``: a result
            of @init; ``state``: a buffer of the model that the model changes.
        name: of the input, weight or state; empty for prepared ones.
        index: position among the inputs or among the results of @init; -1 for weights.
        shape: None where a size may vary between calls.
        dtype: element type.
        updated: whether the module writes to it.
    """

    kind: Literal["input", "weight", "prepared", "state"]
    name: str
    index: int
    shape: tuple[int | None, ...]
    dtype: str
    updated: bool = False


@dataclass(frozen=True)
class HostInterface:
    """How a host calls a module: the arguments of tw_main and tw_init in order.

    Attributes:
        main: arguments of @main; ``outputs`` follow them.
        outputs: results of @main but those that are new values of arguments.
        init: arguments of @init, all weights; ``prepared`` follow them. Empty without @init.
        prepared: results of @init.
    """

    main: tuple[BoundArgument, ...]
    outputs: tuple[TensorSpec, ...]
    init: tuple[BoundArgument, ...] = ()
    prepared: tuple[TensorSpec, ...] = ()

    def to_json(self) -> str:
        """For the cache."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> HostInterface:
        """From :meth:`to_json`.

        Raises:
            ValueError, TypeError, KeyError: it is not such a text.
        """
        fields = json.loads(text)

        def arguments(items: list[dict[str, Any]]) -> tuple[BoundArgument, ...]:
            return tuple(BoundArgument(**{**i, "shape": tuple(i["shape"])}) for i in items)

        def specs(items: list[dict[str, Any]]) -> tuple[TensorSpec, ...]:
            return tuple(TensorSpec(**{**i, "shape": tuple(i["shape"])}) for i in items)

        return cls(
            arguments(fields["main"]),
            specs(fields["outputs"]),
            arguments(fields["init"]),
            specs(fields["prepared"]),
        )


def read_interface(module: Any) -> HostInterface:
    """The interface of a module that still has tensors or memrefs in its functions' types.

    Arguments of @main without an attribute are inputs called ``arg0``, ``arg1``, ...

    Raises:
        CompileError: there is no @main, or a type cannot cross the boundary.
    """
    functions = {}
    for operation in module.body.operations:
        if operation.operation.name == "func.func":
            functions[operation.attributes["sym_name"].value] = operation
    if "main" not in functions:
        raise CompileError(
            "the module has no function @main",
            hint="call the function that is to be compiled @main",
        )
    main = _arguments(functions["main"])
    updates = _updates(functions["main"])
    results = [t for i, t in enumerate(functions["main"].type.results) if i not in updates]
    outputs = tuple(_spec(f"output{i}", t) for i, t in enumerate(results))
    init: tuple[BoundArgument, ...] = ()
    prepared: tuple[TensorSpec, ...] = ()
    if "init" in functions:
        init = _arguments(functions["init"])
        results = functions["init"].type.results
        prepared = tuple(_spec(f"prepared{i}", t) for i, t in enumerate(results))
    return HostInterface(main, outputs, init, prepared)


def _attributes(function: Any) -> list[dict[str, Any]]:
    if "arg_attrs" not in function.attributes:
        return [{} for _ in function.type.inputs]
    return [
        {attribute.name: attribute.attr for attribute in entry}
        for entry in function.attributes["arg_attrs"]
    ]


def _updates(function: Any) -> set[int]:
    """Results that are new values of arguments."""
    present = (entry.get("tw.updated_by") for entry in _attributes(function))
    return {attribute.value for attribute in present if attribute is not None}


def _arguments(function: Any) -> tuple[BoundArgument, ...]:
    types = function.type.inputs
    attributes = _attributes(function)
    bound = []
    inputs = 0
    for position, (type_, present) in enumerate(zip(types, attributes, strict=True)):
        spec = _spec(f"arg{position}", type_)
        if "tw.weight" in present:
            name = present["tw.weight"].value
            bound.append(BoundArgument("weight", name, -1, spec.shape, spec.dtype))
        elif "tw.prepared" in present:
            index = present["tw.prepared"].value
            bound.append(BoundArgument("prepared", "", index, spec.shape, spec.dtype))
        elif "tw.state" in present:
            name = present["tw.state"].value
            bound.append(BoundArgument("state", name, -1, spec.shape, spec.dtype, updated=True))
        else:
            name = present["tw.input"].value if "tw.input" in present else spec.name
            updated = "tw.updated_by" in present
            bound.append(
                BoundArgument("input", name, inputs, spec.shape, spec.dtype, updated=updated)
            )
            inputs += 1
    return tuple(bound)


def _spec(name: str, type_: Any) -> TensorSpec:
    from mlir import ir

    if not isinstance(type_, (ir.RankedTensorType, ir.MemRefType)):
        raise CompileError(
            f"{name} of the module has type {type_}; only ranked tensors can cross the boundary",
            hint="make it a tensor; a number is a tensor without dimensions, tensor<f32>",
        )
    dtype = dtypes.from_mlir(str(type_.element_type))
    if dtype is None:
        raise CompileError(
            f"{name} of the module has elements of type {type_.element_type}, which cannot cross "
            "the boundary"
        )
    shape = tuple(
        None if type_.is_dynamic_dim(i) else type_.get_dim_size(i) for i in range(type_.rank)
    )
    return TensorSpec(name, shape, dtype)
