# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What compiled models take: any layout, no elements, several dtypes; and what they leave alone."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from small_models import F32, Cnn, Encoder, Function
from torch import Tensor, nn

import tilewright as tw


@pytest.fixture(scope="module")
def cnn() -> nn.Module:
    return Cnn().eval().requires_grad_(False)


@pytest.fixture(scope="module")
def compiled_cnn(cnn: nn.Module) -> tw.CompiledModule:
    return tw.compile(cnn, (torch.randn(2, 3, 16, 12),))


@pytest.fixture(scope="module")
def compiled_encoder() -> tw.CompiledModule:
    return tw.compile(Encoder().eval(), (torch.arange(14).reshape(2, 7),))


LAYOUTS: dict[str, Callable[[Tensor], Any]] = {
    "channels last": lambda x: x.to(memory_format=torch.channels_last),
    "every second": lambda x: torch.stack([x, x], dim=-1)[..., 0],
    "transposed": lambda x: x.transpose(2, 3).contiguous().transpose(2, 3),
    "part": lambda x: torch.nn.functional.pad(x, (3, 2, 1, 1))[:, :, 1:-1, 3:-2],
    "negative strides": lambda x: x.numpy()[::-1, :, ::-1].copy()[::-1, :, ::-1],
    "numpy, Fortran order": lambda x: np.asfortranarray(x.numpy()),
    "shifted by a float": lambda x: torch.cat([x.new_zeros(1), x.flatten()])[1:].view(x.shape),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout: str, cnn: nn.Module, compiled_cnn: tw.CompiledModule) -> None:
    x = torch.randn(2, 3, 16, 12)
    given = LAYOUTS[layout](x)
    torch.testing.assert_close(torch.as_tensor(compiled_cnn(given)), cnn(x), **F32)


def test_one_image_for_all(cnn: nn.Module, compiled_cnn: tw.CompiledModule) -> None:
    x = torch.randn(1, 3, 16, 12).expand(2, -1, -1, -1)
    torch.testing.assert_close(compiled_cnn(x), cnn(x), **F32)


def test_wrong_inputs(compiled_cnn: tw.CompiledModule, compiled_encoder: tw.CompiledModule) -> None:
    x = torch.randn(2, 3, 16, 12)
    with pytest.raises(tw.InputError, match=r"'image' has shape \[2, 3, 12, 16\]"):
        compiled_cnn(x.transpose(2, 3))
    with pytest.raises(tw.InputError, match="'image' has dtype float64"):
        compiled_cnn(x.double())
    with pytest.raises(tw.InputError, match="'image' has dtype float16"):
        compiled_cnn(x.half().numpy())
    with pytest.raises(tw.InputError, match="'image' is on device meta"):
        compiled_cnn(x.to("meta"))
    with pytest.raises(tw.InputError, match="expected a tensor"):
        compiled_cnn(3.0)
    with pytest.raises(tw.InputError, match="'tokens' has dtype int32"):
        compiled_encoder(torch.zeros(2, 7, dtype=torch.int32))


def test_inputs_and_weights_are_never_written(cnn: nn.Module) -> None:
    weights = copy.deepcopy(cnn.state_dict())
    compiled = tw.compile(cnn, (torch.randn(2, 3, 16, 12),))
    x = torch.randn(2, 3, 16, 12)
    before = x.clone()
    compiled(x)
    compiled(x)
    assert torch.equal(x, before)
    for name, weight in cnn.state_dict().items():
        assert torch.equal(weight, weights[name]), name


def test_read_only_memory_is_enough(cnn: nn.Module, compiled_cnn: tw.CompiledModule) -> None:
    array = np.random.default_rng(0).standard_normal((2, 3, 16, 12)).astype(np.float32)
    array.flags.writeable = False
    expected = cnn(torch.from_numpy(array.copy())).numpy()
    np.testing.assert_allclose(compiled_cnn(array), expected, **F32)


def test_model_that_changes_its_input() -> None:
    """As in PyTorch, the caller's tensor changes with it."""
    x = torch.ones(4)
    compiled = tw.compile(Function(lambda v: v.add_(1) * 2), (x,))
    torch.testing.assert_close(compiled(x), torch.full((4,), 4.0))
    assert torch.equal(x, torch.full((4,), 2.0))


def test_input_and_weight_that_are_outputs() -> None:
    class Through(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.arange(3.0))

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
            return x, self.weight, x + self.weight, x

    model = Through().eval()
    x = torch.randn(3)
    compiled = tw.compile(model, (x,))
    first = compiled(x)
    torch.testing.assert_close(first, tuple(t.detach() for t in model(x)))
    # Writing into a result changes no weight and no later result.
    for result in first[1:3]:
        result.fill_(7)
    torch.testing.assert_close(compiled(x)[1], torch.arange(3.0))


def test_results_are_new_memory(compiled_cnn: tw.CompiledModule) -> None:
    x = torch.randn(2, 3, 16, 12)
    first = compiled_cnn(x)
    kept = first.clone()
    second = compiled_cnn(2 * x)
    assert first.data_ptr() != second.data_ptr()
    assert torch.equal(first, kept)


EMPTY: dict[str, tuple[Callable[..., Any], tuple[Tensor, ...]]] = {
    "elementwise": (lambda x: x.relu() + 1, (torch.zeros(0, 5),)),
    "inner size": (lambda x: x * 2, (torch.zeros(3, 0, 4),)),
    "sum of nothing": (lambda x: x.sum(dim=0), (torch.zeros(0, 5),)),
    "sum over columns": (lambda x: x.sum(dim=1), (torch.zeros(0, 5),)),
    "softmax": (lambda x: x.softmax(-1), (torch.zeros(0, 5),)),
    "matmul, no rows": (lambda x, y: x @ y, (torch.zeros(0, 5), torch.ones(5, 3))),
    "matmul, no depth": (lambda x, y: x @ y, (torch.zeros(4, 0), torch.ones(0, 3))),
    "concatenated": (lambda x, y: torch.cat([x, y]), (torch.zeros(0, 5), torch.ones(2, 5))),
    "convolution": (
        lambda x, w: torch.nn.functional.conv2d(x, w),
        (torch.zeros(0, 3, 8, 8), torch.ones(4, 3, 3, 3)),
    ),
}


@pytest.mark.parametrize("name", EMPTY)
def test_no_elements(name: str) -> None:
    function, inputs = EMPTY[name]
    expected = function(*inputs)
    result = tw.compile(Function(function).eval(), inputs)(*inputs)
    assert result.shape == expected.shape
    torch.testing.assert_close(result, expected)


def test_same_bits_at_any_number_of_threads(
    compiled_cnn: tw.CompiledModule, compiled_encoder: tw.CompiledModule
) -> None:
    tokens = torch.arange(14).reshape(2, 7)
    for compiled, x in ((compiled_cnn, torch.randn(2, 3, 16, 12)), (compiled_encoder, tokens)):
        results = []
        for threads in (1, 2, 3):
            compiled.threads = threads
            results.append(compiled(x))
        assert all(torch.equal(result, results[0]) for result in results)


def test_python_threads_may_share_a_module(cnn: nn.Module, compiled_cnn: tw.CompiledModule) -> None:
    inputs = [torch.randn(2, 3, 16, 12) for _ in range(4)]
    results: list[Any] = [None] * len(inputs)

    def call(place: int) -> None:
        for _ in range(20):
            results[place] = compiled_cnn(inputs[place])

    workers = [threading.Thread(target=call, args=(place,)) for place in range(len(inputs))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for x, result in zip(inputs, results, strict=True):
        torch.testing.assert_close(result, cnn(x), **F32)
