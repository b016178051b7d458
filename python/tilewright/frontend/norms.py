# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Norms, variances and softmax, each in the one form that passes recognise.

Computed in the input's type, or in float32 for narrower ones: torch-mlir computes some of them in
float64, and others so that no pass could tell what they are.
"""

from __future__ import annotations

import functools
from typing import Any

import torch
from torch import Tensor

aten = torch.ops.aten
Number = int | float


def _accumulation_dtype(dtype: torch.dtype) -> torch.dtype:
    return torch.float32 if dtype in (torch.float16, torch.bfloat16) else dtype


def _numel(tensor: Tensor, dims: list[int]) -> Any:
    # A SymInt when one of the sizes is dynamic.
    return functools.reduce(lambda count, dim: count * tensor.shape[dim], dims, 1)


def native_layer_norm(
    x: Tensor, normalized_shape: list[int], weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Two-pass layer norm in float32: torch-mlir computes its variance in float64."""
    dims = list(range(x.dim() - len(normalized_shape), x.dim()))
    wide = x.to(_accumulation_dtype(x.dtype))
    mean = aten.mean.dim(wide, dims, True)
    centred = wide - mean
    rstd = torch.rsqrt(aten.mean.dim(centred * centred, dims, True) + eps)
    out = centred * rstd
    if weight is not None:
        out = out * weight
    if bias is not None:
        out = out + bias
    return out.to(x.dtype), mean, rstd


def rms_norm(
    x: Tensor, normalized_shape: list[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Root-mean-square norm; squares as products, since torch-mlir makes powers of them."""
    dims = list(range(x.dim() - len(normalized_shape), x.dim()))
    wide = x.to(_accumulation_dtype(x.dtype))
    epsilon = torch.finfo(wide.dtype).eps if eps is None else eps
    out = wide * torch.rsqrt(aten.mean.dim(wide * wide, dims, True) + epsilon)
    if weight is not None:
        out = out * weight
    return out.to(x.dtype)


def fused_rms_norm(
    x: Tensor, normalized_shape: list[int], weight: Tensor | None, eps: float | None
) -> tuple[Tensor, Tensor]:
    """``aten._fused_rms_norm``: what newer PyTorch makes of ``nn.RMSNorm``; its second result,
    the reciprocal root, serves only the backward pass and stays empty."""
    return rms_norm(x, normalized_shape, weight, eps), x.new_empty((0,))


def batch_norm_inference(
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    mean: Tensor,
    var: Tensor,
    momentum: float,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """Batch norm as ``x * scale + shift`` with per-channel constants, as eager's CPU kernel does.

    torch-mlir's form (sqrt, reciprocal with an assertion, subtract, multiply, add) hides that all
    but two operations are constant.
    """
    scale = torch.rsqrt(var + eps)
    if weight is not None:
        scale = scale * weight
    shift = -mean * scale if bias is None else bias - mean * scale
    broadcast = [1, -1] + [1] * (x.dim() - 2)
    out = x * scale.view(broadcast) + shift.view(broadcast)
    return out.to(x.dtype), x.new_empty((0,)), x.new_empty((0,))


def native_group_norm(
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    batch: int,
    channels: int,
    places: int,
    groups: int,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """Group norm as ``x * scale + shift``, as eager's CPU kernel does.

    PyTorch's own form reads the scales with ``as_strided``, which takes no dynamic sizes.
    """
    members = channels // groups
    # The places keep their dimensions: merged with the members of a group they would have to be
    # channels first in memory.
    rows = x.to(_accumulation_dtype(x.dtype)).reshape([batch, groups, members, *x.shape[2:]])
    variance, mean = var_mean(rows, list(range(2, rows.dim())), correction=0, keepdim=True)
    mean, variance = mean.reshape([batch, groups, 1]), variance.reshape([batch, groups, 1])
    rstd = torch.rsqrt(variance + eps)
    scale = rstd.expand([batch, groups, members])
    if weight is not None:
        scale = rstd * weight.view([1, groups, members])
    shift = -mean * scale
    if bias is not None:
        shift = shift + bias.view([1, groups, members])
    scale, shift = scale.reshape([batch, channels]), shift.reshape([batch, channels])
    for _ in range(x.dim() - 2):
        scale, shift = scale.unsqueeze(-1), shift.unsqueeze(-1)
    out = x * scale + shift
    return out.to(x.dtype), mean.view([batch, groups]), rstd.view([batch, groups])


def var_mean(
    x: Tensor,
    dim: list[int] | None = None,
    *,
    correction: Number | None = None,
    keepdim: bool = False,
) -> tuple[Tensor, Tensor]:
    """Two-pass variance: torch-mlir's is in float64 and unfusable."""
    dtype = _accumulation_dtype(x.dtype)
    if dtype != x.dtype:
        pair = var_mean(x.to(dtype), dim, correction=correction, keepdim=keepdim)
        return pair[0].to(x.dtype), pair[1].to(x.dtype)
    dims = list(range(x.dim())) if not dim else [d % x.dim() for d in dim]
    mean = aten.mean.dim(x, dims, True)
    centred = x - mean
    count = _numel(x, dims)
    total = aten.sum.dim_IntList(centred * centred, dims, keepdim)
    divisor = count - (1 if correction is None else correction)
    return total / divisor, mean if keepdim else aten.mean.dim(x, dims, False)


def var(
    x: Tensor,
    dim: list[int] | None = None,
    *,
    correction: Number | None = None,
    keepdim: bool = False,
) -> Tensor:
    """See :func:`var_mean`."""
    return var_mean(x, dim, correction=correction, keepdim=keepdim)[0]


def std(
    x: Tensor,
    dim: list[int] | None = None,
    *,
    correction: Number | None = None,
    keepdim: bool = False,
) -> Tensor:
    """See :func:`var_mean`."""
    return torch.sqrt(var(x, dim, correction=correction, keepdim=keepdim))


def softmax(x: Tensor, dim: int, half_to_float: bool) -> Tensor:
    """Softmax by ``amax``, ``exp``, ``sum``: one chain whichever way the model spelled it."""
    if x.numel() == 0:
        # There is no largest of none.
        return x.to(torch.float32) if half_to_float else x.clone()
    wide = x.to(_accumulation_dtype(x.dtype))
    exponentials = torch.exp(wide - aten.amax.default(wide, [dim], True))
    out: Tensor = exponentials / aten.sum.dim_IntList(exponentials, [dim], True)
    return out if half_to_float else out.to(x.dtype)


RULES: dict[Any, Any] = {
    aten.native_layer_norm.default: native_layer_norm,
    aten.rms_norm.default: rms_norm,
    aten._fused_rms_norm.default: fused_rms_norm,
    aten._native_batch_norm_legit_no_training.default: batch_norm_inference,
    aten.native_group_norm.default: native_group_norm,
    aten.var_mean.correction: var_mean,
    aten.var.correction: var,
    aten.std.correction: std,
    aten._softmax.default: softmax,
}
