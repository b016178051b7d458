# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every zoo model imports, keeps the front end's promises, and computes what eager computes."""

from __future__ import annotations

import re
from functools import cache

import pytest
from imported_numerics import assert_like_eager

from tilewright import zoo
from tilewright.frontend import ImportedModule, import_torch

NAMES = zoo.names()


@cache
def imported(name: str) -> tuple[zoo.ZooModel, ImportedModule]:
    entry = zoo.build(name, "small")
    return entry, import_torch(entry.model, entry.example_args, entry.example_kwargs)


@pytest.mark.parametrize("name", NAMES)
def test_computes_what_eager_computes(name: str) -> None:
    entry, module = imported(name)
    assert_like_eager(entry.model, module, *entry.example_args, **entry.example_kwargs)


@pytest.mark.parametrize("name", NAMES)
def test_has_no_float64_no_foreign_operation_no_power(name: str) -> None:
    _, module = imported(name)
    code = module.text.split("\n#loc")[0]
    assert not re.search(r"\bf64\b|math\.fpowi|\btorch\.|tm_tensor|ml_program", code)


@pytest.mark.parametrize("name", NAMES)
def test_no_weight_is_text(name: str) -> None:
    _, module = imported(name)
    # A splat is one element; a list of elements or a blob of bytes is a weight.
    assert not re.search(r"dense(_resource)?<(\[|\"0x|[a-z_])", module.text.replace("<true>", ""))


@pytest.mark.parametrize("name", NAMES)
def test_every_argument_is_named(name: str) -> None:
    _, module = imported(name)
    header = module.text.split("func.func @main(")[1].split(") -> ")[0]
    attributes = r'\{tw\.(weight|input) = "([^"]+)"(?:, tw\.updated_by = \d+ : i64)?\}'
    named = re.findall(rf"%arg(\d+): tensor<[^>]*> {attributes}", header)
    expected = []
    for index, (kind, position) in enumerate(module.arguments):
        specs = module.weights if kind == "weight" else module.inputs
        expected.append((str(index), kind, specs[position].name))
    assert named == expected


@pytest.mark.parametrize("name", NAMES)
def test_weights_are_the_models_own_memory(name: str) -> None:
    entry, module = imported(name)
    own = {tensor.untyped_storage().data_ptr() for tensor in entry.model.state_dict().values()}
    own |= {buffer.untyped_storage().data_ptr() for buffer in entry.model.buffers()}
    for weight in module.weights:
        assert weight.tensor.is_contiguous() and not weight.tensor.requires_grad
        shared = weight.tensor.untyped_storage().data_ptr() in own
        assert shared or weight.name.startswith("constant.")


def test_causal_masks_are_index_comparisons() -> None:
    for name in ("gpt2", "tiny_llama"):
        _, module = imported(name)
        kinds = {str(weight.tensor.dtype) for weight in module.weights}
        assert "torch.bool" not in kinds
        assert "arith.cmpi sle" in module.text


def test_output_structure_is_the_models_own() -> None:
    _, module = imported("bert_base")
    assert [spec.name for spec in module.outputs] == ["last_hidden_state", "pooler_output"]
    result = module.unflatten_outputs(["first", "second"], [])
    assert (result.last_hidden_state, result.pooler_output) == ("first", "second")
