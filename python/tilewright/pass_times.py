# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Time of each pass of a compilation, as MLIR's and LLVM's own instrumentation measure it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

# What the phase of LLVM is called, after the phases of MLIR.
CODEGEN = "codegen"
# Recorded around passes: what is left of them when their passes are taken away is no pass.
_LLVM_CONTAINERS = ("PassManager", "PassAdaptor", "DevirtSCCRepeatedPass", "Proxy<")
_LLVM_ROUNDS = ("OptModule", "OptFunction")


@dataclass(frozen=True)
class PassTime:
    """Time of one pass in one phase.

    Attributes:
        phase: the phase that it ran in.
        name: the pass, as MLIR or LLVM calls it.
        seconds: wall time, of all runs together. An analysis that a pass asks for counts for the
            pass in MLIR, and by itself in LLVM.
        runs: how often it ran: on each function, and where it stands in the phase more than once.
    """

    phase: str
    name: str
    seconds: float
    runs: int


class PassTimes:
    """Collects the times of a compilation, in the order in which passes began."""

    def __init__(self) -> None:
        """No pass has run."""
        self._times: dict[tuple[str, str], tuple[float, int]] = {}

    def rows(self) -> tuple[PassTime, ...]:
        """A row for each pass of each phase."""
        return tuple(
            PassTime(phase, name, seconds, runs)
            for (phase, name), (seconds, runs) in self._times.items()
        )

    @contextmanager
    def of_pass_manager(self, manager: Any, phase: str) -> Iterator[None]:
        """Times what an ``mlir.passmanager.PassManager`` runs meanwhile."""
        from tilewright import _core

        timer = _core.PassTimer(manager)
        yield
        for node in json.loads(timer.take()):
            self._add_node(phase, node)

    @contextmanager
    def of_codegen(self) -> Iterator[None]:
        """Times the passes of LLVM that this thread runs meanwhile."""
        from tilewright import _core

        _core.start_pass_trace()
        try:
            yield
        finally:
            trace = _core.take_pass_trace()
        for name, seconds in _exclusive_times(json.loads(trace)["traceEvents"]):
            if name not in _LLVM_ROUNDS and not any(part in name for part in _LLVM_CONTAINERS):
                self._add(CODEGEN, name, seconds)

    def _add_node(self, phase: str, node: dict[str, Any]) -> None:
        name = node.get("name", "Rest")
        if name.endswith(" Pipeline") or name.startswith("Pipeline Collection"):
            for inner in node["passes"]:
                self._add_node(phase, inner)
        elif name not in ("Rest", "Total", "root"):
            self._add(phase, name, node["wall"]["duration"])

    def _add(self, phase: str, name: str, seconds: float) -> None:
        before, runs = self._times.get((phase, name), (0.0, 0))
        self._times[phase, name] = (before + seconds, runs + 1)


def _exclusive_times(events: list[dict[str, Any]]) -> Iterator[tuple[str, float]]:
    """Name and seconds of each event of a trace without the events inside of it."""
    spans = [
        (event["ts"], -event["dur"], event)
        for event in events
        if event["ph"] == "X" and not event["name"].startswith("Total ")
    ]
    spans.sort(key=lambda span: span[:2])
    open_spans: list[list[Any]] = []  # end, name, microseconds left
    for start, negative, event in [*spans, (float("inf"), 0, {})]:
        while open_spans and open_spans[-1][0] <= start:
            _, name, left = open_spans.pop()
            yield name, 1e-6 * max(left, 0)
        if not event:
            return
        if open_spans:
            open_spans[-1][2] += negative
        # Passes of the code generator are a RunPass each, with the name beside it.
        name = (
            event["args"]["detail"]
            if event["name"] in ("RunPass", "RunLoopPass")
            else event["name"]
        )
        open_spans.append([start - negative, name, -negative])
