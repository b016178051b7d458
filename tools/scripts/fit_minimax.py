# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fits the polynomials of passes/LowerToCpu/VectorMath and prints them as C++ constants.

Run it (needs mpmath and NumPy) with the names of fits, or without a name for all of them:

    python tools/scripts/fit_minimax.py exp log

A fit is a minimax one (Lawson's reweighted least squares on a Chebyshev grid) whose coefficients
are rounded to their storage type one at a time, lowest degree first, the others being fitted anew
after each. So the printed error is that of the coefficients as printed; the rounding errors of the
evaluation come on top.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import mpmath as mp  # type: ignore[import-untyped]
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Function = Callable[[mp.mpf], mp.mpf]

mp.mp.prec = 160
GRID_POINTS = 1000
LAWSON_STEPS = 100


@dataclass(frozen=True)
class Fit:
    """One approximation: `target(x)` by `known(x) + sum(c[k] * basis[k](x))`, over `[low, high]`.

    `scale(x)` is what the error is measured against: the function itself for a relative error.
    With `denominator` functions d, the sum is divided by `1 + sum(c[n + k] * d[k](x))`.
    """

    target: Function
    low: float
    high: float
    basis: Sequence[Function]
    scale: Function
    known: Function = field(default=lambda x: mp.mpf(0))
    denominator: Sequence[Function] = ()
    storage: type[np.float32] | type[np.float64] = np.float32


def powers(first: int, count: int, shift: float = 0.0, step: int = 1) -> list[Function]:
    """The monomials (x - shift)^first, ^(first + step), ..., `count` of them."""

    def monomial(exponent: int) -> Function:
        return lambda x: (x - shift) ** exponent

    return [monomial(first + k * step) for k in range(count)]


class WeightedFit:
    """The fit as a linear least-squares problem on samples, weighted towards minimax (Lawson)."""

    def __init__(self, fit: Fit) -> None:
        middle, half = (mp.mpf(fit.low) + fit.high) / 2, (mp.mpf(fit.high) - fit.low) / 2
        self.grid = [
            middle - half * mp.cos(mp.pi * (k + mp.mpf(1) / 2) / GRID_POINTS)
            for k in range(GRID_POINTS)
        ]
        # Everything is divided by the scale in high precision, where differences still cancel well.
        scale = [fit.scale(x) for x in self.grid]
        target = [fit.target(x) - fit.known(x) for x in self.grid]
        self.target = self.ratio(target, scale)
        self.denominators = self.columns([[d(x) for x in self.grid] for d in fit.denominator])
        numerators = [[b(x) for x in self.grid] for b in fit.basis]
        # f = N/(1+D)  <=>  N - f*D = f: linear in the coefficients; its error has a factor 1+D.
        products = [
            [-t * d(x) for t, x in zip(target, self.grid, strict=True)] for d in fit.denominator
        ]
        self.matrix = self.columns([self.ratio(c, scale) for c in numerators + products])

    @staticmethod
    def ratio(values: list[mp.mpf], scale: list[mp.mpf]) -> Array:
        """Sample by sample."""
        return np.array([float(v / s) for v, s in zip(values, scale, strict=True)])

    @staticmethod
    def columns(values: Sequence[Array | list[mp.mpf]]) -> Array:
        """A matrix with a row for each sample."""
        return np.array(values, dtype=np.float64).reshape(len(values), GRID_POINTS).T

    def denominator_at(self, coefficients: Array) -> Array:
        """1 + D on the grid."""
        count = self.denominators.shape[1]
        tail = coefficients[len(coefficients) - count :]
        return np.asarray(1.0 + self.denominators @ tail)

    def error(self, coefficients: Array) -> Array:
        """The scaled error on the grid."""
        residual = self.matrix @ coefficients - self.target
        return np.asarray(residual / self.denominator_at(coefficients))

    def solve(self, fixed: list[float]) -> Array:
        """The best coefficients found, the first of them given by `fixed`."""
        done = len(fixed)
        right = self.target - self.matrix[:, :done] @ np.array(fixed)
        free = self.matrix[:, done:]
        size = np.linalg.norm(free, axis=0)
        weight = np.ones(GRID_POINTS)
        below = np.ones(GRID_POINTS)
        best, least = np.array(fixed), np.inf
        for _ in range(LAWSON_STEPS):
            row = np.sqrt(weight) / below
            answer = np.linalg.lstsq(free / size * row[:, None], right * row, rcond=None)[0] / size
            coefficients = np.concatenate([fixed, answer])
            below = self.denominator_at(coefficients)
            error = np.abs(self.error(coefficients))
            if error.max() < least:
                best, least = coefficients, float(error.max())
            weight = weight * error
            weight /= weight.sum()
        return best


def fit_coefficients(fit: Fit) -> tuple[list[float], float]:
    """Rounded coefficients and the largest scaled error with them."""
    problem = WeightedFit(fit)
    rounded: list[float] = []
    for k in range(problem.matrix.shape[1]):
        rounded.append(float(fit.storage(problem.solve(rounded)[k])))
    return rounded, float(np.max(np.abs(problem.error(np.array(rounded)))))


def erf_over_x(s: mp.mpf) -> mp.mpf:
    """erf(x)/x as a function of s = x^2."""
    return mp.erf(mp.sqrt(s)) / mp.sqrt(s)


def normal_tail(a: mp.mpf) -> mp.mpf:
    """Phi(-a) * exp(a^2/2): the normal distribution's tail without its decay."""
    return mp.erfc(a / mp.sqrt(2)) * mp.exp(a * a / 2) / 2


def log_fit(base: float, high: float, low: float) -> Fit:
    """log_base(1 + f) with 1/ln(base) given as the sum of two floats."""
    inverse = 1 / mp.log(base)
    return Fit(
        lambda f: mp.log1p(f) * inverse,
        -1 / 3,
        1 / 3,
        powers(2, 9),
        lambda f: mp.log1p(f) * inverse,
        known=lambda f: f * (mp.mpf(high) + low),
    )


HALF_LN2 = float(mp.log(2)) / 2 * 1.001  # a little more than |r| gets by rounding
QUARTER_PI = float(mp.pi) / 4 * 1.0001

FITS = {
    # Exp.cpp
    "exp": Fit(mp.exp, -HALF_LN2, HALF_LN2, powers(2, 5), mp.exp, known=lambda r: 1 + r),
    "exp2": Fit(
        lambda r: mp.mpf(2) ** r,
        -0.5005,
        0.5005,
        powers(1, 6),
        lambda r: mp.mpf(2) ** r,
        known=lambda r: mp.mpf(1),
    ),
    "expm1": Fit(mp.expm1, -HALF_LN2, HALF_LN2, powers(2, 5), mp.expm1, known=lambda r: r),
    # Log.cpp
    "log1p": Fit(mp.log1p, -1 / 3, 1 / 3, powers(3, 8), mp.log1p, known=lambda f: f - f * f / 2),
    "log2": log_fit(2, float.fromhex("0x1.715476p+0"), float.fromhex("0x1.4ae0c0p-26")),
    "log10": log_fit(10, float.fromhex("0x1.bcb7b2p-2"), float.fromhex("-0x1.5b235ep-27")),
    # Pow.cpp
    "log2_double": Fit(
        lambda f: mp.log1p(f) / mp.log(2),
        -1 / 3,
        1 / 3,
        powers(1, 13),
        lambda f: mp.log1p(f) / mp.log(2),
        storage=np.float64,
    ),
    # Trig.cpp
    "sin": Fit(mp.sin, 0, QUARTER_PI, powers(3, 3, step=2), mp.sin, known=lambda r: r),
    "cos": Fit(mp.cos, 0, QUARTER_PI, powers(4, 3, step=2), mp.cos, known=lambda r: 1 - r * r / 2),
    # InverseTrig.cpp
    "atan": Fit(mp.atan, 0, 1, powers(3, 9, step=2), mp.atan, known=lambda t: t),
    "asin": Fit(mp.asin, 0, 0.5, powers(3, 5, step=2), mp.asin, known=lambda r: r),
    # Erf.cpp
    "erf": Fit(
        erf_over_x, 0, 3.93**2, powers(0, 17, shift=8.0), erf_over_x, known=lambda s: mp.mpf(1) / 2
    ),
    "normal_tail": Fit(normal_tail, 0, 14.5, powers(0, 5), normal_tail, denominator=powers(1, 5)),
}


def main(names: Sequence[str]) -> int:
    """Print the fits of these names, or all; 1 when a name is unknown."""
    unknown = [name for name in names if name not in FITS]
    if unknown:
        print(f"unknown fit {', '.join(unknown)}; known: {', '.join(FITS)}", file=sys.stderr)
        return 1
    for name in names or FITS:
        coefficients, error = fit_coefficients(FITS[name])
        print(f"// {name}: largest relative error 2^{np.log2(error):.1f}")
        print(", ".join(c.hex().replace("0000000p", "p") for c in coefficients))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
