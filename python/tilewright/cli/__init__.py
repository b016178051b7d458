# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The command ``tilewright``. One file a sub-command."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import typer

from tilewright.cli import (
    compile_command,
    doctor_command,
    phases_command,
    profile_command,
    run_command,
)
from tilewright.errors import TwError, UnsupportedOpError

app = typer.Typer(
    name="tilewright",
    help="Compile PyTorch models and MLIR to fast native code.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
# Exit codes, beside 0: something failed; the model has unsupported operations; Ctrl-C.
_FAILED, _UNSUPPORTED, _INTERRUPTED = 1, 2, 130


def _guarded(command: Callable[..., None]) -> Callable[..., None]:
    """``command``, with errors that are meant for the user printed without a traceback."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except TwError as error:
            print(f"tilewright: {error}", file=sys.stderr)
            sys.exit(_UNSUPPORTED if isinstance(error, UnsupportedOpError) else _FAILED)
        except KeyboardInterrupt:
            print("tilewright: interrupted; nothing was stored", file=sys.stderr)
            sys.exit(_INTERRUPTED)

    return run


app.command("compile")(_guarded(compile_command.compile_model))
app.command("run")(_guarded(run_command.run_model))
app.command("profile")(_guarded(profile_command.profile_model))
app.command("phases")(_guarded(phases_command.list_phases))
app.command("doctor")(_guarded(doctor_command.examine))


def main() -> None:
    """Entry point."""
    app()
