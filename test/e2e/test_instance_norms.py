# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Instance normalization next to convolutions keeps their layout; elsewhere its rows are rows."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

import tilewright as tw
from tilewright.options import Precision

_MODELS: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "after conv1d": (
        nn.Sequential(nn.Conv1d(2, 32, 8, 4), nn.GroupNorm(32, 32), nn.GELU(), nn.Conv1d(32, 8, 3)),
        (2, 900),
    ),
    "after conv2d": (
        nn.Sequential(
            nn.Conv2d(3, 40, 3, 2, 1),
            nn.LeakyReLU(0.1),
            nn.InstanceNorm2d(40),
            nn.Conv2d(40, 24, 3, 1, 1),
        ),
        (3, 50, 70),
    ),
    "after conv3d": (
        nn.Sequential(
            nn.Conv3d(1, 16, 3, 1, 1),
            nn.InstanceNorm3d(16, affine=True),
            nn.ReLU(),
            nn.Conv3d(16, 8, 3, 1, 1),
        ),
        (1, 12, 20, 24),
    ),
    "after groups": (
        nn.Sequential(nn.Conv2d(16, 32, 3, groups=4), nn.InstanceNorm2d(32), nn.ReLU()),
        (16, 32, 32),
    ),
    "after transposed": (
        nn.Sequential(nn.ConvTranspose2d(16, 32, 4, 2, 1), nn.InstanceNorm2d(32), nn.ReLU()),
        (16, 16, 16),
    ),
    "before conv2d": (
        nn.Sequential(nn.InstanceNorm2d(16), nn.Conv2d(16, 16, 3, 1, 1)),
        (16, 32, 32),
    ),
    "alone": (nn.InstanceNorm2d(24, affine=True), (24, 33, 31)),
}


def _compile(
    name: str, batch: int, precision: Precision, dynamic: bool
) -> tuple[nn.Module, tw.CompiledModule]:
    torch.manual_seed(0)
    model, shape = _MODELS[name]
    model = copy.deepcopy(model).eval()
    for parameter in model.parameters():
        if parameter.dim() == 1:
            nn.init.uniform_(parameter, 0.5, 1.5)
    shapes = ({0: torch.export.Dim("batch", min=1, max=8)},) if dynamic else None
    args = (torch.randn(batch, *shape),)
    return model, tw.compile(model, args, dynamic_shapes=shapes, precision=precision, threads=2)


@pytest.mark.parametrize("precision", ["f32", "bf16"])
@pytest.mark.parametrize(("batch", "dynamic"), [(1, False), (3, False), (2, True)])
@pytest.mark.parametrize("name", _MODELS)
def test_error_is_that_of_eager(name: str, batch: int, dynamic: bool, precision: Precision) -> None:
    model, compiled = _compile(name, batch, precision, dynamic)
    for images in (1, 3) if dynamic else (batch,):
        x = 2 * torch.randn(images, *_MODELS[name][1]) + 1
        expected = copy.deepcopy(model).double()(x.double())
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            eager = model(x)
        assert (compiled(x) - expected).norm() <= 2 * (eager - expected).norm()


@pytest.mark.parametrize("name", _MODELS)
def test_convolutions_choose_the_layout(name: str) -> None:
    _, compiled = _compile(name, 1, "f32", dynamic=False)
    assert ("tw.layer_norm" in compiled.ir("input")) == (name == "alone")
