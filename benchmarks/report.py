# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Results as JSON, as Markdown tables, and as a chart, with how they were made."""

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import machine
from ceilings import Ceilings
from chart import draw
from contest import Outcome, Result
from peers import CONTENDERS, OURS


@dataclass(frozen=True)
class Report:
    """Results of one precision, and all that a reader needs to judge them.

    Attributes:
        title: first line of the page.
        command: what to type to measure it again.
        date: when it ended, ISO 8601.
        machine: see :func:`machine.describe`.
        ceilings: measured in the same run.
        results: in the order of measuring.
    """

    title: str
    command: str
    date: str
    machine: dict[str, Any]
    ceilings: Ceilings
    results: Sequence[Result]

    def write(self, folder: Path, name: str) -> list[Path]:
        """Writes ``name.json``, ``name.md`` and ``name.svg``; returns their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        texts = {
            "json": json.dumps(self.to_json(), indent=1) + "\n",
            "md": self.page(f"{name}.svg"),
            "svg": draw(self.results, self.title),
        }
        paths = [folder / f"{name}.{suffix}" for suffix in texts]
        for path, text in zip(paths, texts.values(), strict=True):
            path.write_text(text)
        return paths

    def to_json(self) -> dict[str, Any]:
        """Everything that was measured."""
        fields = {key: getattr(self, key) for key in ("title", "command", "date", "machine")}
        results = [result.to_json() for result in self.results]
        return {**fields, "ceilings": asdict(self.ceilings), "results": results}

    def page(self, picture: str) -> str:
        """The Markdown page; ``picture`` is the chart's file beside it."""
        parts = [
            f"# {self.title}\n",
            f"Measured on {self.date[:10]} by\n\n```text\n{self.command}\n```\n",
            "Each contender has a process of its own on pinned CPUs, and they take turns; times",
            "are medians. In parentheses is our time over theirs, the median of the rounds'",
            "ratios: below 1, Tilewright is faster. *Of ceiling* is the least time that this",
            "machine's limits allow for the operations as the model states them, over ours: a",
            "convolution by minimal filtering takes fewer, and may be above 100 %.\n",
            f"![{self.title}]({picture})\n",
        ]
        notes: list[str] = []
        for threads in sorted({result.threads for result in self.results}):
            parts += [f"## Threads: {threads}\n", *self._table(threads, notes), ""]
        parts += ["## Errors\n", *_error_table(self.results), ""]
        if notes:
            parts += ["## What failed\n", *(f"{i}. {note}" for i, note in enumerate(notes, 1)), ""]
        parts += ["## Ceilings\n", *_two_columns("limit", "measured", self.ceilings.rows()), ""]
        rows = [*machine.lines(self.machine), ("contenders", _versions(self.results))]
        parts += ["## Machine\n", *_two_columns("what", "which", rows), ""]
        return "\n".join(parts)

    def _table(self, threads: int, notes: list[str]) -> list[str]:
        results = [result for result in self.results if result.threads == threads]
        peers = [name for name in _contenders(results) if name != OURS]
        titles = [CONTENDERS[name].title for name in peers]
        header = ["", "GFLOP", "Tilewright ms", "rate", "of ceiling", *titles, "best peer"]
        rows = [
            [
                result.case,
                f"{result.facts['flops'] / 1e9:.3g}" if result.facts["flops"] else "-",
                _milliseconds(result, OURS, notes),
                rate(result),
                of_ceiling(result),
                *(_milliseconds(result, name, notes) for name in peers),
                against_best(result),
            ]
            for result in results
        ]
        means = ["geometric mean", "", "", "", ""]
        means += [geometric_mean(_ratios(results, name)) for name in [*peers, None]]
        return [_row(header), "|---|" + "---:|" * (len(header) - 1), *map(_row, [*rows, means])]


def summary(result: Result) -> str:
    """One line for the terminal."""
    ours = result.outcomes.get(OURS)
    parts = []
    if ours is not None:
        how = ours.failure or f"{_ms(ours)} ms, {rate(result)}, {of_ceiling(result)} of ceiling"
        parts.append(f"{CONTENDERS[OURS].title} {how}")
    if result.best_peer is not None:
        best = result.outcomes[result.best_peer]
        parts.append(f"best peer {CONTENDERS[result.best_peer].title} {_ms(best)} ms")
        if ours is not None and ours.failure is None:
            parts.append(f"ratio {result.ratio(OURS, result.best_peer):.2f}")
    return "; ".join(parts)


def rate(result: Result) -> str:
    """Our operations a second, or bytes where those are the limit."""
    ours = result.outcomes.get(OURS)
    if ours is None or ours.failure:
        return "-"
    if result.facts["limit"] == "flops":
        return f"{result.facts['flops'] / ours.seconds / 1e9:.0f} GFLOP/s"
    return f"{result.facts['bytes'] / ours.seconds / 1e9:.1f} GB/s"


def of_ceiling(result: Result) -> str:
    """Which part of what the machine can do is reached by us."""
    ours = result.outcomes.get(OURS)
    if ours is None or ours.failure or result.bound is None:
        return "-"
    return f"{100 * result.bound / ours.seconds:.0f} %"


def against_best(result: Result) -> str:
    """Our ratio to the fastest peer, and which that is."""
    best = result.best_peer
    if best is None:
        return "-"
    title = CONTENDERS[best].title
    ours = result.outcomes.get(OURS)
    return title if ours is None or ours.failure else f"{title} ({result.ratio(OURS, best):.2f})"


def geometric_mean(ratios: Iterable[float]) -> str:
    """Of ratios, as text; a dash where there are none."""
    known = list(ratios)
    return f"{statistics.geometric_mean(known):.2f}" if known else "-"


def _ratios(results: Sequence[Result], peer: str | None) -> list[float]:
    """Ours to a peer's, or to the best peer's, where both ran."""
    found = []
    for result in results:
        other = result.best_peer if peer is None else peer
        sides = [result.outcomes.get(name) for name in (OURS, other or "")]
        if other is not None and all(side is not None and not side.failure for side in sides):
            found.append(result.ratio(OURS, other))
    return found


def _milliseconds(result: Result, name: str, notes: list[str]) -> str:
    outcome = result.outcomes.get(name)
    if outcome is None:
        return "-"
    if outcome.failure is not None:
        # A message is given once, however many cases it is about.
        note = f"{CONTENDERS[name].title}: {outcome.failure}"
        if note not in notes:
            notes.append(note)
        return f"failed [{notes.index(note) + 1}]"
    ours = result.outcomes.get(OURS)
    if name == OURS or ours is None or ours.failure:
        return _ms(outcome)
    return f"{_ms(outcome)} ({result.ratio(OURS, name):.2f})"


def _ms(outcome: Outcome) -> str:
    return f"{1e3 * outcome.seconds:.3g}"


def _error_table(results: Sequence[Result]) -> list[str]:
    """The largest difference from float64 of each contender, relative to the largest value."""
    names = _contenders(results)
    # Of each case the first number of threads that was measured.
    cases = {result.case: result for result in reversed(results)}
    rows = []
    for case in dict.fromkeys(result.case for result in results):
        outcomes = cases[case].outcomes
        errors = [outcomes[name].error if name in outcomes else None for name in names]
        rows.append([case, *("-" if error is None else f"{error:.1e}" for error in errors)])
    header = ["", *(CONTENDERS[name].title for name in names)]
    note = "The largest difference from float64, relative to the largest value.\n"
    return [note, _row(header), "|---|" + "---:|" * len(names), *map(_row, rows)]


def _contenders(results: Sequence[Result]) -> list[str]:
    found = {name for result in results for name in result.outcomes}
    return [name for name in CONTENDERS if name in found]


def _versions(results: Sequence[Result]) -> str:
    versions = {
        CONTENDERS[name].title: outcome.facts["version"]
        for result in results
        for name, outcome in result.outcomes.items()
        if "version" in outcome.facts
    }
    return ", ".join(f"{title} {version}" for title, version in versions.items())


def _two_columns(first: str, second: str, rows: Iterable[tuple[str, str]]) -> list[str]:
    return [_row([first, second]), "|---|---|", *(_row(row) for row in rows)]


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
