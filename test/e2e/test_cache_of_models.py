# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The cache with models of PyTorch: changed weights, two processes at once, damaged entries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from small_models import F32, Cnn, Mlp
from torch import nn

import tilewright as tw


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TILEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("tilewright.cache._warned", set())
    return tmp_path / "cache"


def test_second_compilation_only_loads(cache: Path) -> None:
    x = torch.randn(2, 3, 16, 12)
    first, second = (tw.compile(Cnn().eval(), (x,)) for _ in range(2))
    assert (first.timings.cache_hit, second.timings.cache_hit) == (False, True)
    assert second.timings.compile_seconds + second.timings.load_seconds < 1
    assert torch.equal(first(x), second(x))


def test_changed_weights(cache: Path) -> None:
    model = Cnn().eval().requires_grad_(False)
    x = torch.randn(2, 3, 16, 12)
    compiled = tw.compile(model, (x,))
    before = compiled(x)
    assert model.norm.running_mean is not None
    model.norm.running_mean.add_(1)  # folded into the convolution by @init
    model.head.weight.mul_(2)
    assert torch.equal(compiled(x), before)
    again = tw.compile(model, (x,))
    # Weights are no part of the code.
    assert again.timings.cache_hit
    assert not torch.equal(again(x), before)
    torch.testing.assert_close(again(x), model(x), **F32)
    model.head = nn.Linear(12, 5)
    torch.testing.assert_close(tw.compile(model, (x,))(x), model(x).detach(), **F32)


def test_a_changed_model_is_another_entry(cache: Path) -> None:
    x = torch.randn(4, 9)
    tw.compile(Mlp().eval(), (x,))
    changed = Mlp().eval()
    changed.down = nn.Linear(17, 5, bias=False)
    assert not tw.compile(changed, (x,)).timings.cache_hit
    assert not tw.compile(Mlp().eval(), (torch.randn(5, 9),)).timings.cache_hit


@pytest.mark.parametrize("damage", ["flipped", "cut"])
def test_damaged_entry(cache: Path, damage: str) -> None:
    model = Mlp().eval()
    x = torch.randn(4, 9)
    expected = tw.compile(model, (x,))(x)
    [path] = cache.glob("*.twobj")
    content = bytearray(path.read_bytes())
    if damage == "flipped":
        content[len(content) // 2] ^= 0x10
    else:
        del content[len(content) // 2 :]
    path.write_bytes(content)
    with pytest.warns(tw.CacheWarning, match="damaged; compiling again"):
        compiled = tw.compile(model, (x,))
    assert not compiled.timings.cache_hit
    assert torch.equal(compiled(x), expected)
    assert tw.compile(model, (x,)).timings.cache_hit


SCRIPT = """
import torch
from small_models import Cnn
import tilewright as tw
torch.manual_seed(1)
x = torch.randn(2, 3, 16, 12)
model = Cnn().eval().requires_grad_(False)
compiled = tw.compile(model, (x,), threads=2)
torch.testing.assert_close(compiled(x), model(x), rtol=1e-5, atol=1e-5)
print(compiled(x).sum().item().hex())
"""


def test_two_processes_compile_the_same_model(
    cache: Path, run_twice_at_once: Callable[[str, str], list[str]]
) -> None:
    first, second = run_twice_at_once(SCRIPT, "error::tilewright.CacheWarning")
    assert first == second
    assert len(list(cache.iterdir())) == 1
