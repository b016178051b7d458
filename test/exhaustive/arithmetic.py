# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Elementwise operations, of every type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from case import Case
from operands import booleans, integers, normal, of, positive

_FUNCTIONS = """abs acos asin atan acosh asinh atanh ceil cos cosh erf erfc exp exp2 expm1 floor frac
lgamma log log10 log1p log2 neg reciprocal relu round rsqrt sigmoid sign sin sinh sqrt square tan
tanh trunc digamma erfinv logit i0 sgn isnan isinf isfinite signbit sinc deg2rad nan_to_num
positive""".split()
# What is refused, and what the message says.
_REFUSED = {
    **{name: f"aten.{name}" for name in ("lgamma", "digamma", "erfinv", "i0", "nextafter")},
    "positive": "computes nothing",
}
_UINT8 = "uint8 can only be moved and converted"
_ACTIVATIONS = """celu elu gelu glu hardshrink hardsigmoid hardswish hardtanh leaky_relu logsigmoid mish
relu relu6 selu silu softplus softshrink softsign tanhshrink""".split()
_BINARY = """add sub mul div pow maximum minimum atan2 fmod remainder floor_divide hypot copysign
logaddexp logaddexp2 xlogy fmax fmin eq ne lt le gt ge nextafter ldexp""".split()
_INTEGER = """add sub mul floor_divide remainder fmod maximum minimum bitwise_and bitwise_or
bitwise_xor eq ne lt le gt ge div pow bitwise_left_shift bitwise_right_shift""".split()
_SHAPES = [(), (1,), (7,), (33,), (1, 1), (3, 17), (2, 3, 5), (2, 3, 4, 5), (2, 1, 3, 2, 5), (0, 3),
           (1000003,)]  # fmt: skip


def _domain(name: str) -> Any:
    if name in ("acos", "asin", "atanh", "erfinv"):
        return lambda: torch.rand(5, 37) * 1.9 - 0.95
    if name in ("log", "log10", "log2", "sqrt", "rsqrt", "lgamma", "digamma", "log1p", "xlogy"):
        return positive(5, 37)
    if name == "acosh":
        return lambda: torch.rand(5, 37) * 5 + 1.01
    return lambda: torch.rand(5, 37) if name == "logit" else torch.randn(5, 37) * 3


def cases() -> Iterator[Case]:
    for name in _FUNCTIONS:
        yield of(name, getattr(torch, name), _domain(name), refusal=_REFUSED.get(name))
    for name in _ACTIVATIONS:
        yield of(name, getattr(F, name), normal(5, 38))
    yield of("gelu-tanh", lambda x: F.gelu(x, approximate="tanh"), (5, 37))
    wide = lambda: torch.randn(5, 37, dtype=torch.float64) * 0.3
    for name in ("erfc", "expm1", "log1p", "asinh", "atanh"):
        yield of(f"{name}-float64", getattr(torch, name), wide)
    yield of("gelu-tanh-float64", lambda x: F.gelu(x, approximate="tanh"), wide)
    yield of("prelu", F.prelu, (2, 5, 7), (5,))
    yield of("softplus-beta", lambda x: F.softplus(x, 2.0, 5.0), (5, 37))
    yield of("threshold", lambda x: F.threshold(x, 0.1, 20.0), (5, 37))
    for name in ("exp", "sigmoid", "tanh", "log", "sqrt", "sin", "erf", "silu", "gelu"):
        f = getattr(torch, name, None) or getattr(F, name)
        yield of(f"{name}-far", lambda x, f=f: f(x * 40), (5, 37))
        special = lambda: torch.tensor(
            [0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1e-40]
        )
        yield of(f"{name}-special", f, special)
        for dtype in (torch.float64, torch.float16, torch.bfloat16):
            yield of(f"{name}-{str(dtype)[6:]}", f, positive(5, 37, dtype=dtype))
        yield (
            of(f"{name}-of-integers", torch.exp if name == "silu" else f, integers(1, 5, 9))
            if (name not in ("silu", "gelu"))
            else of(f"{name}-twice", lambda x, f=f: f(f(x)), (9,))
        )
    for shape in _SHAPES:
        yield of(f"add-{shape}", lambda x, y: x + y * 2, normal(*shape), normal(*shape))
    broadcasts = [((3, 1), (1, 5)), ((5,), (3, 5)), ((2, 1, 5), (3, 1)), ((), (3, 5)), ((1,), (0,)),
                  ((2, 3, 4, 5), (1, 3, 1, 1)), ((2, 3, 4, 5), (5,)), ((2, 3, 4, 5), (2, 1, 1, 5))]  # fmt: skip
    for left, right in broadcasts:
        yield of(f"mul-{left}-{right}", torch.mul, normal(*left), normal(*right))
    for name in _BINARY:
        second = positive(5, 37) if name in ("pow", "xlogy", "logaddexp") else normal(5, 37)
        first = positive(5, 37) if name in ("pow", "xlogy") else normal(5, 37)
        function = getattr(torch, name)
        yield of(f"binary-{name}", function, first, second, refusal=_REFUSED.get(name))
    for name in _INTEGER:
        for dtype in (torch.int64, torch.int32, torch.uint8, torch.int8):
            operands = [integers(1, 6, 5, 7, dtype=dtype), integers(1, 4, 5, 7, dtype=dtype)]
            refusal = _UINT8 if dtype == torch.uint8 else None
            if name == "pow" or (name, dtype) == ("floor_divide", torch.int8):
                refusal = f"aten.{name}"
            case = f"integer-{name}-{str(dtype)[6:]}"
            yield of(case, getattr(torch, name), *operands, refusal=refusal)
    yield of("gcd", torch.gcd, integers(1, 6, 5, 7), integers(1, 4, 5, 7), refusal="aten.gcd")
    signed = [integers(-9, 9, 5, 7), integers(1, 4, 5, 7)]
    for name in ("floor_divide", "remainder", "fmod", "div"):
        yield of(f"signed-{name}", getattr(torch, name), *signed)
        yield of(f"negative-{name}", getattr(torch, name), signed[0], lambda: -signed[1]())
    for mode in ("floor", "trunc"):
        divide = lambda a, b, m=mode: torch.div(a, b, rounding_mode=m)
        yield of(f"div-{mode}", divide, (5, 37), (5, 37))
        yield of(f"div-{mode}-int", divide, *signed)
    for name in ("logical_and", "logical_or", "logical_xor", "bitwise_and", "eq", "add", "mul"):
        yield of(f"bool-{name}", getattr(torch, name), booleans(5, 7), booleans(5, 7))
    yield of("logical-not", torch.logical_not, booleans(5, 7))
    yield of("logical-not-float", torch.logical_not, (5, 7))
    yield of("bitwise-not", torch.bitwise_not, integers(-9, 9, 5, 7))
    yield of("invert-bool", lambda x: ~x, booleans(33))
    for dtype in (torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32,
                  torch.int16, torch.int8, torch.uint8, torch.bool):  # fmt: skip
        kind = str(dtype)[6:]
        make = integers(0, 5, 4, 9, dtype=dtype)
        yield of(f"to-{kind}", lambda x, d=dtype: x.to(d), lambda: torch.rand(4, 9) * 5)
        yield of(f"from-{kind}", lambda x: x.float() * 2, make)
        yield of(f"identity-{kind}", lambda x: x, make, refusal="computes nothing")
        refusal = _UINT8 if dtype == torch.uint8 else None
        yield of(f"where-{kind}", torch.where, booleans(4, 9), make, make, refusal=refusal)
        yield of(f"promote-{kind}", lambda x, y: x + y, make, (4, 9), refusal=refusal)
        if dtype != torch.bool:
            yield of(f"add-{kind}", torch.add, make, make, refusal=refusal)
            yield of(f"scalar-{kind}", lambda x: 3 * x + 1, make, refusal=refusal)
            yield of(f"compare-{kind}", lambda x: x > 2, make, refusal=refusal)
            yield of(f"abs-{kind}", torch.abs, make, refusal=refusal)
            yield of(f"clamp-{kind}", lambda x: x.clamp(1, 3), make, refusal=refusal)
    for exponent in (0, 0.5, 1, 2, 3, -1, -0.5, -2, 2.5, 4, 10):
        yield of(f"pow-{exponent}", lambda x, e=exponent: x**e, positive(5, 7))
    yield of("pow-base", lambda x: 2.0**x, (5, 7))
    yield of("pow-int", lambda x: x**3, integers(-5, 5, 5, 7))
    yield of("pow-negative-base", lambda x: x**3, (5, 7))
    yield of("clamp", lambda x: x.clamp(-0.5, 0.5), (5, 7))
    yield of("clamp-min", lambda x: x.clamp(min=0.1), (5, 7))
    yield of("clamp-tensors", torch.clamp, (5, 7), lambda: -torch.rand(5, 7), positive(5, 7))
    yield of("lerp", torch.lerp, (5, 7), (5, 7), (5, 7))
    yield of("addcmul", torch.addcmul, (5, 7), (5, 7), (5, 7))
    yield of("addcdiv", torch.addcdiv, (5, 7), (5, 7), positive(5, 7))
    yield of("rsub", lambda x: 1.0 - x, (5, 7))
    yield of("where-scalar", lambda x: torch.where(x > 0, x, -1.0), (5, 7))
    yield of("masked-fill", lambda x, m: x.masked_fill(m, -1e9), (5, 7), booleans(5, 7))
    yield of("heaviside", torch.heaviside, (5, 7), (5, 7))
    yield of("isclose", torch.isclose, (5, 7), (5, 7))
    yield of("complex-chain", lambda x: (x.sin() + x.cos()).tanh().exp().log1p().sqrt(), (5, 37))
    yield of("log-of-zero", torch.log, lambda: torch.zeros(9))
    yield of("divide-by-zero", lambda x: 1 / (x * 0), (9,))
    yield of("sub-int-float", lambda x, i: x - i, (4, 9), integers(0, 5, 4, 9))
    yield of("losses", lambda x, y: (F.mse_loss(x, y), F.l1_loss(x, y), F.smooth_l1_loss(x, y),
             F.huber_loss(x, y)), (5, 7), (5, 7))  # fmt: skip
    yield of("cross-entropy", F.cross_entropy, (5, 7), integers(0, 7, 5))
    yield of("bce", F.binary_cross_entropy_with_logits, (5, 7), positive(5, 7))
    yield of("kl", F.kl_div, (5, 7), positive(5, 7))
