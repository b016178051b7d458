# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The module for IREE: weights become parameters, and the inputs stay."""

from peers.iree_module import with_parameters

MODULE = """
#loc = loc(unknown)
module {
  func.func @main(%arg0: tensor<2x3xf32> {tw.weight = "a.\\22b"} loc(#loc),
                  %arg1: tensor<2x3xf32> {tw.input = "x"} loc(#loc))
      -> (tensor<2x3xf32>, tensor<2x3xf32>) {
    return %arg1, %arg0 : tensor<2x3xf32>, tensor<2x3xf32> loc(#loc)
  }
}
"""


def test_weights_become_parameters() -> None:
    assert with_parameters(MODULE).split() == (
        """
module {
  util.global private @weight0 = #flow.parameter.named<"model"::"a.\\22b"> : tensor<2x3xf32>
  func.func @main(%arg1: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
    %arg0 = util.global.load immutable @weight0 : tensor<2x3xf32>
    return %arg1, %arg0 : tensor<2x3xf32>, tensor<2x3xf32>
  }
}
""".split()
    )


def test_what_the_model_changes_stays_an_argument() -> None:
    cache = """
module {
  func.func @main(%arg0: tensor<4xf32> {tw.weight = "w"}, %arg1: tensor<4xf32> {tw.input = "past",
      tw.updated_by = 1 : i64}) -> (tensor<4xf32>, tensor<4xf32>) {
    return %arg0, %arg1 : tensor<4xf32>, tensor<4xf32>
  }
}
"""
    text = with_parameters(cache)
    assert "func.func @main(%arg1: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {" in text
    assert "%arg0 = util.global.load" in text
