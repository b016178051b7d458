# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How times of compilation grow with the depth of a model, as JSON and as a Markdown page."""

import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import machine

# A pass whose time grows with a higher power of the depth, from the last depth but one to the last,
# is superlinear. Not the power that is fitted to all depths: where much is constant a square hides
# in it (instruction selection of one long function had 0.9, and 1.7 at the end). And a pass that
# only walks over the module takes longer for each operation, up to three times, once the module is
# larger than the second-level cache: at one doubling, and it is linear before and after it.
LARGEST_EXPONENT = 1.2
# Of all time at the largest depth. What takes less is too short to be measured well, or to matter.
SMALLEST_FRACTION = 0.01


@dataclass(frozen=True)
class Growth:
    """Time of one step at each depth.

    Attributes:
        step: ``phase/pass``, or ``import``, ``compile``, ``load``.
        depths: how many blocks.
        seconds: the least of some compilations, for each depth.
    """

    step: str
    depths: Sequence[int]
    seconds: Sequence[float]

    @property
    def exponent(self) -> float:
        """Of the depth: the slope of a line through logarithms. Below 1 where much is constant."""
        times = [math.log(max(seconds, 1e-6)) for seconds in self.seconds]
        return statistics.linear_regression([math.log(depth) for depth in self.depths], times).slope

    @property
    def last_exponent(self) -> float:
        """The same from the two largest depths alone: what is constant hides less."""
        return Growth(self.step, self.depths[-2:], self.seconds[-2:]).exponent

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        exponents = {"exponent": self.exponent, "last_exponent": self.last_exponent}
        return {"step": self.step, "seconds": [*self.seconds], **exponents}


@dataclass(frozen=True)
class Sweep:
    """A model of one kind of block at all depths.

    Attributes:
        block: what it is made of.
        whole: import, compilation and load.
        passes: the passes of the compilation.
    """

    block: str
    whole: Sequence[Growth]
    passes: Sequence[Growth]

    def long_passes(self) -> list[Growth]:
        """Those that take a part of the compilation that matters, the longest first."""
        total = sum(row.seconds[-1] for row in self.passes)
        rows = [row for row in self.passes if row.seconds[-1] >= SMALLEST_FRACTION * total]
        return sorted(rows, key=lambda row: -row.seconds[-1])

    def superlinear(self) -> list[Growth]:
        """Long passes that grow faster than the model."""
        return [row for row in self.long_passes() if row.last_exponent > LARGEST_EXPONENT]

    def table(self) -> list[str]:
        """Lines of Markdown."""
        depths = self.whole[0].depths
        lines = [
            f"| seconds at depth | {' | '.join(map(str, depths))} | exponent | last doubling |",
            f"|---|{'---:|' * (len(depths) + 2)}",
        ]
        for row in (*self.whole, *self.long_passes()):
            mark = " **superlinear**" if row in self.superlinear() else ""
            times = " | ".join(f"{seconds:.3f}" for seconds in row.seconds)
            lines.append(
                f"| {row.step} | {times} | {row.exponent:.2f} | {row.last_exponent:.2f}{mark} |"
            )
        return lines


def write(folder: Path, sweeps: Sequence[Sweep], command: str, date: str) -> list[Path]:
    """Writes ``compile-time.json`` and ``compile-time.md``; returns their paths."""
    described = machine.describe()
    content = {
        "command": command,
        "date": date,
        "machine": described,
        "blocks": [
            {
                "block": sweep.block,
                "depths": [*sweep.whole[0].depths],
                "whole": [row.to_json() for row in sweep.whole],
                "passes": [row.to_json() for row in sweep.passes],
            }
            for sweep in sweeps
        ],
    }
    parts = [
        f"# Compile time and depth, on {machine.cpu_name()}\n",
        f"Measured on {date[:10]} by\n\n```text\n{command}\n```\n",
        "A block is stacked, and the stack compiled with nothing in the cache. Times are the least",
        "of some compilations; *exponent* is the power of the depth that they grow with, fitted to",
        "all depths, next to the one of the last doubling. Passes are those that take at least",
        f"{100 * SMALLEST_FRACTION:g} % of all at the largest depth; one that grows with more than "
        f"the power {LARGEST_EXPONENT} in the last doubling is marked.\n",
    ]
    for sweep in sweeps:
        parts += [f"## {sweep.block.capitalize()} block\n", *sweep.table(), ""]
    parts += ["## Machine\n", "| what | which |", "|---|---|"]
    parts += [f"| {what} | {which} |" for what, which in machine.lines(described)]
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"json": json.dumps(content, indent=1), "md": "\n".join(parts)}
    paths = [folder / f"compile-time.{suffix}" for suffix in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text + "\n")
    return paths
