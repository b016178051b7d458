# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The numbers that kernels of target cuda compute, without a GPU: see gpu_emulator.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from gpu_emulator import Array, Emulator, poisoned
from torch import nn

from tilewright.frontend import import_torch
from tilewright.frontend.imported import TensorSpec
from tilewright.pipeline import run_phases
from tilewright.signature import HostInterface, read_interface
from tilewright.targets.cuda import CudaTarget


class Function(nn.Module):
    def __init__(self, function: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return self.function(*inputs)


def emulate(model: nn.Module, inputs: tuple[torch.Tensor, ...], **options: Any) -> list[Array]:
    """The results of @main, after @init."""
    imported = import_torch(model, inputs, {}, **options)
    interfaces: dict[str, HostInterface] = {}

    def observe(phase: str, module: Any) -> None:
        if phase in ("", "graph"):
            interfaces["latest"] = read_interface(module)

    run = run_phases(imported.text, CudaTarget(), observe=observe)
    interface = interfaces["latest"]
    weights = {weight.name: weight.tensor.detach().numpy() for weight in imported.weights}
    names = [spec.name for spec in imported.inputs]
    emulator = Emulator(run.module)
    prepared = [_poisoned(spec) for spec in interface.prepared]
    if interface.init:
        emulator.run("init", [*(weights[a.name] for a in interface.init), *prepared])
    arguments: list[Array] = []
    for argument in interface.main:
        if argument.kind == "input":
            arguments.append(inputs[names.index(argument.name)].numpy())
        elif argument.kind == "weight":
            arguments.append(weights[argument.name])
        else:
            arguments.append(prepared[argument.index])
    before = [array.copy() for array in arguments]
    known = {i: _poisoned(o) for i, o in enumerate(interface.outputs) if None not in o.shape}
    emulator.run("main", [*arguments, *known.values()])
    for array, copy in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(array, copy, "inputs and weights are only read")
    return [{**emulator.outputs, **known}[i] for i in range(len(interface.outputs))]


def _poisoned(spec: TensorSpec) -> Array:
    return poisoned([size or 0 for size in spec.shape], spec.dtype)


def mlp() -> nn.Module:
    layers = [nn.Linear(8, 20), nn.GELU(), nn.LayerNorm(20), nn.Linear(20, 5), nn.Softmax(-1)]
    return nn.Sequential(*layers)


def cnn() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1, stride=2),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16, 3),
    )


def attention(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    return torch.softmax(q @ k.transpose(-1, -2) * 0.5, -1) @ k


CASES: dict[str, tuple[nn.Module, tuple[tuple[int, ...], ...]]] = {
    "mlp": (mlp(), ((3, 8),)),
    "many-blocks": (Function(lambda x, y: x @ y), ((20, 3), (3, 30))),
    "cnn": (cnn(), ((2, 3, 8, 8),)),
    "attention": (Function(attention), ((2, 5, 4), (2, 7, 4))),
    "sum": (Function(lambda x: x.sum()), ((3, 70),)),
    "mean-of-columns": (Function(lambda x: x.mean(0) + x[1, 0]), ((9, 70),)),
    "softmax-of-columns": (Function(lambda x: torch.softmax(x, 0).t() * 2), ((5, 7),)),
    "maximum": (Function(lambda x: x.amax(1)), ((5, 7),)),
    "rms-norm": (nn.RMSNorm(12), ((3, 2, 12),)),
    "functions": (
        Function(lambda x: torch.sin(x * 1e6) + x.abs().log() * x.exp() + x.abs().pow(1.7)),
        ((4, 65),),
    ),
    "concatenation": (Function(lambda x, y: torch.cat([x, y * 2, x], 1)), ((2, 3), (2, 5))),
    "padding": (Function(lambda x: F.pad(x, (1, 2), value=3.0) * 2), ((2, 5),)),
    "slices": (Function(lambda x: x[1:, 2:9:3] - x[:-1, ::3]), ((4, 9),)),
    "constants": (Function(lambda x: x + torch.tensor([1.0, 2.0, 4.0])), ((4, 3),)),
}


@pytest.mark.parametrize("name", CASES)
def test_numbers(name: str) -> None:
    torch.manual_seed(0)
    model, shapes = CASES[name]
    inputs = tuple(torch.randn(shape) for shape in shapes)
    (result,) = emulate(model.eval(), inputs)
    with torch.no_grad():
        single = model(*inputs).double().numpy()
        double = model.double()(*(tensor.double() for tensor in inputs)).numpy()
    assert result.shape == double.shape
    scale = np.abs(double).max()
    allowed = max(4 * np.abs(single - double).max(), 2e-6 * scale)
    assert np.abs(result - double).max() <= allowed


@pytest.mark.parametrize("rows", [2, 64, 70])
def test_any_number_of_rows(rows: int) -> None:
    torch.manual_seed(0)
    model = mlp().eval()
    inputs = (torch.randn(rows, 8),)
    sizes = ({0: torch.export.Dim("rows", min=2, max=999)},)
    (result,) = emulate(model, inputs, dynamic_shapes=sizes)
    np.testing.assert_allclose(result, model(*inputs).detach().numpy(), rtol=1e-5, atol=1e-6)


def test_booleans_and_integers() -> None:
    inputs = (torch.arange(-8, 12).reshape(4, 5), torch.tensor([True, False, True, True, False]))

    def choose(x: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
        return torch.where(keep & (x > -5), x * 3, x // 2)

    (result,) = emulate(Function(choose), inputs)
    np.testing.assert_array_equal(result, choose(*inputs).numpy())
