# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reproducers: the module before the phase that failed, and the command that replays it."""

from __future__ import annotations

import shlex
import tempfile
from pathlib import Path

from tilewright.files import write_atomically


def write_reproducer(
    text: str, pipeline: str, phase: str, folder: Path | None
) -> tuple[Path, str] | None:
    """Write a module and the command that runs ``pipeline`` on it.

    Args:
        text: the module.
        pipeline: what ``tw-opt --pass-pipeline`` takes.
        phase: name of the phase, for the file's name.
        folder: where to write; a new folder for temporary files when None.

    Returns:
        The file and the command; None if nothing can be written.
    """
    try:
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="tilewright-"))
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"reproduce-{phase}.mlir"
        command = f"tw-opt {shlex.quote(str(file))} --pass-pipeline={shlex.quote(pipeline)}"
        write_atomically(file, f"// {command}\n{text}")
    except OSError:
        return None
    return file, command
