# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""From PyTorch's stack traces to the one line that the user would point at."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import fx

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


def node_place(node: fx.Node) -> str:
    """Where a node comes from: ``file:line``, else its module's name in the model, else nothing."""
    line = user_line(node.meta.get("stack_trace"))
    return str(line) if line else module_path(node)


def module_path(node: fx.Node) -> str:
    """Qualified name of the innermost module that a node was traced in; empty for the model."""
    stack = node.meta.get("nn_module_stack") or {}
    return str(list(stack.values())[-1][0]) if stack else ""


@contextmanager
def full_stack_traces() -> Iterator[None]:
    """While tracing, record every frame outside torch, not only those of ``forward`` methods.

    torch.export keeps the latter alone, and a model's helper functions would never be named.
    """
    from torch.fx.proxy import TracerBase

    original = TracerBase._filter_traceback_frames

    def keep_user_frames(
        tracer: TracerBase, stack: traceback.StackSummary
    ) -> traceback.StackSummary:
        # What comes before the first forward() is the caller of the compiler.
        names = [frame.name for frame in stack]
        start = names.index("forward") if "forward" in names else len(names)
        frames = [frame for frame in stack[start:] if _is_user_file(frame.filename)]
        return traceback.StackSummary.from_list(frames)

    TracerBase._filter_traceback_frames = keep_user_frames  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        TracerBase._filter_traceback_frames = original  # type: ignore[method-assign]


def exception_line(error: BaseException) -> SourceLine | None:
    """The innermost frame outside torch that ``error`` passed through."""
    frames = traceback.extract_tb(error.__traceback__)
    return _innermost((frame.filename, frame.lineno or 0) for frame in frames)
