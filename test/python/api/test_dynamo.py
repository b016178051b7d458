# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The backend of torch.compile: what it compiles, when again, and what it leaves to PyTorch."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import tilewright as tw
from tilewright import dynamo


class Recorder:
    """In place of tilewright.compile: runs the graph with the weights of that time."""

    def __init__(self) -> None:
        self.inputs: list[tuple[Any, ...]] = []
        self.calls = 0
        self.refusal: Exception | None = None

    def __call__(self, model: nn.Module, inputs: tuple[Any, ...], **options: Any) -> Any:
        self.inputs.append(inputs)
        self.options = options
        if self.refusal:
            raise self.refusal
        frozen = {name: buffer.clone() for name, buffer in model.named_buffers()}

        def run(*args: Any) -> Any:
            self.calls += 1
            return torch.func.functional_call(model, frozen, args)

        return run


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    recorder = Recorder()
    monkeypatch.setattr(dynamo, "compile_model", recorder)
    torch._dynamo.reset()
    yield recorder
    torch._dynamo.reset()


def model() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ReLU()).eval()


def test_weights_are_no_inputs(recorder: Recorder) -> None:
    eager = model()
    compiled = torch.compile(eager, backend=dynamo.backend, options={"threads": 1})
    x = torch.randn(3, 4)
    with torch.no_grad():
        torch.testing.assert_close(compiled(x), eager(x))
        compiled(x)
    assert [len(inputs) for inputs in recorder.inputs] == [1]
    assert recorder.calls == 2
    assert recorder.options == {"threads": 1}


def test_other_shapes_are_compiled_for_themselves(recorder: Recorder) -> None:
    eager = model()
    compiled = torch.compile(eager, backend=dynamo.backend)
    with torch.no_grad():
        for rows in (3, 7, 9, 7, 9):
            x = torch.randn(rows, 4)
            torch.testing.assert_close(compiled(x), eager(x))
    assert [inputs[0].shape[0] for inputs in recorder.inputs] == [3, 7, 9]


def test_changed_weights_are_noticed(recorder: Recorder) -> None:
    eager = model()
    compiled = torch.compile(eager, backend=dynamo.backend)
    x = torch.randn(3, 4)
    with torch.no_grad():
        before = compiled(x)
        next(eager.parameters()).mul_(2)
        after = compiled(x)
        torch.testing.assert_close(after, eager(x))
    assert not torch.equal(before, after)
    assert len(recorder.inputs) == 2


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        (tw.InputError("an operation is not supported"), "an operation is not supported"),
        (ValueError("a bug"), "ValueError: a bug"),
    ],
)
def test_refused_graphs_are_left_to_pytorch(
    recorder: Recorder, refusal: Exception, message: str
) -> None:
    eager = model()
    compiled = torch.compile(eager, backend=dynamo.backend)
    recorder.refusal = refusal
    x = torch.randn(3, 4)
    with torch.no_grad(), pytest.warns(tw.FallbackWarning, match=message) as caught:
        for _ in range(3):
            torch.testing.assert_close(compiled(x), eager(x))
    assert len([w for w in caught if w.category is tw.FallbackWarning]) == 1
    assert len(recorder.inputs) == 1


def test_each_part_of_a_model_stands_for_itself(recorder: Recorder) -> None:
    def two_parts(x: Tensor) -> Tensor:
        y = torch.relu(x) + 1
        torch._dynamo.graph_break()
        return torch.sort(y)[0] * 2

    compiled = torch.compile(two_parts, backend=dynamo.backend)
    x = torch.randn(5)
    with torch.no_grad():
        torch.testing.assert_close(compiled(x), two_parts(x))
    assert len(recorder.inputs) == 2


def test_gradients_are_left_to_pytorch(recorder: Recorder) -> None:
    eager = model()
    compiled = torch.compile(eager, backend=dynamo.backend)
    x = torch.randn(3, 4)
    with pytest.warns(tw.FallbackWarning, match=r"use torch.no_grad\(\) for inference"):
        loss = compiled(x).sum()
    loss.backward()
    assert next(eager.parameters()).grad is not None
    assert not recorder.inputs
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("error", tw.FallbackWarning)
        compiled(x)


def test_many_shapes_are_left_to_pytorch(recorder: Recorder) -> None:
    def double(x: Tensor) -> Tensor:
        return x * 2

    compiled = torch.compile(double, backend=dynamo.backend, dynamic=True)
    with torch.no_grad(), pytest.warns(tw.FallbackWarning, match="more than 8 different shapes"):
        for rows in range(2, 14):
            torch.testing.assert_close(compiled(torch.ones(rows)), 2 * torch.ones(rows))
    assert len(recorder.inputs) == 8


def test_entry_point() -> None:
    from importlib.metadata import distributions

    if not any(d.metadata["Name"] == "tilewright" for d in distributions()):
        pytest.skip("tilewright is not installed here, but run from its sources")
    assert "tilewright" in torch._dynamo.list_backends()
