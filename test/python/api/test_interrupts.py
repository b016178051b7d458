# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ctrl-C in the middle of a compilation: it is noticed wherever it comes, what is on disk is whole,
and the next compilation works."""

from __future__ import annotations

import os
import select
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hand_lowered import AXPY, WEIGHTS, ByHand, by_hand, compile_axpy

import tilewright as tw
from tilewright import pipeline
from tilewright.interrupts import deferred_interrupts
from tilewright.pipeline import parse_module, run_phases
from tilewright.targets.cpu import CpuTarget

HOST = CpuTarget.host()

# Attention that stays in pieces, which the phase `input` remarks: its scores are scaled twice.
REMARKED = """
#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#col = affine_map<(d0, d1, d2) -> (d2)>
func.func @main(%q: tensor<4x7x8xf32>, %kt: tensor<4x8x5xf32>, %v: tensor<4x5x8xf32>,
                %t: tensor<5xf32>) -> tensor<4x7x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x7x5xf32>
  %eo = tensor.empty() : tensor<4x7x8xf32>
  %s0 = linalg.fill ins(%zero : f32) outs(%e : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %s = linalg.batch_matmul ins(%q, %kt : tensor<4x7x8xf32>, tensor<4x8x5xf32>)
      outs(%s0 : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %x = linalg.generic {indexing_maps = [#id, #col, #id],
                       iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%s, %t : tensor<4x7x5xf32>, tensor<5xf32>) outs(%e : tensor<4x7x5xf32>) {
  ^bb0(%in: f32, %factor: f32, %out: f32):
    %1 = arith.mulf %in, %factor : f32
    linalg.yield %1 : f32
  } -> tensor<4x7x5xf32>
  %p = tw.softmax dimension(2) ins(%x : tensor<4x7x5xf32>) outs(%e : tensor<4x7x5xf32>)
      -> tensor<4x7x5xf32>
  %o0 = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x7x8xf32>) -> tensor<4x7x8xf32>
  %o = linalg.batch_matmul ins(%p, %v : tensor<4x7x5xf32>, tensor<4x5x8xf32>)
      outs(%o0 : tensor<4x7x8xf32>) -> tensor<4x7x8xf32>
  return %o : tensor<4x7x8xf32>
}
"""


def assert_compiles() -> None:
    x = np.ones(8, np.float32)
    np.testing.assert_allclose(compile_axpy()(x), 3 * WEIGHTS["w"], rtol=1e-6)


def test_interrupt_in_the_middle_of_a_phase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The signal is handled in a callback from C++, the only Python code that runs there."""
    remarked = []

    def describe(message: str, _: Any) -> str:
        remarked.append(message)
        signal.raise_signal(signal.SIGINT)
        return message

    monkeypatch.setattr(pipeline, "describe", describe)
    with pytest.raises(KeyboardInterrupt):
        run_phases(REMARKED, HOST, stop_after="input", dump_dir=tmp_path)
    assert remarked
    assert capfd.readouterr() == ("", "")
    [dump] = tmp_path.iterdir()
    assert dump.name == "00-import.mlir"
    parse_module(dump.read_text())
    monkeypatch.undo()
    assert run_phases(REMARKED, HOST, stop_after="input").remarks
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_interrupt_while_code_is_made(own_cache: Path) -> None:
    class Interrupted(ByHand):
        def emit(self, *arguments: Any) -> bytes:
            code = super().emit(*arguments)
            signal.raise_signal(signal.SIGINT)
            return code

    target = Interrupted(HOST.triple, HOST.cpu, HOST.features)
    with pytest.raises(KeyboardInterrupt):
        tw.compile_mlir(AXPY, weights=WEIGHTS, target=target)
    assert not own_cache.exists()
    assert_compiles()


def test_interrupt_while_loading(own_cache: Path) -> None:
    class Interrupted(ByHand):
        def load(self, *_: Any) -> Any:
            signal.raise_signal(signal.SIGINT)

    target = Interrupted(HOST.triple, HOST.cpu, HOST.features)
    with pytest.raises(KeyboardInterrupt):
        tw.compile_mlir(AXPY, weights=WEIGHTS, target=target)
    # The object was done; it is whole.
    assert [path.suffix for path in own_cache.iterdir()] == [".twobj"]
    module = tw.compile_mlir(AXPY, weights=WEIGHTS, target=by_hand("axpy.mlir"))
    assert module.timings.cache_hit
    assert_compiles()


def test_interrupt_while_the_model_is_traced(own_cache: Path) -> None:
    class Model(torch.nn.Module):
        pressed = False

        def forward(self, x: Any) -> Any:
            if self.pressed:
                signal.raise_signal(signal.SIGINT)
            return torch.relu(x) + 1

    from tilewright.frontend import import_torch

    model, x = Model().eval(), torch.randn(4, 6)
    before = import_torch(model, (x,)).text
    model.pressed = True
    with pytest.raises(KeyboardInterrupt):
        tw.compile(model, (x,))
    assert not own_cache.exists()
    model.pressed = False
    assert import_torch(model, (x,)).text == before


class Sorts(torch.nn.Module):
    def forward(self, x: Any) -> Any:
        return torch.sort(x)[0]


def test_interrupt_while_a_child_tries_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(select, "select", interrupt)
    with pytest.raises(KeyboardInterrupt):
        tw.compile(Sorts().eval(), (torch.randn(4),))
    with pytest.raises(ChildProcessError):  # none is left
        os.waitpid(-1, os.WNOHANG)


def test_handlers_that_do_not_raise_are_kept() -> None:
    previous = signal.getsignal(signal.SIGINT)
    seen: list[int] = []
    try:
        signal.signal(signal.SIGINT, lambda number, _: seen.append(number))
        with deferred_interrupts():
            signal.raise_signal(signal.SIGINT)
            assert not seen
        assert seen == [signal.SIGINT]
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with deferred_interrupts():
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, previous)
