# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Profiles: which groups they have, and that their numbers hold together."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch import nn

import tilewright as tw
from tilewright.profiling import Ceilings, measure_ceilings

CEILINGS = Ceilings(threads=2, flops=1e11, bandwidth=1e10)


class Mlp(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.up, self.down = nn.Linear(256, 512), nn.Linear(512, 256)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.down(torch.relu(self.up(x)))
        return result


@pytest.fixture(scope="module")
def compiled() -> tw.CompiledModule:
    return tw.compile(Mlp().eval(), torch.randn(64, 256), threads=2)


def test_each_group_is_timed(compiled: tw.CompiledModule) -> None:
    x = torch.randn(64, 256)
    before = compiled(x)
    profile = compiled.profile(x, iterations=5, ceilings=False)
    # Groups of @init come behind; they run once, at load.
    assert [row.group for row in profile.groups] == compiled.schedule()[: len(profile.groups)]
    big = [row for row in profile.groups if row.flops and row.flops > 1e6]
    assert len(big) == 2
    for row in big:
        assert row.regions >= 1 and row.seconds > 0
        assert row.flops is not None and 2 * 64 * 256 * 512 <= row.flops < 2.1 * 64 * 256 * 512
        assert row.bytes is not None and row.bytes >= 4 * (64 * 256 + 256 * 512 + 64 * 512)
    assert sum(row.seconds for row in profile.groups) + profile.rest == pytest.approx(
        profile.seconds, rel=0.5
    )
    assert torch.equal(compiled(x), before)


def test_fraction_of_the_roofline(compiled: tw.CompiledModule) -> None:
    profile = compiled.profile((torch.randn(64, 256),), iterations=1, ceilings=False)
    row = max(profile.groups, key=lambda row: row.flops or 0)
    assert row.flops and row.bytes and row.intensity == row.flops / row.bytes
    least = max(row.flops / CEILINGS.flops, row.bytes / CEILINGS.bandwidth)
    assert row.fraction(CEILINGS) == pytest.approx(least / row.seconds)


def test_json_has_everything(compiled: tw.CompiledModule) -> None:
    profile = compiled.profile(torch.randn(64, 256), iterations=1, ceilings=False)
    back = json.loads(json.dumps(profile.to_json()))
    assert back["threads"] == 2 and back["ceilings"] is None
    assert [row["number"] for row in back["groups"]] == list(range(len(profile.groups)))
    assert all(row["operations"] and row["schedule"] for row in back["groups"])


def test_dynamic_sizes_have_times_and_no_counts() -> None:
    batch = torch.export.Dim("batch")
    example = torch.randn(32, 256)
    compiled = tw.compile(Mlp().eval(), example, dynamic_shapes=({0: batch},))
    profile = compiled.profile(torch.randn(200, 256), iterations=2, ceilings=False)
    assert any(row.regions and row.seconds for row in profile.groups)
    assert any(row.flops is None and row.fraction(CEILINGS) is None for row in profile.groups)


def test_a_loop_counts_every_round() -> None:
    """A group in a loop of the model runs once an iteration."""
    lstm = nn.LSTM(64, 256).eval()
    compiled = tw.compile(lstm, torch.randn(5, 8, 64), threads=2)
    profile = compiled.profile(torch.randn(5, 8, 64), iterations=2, ceilings=False)
    assert sum(row.regions for row in profile.groups) >= 5


def test_groups_are_held_against_the_ceiling_of_their_precision() -> None:
    """Of a processor that is a hundred times as fast on bfloat16, a group is a hundredth."""
    x = torch.randn(64, 256)
    fast = Ceilings(threads=2, flops=1e9, bandwidth=1e15, bf16_flops=1e11)
    for precision, times in (("f32", 1.0), ("bf16", 100.0)):
        compiled = tw.compile(Mlp().eval(), x, precision=precision, threads=2)  # type: ignore[arg-type]
        rows = compiled.profile(x, iterations=1, ceilings=False).groups
        products = [row for row in rows if row.flops and row.flops > 1e6]
        assert products and all(row.group.precision == precision for row in products)
        for row in products:
            fraction = row.fraction(fast)
            assert fraction and fraction * times == pytest.approx(row.gflops)


def test_attention_of_bf16_is_of_that_precision() -> None:
    attend = nn.functional.scaled_dot_product_attention

    class Attention(nn.Module):
        def forward(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
            return attend(q, k, v)

    example = tuple(torch.randn(1, 2, 64, 32) for _ in range(3))
    compiled = tw.compile(Attention().eval(), example, precision="bf16")
    assert "bf16" in {group.precision for group in compiled.schedule()}


def test_a_matrix_unit_has_no_known_ceiling() -> None:
    x = torch.randn(64, 256)
    compiled = tw.compile(Mlp().eval(), x, precision="bf16", threads=2)
    rows = compiled.profile(x, iterations=1, ceilings=False).groups
    assert all(row.fraction(CEILINGS) is None for row in rows if row.group.precision == "bf16")


def test_ceilings_are_of_a_processor() -> None:
    """Nobody's core does less than 1 GFLOP/s, or more than 10 TFLOP/s in float32."""
    ceilings = measure_ceilings(1)
    assert 1e9 < ceilings.flops < 1e13 and 1e8 < ceilings.bandwidth < 1e13
    assert ceilings.bf16_flops is None or 1e9 < ceilings.bf16_flops < 1e14
    assert measure_ceilings(1) is ceilings


def test_no_iterations_is_refused(compiled: tw.CompiledModule) -> None:
    with pytest.raises(tw.InputError, match="at least one iteration"):
        compiled.profile(np.zeros((64, 256), np.float32), iterations=0)
