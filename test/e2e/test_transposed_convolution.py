# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Transposed convolutions: a convolution for each phase of the stride, no zeros between pixels."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.export import Dim

import tilewright as tw

CASES: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "stride divides kernel": (nn.ConvTranspose2d, 4, {"stride": 2, "padding": 1}),
    "phases of two sizes": (nn.ConvTranspose2d, 3, {"stride": 2, "padding": 1}),
    "output padding": (nn.ConvTranspose2d, 3, {"stride": 2, "output_padding": 1}),
    "output padding past the last tap": (nn.ConvTranspose1d, 3, {"stride": 3, "output_padding": 2}),
    "padding over the kernel": (nn.ConvTranspose1d, 2, {"stride": 2, "padding": 2}),
    "groups": (nn.ConvTranspose2d, 4, {"stride": 2, "groups": 2}),
    "phases of two sizes in groups": (nn.ConvTranspose1d, 5, {"stride": 3, "groups": 2}),
    "strides differ": (nn.ConvTranspose2d, (3, 4), {"stride": (1, 2), "padding": (1, 0)}),
    "no bias": (nn.ConvTranspose1d, 16, {"stride": 8, "padding": 4, "bias": False}),
    "volume": (nn.ConvTranspose3d, 2, {"stride": 2}),
    "kernel under stride": (nn.ConvTranspose2d, 2, {"stride": 3}),
    "dilated": (nn.ConvTranspose2d, 3, {"stride": 2, "dilation": 2}),
}
RANKS = {nn.ConvTranspose1d: 1, nn.ConvTranspose2d: 2, nn.ConvTranspose3d: 3}


def error(found: Tensor, model: nn.Module, x: Tensor) -> float:
    exact = model.double()(x.double())
    model.float()
    return float((found - exact).abs().max() / exact.abs().max())


@pytest.mark.parametrize("name", CASES)
def test_values(name: str) -> None:
    kind, kernel, options = CASES[name]
    torch.manual_seed(0)
    model: Any = kind(4, 6, kernel, **options).eval().requires_grad_(False)
    x = torch.randn([2, 4, *[7, 5, 3][: RANKS[kind]]])
    found = tw.compile(model, (x,), progress=False)(x)
    assert found.shape == model(x).shape
    assert error(found, model, x) < 1e-6


def test_dynamic_sizes() -> None:
    torch.manual_seed(0)
    model = nn.ConvTranspose2d(3, 5, 3, stride=2, padding=1, output_padding=1).eval()
    model.requires_grad_(False)
    sizes = {0: Dim("n", max=8), 2: Dim("h", min=2, max=64), 3: Dim("w", min=2, max=64)}
    compiled = tw.compile(
        model, (torch.randn(2, 3, 8, 9),), dynamic_shapes=(sizes,), progress=False
    )
    for shape in ((2, 3, 8, 9), (1, 3, 5, 12), (3, 3, 17, 4)):
        x = torch.randn(shape)
        assert error(compiled(x), model, x) < 1e-6


def test_infinity_stays_where_it_is_read() -> None:
    model = nn.ConvTranspose2d(1, 1, 3, stride=2).eval().requires_grad_(False)
    x = torch.ones(1, 1, 3, 3)
    x[0, 0, 1, 1] = torch.inf
    expected = model(x)
    found = tw.compile(model, (x,), progress=False)(x)
    assert torch.equal(found.isnan(), expected.isnan())
    assert torch.equal(found.isinf(), expected.isinf())


def test_no_zeros_between_pixels() -> None:
    model = nn.ConvTranspose2d(8, 6, 4, stride=2, padding=1).eval().requires_grad_(False)
    compiled = tw.compile(model, (torch.randn(1, 8, 10, 12),), progress=False)
    # Four phases of six channels, each with a filter of 2 x 2: not 4 x 4 on an image of 23 x 27.
    assert "tensor<24x8x2x2xf32>" in compiled.ir("import")
    assert "tensor<6x8x4x4xf32>" not in compiled.ir("import")
