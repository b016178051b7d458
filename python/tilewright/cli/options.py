# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Options that several sub-commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tilewright.cli.models import MODEL_HELP
from tilewright.errors import InputError
from tilewright.options import Precision

ModelName = Annotated[str, typer.Argument(metavar="MODEL", help=MODEL_HELP, show_default=False)]
TargetName = Annotated[
    str,
    typer.Option("--target", "-t", help="cpu, cpu:x86-64-v3, cpu:aarch64, cuda:sm_80, …"),
]
Threads = Annotated[
    int | None, typer.Option("--threads", "-j", help="threads of a call", show_default="all CPUs")
]
PrecisionName = Annotated[
    Precision, typer.Option("--precision", "-p", help="f32, or bf16 for faster contractions")
]
OptLevel = Annotated[int, typer.Option("--opt-level", "-O", help="0 to 3, of LLVM")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="compile anew and store nothing")]
DumpDir = Annotated[
    Path | None,
    typer.Option(help="write the IR after each phase here", show_default=False),
]
Iterations = Annotated[int, typer.Option("--iterations", "-n", help="timed calls")]


def check_iterations(iterations: int) -> None:
    """Complain about a number of calls that is not positive.

    Raises:
        InputError: it is not.
    """
    if iterations < 1:
        raise InputError(f"--iterations is a positive number, not {iterations}")
