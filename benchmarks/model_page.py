# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""docs/models.md: every model of the zoo next to PyTorch eager."""

from collections.abc import Sequence

from contest import MOST_ERROR, Result
from peers import OURS

_HEADER = (
    "| model | parameters | threads | import s | compile s | load s | latency ms | eager ms "
    "| ratio | error | eager's error |"
)


def model_page(results: Sequence[Result], size: str) -> str:
    """The page; a model that one side could not run is left out."""
    complete = [
        result
        for result in results
        if all(result.outcomes[name].failure is None for name in (OURS, "eager"))
    ]
    first = complete[0] if complete else None
    torch = first.facts["torch"] if first else "-"
    target = first.outcomes[OURS].facts["target"] if first else "-"
    return "\n".join(
        [
            "<!-- Written by benchmarks/compare.py: run `make models`. -->",
            "# Models\n",
            f"The models of the zoo at their {size} size, with seeded random weights, compiled",
            "and run next to PyTorch eager. Each side has a process of its own and they take",
            "turns; latencies are medians, and *ratio* is ours over eager's: below 1 is faster.",
            "*error* is the largest difference from float64 eager, relative to the largest value,",
            f"and beside it what float32 eager loses; it may be {MOST_ERROR:.0f} times that.\n",
            f"PyTorch {torch}; {target}.\n",
            _HEADER,
            "|---|" + "---:|" * (_HEADER.count("|") - 2),
            *map(_row, complete),
            "",
        ]
    )


def _row(result: Result) -> str:
    ours, eager = result.outcomes[OURS], result.outcomes["eager"]
    cells = [
        result.case,
        f"{result.facts['parameters'] / 1e6:.1f} M",
        str(result.threads),
        *(f"{ours.facts[key]:.2f}" for key in ("import", "compile", "load")),
        f"{1e3 * ours.seconds:.2f}",
        f"{1e3 * eager.seconds:.2f}",
        f"{result.ratio(OURS, 'eager'):.2f}",
        *("-" if e is None else f"{e:.1e}" for e in (ours.error, eager.error)),
    ]
    return "| " + " | ".join(cells) + " |"
