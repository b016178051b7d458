# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A bad index is an error, and no read outside the table."""

from __future__ import annotations

import numpy as np
import pytest
from run_mlir import TwAssertError, run_mlir

EMBEDDING = """
#row = affine_map<(d0, d1) -> (d0)>
#all = affine_map<(d0, d1) -> (d0, d1)>
func.func @main(%ids: tensor<?xi64>, %table: tensor<11x8xf32>) -> tensor<?x8xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0 : i64
  %c11 = arith.constant 11 : index
  %n = tensor.dim %ids, %c0 : tensor<?xi64>
  %e = tensor.empty(%n) : tensor<?x8xf32>
  %0 = linalg.generic {indexing_maps = [#row, #all], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<?xi64>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%id: i64, %out: f32):
    %row = arith.index_cast %id : i64 to index
    %column = linalg.index 1 : index
    %below = arith.cmpi slt, %row, %c11 : index
    cf.assert %below, "index must be smaller than dim size"
    %positive = arith.cmpi sge, %id, %zero : i64
    cf.assert %positive, "index must be larger or equal to 0"
    %r = tensor.extract %table[%row, %column] : tensor<11x8xf32>
    linalg.yield %r : f32
  } -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
"""

SUM = """
#id = affine_map<(d0) -> (d0)>
func.func @main(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %a, %c0 : tensor<?xf32>
  %m = tensor.dim %b, %c0 : tensor<?xf32>
  %same = arith.cmpi eq, %n, %m : index
  cf.assert %same, "mismatched size for broadcast"
  return %a : tensor<?xf32>
}
"""


def test_good_ids() -> None:
    table = np.arange(88, dtype=np.float32).reshape(11, 8)
    ids = np.array([0, 10, 3])
    np.testing.assert_array_equal(
        run_mlir(EMBEDDING, "tw-guard-asserts", [ids, table])[0], table[ids]
    )


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (11, "smaller than dim size"),
        (2**40, "smaller than dim size"),
        (-(2**40), "larger or equal"),
    ],
)
def test_bad_id(bad: int, message: str) -> None:
    # 2**40 rows away there is no memory: without the guard this would end the process.
    table = np.zeros((11, 8), np.float32)
    with pytest.raises(TwAssertError, match=message):
        run_mlir(EMBEDDING, "tw-guard-asserts", [np.array([1, bad]), table])


def test_sizes() -> None:
    three, four = np.zeros(3, np.float32), np.zeros(4, np.float32)
    run_mlir(SUM, "tw-guard-asserts", [three, three])
    with pytest.raises(TwAssertError, match="mismatched size"):
        run_mlir(SUM, "tw-guard-asserts", [three, four])
