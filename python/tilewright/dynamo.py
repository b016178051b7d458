# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The backend of ``torch.compile(model, backend="tilewright")``.

PyTorch cuts the model into graphs that it can trace, and hands each to :func:`backend`. A graph is
compiled at its first call for the shapes of that call, and again for others. What Tilewright cannot
compile, PyTorch runs as it is, after one warning for each graph.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn

from tilewright.api import compile as compile_model
from tilewright.errors import FallbackWarning, MutationError, TwError
from tilewright.runtime.module import CompiledModule

# Shapes that one graph is compiled for; calls with more are left to PyTorch.
_MAX_SPECIALIZATIONS = 8


def backend(
    graph: fx.GraphModule,
    example_inputs: Sequence[Any],
    *,
    options: Mapping[str, Any] | None = None,
) -> Callable[..., Any]:
    """Compile one graph of ``torch.compile``.

    Args:
        graph: PyTorch operations; parameters and buffers are among its inputs.
        example_inputs: one value for each input.
        options: of :func:`tilewright.compile`, from ``torch.compile(..., options={...})``.
    """
    return _CompiledGraph(graph, example_inputs, dict(options or {}))


@dataclass
class _Specialization:
    """A graph compiled for given shapes and the values that its weights had.

    Attributes:
        module: the code.
        versions: of the weights, to notice that they have changed.
        inputs: positions of the arguments that the module takes.
    """

    module: CompiledModule
    versions: list[tuple[int, int]]
    inputs: tuple[int, ...]


class _CompiledGraph:
    def __init__(
        self, graph: fx.GraphModule, example_inputs: Sequence[Any], options: dict[str, Any]
    ) -> None:
        self._graph = graph
        self._options = options
        # Parameters and buffers come as inputs, the same tensors in every call. As weights they
        # are prepared once.
        self._weights = [i for i, value in enumerate(example_inputs) if _is_weight(graph, i, value)]
        self._specializations: dict[Any, _Specialization | None] = {}
        self._lock = threading.Lock()
        self._warned = False

    def __call__(self, *args: Any) -> Any:
        if torch.is_grad_enabled() and any(
            isinstance(arg, Tensor) and arg.requires_grad for arg in args
        ):
            self._warn("gradients are computed by PyTorch; use torch.no_grad() for inference")
            return self._graph(*args)
        compiled = self._specialize(args)
        if compiled is None:
            return self._graph(*args)
        return compiled.module(*(args[i] for i in compiled.inputs))

    def _specialize(self, args: Sequence[Any]) -> _Specialization | None:
        key = tuple(_key(arg) for arg in args)
        with self._lock:
            if key in self._specializations:
                found = self._specializations[key]
                if found is None or found.versions == _versions(args[i] for i in self._weights):
                    return found
            elif len(self._specializations) >= _MAX_SPECIALIZATIONS:
                self._warn(f"it was called with more than {_MAX_SPECIALIZATIONS} different shapes")
                return None
            self._specializations[key] = self._compile(args)
            return self._specializations[key]

    def _compile(self, args: Sequence[Any]) -> _Specialization | None:
        weights = [args[i] for i in self._weights]
        versions = _versions(weights)
        # Numbers are part of the key, so they are as fixed as the weights are.
        fixed = {i: arg for i, arg in enumerate(args) if not isinstance(arg, Tensor)}
        fixed |= dict(zip(self._weights, weights, strict=True))
        inputs = {i: arg for i, arg in enumerate(args) if i not in fixed}
        try:
            module = compile_model(
                _Bound(self._graph, fixed).eval(), tuple(inputs.values()), **self._options
            )
            if states := getattr(module, "states", ()):
                # PyTorch counts those changes, and weights that have changed are compiled anew.
                raise MutationError(f"it changes its buffers: {', '.join(states)}")
        except Exception as error:  # PyTorch can run it, whatever went wrong here
            name = "" if isinstance(error, TwError) else f"{type(error).__name__}: "
            self._warn(f"{name}{error}")
            return None
        return _Specialization(module, versions, tuple(inputs))

    def _warn(self, reason: str) -> None:
        if not self._warned:
            self._warned = True
            warnings.warn(
                f"PyTorch runs a part of the model ({_where(self._graph)}): {reason}",
                FallbackWarning,
                stacklevel=3,
            )


class _Bound(nn.Module):
    """A graph with some of its inputs bound: numbers as constants, tensors as weights."""

    def __init__(self, graph: fx.GraphModule, fixed: dict[int, Any]) -> None:
        super().__init__()
        self._graph = graph
        self._fixed = {i: value for i, value in fixed.items() if not isinstance(value, Tensor)}
        self._positions = {i: f"input{i}" for i in fixed if i not in self._fixed}
        for position, name in self._positions.items():
            self.register_buffer(name, fixed[position].detach())

    def forward(self, *args: Any) -> Any:
        """The graph's results, always a tuple."""
        merged = list(args)
        for position in sorted({*self._fixed, *self._positions}):
            if position in self._fixed:
                merged.insert(position, self._fixed[position])
            else:
                merged.insert(position, getattr(self, self._positions[position]))
        return self._graph(*merged)


def _is_weight(graph: fx.GraphModule, position: int, value: Any) -> bool:
    if isinstance(value, nn.Parameter):
        return True
    placeholders = [node for node in graph.graph.nodes if node.op == "placeholder"]
    static = placeholders[position].meta.get("tensor_dict", {}).get("_dynamo_static_input_type")
    return isinstance(value, Tensor) and static is not None


def _key(value: Any) -> Any:
    if isinstance(value, Tensor):
        return tuple(value.shape), value.dtype
    return value


def _versions(weights: Any) -> list[tuple[int, int]]:
    # PyTorch counts in-place changes of each tensor.
    return [(weight.data_ptr(), weight._version) for weight in weights]


def _where(graph: fx.GraphModule) -> str:
    from tilewright.frontend.locations import user_line

    for node in graph.graph.nodes:
        line = user_line(node.stack_trace)
        if line is not None:
            return f"from {line}"
    return "without a source line"
