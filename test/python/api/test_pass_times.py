# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times of passes: MLIR's and LLVM's, of whole compilations."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tilewright as tw
from tilewright.pass_times import PassTimes, _exclusive_times

TWO_OPERATIONS = """
func.func @main(%x: tensor<64x32xf32>, %y: tensor<64x32xf32>) -> tensor<64x32xf32> {
  %empty = tensor.empty() : tensor<64x32xf32>
  %sum = linalg.add ins(%x, %y : tensor<64x32xf32>, tensor<64x32xf32>)
                    outs(%empty : tensor<64x32xf32>) -> tensor<64x32xf32>
  %exp = linalg.exp ins(%sum : tensor<64x32xf32>)
                    outs(%empty : tensor<64x32xf32>) -> tensor<64x32xf32>
  return %exp : tensor<64x32xf32>
}
"""

CALL = """
func.func private @elsewhere(tensor<4xf32>) -> tensor<4xf32>
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = func.call @elsewhere(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
"""


def passes_of(module: tw.CompiledModule, phase: str) -> dict[str, tw.PassTime]:
    return {row.name: row for row in module.timings.passes if row.phase == phase}


def test_every_phase_has_its_passes() -> None:
    module = tw.compile_mlir(TWO_OPERATIONS, time_passes=True)
    timings = module.timings
    assert {row.phase for row in timings.passes} == set(timings.phases)
    assert "RaiseSoftmax" in passes_of(module, "input")
    assert passes_of(module, "tile")["Canonicalizer"].runs == 3
    assert "OneShotBufferizePass" in passes_of(module, "bufferize")
    code = passes_of(module, "codegen")
    # LLVM's optimiser, its code generator, and what comes before.
    for name in ("SROAPass", "Greedy Register Allocator", "TranslateToLLVMIR"):
        assert code[name].runs >= 1
    for phase, seconds in timings.phases.items():
        of_passes = sum(row.seconds for row in timings.passes if row.phase == phase)
        assert 0 <= of_passes <= 1.05 * seconds + 1e-3
    x = np.ones((64, 32), np.float32)
    np.testing.assert_allclose(module(x, x), np.exp(2 * x), rtol=1e-6)


def test_they_are_measured_when_asked_for_only() -> None:
    assert tw.compile_mlir(TWO_OPERATIONS).timings.passes == ()
    # What is in the cache was not compiled.
    timed = tw.compile_mlir(TWO_OPERATIONS, time_passes=True)
    assert not timed.timings.cache_hit
    assert timed.timings.passes
    assert tw.compile_mlir(TWO_OPERATIONS).timings.cache_hit


def test_they_can_be_written_as_json() -> None:
    timings = tw.compile_mlir(TWO_OPERATIONS, time_passes=True).timings
    read = json.loads(json.dumps(timings.to_json()))
    assert read["phases"].keys() == timings.phases.keys()
    first = timings.passes[0]
    assert read["passes"][0] == {
        "phase": first.phase,
        "name": first.name,
        "seconds": first.seconds,
        "runs": first.runs,
    }


def test_a_failed_pass_leaves_no_timer_behind() -> None:
    for _ in range(2):
        with pytest.raises(tw.CompileError, match="phase 'input' failed"):
            tw.compile_mlir(CALL, time_passes=True)
    assert tw.compile_mlir(TWO_OPERATIONS, time_passes=True).timings.passes


def test_a_trace_is_of_one_thread_and_one_compilation() -> None:
    times = PassTimes()
    with times.of_codegen():
        pass
    assert times.rows() == ()
    first, second = (tw.compile_mlir(TWO_OPERATIONS, time_passes=True) for _ in range(2))

    # Analyses of less than a microsecond begin at the same time, and come in any order.
    def runs(timings: tw.Timings) -> list[tuple[str, str, int]]:
        return sorted((row.phase, row.name, row.runs) for row in timings.passes)

    assert runs(first.timings) == runs(second.timings)


def test_time_of_an_event_is_without_those_inside() -> None:
    def event(name: str, start: int, duration: int, detail: str = "") -> dict[str, object]:
        return {"ph": "X", "name": name, "ts": start, "dur": duration, "args": {"detail": detail}}

    events = [
        event("Outer", 0, 100),
        event("RunPass", 10, 30, "First"),
        event("Analysis", 20, 5),
        event("RunPass", 40, 60, "Second"),
        event("After", 100, 7),
        event("Total RunPass", 0, 90),
        {"ph": "M", "name": "process_name", "ts": 0, "args": {}},
    ]
    times = {name: round(1e6 * seconds) for name, seconds in _exclusive_times(events)}
    assert times == {"Outer": 10, "First": 25, "Analysis": 5, "Second": 60, "After": 7}
