# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Each override of torch-mlir's decompositions: right numbers and the form that passes expect."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import torch
from imported_numerics import Call, check
from torch import Tensor, nn

from tilewright.frontend import import_torch

F = nn.functional
X = torch.randn(3, 5, 7)
SPECIAL = torch.tensor([-4.0, -1e-6, -0.0, 0.0, 1e-6, 3.0, 7.0, float("inf"), float("-inf")])
WITH_NAN = torch.cat([SPECIAL, torch.tensor([float("nan")])])


def operations(text: str) -> Counter[str]:
    return Counter(re.findall(r"\b(?:arith|math|linalg|tensor|cf)\.\w+", text))


def has_no_float64(text: str) -> bool:
    return "f64" not in text


@pytest.mark.parametrize("affine", [True, False])
def test_layer_norm(affine: bool) -> None:
    norm = nn.LayerNorm((5, 7), elementwise_affine=affine)
    if affine:
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
    text = check(norm, X * 3 + 2).text
    assert has_no_float64(text)
    found = operations(text)
    assert (found["arith.divf"], found["math.rsqrt"], found["arith.subf"]) == (2, 1, 1)


def test_rms_norm() -> None:
    norm = nn.RMSNorm(7, eps=1e-6)
    nn.init.normal_(norm.weight)
    found = operations(check(norm, X).text)
    assert found["math.rsqrt"] == 1 and not found["math.fpowi"] and not found["arith.subf"]


@pytest.mark.parametrize("affine", [True, False])
def test_batch_norm_is_scale_and_shift(affine: bool) -> None:
    norm = nn.BatchNorm2d(4, affine=affine)
    for tensor in (norm.running_mean, norm.running_var, norm.weight, norm.bias):
        if tensor is not None:
            nn.init.uniform_(tensor, 0.5, 2)
    text = check(norm, torch.randn(2, 4, 5, 6)).text
    # One product and one sum on the activation; the rest on four channels.
    on_activation = re.findall(r"outs\(%\w+ : tensor<2x4x5x6xf32>\)", text)
    assert len(on_activation) == 2
    assert "cf.assert" not in text and "math.sqrt" not in text


def test_group_norm_and_instance_norm() -> None:
    image = torch.randn(2, 6, 4, 5)
    assert has_no_float64(check(nn.GroupNorm(3, 6), image).text)
    assert has_no_float64(check(nn.InstanceNorm2d(6), image).text)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.var(-1),
        lambda x: x.var((0, 2), unbiased=False, keepdim=True),
        lambda x: x.var(),
        lambda x: x.std(1),
        lambda x: torch.var_mean(x, -1, keepdim=True),
        lambda x: torch.std_mean(x, (1, 2)),
    ],
)
def test_variances(function: Callable[[Tensor], Any]) -> None:
    assert has_no_float64(check(function, X * 2 + 1).text)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_variances_of_narrow_types_are_computed_in_float32(dtype: torch.dtype) -> None:
    # In float16 the number of elements was divided by as float64, by a function that is missing.
    text = import_torch(Call(lambda x: x.var(-1)), (X.to(dtype),)).text
    assert re.search(r"arith.divf .* f32", text) and not re.search(r"f64 to b?f16", text)


def test_place_of_the_greatest_of_one() -> None:
    check(lambda x: (x.argmax(), x.argmin() + 1, x * 2), torch.tensor(3.0))


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_softmax(dim: int) -> None:
    found = operations(check(lambda x: x.softmax(dim), X * 20).text)
    assert (found["math.exp"], found["arith.maximumf"], found["arith.divf"]) == (1, 1, 1)
    # The index of the maximum is gone.
    assert not found["linalg.index"] and not found["arith.select"]
    check(lambda x: x.log_softmax(dim), X * 20)


def test_addmm_without_needless_products() -> None:
    bias, left, right = torch.randn(4), torch.randn(3, 5), torch.randn(5, 4)
    assert not operations(check(torch.addmm, bias, left, right).text)["arith.mulf"]
    check(lambda b, x, y: torch.addmm(b, x, y, beta=0.5, alpha=2.0), bias, left, right)


def test_gelu_tanh_uses_the_right_constant() -> None:
    text = check(lambda x: F.gelu(x, approximate="tanh"), X * 3).text
    assert "0.797884" in text and not operations(text)["math.fpowi"]
    assert operations(check(F.gelu, X * 3).text)["math.erf"] == 1


@pytest.mark.parametrize("exponent", [0.5, -0.5, 1, 2, 2.0, 3, -1, -2])
def test_simple_powers_are_products_and_roots(exponent: float) -> None:
    found = operations(check(lambda x: x.pow(exponent), X.abs() + 0.1).text)
    assert not found["math.fpowi"] and not found["math.powf"]


def test_other_powers() -> None:
    assert operations(check(lambda x: x.pow(1.7), X.abs()).text)["math.powf"] == 1


@pytest.mark.parametrize(
    "function",
    [
        F.relu,
        F.relu6,
        lambda x: F.hardtanh(x, -2, 2),
        F.leaky_relu,
        F.elu,
        F.selu,
        lambda x: F.celu(x, 1.5),
        F.silu,
        F.hardswish,
        F.softplus,
        torch.sigmoid,
        lambda x: x.clamp(-1, 2),
    ],
)
def test_activations_keep_nan_and_infinity(function: Callable[[Tensor], Tensor]) -> None:
    check(function, WITH_NAN)


@pytest.mark.parametrize("function", [torch.maximum, torch.minimum])
def test_maximum_and_minimum_keep_nan(function: Callable[[Tensor, Tensor], Tensor]) -> None:
    left, right = WITH_NAN, WITH_NAN.flip(0)
    check(function, left, right)
    check(function, torch.tensor([1, 5]), torch.tensor([3, 2]))


@pytest.mark.parametrize("size", [1, 2, 7, 16])
def test_cumsum_has_a_linalg_form(size: int) -> None:
    value = torch.randn(3, size, 2)
    check(lambda x: x.cumsum(1), value)
    check(lambda x: x.cumsum(-1), value > 0)
    check(lambda x: x.cumsum(0), torch.randint(-9, 9, (5, size)))


def test_functions_of_floats_that_torch_mlir_lacks() -> None:
    check(torch.isfinite, WITH_NAN)
    check(torch.signbit, SPECIAL)
    check(torch.copysign, WITH_NAN, SPECIAL.repeat(2)[: len(WITH_NAN)])
    check(torch.trunc, WITH_NAN * 0.3)
    check(torch.hypot, SPECIAL * 1e30, SPECIAL.flip(0) * 1e30)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 10])
def test_powers_of_integers(exponent: int) -> None:
    check(lambda x: x**exponent, torch.randint(-5, 5, (5, 7)))
