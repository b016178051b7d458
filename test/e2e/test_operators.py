# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A sample of ``test/exhaustive``, and from it what has once been wrong."""

from __future__ import annotations

import catalogue
import pytest
from children import run

_CASES = {case.name: case for case in catalogue.cases()}
# LLVM ended the process on arithmetic of bf16; look-ups along transposed dimensions were grouped
# with the checks of their indices; torch-mlir took pools with batches and equal windows only.
# PyTorch's own group norm reads its scales by as_strided, which takes no dynamic size; products of
# int8, folds, antialiasing, medians of floats, running extremes and writes at places had no form.
_ONCE_WRONG = [
    "arithmetic/scalar-bfloat16",
    "arithmetic/add-float16",
    "reductions/sort-(3, 7)-0",
    "reductions/topk",
    "reductions/cumprod-(3, 7)-1",
    "data-movement/scatter",
    "data-movement/scatter-add",
    "windows/max2d-unbatched",
    "windows/adaptive-max2d-3",
    "convolutions/conv3d-6-6-k3-(2,6,5,6,7)-groups6-dilation2",
    "normalization/softmax-(2, 0)-1",
    "normalization/rmsnorm-(64,)-(0, 64)",
    "dynamic/batch-group-norm",
    "contractions/int8-to-int32",
    "contractions/linear-int8",
    "windows/fold-everything",
    "windows/interpolate-antialias-bicubic-(3, 4)",
    "reductions/median-nan",
    "reductions/cummax-nan",
    "data-movement/write-middle",
    # Sums of columns lost more than pairwise ones do.
    "reductions/sum-(1003, 4)-(0,)",
    # The lowering of a view of nothing divided by zero, which ended the process.
    "data-movement/reshape-(0, 3)-(3, 0)",
    # LLVM ended the process on vectors of nine bf16, on processors that have AVX512-BF16.
    "arithmetic/add-bfloat16",
    # erf and its kin had no form in f64; the constant of GELU was wrong in its 11th digit.
    "arithmetic/erf-float64",
    "arithmetic/log1p-float64",
    "arithmetic/gelu-tanh-float64",
]
_SAMPLE = [
    "contractions/matmul-17x33x64",
    "contractions/matmul-panels",
    "contractions/matmul-panels-transposed",
    "contractions/einsum-bqhd,bkhd->bhqk",
    "contractions/linear-float16",
    "convolutions/conv1d-3-8-k3-(7,3,23)-",
    "convolutions/conv2d-4-6-k3-(2,4,11,13)-dilation2-padding2-stride2",
    "convolutions/conv2d-24-40-k3-(3,24,31,6)-padding1",
    "convolutions/conv2d-128-128-k7-(1,128,14,14)-padding3-groups128",
    "convolutions/conv2d-64-64-k3-(2,64,13,27)-",
    "convolutions/conv2d-128-64-k3-(1,128,90,131)-padding2",
    "convolutions/conv2d-6-12-k3-(2,6,11,13)-groups3-stride2-padding1",
    "convolutions/transposed2d-4-8-k3-(2,4,11,13)-stride2-padding1-output_padding1",
    "windows/avg2d-kernel_size3-stride2-padding1",
    "windows/interpolate-bilinear-2d-x1.5",
    "normalization/group-4-(1, 32, 8, 8)",
    "normalization/instance2d-affine",
    "normalization/log_softmax-(2, 3, 5, 7)-1",
    "reductions/var-(2, 3, 5, 7)-(0, 2)-keep",
    "reductions/argmax-(3, 5, 7)-1",
    "arithmetic/mish",
    "arithmetic/negative-floor_divide",
    "arithmetic/promote-int32",
    "data-movement/roll-(0, 1)",
    "data-movement/pad-reflect-2d",
    "data-movement/permute-(4, 2, 0, 3, 1)",
    "attention/sdpa-causal-2x4x33x33x16x16",
    "attention/sdpa-grouped",
    # Two loops with equal parts of an empty tensor, in the tail of 257 keys.
    "attention/sdpa-plain-1x2x257x257x64x64",
    "recurrent/gru-bidirectional",
    "dynamic/batch-cnn",
    "dynamic/sequence-encoder-layer",
    "dynamic/image-conv-relu-conv",
    "dynamic/batch-minimal-filtering",
    "vision/efficientnet-SiLU",
    "vision/unet-transposed",
    "hugging-face/Qwen2ForCausalLM-sdpa",
]


@pytest.mark.parametrize("name", _ONCE_WRONG + _SAMPLE)
def test_error_is_that_of_eager(name: str) -> None:
    verdict = run(_CASES[name])
    assert verdict.status == "ok", str(verdict)
