# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is padded, concatenated or computed in parts lies where it is wanted: nothing is copied."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

import tilewright as tw
from tilewright.options import Precision


class EqualLayers(nn.Module):
    """Layers whose padded tensors are alike, which once shared one border and were copied."""

    def __init__(self) -> None:
        super().__init__()
        self.widen = nn.ModuleList(nn.Conv2d(32, 96, 1) for _ in range(3))
        self.depthwise = nn.ModuleList(nn.Conv2d(96, 96, 3, padding=1, groups=96) for _ in range(3))
        self.narrow = nn.ModuleList(nn.Conv2d(96, 32, 1) for _ in range(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for widen, depthwise, narrow in zip(self.widen, self.depthwise, self.narrow, strict=True):
            x = x + narrow(nn.functional.relu6(depthwise(nn.functional.relu6(widen(x)))))
        return x


class ReadBesides(nn.Module):
    """Each sum is padded for a convolution and added to its result."""

    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(32, 32, 3, padding=1) for _ in range(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for conv in self.convs:
            x = x + torch.relu(conv(x))
        return x


class Skip(nn.Module):
    """As in a U-Net: pooled, and concatenated with what comes back, and padded."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Conv2d(32, 64, 3, padding=1)
        self.deep = nn.Conv2d(64, 64, 3, padding=1)
        self.back = nn.Conv2d(128, 32, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        skip = torch.relu(self.down(x))
        deep = torch.relu(self.deep(nn.functional.max_pool2d(skip, 2, 1)))
        deep = nn.functional.interpolate(deep, skip.shape[2:], mode="bilinear")
        result: torch.Tensor = self.back(torch.cat([deep, skip], 1))
        return result


class OddTokens(nn.Module):
    """Attention whose tokens are not a multiple of its tiles, in layers that are alike."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(32, 64)
        self.project = nn.ModuleList(nn.Linear(64, 192) for _ in range(2))
        self.mix = nn.ModuleList(nn.Linear(64, 64) for _ in range(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens: torch.Tensor = self.embed(x.flatten(2).transpose(1, 2))
        for project, mix in zip(self.project, self.mix, strict=True):
            q, k, v = (
                part.unflatten(2, (4, 16)).transpose(1, 2) for part in project(tokens).chunk(3, 2)
            )
            heads = nn.functional.scaled_dot_product_attention(q, k, v)
            tokens = tokens + mix(heads.transpose(1, 2).flatten(2))
        return tokens


@pytest.mark.parametrize("side", [28, 13, 7])
@pytest.mark.parametrize("kind", [EqualLayers, ReadBesides, Skip, OddTokens])
def test_no_copies(kind: type[nn.Module], side: int) -> None:
    torch.manual_seed(0)
    model = kind().eval()
    x = torch.randn(1, 32, side, side)
    compiled = tw.compile(model, (x,), threads=2)
    main = compiled.ir("bufferize").partition("func.func @main")[2].partition("func.func @init")[0]
    assert main and "memref.copy" not in main
    exact = kind().double().eval()
    exact.load_state_dict(model.state_dict())
    expected = exact(x.double())
    loss = (compiled(x) - expected).abs().max()
    assert loss <= 4 * (model(x) - expected).abs().max()
    assert torch.equal(compiled(x), compiled(x))


@pytest.mark.parametrize("kind", [EqualLayers, ReadBesides])
def test_no_copies_of_a_dynamic_batch(kind: type[nn.Module]) -> None:
    torch.manual_seed(0)
    model = kind().eval()
    batch = torch.export.Dim("batch", min=1, max=8)
    compiled = tw.compile(model, (torch.randn(2, 32, 28, 28),), dynamic_shapes=({0: batch},))
    main = compiled.ir("bufferize").partition("func.func @main")[2].partition("func.func @init")[0]
    assert main and "memref.copy" not in main
    exact = kind().double().eval()
    exact.load_state_dict(model.state_dict())
    for images in (1, 3):
        x = torch.randn(images, 32, 28, 28)
        expected = exact(x.double())
        loss = (compiled(x) - expected).abs().max()
        assert loss <= 4 * (model(x) - expected).abs().max()


@pytest.mark.parametrize("dynamic", [False, True])
@pytest.mark.parametrize("precision", ["f32", "bf16"])
def test_heads_of_a_batch_are_not_copied(precision: Precision, dynamic: bool) -> None:
    """Of several sequences, the heads of a part of the projection do not follow one another: for
    bf16 they were once copied anew in each task."""
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(32, 8, 64, batch_first=True)
    model = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False).eval()
    x = torch.randn(6, 10, 32)
    shapes = ({0: torch.export.Dim("batch", min=1, max=8)},) if dynamic else None
    compiled = tw.compile(model, (x,), dynamic_shapes=shapes, precision=precision, threads=2)
    main = compiled.ir("bufferize").partition("func.func @main")[2].partition("func.func @init")[0]
    assert main and "memref.copy" not in main
    expected = copy.deepcopy(model).double()(x.double())
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
        eager = model(x)
    assert (compiled(x) - expected).norm() <= 2 * (eager - expected).norm()
