# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""precision="bf16": the loss of bfloat16 operands and no more, the same bits for any thread count.

The criterion: against float64 eager, and in the L2 norm, a result is at most a tenth further away
than that of PyTorch's autocast to bfloat16, which rounds results of contractions as well.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from small_models import Cnn, Encoder, Function, Mlp
from test_zoo import leaves, widened
from torch import Tensor, nn
from torch.export import Dim
from torch.nn.functional import scaled_dot_product_attention

import tilewright as tw
from tilewright import zoo
from tilewright.targets import resolve_target
from tilewright.targets.cpu import CpuTarget

# Those that compile in less than about five seconds.
ZOO = ("mobilenet_v2", "gpt2", "unet")


@dataclass
class Case:
    """A model in evaluation mode, and inputs of it."""

    model: nn.Module
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def eager(self) -> list[Tensor]:
        with torch.no_grad():
            return leaves(self.model(*self.args, **self.kwargs))

    def autocast(self) -> list[Tensor]:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return self.eager()

    def exact(self) -> list[Tensor]:
        model = copy.deepcopy(self.model).double()
        return Case(model, widened(self.args), widened(self.kwargs)).eager()

    def compile(self, **options: Any) -> tw.CompiledModule:
        return tw.compile(
            self.model,
            self.args,
            example_kwargs=self.kwargs,
            **{"threads": 2, "cache": False} | options,
        )


def randn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


def case_of(model: nn.Module | Callable[..., Any], *args: Tensor) -> Case:
    module = model if isinstance(model, nn.Module) else Function(model)
    return Case(module.eval().requires_grad_(False), args, {})


CASES: dict[str, Callable[[], Case]] = {
    "linear": lambda: case_of(nn.Linear(256, 192), randn(64, 256)),
    "one row": lambda: case_of(nn.Linear(256, 192), randn(1, 256)),
    "odd sum": lambda: case_of(nn.Linear(63, 40), randn(20, 63)),
    "no sum": lambda: case_of(nn.Linear(1, 40), randn(20, 1)),
    "convolution": lambda: case_of(nn.Conv2d(8, 12, 3, padding=1), randn(2, 8, 15, 17)),
    "to three channels": lambda: case_of(nn.Conv2d(64, 3, 3, padding=1), randn(2, 64, 9, 7)),
    "three channels": lambda: case_of(nn.Conv2d(3, 16, 7, stride=2), randn(1, 3, 33, 31)),
    "padded image": lambda: case_of(nn.Conv2d(3, 16, 3, padding=1), randn(1, 3, 33, 31)),
    "grouped": lambda: case_of(nn.Conv2d(16, 24, 3, groups=4), randn(2, 16, 9, 7)),
    "depthwise": lambda: case_of(nn.Conv2d(16, 16, 3, groups=16), randn(2, 16, 9, 7)),
    "wide depthwise": lambda: case_of(
        nn.Sequential(nn.Conv2d(9, 72, 1), nn.Conv2d(72, 72, 3, stride=2, groups=72)),
        randn(2, 9, 19, 17),
    ),
    "transposed": lambda: case_of(nn.ConvTranspose2d(8, 6, 2, stride=2), randn(2, 8, 9, 7)),
    "two operands": lambda: case_of(torch.matmul, randn(3, 20, 30), randn(3, 30, 17)),
    "two odd operands": lambda: case_of(torch.matmul, randn(3, 20, 31), randn(3, 31, 17)),
    "attention": lambda: case_of(scaled_dot_product_attention, *[randn(2, 4, 33, 32)] * 3),
    "odd heads": lambda: case_of(scaled_dot_product_attention, *[randn(2, 4, 33, 7)] * 3),
    "lstm": lambda: case_of(nn.LSTM(16, 20), randn(5, 2, 16)),
    "mlp": lambda: case_of(Mlp(), randn(40, 9)),
    "cnn": lambda: case_of(Cnn(), randn(16, 3, 32, 20)),
    "encoder": lambda: case_of(Encoder(), torch.arange(38).reshape(2, 19)),
}


def zoo_case(name: str) -> Case:
    entry = zoo.build(name, "small")
    return Case(entry.model, entry.example_args, dict(entry.example_kwargs))


def loss(results: list[Tensor], exact: list[Tensor]) -> float:
    """The largest relative error in the L2 norm."""
    losses = [0.0]
    for got, want in zip(results, exact, strict=True):
        if want.is_floating_point():
            losses.append(float((got.double() - want).norm() / want.norm()))
    return max(losses)


@pytest.fixture(scope="module", params=[*CASES, *(f"zoo:{name}" for name in ZOO)])
def compiled(request: pytest.FixtureRequest) -> tuple[Case, tw.CompiledModule]:
    torch.manual_seed(0)
    name = request.param
    case = zoo_case(name.removeprefix("zoo:")) if name.startswith("zoo:") else CASES[name]()
    return case, case.compile(precision="bf16")


def test_loss_is_that_of_bf16(compiled: tuple[Case, tw.CompiledModule]) -> None:
    case, module = compiled
    ours = leaves(module(*case.args, **case.kwargs))
    eager, exact = case.eager(), case.exact()
    for got, want in zip(ours, eager, strict=True):
        assert (got.shape, got.dtype) == (want.shape, want.dtype)
    assert loss(ours, exact) <= 1.1 * loss(case.autocast(), exact)
    # Something has been rounded.
    assert loss(ours, exact) > 100 * loss(eager, exact)


def test_same_bits_for_any_number_of_threads(compiled: tuple[Case, tw.CompiledModule]) -> None:
    case, module = compiled
    results = []
    for threads in (2, 1, 3):
        module.threads = threads
        results.append(leaves(module(*case.args, **case.kwargs)))
    for other in results[1:]:
        for first, again in zip(results[0], other, strict=True):
            assert torch.equal(first, again)


def test_infinite_pixel_stays_in_its_windows() -> None:
    """Zeros that make odd channels even must not meet the numbers of another window."""
    case = case_of(nn.Conv2d(3, 16, 7, stride=2), randn(1, 3, 33, 31))
    case.args[0][0, 2, 12, 11] = torch.inf
    [result], [eager] = leaves(case.compile(precision="bf16")(*case.args)), case.eager()
    assert torch.equal(result.isfinite(), eager.isfinite())
    assert not eager.isfinite().all()


@pytest.mark.parametrize("name", ["linear", "convolution", "encoder"])
def test_f32_is_the_default(name: str) -> None:
    case = CASES[name]()
    [default], [explicit] = (
        leaves(case.compile(**options)(*case.args)) for options in ({}, {"precision": "f32"})
    )
    assert torch.equal(default, explicit)
    exact = case.exact()
    assert loss([default], exact) <= 4 * loss(case.eager(), exact)


def test_varying_batch() -> None:
    case = CASES["linear"]()
    shapes = ({0: Dim("batch", max=128)},)
    module = tw.compile(case.model, case.args, dynamic_shapes=shapes, precision="bf16")
    for rows in (64, 1, 2, 7, 128, 33):
        now = case_of(case.model, randn(rows, 256))
        exact = now.exact()
        ours = [module(*now.args)]
        assert loss(ours, exact) <= 1.1 * loss(now.autocast(), exact)
        assert loss(ours, exact) > 100 * loss(now.eager(), exact)
    assert module(randn(0, 256)).shape == (0, 192)


@pytest.mark.parametrize("size", ["length", "batch and length"])
def test_varying_sequences(size: str) -> None:
    case = CASES["encoder"]()
    length = Dim("length", min=2, max=64)
    varying = {1: length} if size == "length" else {0: Dim("batch", max=8), 1: length}
    module = tw.compile(case.model, case.args, dynamic_shapes=(varying,), precision="bf16")
    for count in (19, 2, 33, 64):
        now = case_of(case.model, torch.arange(2 * count).remainder(50).reshape(2, count))
        exact = now.exact()
        assert loss([module(*now.args)], exact) <= 1.1 * loss(now.autocast(), exact)


@pytest.mark.parametrize("processor", ["x86-64-v4", "x86-64-v3"])
@pytest.mark.parametrize(
    "name", ["linear", "odd sum", "convolution", "wide depthwise", "attention", "encoder"]
)
def test_processors_without_the_instruction(name: str, processor: str) -> None:
    if not CpuTarget.host().triple.startswith("x86_64"):
        pytest.skip("the machine is no x86-64")
    target = resolve_target(f"cpu:{processor}")
    if obstacle := target.obstacle():
        pytest.skip(obstacle)
    case = CASES[name]()
    exact = case.exact()
    ours = leaves(case.compile(precision="bf16", target=target)(*case.args))
    limit = 1.1 * loss(case.autocast(), exact)
    assert loss(ours, exact) <= limit
    native = leaves(case.compile(precision="bf16")(*case.args))
    assert loss(ours, [result.double() for result in native]) <= limit


# What these are decomposed into is rounded to bf16 after each step, which costs them up to 1.6 x
# what eager loses: its kernels round once.
ROUNDED_OFTEN = pytest.mark.xfail(reason="batch norm and gates are rounded after each step")


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=ROUNDED_OFTEN) if n in ("cnn", "lstm") else n for n in sorted(CASES)],
)
def test_models_in_bf16(name: str) -> None:
    torch.manual_seed(0)
    wide = CASES[name]()
    args = tuple(arg.bfloat16() if arg.is_floating_point() else arg for arg in wide.args)
    case = Case(copy.deepcopy(wide.model).bfloat16(), args, {})
    ours = leaves(case.compile()(*case.args))
    eager, exact = case.eager(), case.exact()
    assert [result.dtype for result in ours] == [result.dtype for result in eager]
    assert loss(ours, exact) <= 1.1 * loss(eager, exact)
