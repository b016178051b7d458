# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What goes in and comes out: nested structures, constants, dtypes, pass-through, locations."""

from __future__ import annotations

import inspect
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from imported_numerics import Call, check, evaluate
from torch import Tensor, nn

from tilewright.errors import InputError
from tilewright.frontend import import_torch

X = torch.randn(4, 6)


def code(text: str) -> str:
    """The operations, without aliases and locations."""
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return re.sub(r" loc\([^)]*\)", "", "\n".join(lines))


def test_nested_inputs_and_outputs() -> None:
    def nested(tree: dict[str, Any], factor: int = 2) -> dict[str, Any]:
        return {"a": tree["x"] + 1, "b": (tree["y"][0] * factor, None, 3, "s")}

    tree = {"x": X, "y": [X, X]}
    module = import_torch(Call(nested).eval(), (tree,), {"factor": 3})
    result = evaluate(module, tree, factor=3)
    torch.testing.assert_close(result["a"], X + 1)
    torch.testing.assert_close(result["b"][0], X * 3)
    assert result["b"][1:] == (None, 3, "s")
    assert [spec.name for spec in module.outputs] == ["a", "b.0"]
    # The second element of y is not used, but it is still an input.
    assert len(module.inputs) == 3


def test_keyword_order_does_not_matter_and_structure_does() -> None:
    module = import_torch(Call(lambda a, *, b, c: a + b * c).eval(), (X,), {"b": X, "c": 2 * X})
    found = module.flatten_inputs((X,), {"c": "third", "b": "second"})
    assert found == [X, "second", "third"]
    with pytest.raises(InputError, match="expected keyword arguments"):
        module.flatten_inputs((X,), {"b": X})
    with pytest.raises(InputError, match="structure"):
        module.flatten_inputs(([X],), {"b": X, "c": X})


def test_python_constants_are_fixed() -> None:
    module = import_torch(Call(lambda x, n, flag: x * n if flag else x).eval(), (X, 3, True))
    torch.testing.assert_close(evaluate(module, X, 3, True), X * 3)
    with pytest.raises(InputError, match="compiled for the constant 3, got 4"):
        module.flatten_inputs((X, 4, True), {})
    with pytest.raises(InputError, match="compiled for the constant True, got 1"):
        module.flatten_inputs((X, 3, 1), {})


def test_passed_through_repeated_and_constant_results() -> None:
    table = torch.tensor([1, 2, 5])

    def function(x: Tensor) -> Any:
        y = x + 1
        return x, y, y, torch.tensor([1, 2, 5])

    module = import_torch(Call(function).eval(), (X,))
    assert len(module.outputs) == 1
    first, second, third, constant = evaluate(module, X)
    assert first is X
    torch.testing.assert_close((second, third, constant), (X + 1, X + 1, table))
    constant.zero_()
    torch.testing.assert_close(evaluate(module, X)[3], table)


def test_changes_in_place_of_the_models_own_values() -> None:
    def function(x: Tensor) -> tuple[Tensor, Tensor]:
        y = x * 2
        y.add_(1)
        y[:, 0] = 5
        y.relu_()
        z = torch.zeros(4, 6)
        z[1:3] = y[1:3]
        return y, z

    check(function, X)


def test_imports_from_several_threads() -> None:
    model = nn.Sequential(nn.Linear(6, 5), nn.GELU()).eval()
    with ThreadPoolExecutor(4) as pool:
        texts = set(pool.map(lambda _: import_torch(model, (X,)).text, range(4)))
    assert len(texts) == 1


@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float16, torch.int64, torch.int32, torch.int16, torch.int8]
)
def test_element_types(dtype: torch.dtype) -> None:
    value = (X * 5).to(dtype)
    module = check(lambda x: x * 2 + x, value)
    assert module.inputs[0].dtype == str(dtype).removeprefix("torch.")


def test_bfloat16_text() -> None:
    module = import_torch(nn.LayerNorm(6).bfloat16().eval(), (X.bfloat16(),))
    assert "tensor<4x6xbf16>" in module.text and module.outputs[0].dtype == "bfloat16"
    # Statistics are gathered in float32, as eager does.
    assert "arith.extf" in module.text


def test_boolean_masks_and_token_ids() -> None:
    check(lambda x, mask: x.masked_fill(mask, -1e9).softmax(-1), X, X > 0)
    check(nn.Embedding(7, 3), torch.tensor([[1, 6], [0, 3]]))


def test_zero_size() -> None:
    module = import_torch(Call(lambda x: x * 2).eval(), (torch.randn(0, 6),))
    assert evaluate(module, torch.randn(0, 6)).shape == (0, 6)


def test_exported_program() -> None:
    exported = torch.export.export(nn.Linear(6, 3).eval(), (X,))
    module = import_torch(exported)
    torch.testing.assert_close(evaluate(module, X), exported.module()(X))


def test_parameters_buffers_and_constants_are_weights() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.randn(6, 6))
            self.register_buffer("kept", torch.randn(6))
            self.register_buffer("hidden", torch.randn(6), persistent=False)
            self.plain = torch.randn(6)

        def forward(self, x: Tensor) -> Tensor:
            constant = torch.tensor([1.0, 2, 3, 4, 5, 6])
            y: Tensor = x @ self.weight + self.get_buffer("kept") * self.get_buffer("hidden")
            return y + self.plain * constant

    module = check(Model(), X)
    names = [weight.name for weight in module.weights]
    assert names[:3] == ["weight", "kept", "hidden"]
    # Their product is known: one constant.
    assert len(names) == 4 and names[3].startswith("constant.")


def helper(x: Tensor) -> Tensor:
    return torch.tanh(x)


def test_operations_carry_the_users_line() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(6, 5)

        def forward(self, x: Tensor) -> Tensor:
            y = self.linear(x)
            return helper(y)

    text = check(Model(), X).text
    first = inspect.getsourcelines(Model)[1]
    places = dict(re.findall(r'^(#loc\d*) = loc\("([^"]+":\d+:0)\)', text, re.M))
    used = {
        name: places[place].replace('"', "")
        for name, place in re.findall(
            r"(math\.tanh|linalg\.matmul).* loc\((#loc\d*)\)$", text, re.M
        )
    }
    assert used["math.tanh"] == f"{__file__}:{inspect.getsourcelines(helper)[1] + 1}:0"
    assert used == used | {"linalg.matmul": f"{__file__}:{first + 6}:0"}


def test_models_of_torch_modules_carry_module_names() -> None:
    text = check(nn.Sequential(nn.Linear(6, 5), nn.Sigmoid()), X).text
    assert 'loc("0")' in text and 'loc("1")' in text


def test_importing_twice_gives_the_same_text() -> None:
    model = nn.Sequential(nn.Linear(6, 5), nn.LayerNorm(5), nn.GELU()).eval()
    assert import_torch(model, (X,)).text == import_torch(model, (X,)).text


def test_the_model_is_left_as_it_was() -> None:
    model = nn.Sequential(nn.Linear(6, 5), nn.Linear(5, 5)).eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    import_torch(model, (X,))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(parameter.requires_grad for parameter in model.parameters())
