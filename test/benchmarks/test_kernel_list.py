# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which kernels there are, and that each can be built."""

import pytest
import torch

from cases import build
from kernel_list import convolution_case, convolutions_of, kernel_cases


def test_patterns_choose() -> None:
    assert [case.name for case in kernel_cases(["gemm/13x13*"])] == ["gemm/13x13x13"]
    families = {case.name.partition("/")[0] for case in kernel_cases(["*norm", "small-m"])}
    assert families == {"layer-norm", "rms-norm", "small-m"}
    assert kernel_cases(["nothing"]) == []
    causal = kernel_cases(["attention/*-causal"])
    assert causal and all(case.sizes["causal"] for case in causal)


def test_names_are_distinct() -> None:
    names = [case.name for case in kernel_cases(["[!c]*"])]
    assert len(names) == len({*names}) > 40


def test_convolutions_are_those_of_the_model() -> None:
    cases = {case.name: case for case in convolutions_of("mobilenet_v2", "small")}
    depthwise = [case for case in cases.values() if case.sizes["groups"] > 1]
    assert "convolution/3x37x45-6x3x3-stride2" in cases
    assert depthwise and depthwise[0].name.endswith(f"-groups{depthwise[0].sizes['groups']}")


@pytest.mark.parametrize(
    "case",
    [
        convolution_case(8, 4, 9, groups=2),
        convolution_case(4, 4, 9, dilation=2),
        *kernel_cases(["gemm/13x13x13", "*/128x768", "attention/12x128x64*"]),
    ],
    ids=lambda case: case.name,
)
def test_kernels_run(case) -> None:  # type: ignore[no-untyped-def]  # pytest's parameter
    workload = build(case)
    with torch.no_grad():
        result = workload.model(*workload.inputs.args)
    assert result.isfinite().all()
    again = build(case)
    assert torch.equal(again.inputs.args[0], workload.inputs.args[0])


def test_a_convolution_keeps_its_image() -> None:
    for options in ({"groups": 4}, {"dilation": 2}):
        workload = build(convolution_case(8, 8, 10, **options))
        assert workload.model(*workload.inputs.args).shape == (1, 8, 10, 10)
