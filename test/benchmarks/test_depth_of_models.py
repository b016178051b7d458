# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What compilation makes of a model grows no faster than the model; equal blocks share code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
import torch

import tilewright as tw
from stacked_blocks import BLOCKS, stack
from tilewright.frontend import import_torch
from tilewright.pipeline import run_phases
from tilewright.targets import resolve_target


@dataclass
class Size:
    """Operations after each phase, and functions at the end."""

    operations: dict[str, int] = field(default_factory=dict)
    functions: int = 0


def size_of(block: str, depth: int) -> Size:
    from mlir import ir

    size = Size()

    def observe(phase: str, module: Any) -> None:
        def visit(_: Any) -> Any:
            size.operations[phase] += 1
            return ir.WalkResult.ADVANCE

        size.operations[phase] = 0
        module.operation.walk(visit, ir.WalkOrder.PRE_ORDER)
        size.functions = len(module.body.operations)

    model, inputs = stack(block, depth)
    run_phases(import_torch(model, inputs, {}).text, resolve_target("cpu"), observe=observe)
    return size


@pytest.mark.slow
@pytest.mark.parametrize("block", BLOCKS)
def test_operations_grow_with_the_depth(block: str) -> None:
    # The first and the last block may differ from those between.
    few, some, many = (size_of(block, depth) for depth in (2, 3, 5))
    for phase, count in many.operations.items():
        of_two = count - some.operations[phase]
        of_one = some.operations[phase] - few.operations[phase]
        assert of_two <= 1.05 * 2 * of_one, phase
    assert many.functions == some.functions


@pytest.mark.parametrize("block", BLOCKS)
def test_deep_models_are_right(block: str) -> None:
    model, (x,) = stack(block, 4)
    with torch.inference_mode():
        torch.testing.assert_close(tw.compile(model, (x,))(x), model(x), rtol=1e-4, atol=1e-5)
