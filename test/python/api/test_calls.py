# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a compiled module accepts and gives back, and what it says to what it does not accept."""

from __future__ import annotations

import copy
import pickle
import threading
from typing import Any

import numpy as np
import pytest
from hand_lowered import AXPY, WEIGHTS, by_hand, compile_axpy

import tilewright as tw
from tilewright.targets.cpu import CpuTarget

torch = pytest.importorskip("torch")
W = WEIGHTS["w"]


def x_values() -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.linspace(0, 3, 8, dtype=np.float32)


def expected(x: Any) -> Any:
    return W * np.asarray(x) + 2 * W


class OnlyDLPack:
    """A tensor of some other library."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __dlpack__(self, **options: Any) -> Any:
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self.array.__dlpack_device__()


class OnAccelerator(OnlyDLPack):
    def __dlpack_device__(self) -> Any:
        return (2, 0)


def test_same_kind_comes_back(axpy: tw.CompiledModule) -> None:
    x = x_values()
    assert type(axpy(x)) is np.ndarray
    assert type(axpy(torch.from_numpy(x))) is torch.Tensor
    np.testing.assert_allclose(axpy(x), expected(x), rtol=1e-6)
    np.testing.assert_allclose(axpy(torch.from_numpy(x)), expected(x), rtol=1e-6)
    np.testing.assert_allclose(axpy(OnlyDLPack(x)), expected(x), rtol=1e-6)


def test_inputs_by_name(axpy: tw.CompiledModule) -> None:
    np.testing.assert_array_equal(axpy(x=x_values()), axpy(x_values()))
    with pytest.raises(tw.InputError, match="no input is called 'y'; there are: x"):
        axpy(y=x_values())
    with pytest.raises(tw.InputError, match="given twice"):
        axpy(x_values(), x=x_values())
    with pytest.raises(tw.InputError, match="missing inputs: x"):
        axpy()
    with pytest.raises(tw.InputError, match=r"expected 1 inputs \(x\), got 2"):
        axpy(x_values(), x_values())


@pytest.mark.parametrize(
    "layout",
    [
        lambda x: np.stack([x, x], axis=1)[:, 0],
        lambda x: x[::-1].copy()[::-1],
        lambda x: np.frombuffer(b"\0" + x.tobytes(), np.uint8)[1:].view(np.float32),
        lambda x: np.broadcast_to(x, (3, 8))[1],
        lambda x: torch.from_numpy(np.stack([x, x], axis=1))[:, 0],
        lambda x: torch.from_numpy(x)._neg_view().neg(),
        lambda x: torch._neg_view(torch.from_numpy(-x)),
        lambda x: torch.from_numpy(x).requires_grad_(),
        lambda x: torch.nn.Parameter(torch.from_numpy(x)),
    ],
    ids="strided reversed unaligned broadcast torch-strided neg lazy-neg grad parameter".split(),
)
def test_any_layout(axpy: tw.CompiledModule, layout: Any) -> None:
    x = x_values()
    value = layout(x.copy())
    result = axpy(value)
    np.testing.assert_allclose(result, expected(x), rtol=1e-6)


def test_read_only_input(axpy: tw.CompiledModule) -> None:
    x = x_values()
    x.flags.writeable = False
    np.testing.assert_allclose(axpy(x), expected(x), rtol=1e-6)


def test_outputs_are_new_memory_and_inputs_stay(axpy: tw.CompiledModule) -> None:
    x = x_values()
    before = x.copy()
    first = axpy(x)
    kept = first.copy()
    second = axpy(x + 1)
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_array_equal(x, before)
    assert not np.shares_memory(first, second)
    assert not np.shares_memory(first, x)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.zeros(8), r"input 'x' has dtype float64.*float32\[8\]"),
        (np.zeros(8, ">f4"), "dtype >f4"),
        (np.zeros(8, np.complex64), "dtype complex64"),
        (np.array(["a"] * 8), "dtype str"),
        (np.zeros((8, 1), np.float32), r"shape \[8, 1\].*float32\[8\]"),
        (np.zeros(7, np.float32), r"shape \[7\]"),
        (np.float32(3), r"shape \[\]"),
        (np.zeros(0, np.float32), r"shape \[0\]"),
        (torch.zeros(8, dtype=torch.float16), "dtype float16"),
        (torch.zeros(8, device="meta"), "on device meta"),
        (torch.zeros(8).to_sparse(), "layout torch.sparse_coo"),
        (OnAccelerator(np.zeros(8, np.float32)), "another device"),
        ([0.0] * 8, r"is a list, expected a tensor float32\[8\]"),
        (None, "is a NoneType"),
        (np.ma.masked_array(np.zeros(8, np.float32)), "is a MaskedArray"),
    ],
)
def test_wrong_inputs(axpy: tw.CompiledModule, value: Any, message: str) -> None:
    with pytest.raises(tw.InputError, match=f"(?s){message}.*Try: "):
        axpy(value)
    axpy(x_values())


@pytest.mark.parametrize("make", [np.asarray, torch.from_numpy])
def test_size_that_varies(exp: tw.CompiledModule, make: Any) -> None:
    assert str(exp.signature) == "(x: float32[?]) -> (float32[?])"
    results = []
    for count in (5, 0, 1, 64):
        x = np.linspace(0, 1, count, dtype=np.float32)
        results.append((x, exp(make(x))))
    for x, y in results:
        assert tuple(y.shape) == x.shape
        np.testing.assert_allclose(y, np.exp(x), rtol=1e-6)
    with pytest.raises(tw.InputError, match=r"shape \[2, 2\]"):
        exp(make(np.zeros((2, 2), np.float32)))


def test_failure_while_running(exp: tw.CompiledModule) -> None:
    with pytest.raises(tw.RunError, match="an element is negative"):
        exp(np.array([-1], np.float32))
    assert exp(np.array([0], np.float32)) == 1


def test_weights_are_those_of_the_time_of_compilation() -> None:
    weight = torch.linspace(-1, 1, 8)
    module = compile_axpy({"w": weight})
    before = module(x_values())
    weight.zero_()
    np.testing.assert_array_equal(module(x_values()), before)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({}, "weight 'w' is missing"),
        ({"w": np.zeros(7, np.float32)}, r"weight 'w' has shape \[7\]"),
        ({"w": np.zeros(8)}, "weight 'w' has dtype float64"),
    ],
)
def test_wrong_weights(weights: Any, message: str) -> None:
    with pytest.raises(tw.InputError, match=message):
        compile_axpy(weights)


def test_strided_weights() -> None:
    wide = np.stack([W, W], axis=1)
    np.testing.assert_allclose(
        compile_axpy({"w": wide[:, 0]})(x_values()), expected(x_values()), rtol=1e-6
    )


def test_threads_of_a_module() -> None:
    module = compile_axpy(threads=1)
    assert module.threads == 1
    alone = module(x_values())
    module.threads = 3
    assert module.threads == 3
    np.testing.assert_array_equal(module(x_values()), alone)
    for wrong in (0, -1, 5000, 1.5, "two", True):
        with pytest.raises(tw.InputError, match="threads is a number from 1 to 4096"):
            module.threads = wrong  # type: ignore[assignment]
    assert module.threads == 3


def test_calls_from_several_threads(axpy: tw.CompiledModule) -> None:
    wrong: list[float] = []

    def call(value: float) -> None:
        x = np.full(8, value, np.float32)
        for _ in range(100):
            if not np.allclose(axpy(x), expected(x)):
                wrong.append(value)

    threads = [threading.Thread(target=call, args=(float(i),)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_looks(axpy: tw.CompiledModule) -> None:
    assert "x: float32[8]" in repr(axpy)
    assert "define" in axpy.llvm_ir()
    assert "fmul" in axpy.llvm_ir(optimized=False)
    assert "tw_main" in axpy.asm()
    assert "@main" in axpy.ir("import")


def test_code_of_another_machine_can_be_looked_at() -> None:
    foreign = "aarch64-linux-gnu"
    if CpuTarget.host().triple.startswith("aarch64"):
        foreign = "x86_64-linux-gnu"
    module = tw.compile_mlir(AXPY, target=by_hand("axpy.mlir", foreign))
    assert "not loaded" in repr(module)
    assert ("fmla" in module.asm()) == foreign.startswith("aarch64")
    with pytest.raises(tw.LoadError, match=f"code for {foreign} does not run on"):
        module(x_values())


def test_cannot_be_copied(axpy: tw.CompiledModule) -> None:
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(axpy)
    with pytest.raises(TypeError, match="cannot be pickled"):
        copy.deepcopy(axpy)
