# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Code for older processors than this one, run here. Others are emulated: `make check-slow`."""

from __future__ import annotations

import re

import catalogue
import pytest
import torch
from children import run
from torch import nn
from zoo_cases import zoo_case

import tilewright as tw
from tilewright.targets.cpu import CpuTarget

AVX2 = "cpu:x86-64-v3"
# Registers and masks that came with AVX-512, and its broadcasts from memory.
_NEWER = re.compile(r"%zmm|%[xy]mm(?:1[6-9]|2\d|3[01])\b|%k[0-7]\b|\{1to\d+\}")
_CASES = {case.name: case for case in catalogue.cases()}
_SAMPLE = [
    "contractions/matmul-17x33x64",
    "contractions/linear-7x16x1-bias",
    "contractions/int8-to-int32",
    "contractions/linear-int8",
    "contractions/linear-float16",
    "convolutions/conv2d-6-12-k3-(2,6,11,13)-groups3-stride2-padding1",
    "convolutions/conv2d-4-6-k3-(2,4,11,13)-dilation2-padding2-stride2",
    "convolutions/conv2d-24-40-k3-(3,24,31,6)-padding1",
    "convolutions/conv2d-bfloat16",
    "windows/avg2d-kernel_size3-stride2-padding1",
    "normalization/layernorm-(768,)-(2, 17, 768)",
    "normalization/log_softmax-(2, 3, 5, 7)-1",
    "reductions/argmax-(3, 5, 7)-1",
    "arithmetic/erf-float64",
    "arithmetic/exp-far",
    "arithmetic/add-bfloat16",
    "arithmetic/integer-mul-int8",
    "arithmetic/signed-floor_divide",
    "data-movement/permute-(4, 2, 0, 3, 1)",
    "attention/sdpa-causal-2x4x33x33x16x16",
    "attention/sdpa-float64",
    "dynamic/batch-cnn",
    "dynamic/sequence-encoder-layer",
]
# SSE only, without multiply-add.
_OLDEST = [
    "contractions/matmul-17x33x64",
    "arithmetic/exp-far",
    "arithmetic/erf-float64",
    "attention/sdpa-causal-2x4x33x33x16x16",
]


def _runs_here(target: str) -> bool:
    return CpuTarget.parse(target.partition(":")[2]).obstacle() is None


needs_avx2 = pytest.mark.skipif(not _runs_here(AVX2), reason="no x86-64 processor with AVX2")


@needs_avx2
@pytest.mark.parametrize("name", _SAMPLE)
def test_numbers_with_avx2(name: str) -> None:
    verdict = run(_CASES[name], AVX2)
    assert verdict.status == "ok", str(verdict)


@needs_avx2
@pytest.mark.parametrize("name", _OLDEST)
def test_numbers_with_sse(name: str) -> None:
    verdict = run(_CASES[name], "cpu:x86-64")
    assert verdict.status == "ok", str(verdict)


@needs_avx2
@pytest.mark.parametrize("name", ["simple_cnn", "mobilenet_v2", "bert_base", "tiny_llama"])
def test_models_with_avx2(name: str) -> None:
    verdict = run(zoo_case(name), AVX2)
    assert verdict.status == "ok", str(verdict)


@needs_avx2
def test_rounding_to_bfloat16_without_an_instruction() -> None:
    # Halfway cases of both kinds, what rounds up to infinity, denormals, NaN with all patterns.
    bits = torch.cat(
        [
            torch.tensor([0x3F808000, 0x3F818000, 0x7F7FFFFF, 0x7F800000, 0x7F800001, 0x00008001]),
            torch.randint(0, 1 << 31, (1000,)),
        ]
    ).to(torch.int32)
    values = torch.cat([bits, bits | -(1 << 31)]).view(torch.float32)

    class Round(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.to(torch.bfloat16)

    rounded = tw.compile(Round(), (values,), target=AVX2)(values)
    expected = values.to(torch.bfloat16)
    number = ~values.isnan()
    assert rounded[~number].isnan().all()
    assert torch.equal(rounded[number].view(torch.int16), expected[number].view(torch.int16))


def _model(dtype: torch.dtype) -> tuple[nn.Module, torch.Tensor]:
    layers = nn.Sequential(nn.Linear(33, 70), nn.GELU(), nn.Linear(70, 19), nn.Softmax(-1))
    return layers.eval().to(dtype), torch.randn(17, 33).to(dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
def test_nothing_newer_than_avx2(dtype: torch.dtype) -> None:
    model, example = _model(dtype)
    code = tw.compile(model, (example,), target="cpu:x86_64-linux-gnu:x86-64-v3").asm()
    assert "%ymm15" in code
    assert not (newer := _NEWER.findall(code)), sorted(set(newer))


def test_multiply_and_add_where_nothing_fuses_them() -> None:
    # LLVM called fmaf of libm for each lane.
    model, example = _model(torch.float32)
    code = tw.compile(model, (example,), target="cpu:x86_64-linux-gnu").asm()
    assert "mulps" in code
    assert "fmaf" not in code


def test_vectors_of_neon() -> None:
    model, example = _model(torch.float32)
    code = tw.compile(model, (example,), target="cpu:aarch64").asm()
    assert re.search(r"fmla\s+v\d+\.4s", code)
    assert not re.findall(r"\sbl\s+\w+f\b", code)  # of libm
