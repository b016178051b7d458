# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reductions of many elements to few values, in parallel and along contiguous vectors."""

import math
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from small_models import Function
from torch import Tensor, nn
from torch.export import Dim

import tilewright as tw


def check(model: nn.Module, *inputs: Tensor, **options: Any) -> tw.CompiledModule:
    model = model.eval().requires_grad_(False)
    compiled = tw.compile(model, inputs, progress=False, **options)
    found, eager = compiled(*inputs), model(*inputs)
    exact = model.double()(*(x.double() for x in inputs))
    model.float()
    scale = float(exact.abs().max())
    loss = float((eager - exact).abs().max()) / scale
    assert float((found - exact).abs().max()) / scale <= 4 * loss + 2e-7
    return compiled


@pytest.mark.parametrize("groups", [1, 2, 8, 24])
@pytest.mark.parametrize("shape", [(1, 48, 40, 40), (2, 48, 17, 19), (1, 48, 1999)])
def test_group_norm_after_a_convolution(groups: int, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    convolution = nn.Conv2d if len(shape) == 4 else nn.Conv1d
    model = nn.Sequential(convolution(48, 48, 1), nn.GroupNorm(groups, 48), nn.SiLU())
    compiled = check(model, torch.randn(shape) + 1)
    # Squares have no array of their own. As large as the image are at most the convolution's
    # result, the result, and one of the two with channels on the other side.
    results = re.findall(r"tw\.group -> tensor<([0-9x]+)xf32>", compiled.ir("graph"))
    sizes = [math.prod(int(size) for size in result.split("x")) for result in results]
    assert sum(size >= math.prod(shape) for size in sizes) <= 3


def test_group_norm_of_images_of_any_size() -> None:
    model = nn.Sequential(nn.Conv2d(8, 64, 3, padding=1), nn.GroupNorm(16, 64))
    sizes = ({0: Dim("n", min=2), 2: Dim("h", min=4), 3: Dim("w", min=4)},)
    check(model, torch.randn(2, 8, 40, 50), dynamic_shapes=sizes)


@pytest.mark.parametrize("shape", [(50000,), (50021,), (300, 400), (17, 3, 4099), (40000, 5)])
@pytest.mark.parametrize("reduce", [torch.mean, torch.amax, torch.var, torch.linalg.vector_norm])
def test_of_everything(shape: tuple[int, ...], reduce: Callable[[Tensor], Tensor]) -> None:
    torch.manual_seed(0)
    check(Function(lambda x: reduce(x)), torch.randn(shape) + 1)


def test_of_integers_and_truths() -> None:
    x = torch.randint(-9, 9, (300, 400))
    model = Function(lambda x: (x.sum(), x.max(), x.argmin(), (x > 8).any(), (x < 9).all()))
    found = tw.compile(model, (x,), progress=False)(x)
    for ours, theirs in zip(found, model(x), strict=True):
        assert ours.dtype == theirs.dtype
        assert bool(ours == theirs)


def test_maximum_of_a_tensor_of_negative_infinities() -> None:
    model = Function(lambda x: (x.amax(), x.amin()))
    for value in (float("-inf"), float("inf"), float("nan")):
        x = torch.full((300, 400), value)
        found = tw.compile(model, (x,), progress=False)(x)
        torch.testing.assert_close(found, model(x), equal_nan=True, rtol=0, atol=0)


def test_same_bits_with_any_number_of_threads() -> None:
    x = torch.randn(300, 401)
    model = Function(lambda x: x.sum())
    one, two = (tw.compile(model, (x,), progress=False, threads=count)(x) for count in (1, 2))
    assert torch.equal(one, two)
