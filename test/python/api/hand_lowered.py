# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A target whose lowering is written by hand, so that the host side is tested on its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import tilewright as tw
from tilewright.pipeline import parse_module
from tilewright.runtime.module import CompiledModule
from tilewright.targets.base import EmitKind, Phase
from tilewright.targets.cpu import CpuTarget

LOWERED = Path(__file__).parents[1] / "codegen"

# y = w * x + p with p = 2 * w, as it is after the phase `graph`.
AXPY = """
func.func @main(%x: tensor<8xf32> {tw.input = "x"}, %w: tensor<8xf32> {tw.weight = "w"},
                %p: tensor<8xf32> {tw.prepared = 0 : i64}) -> tensor<8xf32> {
  %wx = arith.mulf %w, %x : tensor<8xf32>
  %y = arith.addf %wx, %p : tensor<8xf32>
  return %y : tensor<8xf32>
}
func.func @init(%w: tensor<8xf32> {tw.weight = "w"}) -> tensor<8xf32> {
  %p = arith.addf %w, %w : tensor<8xf32>
  return %p : tensor<8xf32>
}
"""
# y = exp(x); fails for a negative element.
EXP = """
func.func @main(%x: tensor<?xf32> {tw.input = "x"}) -> tensor<?xf32> {
  %y = math.exp %x : tensor<?xf32>
  return %y : tensor<?xf32>
}
"""


@dataclass(frozen=True)
class ByHand(CpuTarget):
    """This machine, with files of test/python/codegen in place of the phases."""

    lowered: str = "axpy.mlir"

    def phases(self) -> tuple[Phase, ...]:
        return ()

    def emit(self, module: Any, kind: EmitKind, opt_level: int) -> bytes:
        return super().emit(parse_module((LOWERED / self.lowered).read_text()), kind, opt_level)


def by_hand(lowered: str, triple: str | None = None) -> ByHand:
    host = CpuTarget.host()
    if triple:
        return ByHand(triple, "", lowered=lowered)
    return ByHand(host.triple, host.cpu, host.features, lowered=lowered)


WEIGHTS: Mapping[str, Any] = {"w": np.linspace(-1, 1, 8, dtype=np.float32)}


def compile_axpy(weights: Mapping[str, Any] = WEIGHTS, **options: Any) -> CompiledModule:
    return tw.compile_mlir(AXPY, weights=weights, target=by_hand("axpy.mlir"), **options)


def compile_exp(**options: Any) -> CompiledModule:
    return tw.compile_mlir(EXP, target=by_hand("dynamic_exp.mlir"), **options)
