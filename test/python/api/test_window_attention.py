# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention in windows of an image, as in Swin: a bias for all, and a mask for each window."""

from __future__ import annotations

import pytest
import torch

import tilewright as tw

WINDOWS, HEADS, TOKENS, WIDTH = 4, 3, 49, 32


class WindowAttention(torch.nn.Module):
    """The formulation of torchvision and timm: the windows of each image are told apart for the
    mask only. It is -100 where Swin hides, whose exponential is a subnormal number."""

    def __init__(self, hide: str) -> None:
        super().__init__()
        self.qkv = torch.nn.Linear(HEADS * WIDTH, 3 * HEADS * WIDTH)
        self.bias = torch.nn.Parameter(torch.randn(HEADS, TOKENS, TOKENS))
        seen = torch.ones(WINDOWS, 1, TOKENS, TOKENS, dtype=torch.bool)
        seen[1:, :, :20, 30:] = seen[2:, :, 20:, :9] = False
        self.seen: torch.Tensor
        self.register_buffer("seen", seen)
        self.hide = hide

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, tokens, width = x.shape
        split = self.qkv(x).reshape(batch, tokens, 3, HEADS, WIDTH).permute(2, 0, 3, 1, 4)
        query, key, value = split.unbind(0)
        scores = query * WIDTH**-0.5 @ key.transpose(-1, -2) + self.bias
        images = scores.view(-1, WINDOWS, HEADS, tokens, tokens)
        if self.hide == "add":
            images = images + torch.where(self.seen, 0.0, -100.0)
        else:
            images = images.masked_fill(~self.seen, float("-inf"))
        weights = images.view(-1, HEADS, tokens, tokens).softmax(-1)
        attended: torch.Tensor = weights @ value
        return attended.transpose(1, 2).reshape(batch, tokens, width)


@pytest.mark.parametrize("hide", ["add", "fill"])
@pytest.mark.parametrize("images", [1, 2])
def test_windows_are_attended_to_in_one_operation(hide: str, images: int) -> None:
    torch.manual_seed(0)
    model = WindowAttention(hide).eval()
    x = torch.randn(images * WINDOWS, TOKENS, HEADS * WIDTH)
    module = tw.compile(model, (x,))
    assert any("tw.attention" in group.operations for group in module.schedule())

    eager = model(x).double()
    exact = model.double()(x.double())
    loss = torch.linalg.norm(eager - exact)
    assert torch.linalg.norm(torch.as_tensor(module(x)).double() - exact) < 1.5 * loss
