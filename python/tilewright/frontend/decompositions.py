# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""PyTorch operations rewritten in terms of simpler ones, before torch-mlir sees them.

torch-mlir's own table is the base. Each entry here replaces its treatment of one operation and says
why: wrong numbers, float64 arithmetic, an operation with no linalg form, or a form in which the
passes would not recognise a layer norm, softmax or batch norm any more.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor

from tilewright.frontend import orderings, windows

aten = torch.ops.aten
Number = int | float

# What a rule returns to leave an operation as it is. Typed as a tensor so that rules can be, too.
_KEEP = cast(Tensor, NotImplemented)


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


def var_mean(
    x: Tensor,
    dim: list[int] | None = None,
    *,
    correction: Number | None = None,
    keepdim: bool = False,
) -> tuple[Tensor, Tensor]:
    """Two-pass variance in the input's type: torch-mlir's is in float64 and unfusable."""
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


def addmm(
    bias: Tensor, left: Tensor, right: Tensor, *, beta: Number = 1, alpha: Number = 1
) -> Tensor:
    """Matrix product plus bias; PyTorch's decomposition multiplies by ``alpha`` even if it is 1."""
    product: Tensor = aten.mm.default(left, right)
    if alpha != 1:
        product = product * alpha
    return product + (bias if beta == 1 else bias * beta)


def gelu(x: Tensor, *, approximate: str = "none") -> Tensor:
    """The tanh form of GELU: torch-mlir uses 0.797724 for sqrt(2/pi), which is 0.797885."""
    if approximate == "none":
        return _KEEP
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * (x * x * x))
    return 0.5 * x * (1.0 + torch.tanh(inner))


def pow_scalar(x: Tensor, exponent: Number) -> Tensor:
    """Small whole and half powers as products and roots, as eager does: torch-mlir leaves
    ``math.fpowi`` and ``math.powf``, which are function calls."""
    if not x.is_floating_point():
        return _KEEP
    simple: dict[float, Callable[[Tensor], Tensor]] = {
        0.5: torch.sqrt,
        -0.5: torch.rsqrt,
        1.0: torch.clone,
        2.0: lambda base: base * base,
        3.0: lambda base: base * base * base,
        -1.0: reciprocal,
        -2.0: lambda base: reciprocal(base * base),
    }
    rule = simple.get(float(exponent))
    return _KEEP if rule is None else rule(x)


def reciprocal(x: Tensor) -> Tensor:
    """A quotient, infinite for zero: torch-mlir asserts that there is none."""
    return torch.ones((), dtype=x.dtype if x.is_floating_point() else torch.float32) / x


def hardtanh(x: Tensor, min_val: Number = -1, max_val: Number = 1) -> Tensor:
    """Clamp; torch-mlir's form of hardtanh turns NaN into ``min_val``."""
    return aten.clamp.default(x, min_val, max_val)  # type: ignore[no-any-return]


def leaky_relu(x: Tensor, negative_slope: Number = 0.01) -> Tensor:
    """One select in place of torch-mlir's minimum, maximum and sum, which lose NaN."""
    return torch.where(x > 0, x, x * negative_slope)


def elu(x: Tensor, alpha: Number = 1, scale: Number = 1, input_scale: Number = 1) -> Tensor:
    """One select and ``expm1`` where torch-mlir uses ``exp(x) - 1``, exact only far from zero."""
    negative = torch.expm1(x * input_scale if input_scale != 1 else x) * (alpha * scale)
    return torch.where(x > 0, x * scale if scale != 1 else x, negative)


def maximum(left: Tensor, right: Tensor) -> Tensor:
    """The greater, or NaN: torch-mlir returns ``right`` when ``left`` is NaN."""
    if not left.is_floating_point():
        return _KEEP
    return torch.where((left > right) | (left != left), left, right)


def minimum(left: Tensor, right: Tensor) -> Tensor:
    """The lesser, or NaN; see :func:`maximum`."""
    if not left.is_floating_point():
        return _KEEP
    return torch.where((left < right) | (left != left), left, right)


def erfc(x: Tensor) -> Tensor:
    """One minus erf; torch-mlir has no form of its own."""
    return 1 - torch.erf(x)


def cumsum(x: Tensor, dim: int, *, dtype: torch.dtype | None = None) -> Tensor:
    """Prefix sum without ``tm_tensor.scan``, which has no linalg form (llvm/torch-mlir#4574).

    A static size takes log2(size) shifted additions, a dynamic one a masked sum of size squared.
    """
    if dtype is None:
        dtype = x.dtype if x.is_floating_point() else torch.int64
    x = x.to(dtype)
    if x.dim() == 0:
        return x.clone()
    dim %= x.dim()
    size = x.shape[dim]
    if isinstance(size, int):
        if size <= 1:
            return x.clone()
        shift = 1
        while shift < size:
            earlier = aten.slice.Tensor(x, dim, 0, size - shift)
            # Pads list the last dimension first.
            pad = [0, 0] * (x.dim() - 1 - dim) + [shift, 0]
            x = x + aten.constant_pad_nd.default(earlier, pad, 0)
            shift *= 2
        return x
    place = torch.arange(size, device=x.device)
    before = place.unsqueeze(0) <= place.unsqueeze(1)
    before = before.view([size, size] + [1] * (x.dim() - 1 - dim))
    terms = torch.where(before, x.unsqueeze(dim), torch.zeros((), dtype=dtype))
    total: Tensor = aten.sum.dim_IntList(terms, [dim + 1])
    return total


OVERRIDES: dict[Any, Callable[..., Any]] = {
    aten.native_layer_norm.default: native_layer_norm,
    aten.rms_norm.default: rms_norm,
    aten._fused_rms_norm.default: fused_rms_norm,
    aten._native_batch_norm_legit_no_training.default: batch_norm_inference,
    aten.var_mean.correction: var_mean,
    aten.var.correction: var,
    aten.std.correction: std,
    aten._softmax.default: softmax,
    aten.addmm.default: addmm,
    aten.gelu.default: gelu,
    aten.pow.Tensor_Scalar: pow_scalar,
    aten.reciprocal.default: reciprocal,
    aten.hardtanh.default: hardtanh,
    aten.leaky_relu.default: leaky_relu,
    aten.elu.default: elu,
    aten.maximum.default: maximum,
    aten.minimum.default: minimum,
    aten.cumsum.default: cumsum,
    aten.erfc.default: erfc,
    **orderings.RULES,
    **windows.RULES,
}

# Kept whole here, so that `fixups.attention` sees one node with its mask and scale.
PRESERVED = (aten.scaled_dot_product_attention.default,)


@functools.cache
def decomposition_table() -> dict[Any, Callable[..., Any]]:
    """torch-mlir's table with :data:`OVERRIDES` and without :data:`PRESERVED`."""
    from torch_mlir.extras.fx_decomp_util import get_decomposition_table

    table = {op: rule for op, rule in get_decomposition_table().items() if op not in PRESERVED}
    table.update(OVERRIDES)
    return table
