# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""PyTorch models through every phase: nested values, several dtypes, errors of a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from small_models import F32, Function, Mlp
from torch import Tensor, nn

import tilewright as tw


class Nested(nn.Module):
    def forward(
        self, pair: tuple[Tensor, dict[str, Tensor]], scale: int, *, bias: Tensor
    ) -> dict[str, Any]:
        x, rest = pair
        total = x * scale + rest["y"] + bias
        return {"total": total, "parts": [x, (total.sum(), x.mean(dim=1))], "scale": scale}


@pytest.fixture(scope="module")
def mlp() -> Mlp:
    return Mlp().eval()


@pytest.fixture(scope="module")
def compiled_mlp(mlp: Mlp) -> tw.CompiledModule:
    return tw.compile(mlp, (torch.randn(4, 9),), cache=False)


def test_mlp(mlp: Mlp, compiled_mlp: tw.CompiledModule) -> None:
    x = torch.randn(4, 9)
    with torch.no_grad():
        torch.testing.assert_close(compiled_mlp(x), mlp(x), **F32)
        np.testing.assert_allclose(compiled_mlp(x.numpy()), mlp(x).numpy(), **F32)
        wide = torch.randn(4, 18)
        torch.testing.assert_close(compiled_mlp(wide[:, ::2]), mlp(wide[:, ::2]), **F32)
    assert str(compiled_mlp.signature).startswith("(x: float32[4, 9]) -> (float32[4, 5])")
    assert compiled_mlp.timings.import_seconds > 0
    names = [phase.name for phase in compiled_mlp.target.phases()]
    assert list(compiled_mlp.timings.phases) == [*names, "codegen"]


def test_every_phase_can_be_looked_at(compiled_mlp: tw.CompiledModule) -> None:
    for phase in compiled_mlp.target.phases():
        assert "module" in compiled_mlp.ir(phase.name)
    assert "tw_main" in compiled_mlp.llvm_ir()
    assert "tw_main" in compiled_mlp.asm()
    groups = compiled_mlp.schedule()
    assert any("linalg.matmul" in group.operations for group in groups)
    assert all("#tw.schedule" in str(group.schedule) for group in groups)
    assert any("small_models.py" in str(group.location) for group in groups)


def test_exported_program(mlp: Mlp) -> None:
    x = torch.randn(4, 9)
    exported = torch.export.export(mlp, (x,))
    with torch.no_grad():
        torch.testing.assert_close(tw.compile(exported)(x), mlp(x), **F32)


def test_nested_values() -> None:
    def values() -> tuple[tuple[Tensor, dict[str, Tensor]], Tensor]:
        return (torch.randn(3, 4), {"y": torch.randn(3, 4)}), torch.randn(4)

    pair, bias = values()
    model = Nested().eval()
    compiled = tw.compile(model, (pair, 3), example_kwargs={"bias": bias})
    pair, bias = values()
    result = compiled(pair, 3, bias=bias)
    expected = model(pair, 3, bias=bias)
    assert list(result) == list(expected)
    assert result["scale"] == 3
    torch.testing.assert_close(result["total"], expected["total"], **F32)
    torch.testing.assert_close(result["parts"][0], expected["parts"][0])
    torch.testing.assert_close(result["parts"][1], expected["parts"][1], **F32)
    with pytest.raises(tw.InputError, match="compiled for the constant 3, got 4"):
        compiled(pair, 4, bias=bias)
    with pytest.raises(tw.InputError, match="structure"):
        compiled((pair[0], {"z": pair[1]["y"]}), 3, bias=bias)
    with pytest.raises(tw.InputError, match="keyword arguments"):
        compiled(pair, 3)


@dataclass
class Case:
    name: str
    function: Any
    inputs: tuple[Tensor, ...]


CASES = [
    Case("integers", lambda x, y: x * y + 1, (torch.arange(7), torch.arange(7))),
    Case("int32", lambda x: x - 3, (torch.arange(7, dtype=torch.int32),)),
    Case("comparison", lambda x, y: (x < y, x == y), (torch.randn(5, 3), torch.randn(5, 3))),
    Case("mask", lambda x, m: torch.where(m, x, -x), (torch.randn(9), torch.arange(9) % 2 == 0)),
    Case("double", lambda x: x * x + 0.1, (torch.randn(6, 5, dtype=torch.float64),)),
    Case("number", lambda x: x * 2 + 1, (torch.tensor(3.0),)),
    Case("sum of all", lambda x: x.sum(), (torch.randn(33, 7),)),
    Case("same output twice", lambda x: (x + 1, x + 1, x), (torch.randn(3),)),
    Case("transposed", lambda x: x.t() + 1, (torch.randn(3, 8),)),
    Case("concatenated", lambda x, y: torch.cat([x, y, x]), (torch.randn(3, 4), torch.randn(2, 4))),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_functions(case: Case) -> None:
    model = Function(case.function).eval()
    result = tw.compile(model, case.inputs, cache=False)(*case.inputs)
    torch.testing.assert_close(result, model(*case.inputs), **F32)


def test_index_out_of_range_is_an_error_of_the_call() -> None:
    torch.manual_seed(0)
    model = nn.Embedding(11, 6).eval()
    compiled = tw.compile(model, (torch.tensor([[1, 2, 3]]),))
    good = torch.tensor([[0, 10, 5]])
    torch.testing.assert_close(compiled(good), model(good).detach())
    for bad in (11, -12, 2**40):
        with pytest.raises(tw.RunError, match=r"(?i)index"):
            compiled(torch.tensor([[0, bad, 5]]))
    torch.testing.assert_close(compiled(good), model(good).detach())


def test_training_mode_is_refused() -> None:
    with pytest.raises(tw.InputError, match="training mode"):
        tw.compile(nn.Dropout(), (torch.randn(3),))
