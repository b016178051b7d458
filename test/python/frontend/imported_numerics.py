# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs an imported model in the interpreter and compares it with eager."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from linalg_interpreter import Interpreter
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from tilewright.frontend import ImportedModule, import_torch


class Call(nn.Module):
    """A function as a model."""

    def __init__(self, function: Any) -> None:
        super().__init__()
        self.function = function

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)


def evaluate(imported: ImportedModule, *args: Any, **kwargs: Any) -> Any:
    """The imported model's result, in the model's own structure."""
    inputs = imported.flatten_inputs(args, kwargs)
    arguments = [
        (imported.weights[index].tensor if kind == "weight" else inputs[index]).detach().numpy()
        for kind, index in imported.arguments
    ]
    # MLIR's integers have no sign of their own.
    arguments = [a.view(np.int8) if a.dtype == np.uint8 else a for a in arguments]
    # What follows the outputs are new values of inputs.
    values = Interpreter(imported.text)(arguments)[: len(imported.outputs)]
    results = [
        np.asarray(result).view(spec.dtype) if spec.dtype == "uint8" else result
        for result, spec in zip(values, imported.outputs, strict=True)
    ]
    for result, spec in zip(results, imported.outputs, strict=True):
        assert str(result.dtype) == spec.dtype
        sizes = zip(result.shape, spec.shape, strict=True)
        assert all(wanted in (None, size) for size, wanted in sizes)
    return imported.unflatten_outputs([torch.from_numpy(np.array(r)) for r in results], inputs)


def _double(tree: Any) -> Any:
    def widen(leaf: Any) -> Any:
        return leaf.double() if isinstance(leaf, Tensor) and leaf.is_floating_point() else leaf

    return pytree.tree_map(widen, tree)


def assert_like_eager(model: nn.Module, imported: ImportedModule, *args: Any, **kw: Any) -> None:
    """At most four times float32 eager's own error, plus rounding of the largest value."""
    found = pytree.tree_leaves(evaluate(imported, *args, **kw))
    with torch.no_grad():
        eager = pytree.tree_leaves(model(*args, **kw))
        exact = pytree.tree_leaves(copy.deepcopy(model).double()(*_double(args), **_double(kw)))
    for got, single, double in zip(found, eager, exact, strict=True):
        if not isinstance(got, Tensor) or not got.is_floating_point():
            torch.testing.assert_close(got, single, rtol=0, atol=0)
            continue
        assert torch.equal(got.isnan(), single.isnan())
        assert torch.equal(got.isinf(), single.isinf())
        got, single, double = (value.nan_to_num(0, 0, 0) for value in (got, single, double))
        allowed = 4 * (single - double).abs().max() + 1e-6 * double.abs().max()
        assert (got - double).abs().max() <= allowed


def check(function: Any, *args: Any, dynamic_shapes: Any = None) -> ImportedModule:
    """Import a function (or a model), compare it on its example inputs, return the import."""
    model = (function if isinstance(function, nn.Module) else Call(function)).eval()
    imported = import_torch(model, args, dynamic_shapes=dynamic_shapes)
    assert_like_eager(model, imported, *args)
    return imported
