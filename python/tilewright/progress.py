# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tells what a long compilation is doing: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from tilewright import knobs

if TYPE_CHECKING:
    from rich.status import Status

# Quick compilations say nothing where the lines would stay.
_PATIENCE_SECONDS = 5.0


class Progress:
    """Reports steps on stderr while it is entered.

    On a terminal the line disappears at the end. Elsewhere, lines appear once the compilation has
    lasted some seconds, or from the start when asked for.
    """

    def __init__(self, enabled: bool | None = None, stream: TextIO | None = None) -> None:
        """``enabled``: None for long compilations only, and what TILEWRIGHT_PROGRESS says."""
        self._enabled = knobs.PROGRESS.get() if enabled is None else enabled
        self._stream = stream or sys.stderr
        self._start = time.perf_counter()
        self._status: Status | None = None

    def __enter__(self) -> Progress:
        if self._enabled is not False and self._stream.isatty():
            from rich.console import Console
            from rich.status import Status

            self._status = Status("", console=Console(file=self._stream))
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._status:
            self._status.stop()

    def step(self, what: str) -> None:
        """``what`` begins now."""
        seconds = time.perf_counter() - self._start
        if self._status:
            self._status.update(f"tilewright: {what}")
        elif self._enabled or (self._enabled is None and seconds > _PATIENCE_SECONDS):
            print(f"tilewright: {seconds:5.1f} s: {what}", file=self._stream, flush=True)

    def phase(self, number: int, count: int, name: str) -> None:
        """A phase of the compiler begins."""
        self.step(f"phase {number} of {count}: {name}")
