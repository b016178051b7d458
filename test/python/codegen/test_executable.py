# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Loading an object file and calling it through the module ABI."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tilewright import _core

Parse = Callable[[str], Any]
Host = tuple[str, str, str]


def record(array: np.ndarray[Any, Any]) -> tuple[int, list[int]]:
    return array.ctypes.data, list(array.shape)


@pytest.fixture
def axpy(parse: Parse, host: Host) -> bytes:
    return _core.emit(parse("axpy.mlir"), "object", *host, 3)


@pytest.fixture
def dynamic_exp(parse: Parse, host: Host) -> _core.Executable:
    executable = _core.Executable(_core.emit(parse("dynamic_exp.mlir"), "object", *host, 3), 1, [4])
    executable.bind([(0, [0]), (0, [0])], [0, 1])
    return executable


def floats(*values: float) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.array(values, np.float32)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_init_then_run(axpy: bytes, threads: int) -> None:
    executable = _core.Executable(axpy, threads, [4])
    assert executable.has_init
    assert (executable.arena_bytes, executable.scratch_bytes) == (128, 256)
    assert executable.threads == threads
    x, w = np.arange(8, dtype=np.float32), np.linspace(-1, 1, 8, dtype=np.float32)
    p, y = np.zeros_like(x), np.zeros_like(x)
    executable.init([record(w), record(p)])
    np.testing.assert_array_equal(p, 2 * w)
    executable.bind([record(x), record(w), record(p), record(y)], [0, 3])
    executable.run([record(x), record(y)], [4])
    np.testing.assert_allclose(y, w * x + p, rtol=1e-6)


def test_number_of_threads_can_be_changed(axpy: bytes) -> None:
    executable = _core.Executable(axpy, 1, [4])
    executable.threads = 4
    assert executable.threads == 4
    with pytest.raises(RuntimeError):
        executable.threads = -1
    assert executable.threads == 4


def test_two_threads_may_call(axpy: bytes) -> None:
    executable = _core.Executable(axpy, 2, [4])
    w, p = np.ones(8, np.float32), np.zeros(8, np.float32)
    executable.bind([(0, [8]), record(w), record(p), (0, [8])], [0, 3])
    failures = []

    def call(value: float) -> None:
        x, y = np.full(8, value, np.float32), np.zeros(8, np.float32)
        for _ in range(300):
            executable.run([record(x), record(y)], [4])
            if not (y == value).all():
                failures.append(y.copy())

    threads = [threading.Thread(target=call, args=(float(value),)) for value in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_output_of_dynamic_shape(dynamic_exp: _core.Executable) -> None:
    results = []
    for count in (3, 0, 5, 1):
        x = np.linspace(0, 1, count, dtype=np.float32)
        [(index, shape, data)] = dynamic_exp.run([record(x), (0, [0])], [4])
        assert (index, shape) == (0, [count])
        results.append((x, data.view(np.float32)))
    del dynamic_exp
    gc.collect()
    # Each call's buffer is the caller's own, also when the module is gone.
    for x, y in results:
        np.testing.assert_allclose(y, np.exp(x), rtol=1e-6)


def test_failure_of_the_module_is_reported(dynamic_exp: _core.Executable) -> None:
    x = floats(1, -1)
    with pytest.raises(RuntimeError, match="an element is negative"):
        dynamic_exp.run([record(x), (0, [0])], [4])
    x[1] = 0
    dynamic_exp.run([record(x), (0, [0])], [4])


def test_wrong_arguments_are_errors(dynamic_exp: _core.Executable) -> None:
    with pytest.raises(RuntimeError, match="takes 2 tensors a call, got 1"):
        dynamic_exp.run([(0, [0])], [4])
    with pytest.raises(RuntimeError, match="has rank 1, got 2"):
        dynamic_exp.run([(0, [0, 0]), (0, [0])], [4])
    with pytest.raises(RuntimeError, match="no tw_init"):
        dynamic_exp.init([])
    with pytest.raises(RuntimeError, match="argument 7 is given per call"):
        dynamic_exp.bind([(0, [0])], [7])


def test_bad_objects_are_errors(parse: Parse, axpy: bytes, host: Host) -> None:
    with pytest.raises(RuntimeError, match="not recognized as a valid object"):
        _core.Executable(b"junk", 1, [])
    with pytest.raises(RuntimeError):
        _core.Executable(axpy[: len(axpy) // 2], 1, [4])
    other = _core.emit(parse("llvm.func @f() { llvm.return }"), "object", *host, 3)
    with pytest.raises(RuntimeError, match="does not define tw_main"):
        _core.Executable(other, 1, [])
    foreign = "aarch64-linux-gnu" if host[0].startswith("x86_64") else "x86_64-linux-gnu"
    arm = _core.emit(parse("axpy.mlir"), "object", foreign, "", "", 3)
    with pytest.raises(RuntimeError, match="this machine is"):
        _core.Executable(arm, 1, [4])
    missing = parse(
        """
        llvm.mlir.global external constant @tw_arena_bytes(0 : i64) : i64
        llvm.mlir.global external constant @tw_init_arena_bytes(0 : i64) : i64
        llvm.mlir.global external constant @tw_scratch_bytes(0 : i64) : i64
        llvm.func @no_such_symbol() -> i32
        llvm.func @tw_main(%ctx: !llvm.ptr, %args: !llvm.ptr) -> i32 {
          %0 = llvm.call @no_such_symbol() : () -> i32
          llvm.return %0 : i32
        }"""
    )
    with pytest.raises(RuntimeError, match="no_such_symbol"):
        _core.Executable(_core.emit(missing, "object", *host, 3), 1, [])
