# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Progress of long compilations."""

from __future__ import annotations

import io

import pytest

from tilewright import progress
from tilewright.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def report(stream: io.StringIO, enabled: bool | None = None) -> str:
    with Progress(enabled, stream) as reporter:
        reporter.step("import")
        reporter.phase(2, 9, "graph")
    return stream.getvalue()


def test_quick_compilations_are_silent() -> None:
    assert report(io.StringIO()) == ""


def test_long_compilations_give_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE_SECONDS", 0.0)
    lines = report(io.StringIO()).splitlines()
    assert lines[0].endswith("s: import")
    assert lines[1].endswith("s: phase 2 of 9: graph")


def test_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "phase 2 of 9" in report(io.StringIO(), True)
    monkeypatch.setenv("TILEWRIGHT_PROGRESS", "1")
    assert "phase 2 of 9" in report(io.StringIO())
    monkeypatch.setenv("TILEWRIGHT_PROGRESS", "0")
    assert report(Terminal()) == ""


def test_a_terminal_has_a_live_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    text = report(Terminal())
    assert "tilewright: phase 2 of 9: graph" in text
    assert "\x1b[" in text  # and takes it away again
