# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The zoo's models are alive: sane scales everywhere, outputs that depend on the input."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from tilewright import zoo

NAMES = zoo.names()


@cache
def small(name: str) -> zoo.ZooModel:
    return zoo.build(name, "small")


def run(model: nn.Module, args: Any, kwargs: Any) -> list[Tensor]:
    with torch.no_grad():
        return [leaf for leaf in pytree.tree_leaves(model(*args, **kwargs))]


def other_inputs(entry: zoo.ZooModel) -> tuple[Any, ...]:
    generator = torch.Generator().manual_seed(7)
    first = entry.example_args[0]
    if first.is_floating_point():
        return (torch.randn(first.shape, generator=generator), *entry.example_args[1:])
    # A decode step takes one token.
    other = first.flip(-1) if first.shape[-1] > 1 else (first == 0).to(first.dtype)
    return (other, *entry.example_args[1:])


def test_all_models_of_the_issue_are_there() -> None:
    wanted = {
        "simple_cnn", "mlp", "resnet50", "mobilenet_v2", "vit_base", "bert_base", "gpt2",
        "tiny_llama", "llama_decode", "t5_small", "lstm", "unet", "edsr",
    }  # fmt: skip
    assert set(NAMES) == wanted


@pytest.mark.parametrize("name", NAMES)
def test_is_float32_in_eval_mode(name: str) -> None:
    entry = small(name)
    assert not any(module.training for module in entry.model.modules())
    kinds = {parameter.dtype for parameter in entry.model.parameters()}
    assert kinds == {torch.float32}


@pytest.mark.parametrize("name", NAMES)
def test_outputs_have_a_sane_scale(name: str) -> None:
    entry = small(name)
    for output in run(entry.model, entry.example_args, entry.example_kwargs):
        assert torch.isfinite(output).all()
        assert 0.3 < output.std() < 8


@pytest.mark.parametrize("name", NAMES)
def test_outputs_depend_on_the_input(name: str) -> None:
    entry = small(name)
    before = run(entry.model, entry.example_args, entry.example_kwargs)
    after = run(entry.model, other_inputs(entry), entry.example_kwargs)
    for left, right in zip(before, after, strict=True):
        assert (left - right).abs().max() > 0.1 * left.std()


@pytest.mark.parametrize("name", NAMES)
def test_no_layer_is_dead_or_explodes(name: str) -> None:
    entry = small(name)
    scales: dict[str, float] = {}

    def record(path: str) -> Any:
        def hook(module: nn.Module, args: Any, output: Any) -> None:
            if isinstance(output, Tensor) and output.is_floating_point():
                scales[path] = float(output.std())

        return hook

    layers = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d, nn.LayerNorm, nn.BatchNorm2d)
    handles = [
        module.register_forward_hook(record(path))
        for path, module in entry.model.named_modules()
        if isinstance(module, layers)
    ]
    run(entry.model, entry.example_args, entry.example_kwargs)
    for handle in handles:
        handle.remove()
    assert scales
    assert {path: std for path, std in scales.items() if not 0.2 < std < 5} == {}


@pytest.mark.parametrize("name", ["simple_cnn", "resnet50", "gpt2", "lstm"])
def test_building_twice_gives_the_same_bits(name: str) -> None:
    first, second = small(name), zoo.build(name, "small")
    assert torch.equal(first.example_args[0], second.example_args[0])
    state = second.model.state_dict()
    assert all(torch.equal(value, state[key]) for key, value in first.model.state_dict().items())


def test_building_leaves_the_generator_alone() -> None:
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    zoo.build("simple_cnn", "small")
    assert torch.equal(torch.rand(3), expected)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="there are: simple_cnn"):
        zoo.build("resnet5O")
    with pytest.raises(ValueError, match="'full' or 'small'"):
        zoo.build("mlp", "tiny")  # type: ignore[arg-type]


def test_listing_the_package_needs_no_torch() -> None:
    code = "import sys, tilewright.zoo, tilewright.frontend; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
