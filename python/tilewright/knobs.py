# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Environment variables: every one that Tilewright reads, with its type, default and meaning.

Explicit arguments beat these. They are read when they are needed, so a test or a notebook may set
them at any time. ``print(tilewright.knobs.help())`` lists them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from tilewright.errors import InputError

T = TypeVar("T")


def _boolean(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered in ("1", "true", "yes", "on"):
        return True
    if lowered in ("", "0", "false", "no", "off"):
        return False
    raise ValueError("expected 0 or 1")


def _positive(text: str) -> int:
    number = int(text)
    if number <= 0:
        raise ValueError("expected a positive number")
    return number


def _bytes(text: str) -> int:
    units = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
    lowered = text.strip().lower().removesuffix("b")
    scale = units.get(lowered[-1:], 1)
    return _positive(lowered[:-1] if scale > 1 else lowered) * scale


@dataclass(frozen=True)
class Knob(Generic[T]):
    """One environment variable.

    Attributes:
        name: the variable.
        default: its value when the variable is not set.
        parse: from the variable's text; raises ValueError with what was expected.
        description: one sentence for the user.
    """

    name: str
    default: T
    parse: Callable[[str], T]
    description: str

    def get(self) -> T:
        """The value now.

        Raises:
            InputError: the variable's text is not one of its values.
        """
        text = os.environ.get(self.name)
        if text is None or text == "":
            return self.default
        try:
            return self.parse(text)
        except ValueError as error:
            raise InputError(
                f"environment variable {self.name} is {text!r}: {error}",
                hint=f"unset it, or see: {self.description}",
            ) from None


CACHE_DIR: Knob[Path | None] = Knob(
    "TILEWRIGHT_CACHE_DIR",
    None,
    Path,
    "Folder of compiled objects; the user's cache folder when not set.",
)
CACHE_BYTES: Knob[int] = Knob(
    "TILEWRIGHT_CACHE_BYTES",
    2 << 30,
    _bytes,
    "Size to which the cache is kept by dropping what was not used for longest; 2G, or a number "
    "with K, M or G.",
)
DISABLE_CACHE: Knob[bool] = Knob(
    "TILEWRIGHT_DISABLE_CACHE", False, _boolean, "1 compiles everything anew and stores nothing."
)
NUM_THREADS: Knob[int | None] = Knob(
    "TILEWRIGHT_NUM_THREADS",
    None,
    _positive,
    "Threads of a compiled model when compile() is not told; all CPUs of the process when not set.",
)
DUMP_DIR: Knob[Path | None] = Knob(
    "TILEWRIGHT_DUMP_DIR",
    None,
    Path,
    "Folder for the IR after each phase (01-input.mlir, ...) and for reproducers of failures.",
)
PROGRESS: Knob[bool | None] = Knob(
    "TILEWRIGHT_PROGRESS",
    None,
    _boolean,
    "1 always reports a compile's progress on stderr, 0 never; long compiles only when not set.",
)

KNOBS: tuple[Knob[object], ...] = (
    CACHE_DIR,  # type: ignore[assignment]  # Knob is read-only, but dataclass fields are invariant
    CACHE_BYTES,
    DISABLE_CACHE,
    NUM_THREADS,
    DUMP_DIR,
    PROGRESS,
)


def help() -> str:
    """All variables as text: name, value now, meaning."""
    lines = []
    for knob in KNOBS:
        value = os.environ.get(knob.name)
        lines.append(f"{knob.name}  ({'not set' if value is None else value!r})")
        lines.append(f"    {knob.description}")
    return "\n".join(lines)
