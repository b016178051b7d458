# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fusion of elementwise operations: whole models compute the same bits, and an epilogue reads its
contraction directly."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import torch
from linalg_interpreter import Interpreter
from run_mlir import run_passes
from torch import Tensor, nn

from tilewright import zoo
from tilewright.frontend import ImportedModule, import_torch

# What the graph phase runs before; nothing is raised, so that softmax and norms are chains too.
BEFORE = [
    "canonicalize",
    "tw-fold-batch-norm",
    "canonicalize",
    "resolve-ranked-shaped-type-result-dims",
    "tw-split-bias",
    "tw-convert-to-channels-last",
    "tw-fold-broadcasts",
    "tw-propagate-transposes",
    "canonicalize",
    "cse",
]
FUSE = ["tw-fuse-elementwise", "canonicalize", "cse"]


def _run(text: str, imported: ImportedModule, args: tuple[Any, ...]) -> list[Any]:
    inputs = imported.flatten_inputs(args, {})
    arguments = [
        (imported.weights[index].tensor if kind == "weight" else inputs[index]).detach().numpy()
        for kind, index in imported.arguments
    ]
    return list(Interpreter(text)(arguments))


def _fuse(imported: ImportedModule, args: tuple[Any, ...]) -> str:
    """The text after fusion, having checked that it computes the very same as before."""
    # The interpreter knows no affine.apply, of which sizes are made.
    before = run_passes(imported.text, [*BEFORE, "lower-affine"])
    after = run_passes(imported.text, [*BEFORE, *FUSE, "lower-affine"])
    expected, found = _run(before, imported, args), _run(after, imported, args)
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)
    return after


def _users(text: str, value: str) -> list[str]:
    return [
        line
        for line in text.splitlines()
        if re.search(re.escape(value) + r"\b", line.split("=", 1)[-1])
    ]


@pytest.mark.parametrize(
    "name", ["bert_base", "gpt2", "lstm", "mobilenet_v2", "resnet50", "t5_small", "tiny_llama"]
)
def test_models_keep_their_bits(name: str) -> None:
    entry = zoo.build(name, "small")
    assert isinstance(entry.model, nn.Module)
    text = _fuse(import_torch(entry.model, entry.example_args), entry.example_args)
    assert not re.search(r"linalg\.(map|add|mul|exp)\b", text)


class Block(nn.Module):
    """A gated linear layer with a residual, in a batch whose size is a dimension of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.up, self.gate = nn.Linear(8, 12), nn.Linear(8, 12)
        self.down = nn.Linear(12, 8)

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.nn.functional.silu(self.gate(x)) * self.up(x)
        return x + torch.tanh(self.down(hidden))


@pytest.mark.parametrize("batch", [1, 3])
def test_dynamic_batch_and_length(batch: int) -> None:
    dims = {0: torch.export.Dim("b", min=1, max=64), 1: torch.export.Dim("t", min=2, max=64)}
    imported = import_torch(Block().eval(), (torch.randn(2, 5, 8),), dynamic_shapes={"x": dims})
    text = _fuse(imported, (torch.randn(batch, 7, 8),))
    assert text.count("linalg.generic") == 2  # gate and up; bias, tanh and residual
    for value in re.findall(r"(%\w+) = linalg\.matmul ", text):
        assert all("linalg.generic" in user for user in _users(text, value))
