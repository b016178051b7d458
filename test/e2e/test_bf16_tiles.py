# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Code for the tiles of AMX, run on any processor with the tiles in memory.

The reference is float64 on operands that were rounded to bfloat16: what is left is the rounding of
sums in float32, so a wrong row, column or word of a tile shows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from small_models import Function
from torch import Tensor, nn
from torch.export import Dim
from torch.nn import functional

import tilewright as tw
from tilewright.errors import LoadError
from tilewright.signature import HostInterface
from tilewright.targets.cpu import CpuTarget


class TilesInMemory(CpuTarget):
    """This machine, compiled for as if it had AMX."""

    def phase_options(self) -> Mapping[str, str | int]:
        """Heuristics see a processor with tiles."""
        tiles: dict[str, str | int] = {
            "vector-bits": 512,
            "vector-registers": 32,
            "bf16-dot": "amx",
        }
        return {**super().phase_options(), **tiles, "emulate-tiles": "true"}


def target() -> TilesInMemory:
    return TilesInMemory(**dataclasses.asdict(CpuTarget.host()))


def randn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


def rounded(value: Tensor) -> Tensor:
    return value.bfloat16().double()


def error(got: Tensor, exact: Tensor) -> float:
    return float((got.double() - exact).norm() / exact.norm())


def compile_tiles(
    model: nn.Module, args: tuple[Tensor, ...], dump: Path, dynamic_shapes: object = None
) -> tw.CompiledModule:
    module = tw.compile(
        model.eval().requires_grad_(False),
        args,
        target=target(),
        precision="bf16",
        threads=2,
        cache=False,
        dump_dir=dump,
        dynamic_shapes=dynamic_shapes,
    )
    assert "tw.tile_dot" in (dump / "05-vectorize.mlir").read_text()
    return module


@pytest.mark.parametrize(
    ("rows", "depth", "columns"),
    [
        (16, 64, 80),
        (32, 128, 64),
        (40, 96, 100),
        (128, 200, 64),
        (197, 80, 96),
        (56, 40, 64),
        (49, 56, 32),
        (21, 20, 176),
        (7, 70, 161),
        (97, 1100, 64),  # sums in blocks, with words behind the last
    ],
)
def test_linear(rows: int, depth: int, columns: int, tmp_path: Path) -> None:
    linear = nn.Linear(depth, columns)
    with torch.no_grad():
        linear.weight.copy_(randn(columns, depth))
    x = randn(rows, depth)
    module = compile_tiles(nn.Sequential(linear, nn.ReLU()), (x,), tmp_path)
    exact = rounded(x) @ rounded(linear.weight.detach()).T + linear.bias.detach().double()
    assert error(module(x), exact.relu()) < 1e-6


@pytest.mark.parametrize("depth", [64, 1100])
def test_dynamic_rows(depth: int, tmp_path: Path) -> None:
    linear = nn.Linear(depth, 48)
    rows_of = ({0: Dim("rows", min=2, max=100)},)
    module = compile_tiles(linear, (randn(20, depth),), tmp_path, rows_of)
    for rows in (3, 16, 45, 63, 100):
        x = randn(rows, depth)
        exact = rounded(x) @ rounded(linear.weight.detach()).T + linear.bias.detach().double()
        assert error(module(x), exact) < 1e-6, rows


@pytest.mark.parametrize(
    ("channels", "kernel", "pixels", "stride"),
    [
        (32, 3, 18, 1),
        (64, 1, 14, 1),
        (48, 3, 12, 1),
        (64, 3, 14, 2),
        (32, 1, 56, 2),
        (36, 3, 9, 1),
        (4, 7, 64, 2),
        (20, 3, 17, 3),
        (3, 7, 45, 2),
        (16, 5, 20, 1),
    ],
)
def test_convolution(channels: int, kernel: int, pixels: int, stride: int, tmp_path: Path) -> None:
    conv = nn.Conv2d(channels, 64, kernel, stride, padding=kernel // 2)
    x = randn(1, channels, pixels, pixels)
    module = compile_tiles(conv, (x,), tmp_path)
    weight, bias = conv.weight.detach(), conv.bias
    assert bias is not None
    exact = torch.conv2d(
        rounded(x), rounded(weight), bias.detach().double(), stride, padding=kernel // 2
    )
    assert error(module(x), exact) < 1e-6


@pytest.mark.parametrize(("channels", "dilation"), [(2, 1), (6, 2)])
def test_convolution_of_a_line(channels: int, dilation: int, tmp_path: Path) -> None:
    conv = nn.Conv1d(channels, 64, 10, 5, dilation=dilation)
    x = randn(3, channels, 400)
    module = compile_tiles(conv, (x,), tmp_path)
    bias = conv.bias
    assert bias is not None
    exact = torch.conv1d(
        rounded(x), rounded(conv.weight.detach()), bias.detach().double(), 5, dilation=dilation
    )
    assert error(module(x), exact) < 1e-6


@pytest.mark.parametrize(
    ("queries", "keys", "size", "causal"),
    [(128, 128, 64, True), (50, 197, 64, False), (96, 300, 48, False), (300, 300, 32, True)],
)
def test_attention(queries: int, keys: int, size: int, causal: bool, tmp_path: Path) -> None:
    q, k, v = randn(2, queries, size), randn(2, keys, size), randn(1, keys, size).repeat(2, 1, 1)
    attention = Function(
        lambda q, k, v: functional.scaled_dot_product_attention(q, k, v, is_causal=causal)
    )
    module = compile_tiles(attention, (q, k, v), tmp_path)
    exact = functional.scaled_dot_product_attention(
        q.double(), k.double(), v.double(), is_causal=causal
    )
    # Queries, keys, probabilities and values are rounded: as autocast does.
    loss = error(
        functional.scaled_dot_product_attention(
            q.bfloat16(), k.bfloat16(), v.bfloat16(), is_causal=causal
        ),
        exact,
    )
    assert error(module(q, k, v), exact) < 1.2 * loss


@pytest.mark.parametrize("keys", [35, 293])
def test_masked_odd_keys_hide_what_fills_their_vectors(keys: int, tmp_path: Path) -> None:
    # All scores far below zero, which is that of the zeros behind the keys.
    q, k, v = 10 + randn(2, 40, 32), -10 + randn(2, keys, 32), randn(2, keys, 32)
    mask = randn(2, 40, keys) < 1
    attention = Function(functional.scaled_dot_product_attention)
    module = compile_tiles(attention, (q, k, v, mask), tmp_path)
    exact = functional.scaled_dot_product_attention(rounded(q), rounded(k), rounded(v), mask)
    loss = error(
        functional.scaled_dot_product_attention(q.bfloat16(), k.bfloat16(), v.bfloat16(), mask),
        exact,
    )
    assert error(module(q, k, v, mask), exact) < 1.2 * loss


def test_threads_change_no_bits(tmp_path: Path) -> None:
    x, w = randn(70, 96), randn(96, 80)
    model = Function(torch.matmul).eval()
    one, two = (
        tw.compile(model, (x, w), target=target(), precision="bf16", threads=n, cache=False)(x, w)
        for n in (1, 2)
    )
    assert torch.equal(one, two)


def test_no_tiles_in_the_entry_point() -> None:
    """LLVM aborted on a long one: a tile of AMX was to be handed from one part to the next."""
    layer = nn.TransformerEncoderLayer(32, 2, 64, dropout=0.0, batch_first=True)
    model = nn.TransformerEncoder(layer, 4, enable_nested_tensor=False).eval().requires_grad_(False)
    x = randn(1, 10, 32)
    code = tw.compile(model, (x,), target="cpu:sapphirerapids", precision="bf16").asm()
    assert "tdpbf16ps" not in code.partition("tw_main:")[2]


def test_refused_without_permission() -> None:
    """A module for AMX is not loaded where its first tile would kill the process."""
    from tilewright import _core

    refusal = _core.allow_tiles()
    sapphire = CpuTarget.parse("sapphirerapids")
    assert sapphire.bf16_dot == "amx"
    if not refusal:
        pytest.skip("this machine has tiles")
    assert CpuTarget.host().bf16_dot != "amx"
    with pytest.raises(LoadError, match="tile registers"):
        sapphire.load(b"", 1, HostInterface((), ()))
