# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Time of phases and passes as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from tilewright.runtime.module import Timings

# Passes that take less of all phases together are summed up.
_SMALLEST_FRACTION = 0.01


def timing_table(timings: Timings) -> Table:
    """A row for each phase, and below it one for each of its passes that takes a while."""
    total = sum(timings.phases.values())
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    table.add_column("phase and pass", no_wrap=True)
    for column in ("s", "%", "runs"):
        table.add_column(column, justify="right", no_wrap=True)

    def add(name: str, seconds: float, runs: str = "", style: str | None = None) -> None:
        percent = 100 * seconds / total if total else 0.0
        table.add_row(name, f"{seconds:.3f}", f"{percent:.1f}", runs, style=style)

    for phase, seconds in timings.phases.items():
        add(phase, seconds, style="bold")
        passes = [row for row in timings.passes if row.phase == phase]
        shown = [row for row in passes if row.seconds >= _SMALLEST_FRACTION * total]
        for row in sorted(shown, key=lambda row: -row.seconds):
            add(f"  {row.name}", row.seconds, str(row.runs))
        small = [row for row in passes if row not in shown]
        if small:
            add(f"  {len(small)} others", sum(row.seconds for row in small))
        add("  outside of passes", max(seconds - sum(row.seconds for row in passes), 0.0))
    return table
