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

from tilewright.frontend import (
    bags,
    division,
    elementwise,
    experts,
    extremes,
    norms,
    orderings,
    paddings,
    resizing,
    scans,
    scatters,
    windows,
)

aten = torch.ops.aten
Number = int | float

# What a rule returns to leave an operation as it is. Typed as a tensor so that rules can be, too.
_KEEP = cast(Tensor, NotImplemented)


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
        is_whole = isinstance(exponent, int) and x.dtype is not torch.bool
        return elementwise.whole_power(x, int(exponent)) if is_whole else _KEEP
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


def int_mm(left: Tensor, right: Tensor) -> Tensor:
    """Products of int8 summed in int32."""
    return aten.mm.default(left.to(torch.int32), right.to(torch.int32))  # type: ignore[no-any-return]


def _bytes_widened(operation: Any) -> Any:
    """A rule that multiplies matrices of bytes in int32, since torch-mlir takes none: the lowest
    eight bits of the sum, which are the result, are the same."""

    def rule(left: Tensor, right: Tensor) -> Tensor:
        if left.dtype not in (torch.int8, torch.uint8):
            return _KEEP
        product: Tensor = operation(left.to(torch.int32), right.to(torch.int32))
        return product.to(left.dtype)

    return rule


OVERRIDES: dict[Any, Callable[..., Any]] = {
    aten.addmm.default: addmm,
    aten.gelu.default: gelu,
    aten.pow.Tensor_Scalar: pow_scalar,
    aten.reciprocal.default: reciprocal,
    aten.hardtanh.default: hardtanh,
    aten.leaky_relu.default: leaky_relu,
    aten.elu.default: elu,
    aten.maximum.default: maximum,
    aten.minimum.default: minimum,
    aten.erfc.default: erfc,
    aten._int_mm.default: int_mm,
    aten.mm.default: _bytes_widened(aten.mm.default),
    aten.bmm.default: _bytes_widened(aten.bmm.default),
    **division.RULES,
    **elementwise.RULES,
    **extremes.RULES,
    **norms.RULES,
    **orderings.RULES,
    **paddings.RULES,
    **resizing.RULES,
    **scans.RULES,
    **bags.RULES,
    **scatters.RULES,
    **windows.RULES,
}

# Kept whole here, so that `fixups.attention` sees one node with its mask and scale.
PRESERVED = (aten.scaled_dot_product_attention.default,)


def decomposition_table() -> dict[Any, Callable[..., Any]]:
    """torch-mlir's table with :data:`OVERRIDES` and without :data:`PRESERVED`.

    Operations that other packages register are in it once they are imported.
    """
    return _base_table() | experts.rules()


@functools.cache
def _base_table() -> dict[Any, Callable[..., Any]]:
    from torch_mlir.extras.fx_decomp_util import get_decomposition_table

    table = {op: rule for op, rule in get_decomposition_table().items() if op not in PRESERVED}
    table.update(OVERRIDES)
    return table
