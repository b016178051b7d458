# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Dynamic sizes stay dynamic, and the same text is right at every size."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from imported_numerics import Call, assert_like_eager
from torch import Tensor, nn
from torch.export import Dim

from tilewright import zoo
from tilewright.errors import ImportFailed
from tilewright.frontend import ImportedModule, import_torch
from tilewright.frontend.assumptions import Assumptions
from tilewright.frontend.decompositions import decomposition_table

BATCH = Dim("batch", min=1, max=64)
LENGTH = Dim("length", min=2, max=512)


def check_sizes(model: Any, shapes: Any, *examples: tuple[Tensor, ...]) -> ImportedModule:
    model = (model if isinstance(model, nn.Module) else Call(model)).eval()
    module = import_torch(model, examples[0], dynamic_shapes=shapes)
    for example in examples:
        assert_like_eager(model, module, *example)
    # A general reshape hides which sizes belong together from every later pass.
    assert not re.search(r"tensor\.(reshape|cast|from_elements)|affine\.apply", module.text)
    return module


def test_mlp() -> None:
    model = zoo.build("mlp", "small").model
    sizes = [(torch.randn(n, 37),) for n in (4, 1, 7)]
    module = check_sizes(model, ({0: BATCH},), *sizes)
    assert module.inputs[0].shape == (None, 37) == module.outputs[0].shape
    assert "tensor<?x37xf32>" in module.text and "cf.assert" not in module.text


@pytest.mark.parametrize("name", ["simple_cnn", "resnet50", "unet"])
def test_convolutional_net_with_dynamic_batch(name: str) -> None:
    entry = zoo.build(name, "small")
    shape = entry.example_args[0].shape[1:]
    sizes = [(torch.randn(n, *shape),) for n in (3, 1, 5)]
    check_sizes(entry.model, ({0: BATCH},), *sizes)


def test_convolution_with_dynamic_image() -> None:
    height, width = Dim("height", min=4, max=64), Dim("width", min=4, max=64)
    sizes = [(torch.randn(1, 3, *size),) for size in ((12, 14), (13, 9))]
    check_sizes(nn.Conv2d(3, 4, 3, stride=2, padding=1), ({2: height, 3: width},), *sizes)


class Block(nn.Module):
    """A transformer block over ``(batch, length, 24)``."""

    def __init__(self, causal: bool) -> None:
        super().__init__()
        self.causal = causal
        self.norm = nn.LayerNorm(24)
        self.qkv = nn.Linear(24, 72)
        self.out = nn.Linear(24, 24)
        self.mlp = nn.Sequential(nn.LayerNorm(24), nn.Linear(24, 40), nn.GELU(), nn.Linear(40, 24))

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        parts = self.qkv(self.norm(x)).chunk(3, -1)
        q, k, v = (part.reshape(batch, length, 3, 8).transpose(1, 2) for part in parts)
        y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        x = x + self.out(y.transpose(1, 2).reshape(batch, length, width))
        z: Tensor = x + self.mlp(x)
        return z


@pytest.mark.parametrize("causal", [True, False])
def test_transformer_block_with_dynamic_length(causal: bool) -> None:
    sizes = [(torch.randn(2, length, 24),) for length in (9, 2, 17)]
    check_sizes(Block(causal), ({1: LENGTH},), *sizes)


def test_transformer_block_with_dynamic_batch_and_length() -> None:
    sizes = [(torch.randn(*size, 24),) for size in ((2, 9), (1, 2), (3, 17))]
    module = check_sizes(Block(True), ({0: BATCH, 1: LENGTH},), *sizes)
    assert module.inputs[0].shape == (None, None, 24)


class SplitProjection(nn.Module):
    """Queries, keys and values from one projection."""

    def __init__(self) -> None:
        super().__init__()
        self.project = nn.Linear(8, 24)

    def forward(self, x: Tensor) -> Tensor:
        n, t, _ = x.shape
        result: Tensor = self.project(x).reshape(n, t, 3, 2, 4).permute(2, 0, 3, 1, 4)
        return result


def test_static_dimension_split_after_a_projection() -> None:
    # torch-mlir merges the view with the one that the projection ends in.
    sizes = [(torch.randn(n, t, 8),) for n, t in ((2, 9), (1, 2), (3, 5))]
    check_sizes(SplitProjection(), ({0: BATCH, 1: LENGTH},), *sizes)


def test_multihead_attention_of_torch_mlir_issue_4743() -> None:
    class SelfAttention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(24, 3, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = self.attention(x, x, x, need_weights=False)[0]
            return y

    sizes = [(torch.randn(*size, 24),) for size in ((2, 9), (1, 2), (3, 17))]
    check_sizes(SelfAttention(), ({0: BATCH, 1: LENGTH},), *sizes)


@pytest.mark.parametrize("name", ["gpt2", "tiny_llama", "t5_small"])
def test_language_models_with_dynamic_length(name: str) -> None:
    entry = zoo.build(name, "small")
    tokens = entry.example_args[0]
    length = Dim("length", min=2, max=30)
    check_sizes(entry.model, ({1: length},), (tokens,), (tokens[:, :9],), (tokens[:, :2],))


def test_two_dynamic_inputs() -> None:
    sizes = [(torch.randn(2, n), torch.randn(2, m)) for n, m in ((9, 3), (2, 7))]
    other = Dim("other", min=1, max=50)
    shapes = (({1: LENGTH}, {1: other}),)
    check_sizes(lambda x, y: torch.cat([x, y], 1), shapes, *sizes)


def test_dynamic_cumsum() -> None:
    sizes = [(torch.randn(2, n),) for n in (9, 2, 30)]
    check_sizes(lambda x: x.cumsum(1), (({1: LENGTH},),), *sizes)


def test_automatic_dimensions() -> None:
    sizes = [(torch.randn(n, 6),) for n in (4, 9)]
    check_sizes(nn.Linear(6, 3), ({0: Dim.AUTO},), *sizes)


def test_adaptive_pooling_of_sizes_that_do_not_divide() -> None:
    height, width = Dim("height", min=4, max=64), Dim("width", min=4, max=64)
    sizes = [(torch.randn(1, 3, *size),) for size in ((12, 14), (13, 9), (4, 64))]
    check_sizes(nn.AdaptiveAvgPool2d((3, 4)), ({2: height, 3: width},), *sizes)


def test_size_taken_for_granted_by_a_decomposition_is_an_error() -> None:
    # PyTorch's form of it is for all widths that 2 divides, if it divides the example's.
    rule = torch._decomp.get_decompositions([torch.ops.aten._adaptive_avg_pool2d])
    table = decomposition_table() | rule
    for width, is_right in ((Dim("width", min=4, max=64), False), (2 * Dim("half", max=32), True)):
        program = torch.export.export(
            nn.AdaptiveAvgPool2d((1, 2)), (torch.randn(1, 3, 4, 12),), dynamic_shapes=({3: width},)
        )
        assumptions = Assumptions(program)
        program.run_decompositions(table)
        if is_right:
            assumptions.check()
        else:
            with pytest.raises(ImportFailed, match=r"size 3 of input 'input'.* other sizes are"):
                assumptions.check()
