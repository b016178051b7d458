# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""``tilewright phases``."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from tilewright.cli.options import TargetName


def list_phases(target: TargetName = "cpu") -> None:
    """List the phases of a compilation in order."""
    from tilewright.targets import resolve_target

    table = Table(box=None, pad_edge=False)
    table.add_column("", justify="right")
    table.add_column("phase", no_wrap=True)
    table.add_column("what it does")
    for number, phase in enumerate(resolve_target(target).phases(), 1):
        table.add_row(str(number), phase.name, phase.summary)
    Console().print(table)
