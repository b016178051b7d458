# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The layout passes on what the front end imports: same numbers, transposes only at the ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from imported_numerics import Call
from linalg_interpreter import Interpreter
from run_mlir import run_passes
from torch import Tensor, nn

from tilewright import zoo
from tilewright.frontend import ImportedModule, import_torch

NORMALIZE = ["canonicalize", "tw-guard-asserts", "resolve-ranked-shaped-type-result-dims"]
LAYOUT = [
    "tw-split-bias",
    "tw-convert-to-channels-last",
    "tw-drop-unit-pixels",
    "tw-fold-broadcasts",
    "tw-propagate-transposes",
    "tw-fold-unit-transposes",
    "canonicalize",
    "cse",
]


def _lay_out(imported: ImportedModule) -> str:
    # The interpreter knows no affine.apply, of which sizes are made.
    text = run_passes(imported.text, [*NORMALIZE, *LAYOUT, "lower-affine"])
    assert not re.search(r"linalg\.(depthwise_)?(conv|pooling)", text)
    return text


def _count_transposes(text: str) -> int:
    """Those of activations; the others are constant work, which @init takes."""
    outlined = text if "@init" in text else run_passes(text, ["tw-outline-constants"])
    main = re.search(r"func\.func @main.*?\n  }", outlined, re.S)
    assert main
    return main[0].count("linalg.transpose")


def _check(
    module: nn.Module,
    example: tuple[Tensor, ...],
    transposes: int,
    *,
    other: tuple[Tensor, ...] = (),
    dynamic_shapes: Any = None,
) -> None:
    """`transposes` at most are left, and results on `other` (default: `example`) are eager's."""
    module = module.eval()
    imported = import_torch(module, example, dynamic_shapes=dynamic_shapes)
    text = _lay_out(imported)
    assert _count_transposes(text) <= transposes
    args = other or example
    inputs = imported.flatten_inputs(args, {})
    arguments = [
        (imported.weights[index].tensor if kind == "weight" else inputs[index]).detach().numpy()
        for kind, index in imported.arguments
    ]
    results = [torch.from_numpy(result) for result in Interpreter(text)(arguments)]
    found = imported.unflatten_outputs(results, inputs)
    with torch.no_grad():
        torch.testing.assert_close(found, module(*args), rtol=1e-4, atol=1e-4)


class Sandwich(nn.Module):
    """An operation between two convolutions, which want their channels last."""

    def __init__(self, operation: Callable[..., Tensor], channels: int, *weights: Tensor) -> None:
        super().__init__()
        self.before = nn.Conv2d(3, 4, 3, padding=1)
        self.operation = operation
        self.weights = nn.ParameterList(weights)
        self.after = nn.Conv2d(channels, 5, 3)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.after(self.operation(self.before(x), *self.weights))
        return result


# Operations on torch.nn.functional, by what lies in them: convolutions, poolings, then what a
# transpose passes. (Operation, its channels, shapes of its weights.)
OPERATIONS: dict[str, tuple[Callable[..., Tensor], int, Sequence[tuple[int, ...]]]] = {
    "conv_stride_dilation": (
        lambda x, w, b: F.conv2d(x, w, b, stride=2, dilation=(1, 2)),
        6,
        [(6, 4, 3, 3), (6,)],
    ),
    "conv_1x1_strided": (lambda x, w: F.conv2d(x, w, stride=2), 6, [(6, 4, 1, 1)]),
    "conv_grouped": (
        lambda x, w, b: F.conv2d(x, w, b, groups=2, padding=1),
        6,
        [(6, 2, 3, 3), (6,)],
    ),
    "conv_depthwise": (
        lambda x, w, b: F.conv2d(x, w, b, groups=4, stride=2, padding=1),
        4,
        [(4, 1, 3, 3), (4,)],
    ),
    "conv_depth_multiplier": (lambda x, w: F.conv2d(x, w, groups=4), 8, [(8, 1, 3, 3)]),
    "conv_transpose": (
        lambda x, w, b: F.conv_transpose2d(x, w, b, stride=2, padding=1, output_padding=1),
        6,
        [(4, 6, 3, 3), (6,)],
    ),
    "conv_transpose_cropped": (
        lambda x, w: F.conv_transpose2d(x, w, stride=2, padding=3),
        6,
        [(4, 6, 3, 3)],
    ),
    "max_pool_ceil": (lambda x: F.max_pool2d(x, 3, 2, 1, ceil_mode=True), 4, []),
    "max_pool_dilated": (lambda x: F.max_pool2d(x, 2, 1, dilation=2), 4, []),
    "avg_pool_uncounted": (
        lambda x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False),
        4,
        [],
    ),
    "batch_norm": (lambda x, g: F.relu(F.batch_norm(x, g, g * g + 1, g, g)), 4, [(4,)]),
    "group_norm": (lambda x, g: F.group_norm(x, 2, g, g), 4, [(4,)]),
    "layer_norm_of_channels": (
        lambda x, g: F.layer_norm(x.permute(0, 2, 3, 1), (4,), g).permute(0, 3, 1, 2),
        4,
        [(4,)],
    ),
    "squeeze_excite": (
        lambda x, w: x * torch.sigmoid(F.conv2d(x.mean((2, 3), keepdim=True), w)),
        4,
        [(4, 4, 1, 1)],
    ),
    "spatial_attention": (lambda x: x * x.amax(1, keepdim=True), 4, []),
    "softmax_over_channels": (lambda x: F.softmax(x, 1), 4, []),
    "residual": (lambda x: x + F.relu(x), 4, []),
    "dense_block": (
        lambda x, w: torch.cat([x, F.relu(F.conv2d(x, w, padding=1))], 1),
        8,
        [(4, 4, 3, 3)],
    ),
    "split_and_concat": (
        lambda x: torch.cat([x.chunk(2, 1)[1] * 2, x, x.chunk(2, 1)[0]], 1),
        8,
        [],
    ),
    "strided_slice": (lambda x: x[:, 1:3, ::2, 1:-1], 2, []),
    "roll": (lambda x: torch.roll(x, (1, 2), (2, 3)), 4, []),
    "reflection_pad": (lambda x: F.pad(x, (1, 2, 3, 1), mode="reflect"), 4, []),
    "upsample_nearest": (lambda x: F.interpolate(x, scale_factor=2), 4, []),
    "upsample_bilinear": (
        lambda x: F.interpolate(x, size=(13, 17), mode="bilinear", align_corners=True),
        4,
        [],
    ),
    "to_tokens_and_back": (
        lambda x, w: F.linear(x.flatten(2).mT, w).mT.reshape(x.shape[0], 6, *x.shape[2:]),
        6,
        [(6, 4)],
    ),
}

# One more: these move elements between channels and pixels in any layout.
SHUFFLES: dict[str, tuple[Callable[..., Tensor], int, Sequence[tuple[int, ...]]]] = {
    "pixel_shuffle": (lambda x: F.pixel_shuffle(x, 2), 1, []),
    "pixel_unshuffle": (lambda x: F.pixel_unshuffle(x, 2), 16, []),
    "channel_shuffle": (lambda x: F.channel_shuffle(x, 2), 4, []),
    # Phases of the stride lie between a group and its channels.
    "conv_transpose_grouped": (
        lambda x, w: F.conv_transpose2d(x, w, stride=2, groups=2),
        6,
        [(4, 3, 3, 3)],
    ),
}


@pytest.mark.parametrize("name", [*OPERATIONS, *SHUFFLES])
def test_transposes_cancel_around_an_operation(name: str) -> None:
    operation, channels, shapes = {**OPERATIONS, **SHUFFLES}[name]
    torch.manual_seed(0)
    module = Sandwich(operation, channels, *[torch.randn(shape) for shape in shapes])
    _check(module, (torch.randn(2, 3, 10, 12),), 2 + (name in SHUFFLES))


# torch-mlir does not import the first three in dynamic sizes, and splits pixels of unknown number
# by tensor.reshape, which has no layout.
NOT_DYNAMIC = {"reflection_pad", "upsample_bilinear", "group_norm", "pixel_unshuffle"}


@pytest.mark.parametrize("name", sorted({*OPERATIONS, *SHUFFLES} - NOT_DYNAMIC))
def test_transposes_cancel_in_dynamic_shapes(name: str) -> None:
    operation, channels, shapes = {**OPERATIONS, **SHUFFLES}[name]
    torch.manual_seed(0)
    module = Sandwich(operation, channels, *[torch.randn(shape) for shape in shapes])
    sizes = ({dim: torch.export.Dim.AUTO for dim in (0, 2, 3)},)
    example, other = torch.randn(2, 3, 10, 12), torch.randn(3, 3, 14, 16)
    limit = 2 + (name in SHUFFLES)
    _check(module, (example,), limit, other=(other,), dynamic_shapes=sizes)


def _weights(*shapes: tuple[int, ...]) -> list[nn.Parameter]:
    return [nn.Parameter(torch.randn(shape)) for shape in shapes]


class Weighted(Call):
    """A function of the input and of weights of the given shapes."""

    def __init__(self, function: Callable[..., Tensor], *shapes: tuple[int, ...]) -> None:
        super().__init__(function)
        self.weights = nn.ParameterList(_weights(*shapes))

    def forward(self, x: Tensor) -> Any:
        return self.function(x, *self.weights)


def test_one_and_three_dimensions() -> None:
    torch.manual_seed(0)

    def signal(x: Tensor, a: Tensor, b: Tensor) -> Tensor:
        return F.conv1d(F.max_pool1d(F.relu(F.conv1d(x, a, padding=1, groups=3)), 2), b, groups=2)

    _check(Weighted(signal, (6, 1, 3), (4, 3, 3)), (torch.randn(2, 3, 12),), 2)

    def volume(x: Tensor, a: Tensor, b: Tensor) -> Tensor:
        x = F.avg_pool3d(F.max_pool3d(F.relu(F.conv3d(x, a, padding=1)), 2), 2, 1)
        return F.conv3d(x, b, padding=1, groups=2)

    shapes = (4, 3, 3, 3, 3), (6, 2, 3, 3, 3)
    _check(Weighted(volume, *shapes), (torch.randn(2, 3, 6, 7, 8),), 2)


def test_the_input_is_transposed_once() -> None:
    """For the first convolution and for the residual connection or concatenation around it."""
    torch.manual_seed(0)
    x = torch.randn(2, 3, 8, 9)

    def residual(x: Tensor, w: Tensor) -> Tensor:
        return x + F.conv2d(x, w, padding=1)

    _check(Weighted(residual, (3, 3, 3, 3)), (x,), 2)

    def dense(x: Tensor, w: Tensor, v: Tensor) -> Tensor:
        return F.conv2d(torch.cat([x, F.conv2d(x, w, padding=1)], 1), v)

    _check(Weighted(dense, (4, 3, 3, 3), (5, 7, 3, 3)), (x,), 2)


def test_classifier_ends() -> None:
    """None is left after a global pooling, one before pixels are flattened, none for tokens."""
    torch.manual_seed(0)
    x = torch.randn(2, 3, 8, 10)

    def pooled(x: Tensor, w: Tensor, v: Tensor) -> Tensor:
        return F.linear(F.adaptive_avg_pool2d(F.conv2d(x, w), 1).flatten(1), v)

    _check(Weighted(pooled, (4, 3, 3, 3), (7, 4)), (x,), 1)

    def flattened(x: Tensor, w: Tensor, v: Tensor) -> Tensor:
        return F.linear(F.max_pool2d(F.conv2d(x, w), 2).flatten(1), v)

    _check(Weighted(flattened, (4, 3, 3, 3), (7, 48)), (x,), 2)

    def tokens(x: Tensor, w: Tensor, v: Tensor) -> Tensor:
        return F.linear(F.conv2d(x, w, stride=2).flatten(2).mT, v)

    _check(Weighted(tokens, (4, 3, 2, 2), (7, 4)), (x,), 1)


# EDSR shuffles pixels; the small CNN flattens an image, so its features are put in order.
@pytest.mark.parametrize(
    ("name", "transposes"),
    [("simple_cnn", 2), ("resnet50", 1), ("mobilenet_v2", 1), ("unet", 4), ("edsr", 3)],
)
def test_models(name: str, transposes: int) -> None:
    entry = zoo.build(name, "small")
    assert isinstance(entry.model, nn.Module)
    _check(entry.model, entry.example_args, transposes)
    # In the pipeline, where batch norms are folded first.
    imported = import_torch(entry.model, entry.example_args)
    text = run_passes(imported.text, ["tw-compile=stop-after=graph"])
    assert _count_transposes(text) <= transposes
