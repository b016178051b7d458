# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Folding a batch norm changes the numbers by no more than eager's own rounding."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from run_mlir import run_mlir, run_passes

Array = npt.NDArray[Any]

FOLD = ["tw-fold-batch-norm", "canonicalize", "cse", "tw-outline-constants"]

# Name: operation, shapes of data, weight and result (6 channels), type of the result in the IR,
# position of the channel. The result's reshape to what the batch norm sees, if any, is in RESHAPED.
CASES: dict[str, tuple[str, tuple[int, ...], tuple[int, ...], tuple[int, ...], str, int]] = {
    "conv_2d": (
        "linalg.conv_2d_nchw_fchw",
        (2, 4, 7, 6),
        (6, 4, 3, 3),
        (2, 6, 5, 4),
        "?x6x?x?x",
        1,
    ),
    "depthwise": (
        "linalg.depthwise_conv_2d_nchw_chw",
        (2, 6, 7, 6),
        (6, 3, 3),
        (2, 6, 5, 4),
        "2x6x5x4x",
        1,
    ),
    "nhwc": (
        "linalg.conv_2d_nhwc_hwcf",
        (1, 7, 6, 4),
        (3, 3, 4, 6),
        (1, 5, 4, 6),
        "1x5x4x6x",
        3,
    ),
    "conv_1d": ("linalg.conv_1d_ncw_fcw", (2, 4, 9), (6, 4, 3), (2, 6, 7), "?x6x7x", 1),
    "conv_3d": (
        "linalg.conv_3d_ncdhw_fcdhw",
        (1, 2, 4, 5, 4),
        (6, 2, 3, 3, 3),
        (1, 6, 2, 3, 2),
        "1x6x2x3x2x",
        1,
    ),
    "grouped": (
        "linalg.conv_2d_ngchw_gfchw",
        (2, 2, 2, 5, 5),
        (2, 3, 2, 3, 3),
        (2, 2, 3, 3, 3),
        "2x2x3x3x3x",
        1,
    ),
    "linear": ("linalg.matmul", (5, 4), (4, 6), (5, 6), "?x6x", 1),
}
# After a grouped convolution the two channel dimensions are joined.
COLLAPSED = {"grouped": ((2, 6, 3, 3), "[[0], [1, 2], [3], [4]]")}


def _type(shape: tuple[int, ...], element: str) -> str:
    return "tensor<" + "".join(f"{size}x" for size in shape) + f"{element}>"


def _module(case: str, element: str) -> str:
    """The operation, then a batch norm in the pieces in which torch-mlir emits it."""
    op, data, weight, result, dynamic, channel = CASES[case]
    x, w, y = _type(data, element), _type(weight, element), f"tensor<{dynamic}{element}>"
    vector = _type((6,), element)
    z, collapse, value = y, "", "%c"
    if case in COLLAPSED:
        shape, groups = COLLAPSED[case]
        z, value = _type(shape, element), "%j"
        collapse = f"%j = tensor.collapse_shape %c {groups} : {y} into {z}"
    rank = len(COLLAPSED[case][0]) if case in COLLAPSED else len(result)
    dims = ", ".join(f"d{i}" for i in range(rank))
    loops = ", ".join(['"parallel"'] * rank)
    steps = []
    for name, step, operand in [
        ("centred", "arith.subf", "mean"),
        ("scaled", "arith.mulf", "rsqrt"),
        ("weighted", "arith.mulf", "gamma"),
        ("shifted", "arith.addf", "beta"),
    ]:
        steps.append(f"""
  %{name} = linalg.generic {{indexing_maps = [#all, #channel, #all], iterator_types = [{loops}]}}
      ins({value}, %{operand} : {z}, {vector}) outs(%p : {z}) {{
  ^bb0(%in: {element}, %k: {element}, %out: {element}):
    %v = {step} %in, %k : {element}
    linalg.yield %v : {element}
  }} -> {z}""")
        value = f"%{name}"
    eps = "%eps" if element == "f64" else "%e"
    narrow = "" if element == "f64" else f"%e = arith.truncf %eps : f64 to {element}"
    return f"""
#vec = affine_map<(d0) -> (d0)>
#all = affine_map<({dims}) -> ({dims})>
#channel = affine_map<({dims}) -> (d{channel})>
func.func @main(%w: {w} {{tw.weight = "w"}}, %mean: {vector} {{tw.weight = "mean"}},
    %var: {vector} {{tw.weight = "var"}}, %gamma: {vector} {{tw.weight = "gamma"}},
    %beta: {vector} {{tw.weight = "beta"}}, %x: {x}, %o: {y}, %p: {z}) -> {z} {{
  %eps = arith.constant 1.0e-05 : f64
  %zero = arith.constant 0.0 : {element}
  %init = linalg.fill ins(%zero : {element}) outs(%o : {y}) -> {y}
  %c = {op} ins(%x, %w : {x}, {w}) outs(%init : {y}) -> {y}
  {collapse}
  %empty = tensor.empty() : {vector}
  %rsqrt = linalg.generic {{indexing_maps = [#vec, #vec], iterator_types = ["parallel"]}}
      ins(%var : {vector}) outs(%empty : {vector}) {{
  ^bb0(%in: {element}, %out: {element}):
    {narrow}
    %v = arith.addf %in, {eps} : {element}
    %r = math.rsqrt %v : {element}
    linalg.yield %r : {element}
  }} -> {vector}
  {"".join(steps)}
  return {value} : {z}
}}
"""


def _inputs(case: str) -> list[Array]:
    """Weight, mean, variance, gamma, beta, data, and what the results overwrite."""
    random = np.random.default_rng(7)
    _, data, weight, result, _, _ = CASES[case]
    vectors = [random.standard_normal(6), random.uniform(0.5, 2.0, 6)]
    vectors += [random.standard_normal(6) for _ in range(2)]
    values = [random.standard_normal(weight), *vectors, random.standard_normal(data)]
    last = COLLAPSED[case][0] if case in COLLAPSED else result
    return [value.astype(np.float32) for value in [*values, np.zeros(result), np.zeros(last)]]


@pytest.mark.parametrize("case", CASES)
def test_error_is_that_of_eager(case: str) -> None:
    inputs = _inputs(case)
    exact = run_mlir(_module(case, "f64"), "", inputs)[0]
    eager = run_mlir(_module(case, "f32"), "", inputs)[0]
    folded = run_mlir(_module(case, "f32"), FOLD, inputs)[0]
    assert folded.dtype == np.float32
    own_error = np.abs(eager - exact).max()
    assert np.abs(folded - exact).max() <= 4 * own_error + 1e-7


@pytest.mark.parametrize("case", CASES)
def test_one_addition_is_left(case: str) -> None:
    text = run_passes(_module(case, "f32"), FOLD)
    main = text[text.index("@main") : text.index("@init")]
    assert "math.rsqrt" not in main
    assert main.count("arith.mulf") + main.count("arith.subf") == 0
    assert main.count("arith.addf") == 1


def test_bf16_is_scaled_in_f32() -> None:
    inputs = _inputs("linear")
    exact = run_mlir(_module("linear", "f64"), "", inputs)[0]
    eager = run_mlir(_module("linear", "bf16"), "", inputs)[0].astype(np.float64)
    folded = run_mlir(_module("linear", "bf16"), FOLD, inputs)[0].astype(np.float64)
    assert np.abs(folded - exact).max() <= 4 * np.abs(eager - exact).max()
