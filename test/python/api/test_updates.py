# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a model changes in place: inputs in the caller's memory, buffers in the model's."""

from __future__ import annotations

import copy
import re
from typing import Any

import numpy as np
import pytest

import tilewright as tw
from tilewright.errors import InputError, RunError

torch = pytest.importorskip("torch")
from torch import Tensor, nn  # noqa: E402

HEADS, SIZE = 2, 6


class Call(nn.Module):
    def __init__(self, function: Any) -> None:
        super().__init__()
        self.function = function

    def forward(self, *args: Any) -> Any:
        return self.function(*args)


def index_copy(cache: Tensor, place: Tensor, row: Tensor) -> Tensor:
    return cache.index_copy_(2, place, row)


def slice_assign(cache: Tensor, place: Tensor, row: Tensor) -> Tensor:
    cache[:, :, place] = row
    return cache


def index_put(cache: Tensor, place: Tensor, row: Tensor) -> Tensor:
    cache.index_put_((torch.tensor([0]), torch.tensor([1]), place), row[0, 1])
    return cache


def cache_of(rows: int) -> Tensor:
    cache: Tensor = torch.randn(1, HEADS, rows, SIZE)
    return cache


def compile_write(write: Any, rows: int = 9) -> Any:
    args = (cache_of(rows), torch.tensor([1]), cache_of(1))
    return tw.compile(Call(write).eval(), args, threads=1)


@pytest.mark.parametrize("write", [index_copy, slice_assign, index_put])
def test_row_is_written_in_place(write: Any) -> None:
    module = compile_write(write)
    cache = cache_of(9)
    expected, address = cache.clone(), cache.data_ptr()
    for place in [0, 4, 8] + [-1, -9] * (write is not index_copy):
        row = cache_of(1)
        returned = module(cache, torch.tensor([place]), row)
        write(expected, torch.tensor([place]), row)
        assert torch.equal(cache, expected)
        assert returned is cache and cache.data_ptr() == address


@pytest.mark.parametrize("place", [9, 100, -10, -11])
def test_place_outside_fails_and_writes_nothing(place: int) -> None:
    module = compile_write(slice_assign)
    cache = cache_of(9)
    before = cache.clone()
    with pytest.raises(RunError, match="index must be"):
        module(cache, torch.tensor([place]), cache_of(1))
    assert torch.equal(cache, before)


def test_writing_does_not_depend_on_the_size() -> None:
    texts = []
    for rows in (9, 20000):
        main = compile_write(index_copy, rows).ir("bufferize").split("@main")[1].split("@init")[0]
        assert f"memref.copy %arg0 : memref<1x2x{rows}x6xf32>" not in main
        texts.append(re.sub(r"[0-9]+", "N", main))
    # The same operations, whatever the sizes are.
    assert texts[0] == texts[1]


def test_any_batch() -> None:
    batch = torch.export.Dim("batch", max=64)
    shapes = {"args": ({0: batch}, None, {0: batch})}
    model = Call(index_copy).eval()
    args = (torch.randn(3, HEADS, 9, SIZE), torch.tensor([1]), torch.randn(3, HEADS, 1, SIZE))
    module = tw.compile(model, args, dynamic_shapes=shapes, threads=1)
    for size in (1, 5):
        cache, row = torch.randn(size, HEADS, 9, SIZE), torch.randn(size, HEADS, 1, SIZE)
        expected = cache.clone().index_copy_(2, torch.tensor([7]), row)
        module(cache, torch.tensor([7]), row)
        assert torch.equal(cache, expected)


def test_numpy_array_and_signature() -> None:
    module = tw.compile(Call(lambda x: x.add_(1)).eval(), (torch.zeros(5),), threads=1)
    array = np.arange(5, dtype=np.float32)
    assert module(array) is array
    assert array.tolist() == [1, 2, 3, 4, 5]
    assert module.signature.updated == ("args_0",)
    assert str(module.signature) == "(args_0: inout float32[5]) -> ()"


def test_values_may_change_places() -> None:
    def exchange(a: Tensor, b: Tensor) -> Tensor:
        old = a.clone()
        a.copy_(b)
        b.copy_(old)
        return a + 10

    module = tw.compile(Call(exchange).eval(), (torch.zeros(3), torch.zeros(3)), threads=1)
    a, b = torch.tensor([1.0, 2, 3]), torch.tensor([4.0, 5, 6])
    assert module(a, b).tolist() == [14, 15, 16]
    assert a.tolist() == [4, 5, 6] and b.tolist() == [1, 2, 3]


def test_a_result_of_the_same_values_is_another_tensor() -> None:
    def average(state: Tensor, x: Tensor) -> Tensor:
        mean = 0.5 * state + 0.5 * x
        state.copy_(mean)
        return mean

    module = tw.compile(Call(average).eval(), (torch.zeros(3), torch.zeros(3)), threads=1)
    state = torch.zeros(3)
    first = module(state, torch.ones(3))
    assert first is not state and first.tolist() == state.tolist() == [0.5] * 3
    module(state, torch.ones(3))
    assert first.tolist() == [0.5] * 3 and state.tolist() == [0.75] * 3


class Recorder(nn.Module):
    """Keeps the last rows that it has seen, and counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: Tensor
        self.count: Tensor
        self.register_buffer("rows", torch.zeros(4, 3))
        self.register_buffer("count", torch.zeros(1, dtype=torch.int64))

    def forward(self, x: Tensor) -> Tensor:
        self.rows.index_copy_(0, self.count % 4, x)
        self.count += 1
        return self.rows.sum(0)


def test_buffers_are_shared_with_the_model() -> None:
    model = Recorder().eval()
    eager = copy.deepcopy(model)
    module = tw.compile(model, torch.zeros(1, 3), threads=1)
    assert module.states == ("rows", "count") and not model.rows.any()
    for step in range(6):
        x = torch.full((1, 3), float(step))
        assert torch.equal(module(x), eager(x))
        assert torch.equal(model.rows, eager.rows) and torch.equal(model.count, eager.count)
    model.rows.zero_()
    model.count.zero_()
    assert module(torch.ones(1, 3)).tolist() == [1, 1, 1]


def read_only(cache: Tensor) -> Any:
    array = cache.numpy().copy()
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: torch.zeros(1, HEADS, 8, SIZE), "has shape"),
        (lambda c: c.double(), "has dtype float64"),
        (lambda c: c.transpose(2, 3).contiguous().transpose(2, 3), "not contiguous"),
        (lambda c: np.asfortranarray(c.numpy()), "not contiguous"),
        (lambda c: c[:, :1].expand(1, HEADS, 9, SIZE), "not contiguous"),
        (read_only, "read-only"),
    ],
)
def test_refused_tensors(change: Any, message: str) -> None:
    module = compile_write(index_copy)
    with pytest.raises(InputError, match=message) as caught:
        module(change(cache_of(9)), torch.tensor([1]), cache_of(1))
    assert "'args_0'" in str(caught.value) and caught.value.hint


def test_inputs_that_overlap_are_refused() -> None:
    module = compile_write(index_copy)
    memory = torch.randn(HEADS * 10 * SIZE)
    cache = memory[: HEADS * 9 * SIZE].view(1, HEADS, 9, SIZE)
    with pytest.raises(InputError, match="'args_0' and 'args_2' share memory"):
        module(cache, torch.tensor([1]), memory[SIZE : 3 * SIZE].view(1, HEADS, 1, SIZE))
    module(cache, torch.tensor([1]), memory[HEADS * 9 * SIZE :].view(1, HEADS, 1, SIZE))


def test_scalar_state_must_be_an_array() -> None:
    module = tw.compile(Call(lambda n: n.add_(1)).eval(), (torch.tensor(3),), threads=1)
    count = np.array(3)
    module(count)
    assert count == 4
    with pytest.raises(InputError, match="NumPy scalar"):
        module(np.int64(3))
