# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a compilation can be told. Two compilations with equal options give equal bytes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from tilewright import knobs
from tilewright.errors import InputError

if TYPE_CHECKING:
    from tilewright.targets.base import Target


Precision = Literal["f32", "bf16"]


@dataclass(frozen=True)
class CompileOptions:
    """Options of one compilation.

    Attributes:
        target: the machine to compile for.
        opt_level: 0 to 3, of LLVM's optimiser and code generator. The phases before are the same
            at every level.
        threads: threads that the loaded module starts with; it can be changed later.
        cache: whether compiled objects are looked up and stored on disk.
        dump_dir: folder for the IR after each phase, or None.
        time_passes: whether the time of each pass is measured.
        precision: ``f32``, or ``bf16`` for contractions, convolutions and attention that multiply
            bfloat16 and add up in float32. All else is computed in the model's own types.
    """

    target: Target
    opt_level: int = 3
    threads: int = 1
    cache: bool = True
    dump_dir: Path | None = None
    time_passes: bool = False
    precision: Precision = "f32"

    def __post_init__(self) -> None:
        if self.opt_level not in (0, 1, 2, 3):
            raise InputError(f"opt_level is 0, 1, 2 or 3, not {self.opt_level!r}")
        check_threads(self.threads)
        if self.precision not in get_args(Precision):
            known = " or ".join(repr(name) for name in get_args(Precision))
            raise InputError(f"precision is {known}, not {self.precision!r}")
        if self.precision != "f32" and self.target.kind != "cpu":
            raise InputError(
                f"precision={self.precision!r} is for CPUs, not for target {self.target.kind!r}"
            )


def check_threads(threads: Any) -> int:
    """``threads`` if it is a number of threads.

    Raises:
        InputError: it is not an integer from 1 to 4096.
    """
    if not isinstance(threads, int) or isinstance(threads, bool) or not 1 <= threads <= 4096:
        raise InputError(f"threads is a number from 1 to 4096, not {threads!r}")
    return threads


def available_threads() -> int:
    """CPUs that this process may use, or what TILEWRIGHT_NUM_THREADS says."""
    chosen = knobs.NUM_THREADS.get()
    if chosen is not None:
        return chosen
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def make_options(
    *,
    target: str | Target,
    threads: int | None,
    opt_level: int,
    cache: bool | None,
    dump_dir: str | os.PathLike[str] | None,
    precision: Precision,
    time_passes: bool = False,
) -> CompileOptions:
    """Options from the arguments of :func:`tilewright.compile`, with defaults and knobs filled in.

    Raises:
        InputError: an argument or an environment variable is outside what it allows.
    """
    from tilewright.targets import resolve_target

    return CompileOptions(
        target=resolve_target(target),
        opt_level=opt_level,
        threads=available_threads() if threads is None else threads,
        cache=not knobs.DISABLE_CACHE.get() if cache is None else bool(cache),
        dump_dir=knobs.DUMP_DIR.get() if dump_dir is None else Path(dump_dir),
        time_passes=time_passes,
        precision=precision,
    )
