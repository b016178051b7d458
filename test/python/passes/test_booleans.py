# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Booleans in memory. The harness always runs tw-store-booleans-as-bytes, so that other tests have
it on the way; here is what only bytes can show."""

import numpy as np
from run_mlir import run_mlir

_SELECT = """
func.func @main(%mask: tensor<?xi1>, %x: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xi1>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %values = tensor.empty(%n) : tensor<?xf32>
  %bits = tensor.empty(%n) : tensor<?xi1>
  %r:2 = linalg.generic {
      indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>,
                       affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]}
      ins(%mask, %x : tensor<?xi1>, tensor<?xf32>)
      outs(%values, %bits : tensor<?xf32>, tensor<?xi1>) {
  ^bb0(%m: i1, %e: f32, %v: f32, %b: i1):
    %s = arith.select %m, %e, %zero : f32
    linalg.yield %s, %m : f32, i1
  } -> (tensor<?xf32>, tensor<?xi1>)
  return %r#0, %r#1 : tensor<?xf32>, tensor<?xi1>
}
"""


def test_any_byte_but_zero_is_true() -> None:
    """A host other than NumPy may write any byte for true; what we write is 0 or 1."""
    mask = np.array([0, 1, 2, 128, 255, 0], np.uint8)
    x = np.arange(1, 7, dtype=np.float32)
    values, bits = run_mlir(_SELECT, "", [mask.view(np.bool_), x])
    np.testing.assert_array_equal(values, np.where(mask != 0, x, 0))
    np.testing.assert_array_equal(bits.view(np.uint8), (mask != 0).astype(np.uint8))


_MASKED_ROWS = """
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32,
                                          l1_bytes = 32768, l2_bytes = 1048576>} {
func.func @main(%mask: tensor<2x19xi1>, %x: tensor<2x19xf32>) -> tensor<2x19xi1> {
  %zero = arith.constant 0.0 : f32
  %bits = tensor.empty() : tensor<2x19xi1>
  %r = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>,
                       affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%mask, %x : tensor<2x19xi1>, tensor<2x19xf32>) outs(%bits : tensor<2x19xi1>) {
  ^bb0(%m: i1, %e: f32, %b: i1):
    %positive = arith.cmpf ogt, %e, %zero : f32
    %both = arith.andi %m, %positive : i1
    linalg.yield %both : i1
  } -> tensor<2x19xi1>
  return %r : tensor<2x19xi1>
} }
"""


def test_vectors_of_booleans() -> None:
    rng = np.random.default_rng(0)
    mask = rng.integers(0, 2, (2, 19)).astype(np.bool_)
    x = rng.standard_normal((2, 19), dtype=np.float32)
    (bits,) = run_mlir(_MASKED_ROWS, "tw-vectorize-tiles", [mask, x])
    np.testing.assert_array_equal(bits, mask & (x > 0))
