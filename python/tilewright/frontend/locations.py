# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""From PyTorch's stack traces to the one line that the user would point at."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

_FRAME = re.compile(r'File "([^"]+)", line (\d+)')


class SourceLine(NamedTuple):
    """A line of a Python file, counted from one."""

    file: str
    line: int

    def __str__(self) -> str:
        """``file:line``, as editors and terminals link it."""
        return f"{self.file}:{self.line}"


@cache
def _library_folders() -> tuple[str, ...]:
    # torch.nn.Linear.forward is not a place where anybody can change anything; the library that
    # wrote the model (transformers, timm) is.
    import torch

    return f"{Path(torch.__file__).parent}/", f"{Path(__file__).parent}/"


def _is_user_file(file: str) -> bool:
    return not file.startswith("<") and not file.startswith(_library_folders())


def _innermost(frames: Iterable[tuple[str, int]]) -> SourceLine | None:
    last = None
    for file, line in frames:
        if _is_user_file(file):
            last = SourceLine(file, line)
    return last


def user_line(stack_trace: str | None) -> SourceLine | None:
    """The innermost frame outside torch in the text of a stack trace, outermost frame first."""
    if not stack_trace:
        return None
    return _innermost((file, int(line)) for file, line in _FRAME.findall(stack_trace))


def exception_line(error: BaseException) -> SourceLine | None:
    """The innermost frame outside torch that ``error`` passed through."""
    frames = traceback.extract_tb(error.__traceback__)
    return _innermost((frame.filename, frame.lineno or 0) for frame in frames)
