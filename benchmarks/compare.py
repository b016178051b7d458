# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiled models next to PyTorch eager: `python benchmarks/compare.py [MODEL ...]`.

Each side runs in a process of its own, so that neither's threads or memory disturb the other. The
two take turns in short rounds, and what is reported is the ratio of the medians: a machine that
slows down for a while slows down both.
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

WORKER = Path(__file__).parent / "worker.py"
# The criterion for right numbers: this many times what float32 eager itself loses.
MOST_ERROR = 4.0


class Worker:
    """A process that runs one side; see worker.py for what it says."""

    def __init__(self, side: str, model: str, size: str, threads: int) -> None:
        """Starts it, and waits until the model is ready.

        Raises RuntimeError when the process ends instead; its message is on stderr.
        """
        self._what = f"{side} {model}"
        self._process = subprocess.Popen(
            [sys.executable, str(WORKER), side, model, size, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.facts = self._answer()

    def ask(self, command: str) -> Any:
        """The answer to one command."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # _answer says how it ended
            self._process.stdin.write(command + "\n")
            self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._what}: its process exited {self._process.wait()}")
        return json.loads(line)

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *error: object) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()


@dataclass(frozen=True)
class Comparison:
    """A model on a number of threads: what both sides took, in seconds, and how exact they were.

    `error` is the largest difference from float64 relative to the largest value; None where
    PyTorch cannot run the model in float64.
    """

    model: str
    threads: int
    facts: dict[str, Any]
    ours: list[float]
    eager: list[float]
    error: float | None
    eager_error: float | None

    @property
    def ratio(self) -> float:
        """Our median over eager's; below 1 is faster."""
        return statistics.median(self.ours) / statistics.median(self.eager)

    @property
    def is_right(self) -> bool:
        """Whether the error is at most MOST_ERROR times eager's."""
        if self.error is None or self.eager_error is None:
            return True
        return self.error <= MOST_ERROR * self.eager_error


def compare(model: str, size: str, threads: int, rounds: int, seconds: float) -> Comparison:
    """Runs both sides in turns, `seconds` for each round."""
    with (
        Worker("tilewright", model, size, threads) as ours,
        Worker("eager", model, size, threads) as eager,
    ):
        samples: tuple[list[float], list[float]] = ([], [])
        for number in range(rounds):
            # Who goes first changes: neither always finds the caches as the other left them.
            order = ((ours, 0), (eager, 1)) if number % 2 == 0 else ((eager, 1), (ours, 0))
            for worker, place in order:
                samples[place].extend(worker.ask(f"time {seconds}"))
        errors = ours.ask("error")
        facts = {**eager.facts, **ours.facts}
    return Comparison(
        model, threads, facts, *samples, error=errors["error"], eager_error=errors["eager_error"]
    )


HEADER = (
    "| model | parameters | threads | import s | compile s | load s | latency ms | eager ms "
    "| ratio | error | eager's error |"
)


def row(result: Comparison) -> str:
    """A line of the table."""
    facts = result.facts
    ours, eager = (1e3 * statistics.median(times) for times in (result.ours, result.eager))
    errors = ("-" if e is None else f"{e:.1e}" for e in (result.error, result.eager_error))
    cells = [
        result.model,
        f"{facts['parameters'] / 1e6:.1f} M",
        str(result.threads),
        *(f"{facts[key]:.2f}" for key in ("import", "compile", "load")),
        f"{ours:.2f}",
        f"{eager:.2f}",
        f"{result.ratio:.2f}",
        *errors,
    ]
    return "| " + " | ".join(cells) + " |"


def page(results: list[Comparison], size: str) -> str:
    """docs/models.md: all results, and how they were made."""
    facts = results[0].facts
    return "\n".join(
        [
            "<!-- Written by benchmarks/compare.py: run `make models`. -->",
            "# Models\n",
            f"The models of the zoo at their {size} size, with seeded random weights, compiled",
            "and run next to PyTorch eager. Each side has a process of its own and they take",
            "turns; latencies are medians, and *ratio* is ours over eager's: below 1 is faster.",
            "*error* is the largest difference from float64 eager, relative to the largest value,",
            f"and beside it what float32 eager loses; it may be {MOST_ERROR:.0f} times that.\n",
            f"PyTorch {facts['torch']}; {facts['target']}.\n",
            HEADER,
            "|---|" + "---:|" * (HEADER.count("|") - 2),
            *(row(result) for result in results),
            "",
        ]
    )


class Journal:
    """Results so far, one JSON a line, so that an interrupted run need not begin again."""

    def __init__(self, path: Path | None, size: str) -> None:
        """Drops what an older build of the compiler was measured for."""
        from tilewright import _core

        self._path, self._size = path, size
        self._known: dict[tuple[str, int], Comparison] = {}
        if path is None or not path.exists():
            return
        if path.stat().st_mtime < Path(_core.__file__).stat().st_mtime:
            path.unlink()
            return
        for line in path.read_text().splitlines():
            entry = json.loads(line)
            if entry.pop("size") == size:
                result = Comparison(**entry)
                self._known[result.model, result.threads] = result

    def find(self, model: str, threads: int) -> Comparison | None:
        """The result of an earlier run."""
        return self._known.get((model, threads))

    def add(self, result: Comparison) -> None:
        """Writes a result down."""
        if self._path is not None:
            with self._path.open("a") as file:
                file.write(json.dumps({"size": self._size, **asdict(result)}) + "\n")

    def finish(self) -> None:
        """The next run measures everything again."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def main() -> int:
    """Runs the command line."""
    from tilewright import zoo

    parser = argparse.ArgumentParser(description=(__doc__ or "").split(":")[0])
    parser.add_argument("models", nargs="*", metavar="MODEL", help="of the zoo; all when none")
    parser.add_argument("--size", default="full", choices=("full", "small"))
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], metavar="N")
    parser.add_argument("--rounds", type=int, default=6, help="turns of each side")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a turn")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="also write a Markdown page")
    parser.add_argument(
        "--resume", type=Path, metavar="FILE", help="keep results there until all are measured"
    )
    arguments = parser.parse_args()
    unknown = sorted({*arguments.models} - {*zoo.names()})
    if unknown:
        parser.error(f"no zoo model {', '.join(unknown)}; there are {', '.join(zoo.names())}")

    journal = Journal(arguments.resume, arguments.size)
    results, failed = [], []
    print(HEADER, flush=True)
    for model in arguments.models or zoo.names():
        for threads in arguments.threads:
            result = journal.find(model, threads)
            try:
                if result is None:
                    result = compare(
                        model, arguments.size, threads, arguments.rounds, arguments.seconds
                    )
                    journal.add(result)
            except RuntimeError as error:
                failed.append(str(error))
                continue
            print(row(result), flush=True)
            results.append(result)
            if not result.is_right:
                failed.append(f"{model}: its error is over {MOST_ERROR:.0f} times eager's")
    if arguments.write and results:
        arguments.write.write_text(page(results, arguments.size))
    if failed:
        print("\n".join(failed), file=sys.stderr)
        return 1
    journal.finish()
    return 0


if __name__ == "__main__":
    sys.exit(main())
