# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Raising keeps the numbers: each case of its IR tests runs as written and as raised."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from run_mlir import run_mlir

TESTS = Path(__file__).parents[2] / "passes" / "Input"
#: Size of dynamic dimensions.
DYNAMIC = 6
ELEMENTS = {"f32": np.float32, "f64": np.float64, "i1": np.bool_}
DECOMPOSE = ["tw-decompose-named-ops"]
#: The pass that each file of cases tests.
PASSES = {
    "raise-softmax": "tw-raise-softmax",
    "raise-layer-norm": "tw-raise-layer-norm",
    "raise-attention": "tw-raise-attention",
    "raise-attention-heads": "tw-raise-attention",
    "raise-attention-masks": "tw-raise-attention",
}


def cases() -> list[Any]:
    found = []
    for name, raising in PASSES.items():
        text = (TESTS / f"{name}.mlir").read_text()
        for case in text.split("// -----"):
            function = re.search(r"func\.func @(\w+)", case)
            assert function
            if function[1].startswith("no_"):
                continue  # left as it is
            found.append(pytest.param(raising, case, id=function[1]))
    return found


def arguments(case: str) -> list[npt.NDArray[Any]]:
    signature = re.search(r"func\.func @\w+\((.*?)\) ->", case, re.S)
    assert signature
    random = np.random.default_rng(0)
    arrays: list[npt.NDArray[Any]] = []
    for shape, element in re.findall(r": tensor<((?:[\d?]+x)*)(\w+)>", signature[1]):
        sizes = [DYNAMIC if size == "?" else int(size) for size in shape.split("x")[:-1]]
        values = random.standard_normal(sizes)
        arrays.append((values > -1 if element == "i1" else values).astype(ELEMENTS[element]))
    return arrays


@pytest.mark.parametrize(("raising", "case"), cases())
def test_numbers(raising: str, case: str) -> None:
    module = re.sub(r"func\.func @\w+", "func.func @main", case)
    inputs = arguments(case)
    # The tests of attention begin with a softmax that is raised already.
    written = run_mlir(module, DECOMPOSE, inputs)
    raised = run_mlir(module, [raising, *DECOMPOSE], inputs)
    for a, b in zip(written, raised, strict=True):
        np.testing.assert_allclose(b, a, rtol=2e-5, atol=2e-6)
