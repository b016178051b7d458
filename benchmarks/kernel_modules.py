# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Single kernels as PyTorch modules. The functions are the kinds of cases; see cases.py."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from cases import Workload
from peers import Inputs


class _Attention(nn.Module):
    """Fused attention of given heads."""

    def __init__(self, causal: bool) -> None:
        super().__init__()
        self.causal = causal

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Tensors are batch × heads × tokens × head size."""
        return functional.scaled_dot_product_attention(query, key, value, is_causal=self.causal)


def gemm(m: int, k: int, n: int) -> Workload:
    """M×K by a constant K×N, as in a linear layer without bias."""
    return _on(nn.Linear(k, n, bias=False), m, k)


def convolution(
    channels: int,
    filters: int,
    kernel: list[int],
    stride: list[int],
    padding: list[int],
    dilation: list[int],
    groups: int,
    image: list[int],
    batch: int = 1,
) -> Workload:
    """A convolution with bias and ReLU, on an image of given height and width."""
    layer = nn.Conv2d(
        channels,
        filters,
        (kernel[0], kernel[1]),
        (stride[0], stride[1]),
        (padding[0], padding[1]),
        (dilation[0], dilation[1]),
        groups,
    )
    return _on(nn.Sequential(layer, nn.ReLU()), batch, channels, *image)


def attention(batch: int, heads: int, tokens: int, head_size: int, causal: bool) -> Workload:
    """Scaled dot-product attention; a causal one needs half of the scores."""
    inputs = tuple(torch.randn(batch, heads, tokens, head_size) for _ in range(3))
    flops = 4 * batch * heads * tokens * tokens * head_size // (2 if causal else 1)
    return Workload(_Attention(causal), Inputs(inputs, {}), flops)


def softmax(rows: int, columns: int) -> Workload:
    """Over the columns of each row."""
    return _on(nn.Softmax(dim=-1), rows, columns)


def layer_norm(rows: int, columns: int) -> Workload:
    """Over the columns of each row, with scale and shift."""
    return _on(nn.LayerNorm(columns), rows, columns)


def rms_norm(rows: int, columns: int) -> Workload:
    """Over the columns of each row, with scale."""
    return _on(nn.RMSNorm(columns, eps=1e-6), rows, columns)


def gelu(rows: int, columns: int) -> Workload:
    """The exact GELU of each element."""
    return _on(nn.GELU(), rows, columns)


def silu(rows: int, columns: int) -> Workload:
    """Each element times its sigmoid."""
    return _on(nn.SiLU(), rows, columns)


def _on(model: Any, *shape: int) -> Workload:
    return Workload(model, Inputs((torch.randn(*shape),), {}))
