# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""MLIR's diagnostics as text for people: the user's own Python line first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

# Python files come first: `loc(fused["a.py":3:4, "b.py":1:1])` and callsites hold several.
_FILE = re.compile(r'"([^"]+)":(\d+):\d+')
# MLIR attaches the whole operation, which may be a model.
_OPERATION_NOTE = "see current operation:"
_NOTE_LINES = 6


def source_line(location: Any) -> str | None:
    """``file:line`` of the innermost file location in an MLIR location, or None."""
    for file, line in _FILE.findall(str(location)):
        if file != "-":
            return f"{file}:{line}"
    return None


def describe(message: str, location: Any) -> str:
    """A diagnostic as ``file:line: message``."""
    where = source_line(location)
    return f"{where}: {message}" if where else message


def describe_error(error: Any) -> tuple[str, ...]:
    """The errors in an ``mlir.ir.MLIRError``, each with its location and shortened notes."""
    described = []
    for diagnostic in _unique(error.error_diagnostics):
        lines = [describe(diagnostic.message, diagnostic.location)]
        for note in diagnostic.notes:
            text = note.message.splitlines()
            if note.message.startswith(_OPERATION_NOTE) and len(text) > _NOTE_LINES:
                text = [*text[:_NOTE_LINES], "..."]
            lines.extend(f"  {line}" for line in text)
        described.append("\n".join(lines))
    return tuple(described)


def _unique(diagnostics: Sequence[Any]) -> list[Any]:
    seen: list[Any] = []
    texts = set()
    for diagnostic in diagnostics:
        key = (diagnostic.message, str(diagnostic.location))
        if key not in texts:
            texts.add(key)
            seen.append(diagnostic)
    return seen
