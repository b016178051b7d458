# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What an imported model is: MLIR text, and what each of its arguments and results stands for."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tilewright.errors import InputError
from tilewright.frontend.size_rules import SizeRule
from tilewright.frontend.structure import Collect, Rebuild, collector, rebuilder

if TYPE_CHECKING:
    import torch
    from torch.utils._pytree import TreeSpec


@dataclass(frozen=True)
class TensorSpec:
    """Name, shape and element type of a tensor that crosses the boundary.

    Attributes:
        name: the Python parameter's name for inputs, the graph's name for outputs.
        shape: a size for each dimension, None where it may vary between calls.
        dtype: as PyTorch and NumPy spell it: ``float32``, ``int64``, ``bool``.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str


@dataclass(frozen=True)
class Weight:
    """A parameter, buffer or constant, which ``@main`` takes as an argument.

    Attributes:
        name: its qualified name in the model, also the argument's ``tw.weight`` attribute.
        argument: index of the argument.
        tensor: the values, detached and contiguous; shares memory with the model if it can.
    """

    name: str
    argument: int
    tensor: torch.Tensor


@dataclass(frozen=True)
class Binding:
    """Where one leaf of the caller's arguments goes, or one leaf of the results comes from.

    Attributes:
        kind: ``tensor``: ``inputs[index]`` or ``outputs[index]``; ``constant``: ``value``, fixed
            when the model was imported; ``input`` (results only): the caller's own
            ``inputs[index]`` is handed back; ``weight`` (results only): ``value``, a tensor.
        index: see kind.
        value: see kind.
    """

    kind: Literal["tensor", "constant", "input", "weight"]
    index: int = -1
    value: Any = None


@dataclass(frozen=True)
class ImportedModule:
    """A model as linalg on tensors.

    Attributes:
        text: an MLIR module with one public function ``@main``, with source locations. Each
            argument carries ``tw.weight = "name"``, ``tw.input = "name"`` or ``tw.state =
            "name"``. Those that the model changes carry ``tw.updated_by = i``, the number of the
            result that is their new value.
        inputs: tensor inputs in the order of the caller's flattened arguments.
        outputs: the first results of ``@main``. All are distinct, and none is an argument. The
            results that follow are new values of arguments.
        weights: parameters, buffers and constants that ``@main`` uses, tied ones once.
        states: buffers that the model changes, in the model's own memory.
        arguments: for each argument of ``@main``, ``("input", i)``, ``("weight", i)`` or
            ``("state", i)``.
        in_spec: pytree of ``(args, kwargs)``.
        out_spec: pytree of the result.
        input_bindings: for each leaf of ``in_spec``, which input it is.
        output_bindings: for each leaf of ``out_spec``, where its value comes from.
        size_rules: what holds between the sizes of inputs that vary.
    """

    text: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    weights: tuple[Weight, ...]
    arguments: tuple[tuple[Literal["input", "weight", "state"], int], ...]
    in_spec: TreeSpec
    out_spec: TreeSpec
    input_bindings: tuple[Binding, ...]
    output_bindings: tuple[Binding, ...]
    size_rules: tuple[SizeRule, ...] = ()
    states: tuple[Weight, ...] = ()

    def flatten_inputs(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Any]:
        """The caller's tensors in the order of ``inputs``.

        Only the structure and the constants are looked at; shapes and dtypes are the runtime's to
        check.

        Raises:
            InputError: the arguments are nested otherwise than the example was, or a constant
                differs from the one that the model was imported with.
        """
        leaves: list[Any] = []
        collect = self._collect
        if collect is not None and collect((args, kwargs), leaves) and self._are_as_example(leaves):
            return [leaves[position] for position in self._positions]
        return self._flatten_nested(args, kwargs)

    def _are_as_example(self, leaves: list[Any]) -> bool:
        torch = sys.modules["torch"]
        kinds = torch.Tensor, np.ndarray
        return all(isinstance(leaves[position], kinds) for position in self._positions) and all(
            type(leaves[position]) is type(value) and leaves[position] == value
            for position, value in self._constants
        )

    # Every microsecond counts for a small model: what a call needs is found out once.

    @cached_property
    def _collect(self) -> Collect | None:
        return collector(self.in_spec)

    @cached_property
    def _rebuild(self) -> Rebuild | None:
        return rebuilder(self.out_spec)

    @cached_property
    def _positions(self) -> list[int]:
        """The leaf that each input is."""
        order = {
            binding.index: position
            for position, binding in enumerate(self.input_bindings)
            if binding.kind == "tensor"
        }
        return [order[index] for index in range(len(self.inputs))]

    @cached_property
    def _constants(self) -> list[tuple[int, Any]]:
        """The leaves that are fixed, with their values."""
        return [
            (position, binding.value)
            for position, binding in enumerate(self.input_bindings)
            if binding.kind != "tensor"
        ]

    def _flatten_nested(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Any]:
        from torch.utils import _pytree as pytree

        # Keyword order is the caller's affair: put it in the order of the example.
        _, kwargs_spec = self.in_spec.children()
        names = list(kwargs_spec.context or ())
        if set(names) != set(kwargs):
            raise InputError(
                f"expected keyword arguments {sorted(names)}, got {sorted(kwargs)}",
                hint="compile with example inputs that are passed the same way",
            )
        leaves, spec = pytree.tree_flatten((args, {name: kwargs[name] for name in names}))
        if spec != self.in_spec:
            raise InputError(
                f"the arguments have the structure {spec}, but the model was compiled for "
                f"{self.in_spec}",
                hint="pass the arguments the way the example inputs were passed",
            )
        tensors: list[Any] = [None] * len(self.inputs)
        for leaf, binding in zip(leaves, self.input_bindings, strict=True):
            if binding.kind == "tensor":
                tensors[binding.index] = leaf
            elif type(leaf) is not type(binding.value) or leaf != binding.value:
                raise InputError(
                    f"the model was compiled for the constant {binding.value!r}, got {leaf!r}",
                    hint="compile once for each value, or make it a tensor",
                )
        return tensors

    def unflatten_outputs(self, results: Sequence[Any], inputs: Sequence[Any]) -> Any:
        """The model's own result structure from ``@main``'s results and the caller's inputs."""
        leaves = []
        for binding in self.output_bindings:
            if binding.kind == "tensor":
                leaves.append(results[binding.index])
            elif binding.kind == "input":
                leaves.append(inputs[binding.index])
            elif binding.kind == "weight":
                # A copy: the model's own tensor is not the caller's to change.
                leaves.append(binding.value.clone())
            else:
                leaves.append(binding.value)
        if self._rebuild is not None:
            return self._rebuild(iter(leaves))
        from torch.utils import _pytree as pytree

        return pytree.tree_unflatten(leaves, self.out_spec)
