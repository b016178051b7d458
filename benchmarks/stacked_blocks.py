# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models of any depth: one block, many times. Widths are small, which code does not depend on."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

_TOKENS, _WIDTH, _HEADS = 128, 256, 4
_CHANNELS, _PIXELS = 64, 28


class TransformerBlock(nn.Module):
    """Attention and a perceptron, each after a layer norm and around a residual."""

    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(_WIDTH) for _ in range(2))
        self.query, self.key, self.value, self.out = (nn.Linear(_WIDTH, _WIDTH) for _ in range(4))
        self.up = nn.Linear(_WIDTH, 4 * _WIDTH)
        self.down = nn.Linear(4 * _WIDTH, _WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        """``x`` is batch, tokens, width; so is the result."""
        y = self.norms[0](x)
        parts = (self.query(y), self.key(y), self.value(y))
        heads = (part.unflatten(-1, (_HEADS, -1)).transpose(1, 2) for part in parts)
        attended = functional.scaled_dot_product_attention(*heads)
        x = x + self.out(attended.transpose(1, 2).flatten(2))
        result: Tensor = x + self.down(functional.gelu(self.up(self.norms[1](x))))
        return result


class ConvolutionBlock(nn.Module):
    """The basic block of ResNet: two convolutions with batch norm around a residual."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv2d(_CHANNELS, _CHANNELS, 3, padding=1, bias=False) for _ in range(2)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(_CHANNELS) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        """``x`` is batch, channels, height, width; so is the result."""
        y = torch.relu(self.norms[0](self.convolutions[0](x)))
        return torch.relu(x + self.norms[1](self.convolutions[1](y)))


BLOCKS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "transformer": (TransformerBlock, (1, _TOKENS, _WIDTH)),
    "convolution": (ConvolutionBlock, (1, _CHANNELS, _PIXELS, _PIXELS)),
}


def stack(block: str, depth: int) -> tuple[nn.Sequential, tuple[Tensor]]:
    """A model of ``depth`` blocks of the kind, and its input."""
    make, shape = BLOCKS[block]
    torch.manual_seed(0)
    model = nn.Sequential(*(make() for _ in range(depth))).eval()
    return model, (torch.randn(shape),)
