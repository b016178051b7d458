# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models that compile in about a second, for what is around the compiler."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

F32: dict[str, Any] = {"rtol": 1e-5, "atol": 1e-5}


class Mlp(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.up = nn.Linear(9, 17)
        self.down = nn.Linear(17, 5)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.down(torch.relu(self.up(x)))
        return result


class Cnn(nn.Module):
    """Images of any number and size to five numbers each."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.body = nn.Conv2d(8, 12, 3, padding=1)
        self.head = nn.Linear(12, 5)
        self.norm.running_mean = torch.randn(8) / 4
        self.norm.running_var = torch.rand(8) + 0.5

    def forward(self, image: Tensor) -> Tensor:
        x = functional.max_pool2d(functional.relu(self.norm(self.stem(image))), 2)
        result: Tensor = self.head(functional.relu(self.body(x)).mean((2, 3)))
        return result


class Encoder(nn.Module):
    """A transformer block on embedded tokens: ``(batch, length)`` to ``(batch, length, 32)``."""

    heads = 4

    def __init__(self, causal: bool = False) -> None:
        super().__init__()
        torch.manual_seed(0)
        width = 32
        self.causal = causal
        self.embed = nn.Embedding(50, width)
        self.before = nn.LayerNorm(width)
        self.project = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.between = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embed(tokens)
        n, length, width = x.shape
        split = self.project(self.before(x)).reshape(n, length, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=self.causal)
        x = x + self.out(mixed.transpose(1, 2).reshape(n, length, width))
        result: Tensor = x + self.down(functional.gelu(self.up(self.between(x))))
        return result


class Function(nn.Module):
    """A function as a model."""

    def __init__(self, function: Any) -> None:
        super().__init__()
        self.function = function

    def forward(self, *args: Tensor) -> Any:
        return self.function(*args)
