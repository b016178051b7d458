# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""precision="bf16" from Python: what it changes of the IR, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tilewright as tw
from tilewright.inspection import Source
from tilewright.pipeline import phase_pipeline, run_phases, to_text
from tilewright.targets.cpu import CpuTarget

HOST = CpuTarget.host()
PRODUCT = """
func.func @main(%w: tensor<8x16xf32> {tw.weight = "w"}, %x: tensor<4x8xf32> {tw.input = "x"})
    -> tensor<4x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x16xf32>) -> tensor<4x16xf32>
  %r = linalg.matmul ins(%x, %w : tensor<4x8xf32>, tensor<8x16xf32>) outs(%f : tensor<4x16xf32>)
      -> tensor<4x16xf32>
  return %r : tensor<4x16xf32>
}
"""
# The next bf16 after 1 is 1 + 2^-7: this is halfway, and 1 has the even last digit.
HALFWAY = np.float32(1 + 2**-8)


def test_phases_are_told() -> None:
    assert "precision=f32" in phase_pipeline(HOST, "graph")
    assert "precision=bf16" in phase_pipeline(HOST, "graph", "bf16")


def test_source_shows_what_is_compiled(tmp_path: Path) -> None:
    narrow = Source(PRODUCT, HOST, 3, precision="bf16")
    assert "tw.bf16_dot" in narrow.ir("graph")
    assert "tw.bf16_dot" not in narrow.ir("input")
    assert len(narrow.schedule()) > 0
    assert "tw.bf16_dot" not in Source(PRODUCT, HOST, 3).ir("graph")
    run = run_phases(PRODUCT, HOST, precision="bf16", stop_after="graph", dump_dir=tmp_path)
    assert to_text(run.module) == (tmp_path / "02-graph.mlir").read_text()
    assert "tw.bf16_dot" in to_text(run.module)


def test_operands_are_rounded_and_sums_are_not() -> None:
    x = np.full((4, 8), HALFWAY)
    weights = {"w": np.full((8, 16), HALFWAY)}
    exact = np.full((4, 16), 8 * HALFWAY**2)
    wide = tw.compile_mlir(PRODUCT, weights=weights, cache=False)
    np.testing.assert_allclose(wide(x), exact, rtol=1e-6)
    # Both are rounded to 1.
    narrow = tw.compile_mlir(PRODUCT, weights=weights, precision="bf16", cache=False)
    np.testing.assert_array_equal(narrow(x), np.full((4, 16), 8, np.float32))
    # The products are bf16, their sum is not.
    x[:] = [1, 2**-10, 2**-12, 0, 0, 0, 0, 0]
    np.testing.assert_array_equal(narrow(x), np.full((4, 16), 1 + 2**-10 + 2**-12, np.float32))


def test_module_remembers_it() -> None:
    narrow = tw.compile_mlir(PRODUCT, weights={"w": np.ones((8, 16), np.float32)}, precision="bf16")
    assert "tw.bf16_dot" in narrow.ir("graph")
    if HOST.bf16_dot == "vdpbf16ps":
        assert "vdpbf16ps" in narrow.asm()


@pytest.mark.parametrize("precision", ["BF16", "bfloat16", "f16", ""])
def test_wrong_name(precision: str) -> None:
    with pytest.raises(tw.InputError, match=f"precision is 'f32' or 'bf16', not '{precision}'"):
        tw.compile_mlir(PRODUCT, precision=precision)  # type: ignore[arg-type]


def test_bf16_is_for_cpus() -> None:
    with pytest.raises(tw.InputError, match="precision='bf16' is for CPUs, not for target 'cuda'"):
        tw.compile_mlir(PRODUCT, target="cuda:sm_80", precision="bf16")
