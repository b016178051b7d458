# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Contenders take turns on one case, and what came of it."""

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cases import Case
from ceilings import Ceilings, memory_bandwidth
from peers import OURS
from workers import Failed, Pool

# Between turns: libraries let their threads watch for work for a while after each call.
_SETTLE_SECONDS = 0.1
# The criterion for right numbers in float32: this many times what eager itself loses.
MOST_ERROR = 4.0


@dataclass(frozen=True)
class Round:
    """Calls of one turn: how many, and the median and the least of their seconds."""

    calls: int
    median: float
    least: float


@dataclass
class Outcome:
    """What one contender did.

    Attributes:
        rounds: its turns; the n-th of all contenders belong together.
        facts: versions, and seconds until it was ready.
        error: largest difference from float64 relative to the largest value; None where PyTorch
            cannot run the model in float64.
        failure: why it did not run.
    """

    rounds: list[Round] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    error: float | None = None
    failure: str | None = None

    @property
    def seconds(self) -> float:
        """Median of the rounds' medians."""
        return statistics.median(turn.median for turn in self.rounds)

    @property
    def readiness(self) -> str:
        """What there is to say of it before its turns."""
        error = "" if self.error is None else f", error {self.error:.1e}"
        return f"ready after {self.facts['ready']:.1f} s{error}"

    @property
    def least(self) -> float:
        """The fastest call of all."""
        return min(turn.least for turn in self.rounds)


@dataclass
class Result:
    """A case on a number of threads in a precision.

    Attributes:
        case: its name.
        threads: threads of each contender.
        precision: ``f32`` or ``bf16``.
        facts: operations, parameters and sizes; see :func:`cases.describe`. ``limit`` says whether
            operations or bytes bound it, ``memory_bandwidth`` how fast memory was read in turns
            with it, in bytes a second, if that may bound it.
        bound: the least seconds that the ceilings allow; None where neither operations nor bytes
            are known.
        outcomes: by contender, in the order of the table.
    """

    case: str
    threads: int
    precision: str
    facts: dict[str, Any]
    bound: float | None
    outcomes: dict[str, Outcome]

    def ratio(self, contender: str, to: str) -> float:
        """A contender's time over another's: the median of the rounds' ratios."""
        pairs = zip(self.outcomes[contender].rounds, self.outcomes[to].rounds, strict=True)
        return statistics.median(one.median / other.median for one, other in pairs)

    @property
    def best_peer(self) -> str | None:
        """The fastest contender that is not ours; None where none ran."""
        ran = {n: o.seconds for n, o in self.outcomes.items() if n != OURS and not o.failure}
        return min(ran, key=ran.__getitem__, default=None)

    @property
    def is_right(self) -> bool:
        """Whether our error is at most MOST_ERROR times eager's, as far as both are known."""
        if self.precision != "f32" or not {OURS, "eager"} <= self.outcomes.keys():
            return True
        ours, eager = self.outcomes[OURS].error, self.outcomes["eager"].error
        return ours is None or eager is None or ours <= MOST_ERROR * eager

    def to_json(self) -> dict[str, Any]:
        """For :meth:`from_json`."""
        return asdict(self)

    @staticmethod
    def from_json(fields: dict[str, Any]) -> "Result":
        """The result that ``to_json`` gave."""
        outcomes = {
            name: Outcome(**{**of, "rounds": [Round(**turn) for turn in of["rounds"]]})
            for name, of in fields["outcomes"].items()
        }
        return Result(**{**fields, "outcomes": outcomes})


@dataclass(frozen=True)
class Rules:
    """How many turns each contender has, and how long one is."""

    rounds: int
    seconds: float


def compete(
    case: Case,
    contenders: Sequence[str],
    pool: Pool,
    rules: Rules,
    ceilings: Ceilings | None,
    say: Callable[[str], None],
) -> Result:
    """Makes all contenders ready, then gives them their turns.

    Who goes first changes from round to round: none always finds the machine as a certain other
    left it.
    """
    with tempfile.TemporaryDirectory() as folder:
        reference = Path(folder, "exact.pt")
        facts = pool.get("eager").ask("describe", case=asdict(case), reference=str(reference))
        facts["bytes"] = moved_bytes(facts, pool.precision)
        outcomes = {name: Outcome() for name in contenders}
        for name, outcome in outcomes.items():
            _prepare(name, outcome, case, pool, reference if facts["exact"] else None)
            say(f"{name}: {outcome.failure or outcome.readiness}")
    turns: dict[str, list[Round]] = {name: [] for name in contenders}
    reading = []
    reads_memory = _reads_memory(case, facts, pool, ceilings)
    for number in range(rules.rounds):
        if reads_memory:
            reading.append(memory_bandwidth(pool.threads))
        running = [name for name, outcome in outcomes.items() if outcome.failure is None]
        first = number % max(1, len(running))
        for name in running[first:] + running[:first]:
            time.sleep(_SETTLE_SECONDS)
            try:
                samples = pool.get(name).ask("time", seconds=rules.seconds)
            except Failed as error:
                outcomes[name].failure = str(error)
                continue
            turns[name].append(Round(len(samples), statistics.median(samples), min(samples)))
    for name, outcome in outcomes.items():
        outcome.rounds = [] if outcome.failure else turns[name]
    if reading:
        facts["memory_bandwidth"] = statistics.median(reading)
    facts["limit"], bound = lower_bound(case, facts, pool, ceilings)
    return Result(case.name, pool.threads, pool.precision, facts, bound, outcomes)


def _reads_memory(case: Case, facts: dict[str, Any], pool: Pool, ceilings: Ceilings | None) -> bool:
    if case.kind == "zoo" or ceilings is None:
        return False
    return ceilings.level(pool.threads, facts["bytes"]) == "memory"


def lower_bound(
    case: Case, facts: dict[str, Any], pool: Pool, ceilings: Ceilings | None
) -> tuple[str, float | None]:
    """What limits a call, ``flops`` or ``bytes``, and the least seconds for it.

    That is computing all, or reading all once, whichever is longer. Of a whole model only the
    computation counts, since what stays in a cache between its layers is not known.
    """
    computed = "flops" if facts["flops"] else "bytes"
    if ceilings is None:
        return computed, None
    bounds = {}
    if facts["flops"]:
        bounds["flops"] = facts["flops"] / ceilings.peak_flops(pool.threads, pool.precision)
    if case.kind != "zoo":
        bandwidth = ceilings.bandwidth(pool.threads, facts["bytes"])
        bounds["bytes"] = facts["bytes"] / facts.get("memory_bandwidth", bandwidth)
    limit = max(bounds, key=bounds.__getitem__, default=computed)
    return limit, bounds.get(limit)


def moved_bytes(facts: dict[str, Any], precision: str) -> int:
    """Bytes of the weights, of what goes in, and of what comes out: those two are float32."""
    weight_bytes = 4 if precision == "f32" else 2
    return int(facts["parameters"] * weight_bytes + facts["activation_elements"] * 4)


def _prepare(name: str, outcome: Outcome, case: Case, pool: Pool, reference: Path | None) -> None:
    try:
        worker = pool.get(name)
        outcome.facts = worker.ask("load", case=asdict(case))
        if reference is not None:
            outcome.error = worker.ask("error", reference=str(reference))
    except Failed as error:
        outcome.failure = str(error)
