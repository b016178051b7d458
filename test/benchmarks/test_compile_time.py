# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compile time by depth: what is measured, fitted and written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import depth
import growth
from growth import Growth, Sweep
from stacked_blocks import BLOCKS, stack

DEPTHS = (6, 12, 24, 48)


def grown(step: str, power: float, first: float = 1.0) -> Growth:
    return Growth(step, DEPTHS, [first * (depth / 6) ** power for depth in DEPTHS])


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_exponent_of_a_power(power: float) -> None:
    row = grown("tile/CSE", power)
    assert row.exponent == pytest.approx(power)
    assert row.last_exponent == pytest.approx(power)


def test_what_is_constant_hides_less_at_the_end() -> None:
    row = Growth("x/y", DEPTHS, [100 + depth**2 for depth in DEPTHS])
    assert 1 < row.exponent < row.last_exponent < 2


def test_only_long_passes_are_superlinear() -> None:
    passes = [grown("a/linear", 1), grown("a/square", 2), grown("a/short", 2, 0.001)]
    sweep = Sweep("transformer", [grown("compile", 1)], passes)
    assert [row.step for row in sweep.superlinear()] == ["a/square"]
    marked = [line for line in sweep.table() if "superlinear" in line]
    assert len(marked) == 1
    assert marked[0].startswith("| a/square | 1.000 | 4.000 | 16.000 | 64.000 | 2.00 | 2.00 ")
    assert not any("a/short" in line for line in sweep.table())


def test_a_step_is_not_superlinear_and_a_hidden_square_is() -> None:
    """Where a cache overflows, time per block rises once; a square shows at the end."""
    step = Growth("a/walk", DEPTHS, [6, 12, 72, 144])
    hidden = Growth("a/hidden", DEPTHS, [2000 + depth**2 for depth in DEPTHS])
    assert step.exponent > growth.LARGEST_EXPONENT
    assert hidden.exponent < growth.LARGEST_EXPONENT
    deeper = Growth("a/hidden", (*DEPTHS, 96), [2000 + depth**2 for depth in (*DEPTHS, 96)])
    sweep = Sweep("transformer", [grown("compile", 1)], [step, deeper])
    assert sweep.superlinear() == [deeper]


def test_what_is_written(tmp_path: Path) -> None:
    sweep = Sweep("convolution", [grown("import", 1)], [grown("tile/CSE", 1)])
    paths = growth.write(
        tmp_path / "new", [sweep], "python benchmarks/depth.py", "2026-01-02T03:04"
    )
    assert [path.name for path in paths] == ["compile-time.json", "compile-time.md"]
    [block] = json.loads(paths[0].read_text())["blocks"]
    assert block["depths"] == [*DEPTHS]
    assert block["passes"][0]["step"] == "tile/CSE"
    assert block["passes"][0]["exponent"] == pytest.approx(1)
    page = paths[1].read_text()
    for words in ("Convolution block", "python benchmarks/depth.py", "2026-01-02", "processor"):
        assert words in page


@pytest.mark.parametrize("block", BLOCKS)
def test_blocks_keep_the_shape(block: str) -> None:
    model, (x,) = stack(block, 2)
    assert len(model) == 2
    assert model(x).shape == x.shape


def test_a_small_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["convolution", "--depths", "2", "1", "--repeats", "1", "--results", str(tmp_path)]
    monkeypatch.setattr("sys.argv", ["benchmarks/depth.py", *arguments])
    assert depth.main() == 0
    [file] = tmp_path.glob("*/compile-time.json")
    content = json.loads(file.read_text())
    assert content["command"].startswith("python benchmarks/depth.py convolution")
    [block] = content["blocks"]
    assert block["depths"] == [1, 2]
    assert [row["step"] for row in block["whole"]] == ["import", "compile", "load"]
    steps = {row["step"] for row in block["passes"]}
    assert {"bufferize/OneShotBufferizePass", "codegen/SROAPass"} <= steps
