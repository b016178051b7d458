# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""``torch.compile(model, backend="tilewright")`` through every phase."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from small_models import F32, Cnn, Encoder, Mlp
from torch import Tensor, nn

import tilewright as tw
from tilewright import dynamo

# By its name where the package is installed, which also tests the entry point.
BACKEND: Any = "tilewright" if "tilewright" in torch._dynamo.list_backends() else dynamo.backend


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


@pytest.mark.parametrize(
    ("model", "inputs"),
    [
        (Mlp(), [torch.randn(4, 9), torch.randn(6, 9), torch.randn(4, 9)]),
        (Cnn(), [torch.randn(2, 3, 16, 12)]),
        (Encoder(causal=True), [torch.randint(0, 50, (2, 7))]),
    ],
    ids=["mlp", "cnn", "encoder"],
)
def test_models(model: nn.Module, inputs: list[Tensor]) -> None:
    model = model.eval()
    compiled = torch.compile(model, backend=BACKEND)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("error", tw.FallbackWarning)
        for x in inputs:
            torch.testing.assert_close(compiled(x), model(x), **F32)


def test_weights_that_change_are_noticed() -> None:
    model = Mlp().eval()
    compiled = torch.compile(model, backend=BACKEND, options={"threads": 1})
    x = torch.randn(4, 9)
    with torch.no_grad():
        torch.testing.assert_close(compiled(x), model(x), **F32)
        model.up.weight.mul_(2)
        torch.testing.assert_close(compiled(x), model(x), **F32)
        model.load_state_dict({k: torch.ones_like(v) for k, v in model.state_dict().items()})
        torch.testing.assert_close(compiled(x), model(x), **F32)


def test_parts_that_cannot_be_compiled_stay_with_pytorch() -> None:
    class TwoParts(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = Mlp()

        def forward(self, x: Tensor) -> Tensor:
            y = self.linear(x)
            torch._dynamo.graph_break()
            result: Tensor = torch.linalg.svd(y.double())[1] * 2
            return result

    model = TwoParts().eval()
    compiled = torch.compile(model, backend=BACKEND)
    x = torch.randn(4, 9)
    with torch.no_grad(), pytest.warns(tw.FallbackWarning, match="svd") as caught:
        for _ in range(2):
            torch.testing.assert_close(compiled(x), model(x), rtol=1e-4, atol=1e-5)
    assert len([w for w in caught if w.category is tw.FallbackWarning]) == 1


def test_nested_results_and_constants() -> None:
    def model(x: Tensor, flags: dict[str, Any]) -> dict[str, Any]:
        y = x * flags["scale"]
        return {"pair": (y, x), "sum": y.sum(), "name": flags["name"]}

    compiled = torch.compile(model, backend=BACKEND)
    x = torch.randn(3, 4)
    with torch.no_grad():
        for scale in (2, 3):
            flags = {"scale": scale, "name": "a"}
            result, expected = compiled(x, flags), model(x, flags)
            assert result["name"] == "a"
            torch.testing.assert_close(result["pair"], expected["pair"])
            torch.testing.assert_close(result["sum"], expected["sum"])


def test_models_that_train_stay_with_pytorch() -> None:
    model = Mlp()
    compiled = torch.compile(model, backend=BACKEND)
    with pytest.warns(tw.FallbackWarning, match="gradients"):
        compiled(torch.randn(4, 9)).sum().backward()
    assert model.up.weight.grad is not None
