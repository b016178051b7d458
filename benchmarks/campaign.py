# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A run over many cases: ceilings first, then case by case, then the files.

What compare.py and kernels.py have in common: options, order, and what is printed.
"""

import argparse
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import ceilings
import machine
from cases import Case
from contest import MOST_ERROR, Result, Rules, compete
from journal import Journal
from peers import OURS, PEERS, PRECISIONS
from report import Report, summary
from workers import Failed, Pool


@dataclass
class Campaign:
    """What to measure, and how.

    Attributes:
        cases: in the order of the tables.
        contenders: of a case, ours first.
        threads: numbers of threads.
        precisions: of PRECISIONS.
        rules: how many rounds, of how many seconds.
        journal: keeps results until all are there.
        share_workers: whether a process serves all cases, rather than one: for small ones, of
            which starting processes would be the most.
        limits: of the machine, where fractions of them are wanted.
        results: so far.
        problems: sentences on what must not be; a peer's failure is none.
    """

    cases: Sequence[Case]
    contenders: Callable[[Case], Sequence[str]]
    threads: Sequence[int]
    precisions: Sequence[str]
    rules: Rules
    journal: Journal
    share_workers: bool = False
    limits: ceilings.Ceilings | None = None
    results: list[Result] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Measures everything, and prints a line for each step."""
        rounds = [(p, t) for p in self.precisions for t in self.threads]
        total = len(rounds) * len(self.cases)
        for place, (precision, threads) in enumerate(rounds):
            with ExitStack() as stack:
                pool = stack.enter_context(Pool(threads, precision))
                for number, case in enumerate(self.cases, place * len(self.cases) + 1):
                    if not self.share_workers:
                        pool.close()
                    self._measure(case, pool, f"[{number}/{total}]")
        order = [case.name for case in self.cases]
        self.results.sort(key=lambda result: (order.index(result.case), result.threads))

    def _measure(self, case: Case, pool: Pool, number: str) -> None:
        title = f"{case.name}, {pool.precision}, threads: {pool.threads}"
        contenders = self.contenders(case)
        result = self.journal.find(case, contenders, pool.threads, pool.precision)
        if result is None:
            print(f"{number} {title}", flush=True)
            try:
                result = compete(case, contenders, pool, self.rules, self.limits, _say)
            except Failed as error:
                self.problems.append(f"{title}: {error}")
                return
        print(f"{number} {title}: {summary(result)}", flush=True)
        self.results.append(result)
        problem = _problem(result)
        if problem is None:
            self.journal.add(case, result)
        else:  # not written down: the next run measures it again
            self.problems.append(f"{title}: {problem}")

    def write(self, folder: Path, name: str, title: str) -> None:
        """Writes a report for each precision."""
        assert self.limits is not None
        described = machine.describe()
        for precision in self.precisions:
            results = [result for result in self.results if result.precision == precision]
            if not results:
                continue
            report = Report(
                f"{title}, {precision}, on {described['llvm_name']}",
                command_line(sys.argv),
                datetime.now(timezone.utc).isoformat(timespec="seconds"),
                described,
                self.limits,
                results,
            )
            for path in report.write(folder / described["llvm_name"], f"{name}-{precision}"):
                print(f"wrote {path}", flush=True)

    def end(self) -> int:
        """Prints the problems; the exit status."""
        if self.problems:
            print("\n".join(self.problems), file=sys.stderr)
            return 1
        self.journal.finish()
        return 0


def add_options(parser: argparse.ArgumentParser, rounds: int, seconds: float) -> None:
    """The options that all benchmarks have."""
    peers = f"of {', '.join(PEERS)}"
    parser.add_argument("--peers", nargs="*", choices=PEERS, metavar="PEER", help=peers)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], metavar="N")
    parser.add_argument("--precision", nargs="+", choices=PRECISIONS, default=["f32"])
    parser.add_argument("--rounds", type=int, default=rounds, help="turns of each contender")
    parser.add_argument("--seconds", type=float, default=seconds, help="length of a turn")
    parser.add_argument(
        "--results", type=Path, metavar="FOLDER", help="write JSON, Markdown and a chart there"
    )
    parser.add_argument(
        "--resume", type=Path, metavar="FILE", help="keep results there until all are measured"
    )


def measured_ceilings(threads: Sequence[int]) -> ceilings.Ceilings:
    """The machine's limits, which are printed, too.

    Raises RuntimeError when they cannot be measured.
    """
    print("ceilings", flush=True)
    limits = ceilings.measure(threads)
    for what, value in limits.rows():
        print(f"    {what}: {value}", flush=True)
    return limits


@contextmanager
def interruptible(resume: Path | None) -> Iterator[None]:
    """Ctrl-C ends the run with a sentence, and a refusal with its message."""
    try:
        yield
    except KeyboardInterrupt:
        kept = f"; the same command goes on from {resume}" if resume else ""
        print(f"\nstopped{kept}", file=sys.stderr)
        sys.exit(130)
    except (RuntimeError, ValueError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)


def command_line(argv: Sequence[str]) -> str:
    """What measures the same again, wherever that is written to."""
    script, *arguments = argv
    kept = ["python", f"benchmarks/{Path(script).name}"]
    for before, argument in zip(["", *arguments], arguments, strict=False):
        if not {before, argument} & {"--results", "--resume"}:
            kept.append(argument)
    return shlex.join(kept)


def _problem(result: Result) -> str | None:
    ours = result.outcomes.get(OURS)
    if ours is not None and ours.failure:
        return ours.failure
    return None if result.is_right else f"its error is over {MOST_ERROR:.0f} times eager's"


def _say(line: str) -> None:
    print(f"    {line}", flush=True)
