# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A contender in a process of its own: `worker.py CONTENDER THREADS PRECISION`.

Reads commands from standard input and answers each, both as one line of JSON:

- `{"do": "load", "case": CASE}`: makes the case ready and calls it a few times; facts, and the
  seconds that it took;
- `{"do": "time", "seconds": S}`: calls for about that long; the seconds of each call;
- `{"do": "error", "reference": PATH}`: its error relative to the exact results in that file;
- `{"do": "describe", "case": CASE, "reference": PATH}`: see cases.py.

What goes wrong is answered by `{"failure": MESSAGE}`, and the worker goes on.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import IO, Any

from machine import pinned_cpus

# A round has at least and at most so many calls, however slow or fast they are.
_LEAST_CALLS, _MOST_CALLS = 2, 1000
_WARM_UP_CALLS = 3
# Of a round, before its first call that counts: caches and clocks as the model leaves them, not
# as the contender before did.
_WARM_UP_SHARE = 0.1


class Worker:
    """Answers commands."""

    def __init__(self, contender: str, threads: int, precision: str) -> None:
        self._contender, self._threads, self._precision = contender, threads, precision
        self._call: Callable[[], Any] | None = None

    def answer(self, command: dict[str, Any]) -> Any:
        """The answer to one command; a failure is one, too."""
        try:
            act: Callable[..., Any] = getattr(self, command.pop("do"))
            return act(**command)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # some libraries exit
            return {"failure": f"{type(error).__name__}: {error}"}

    def load(self, case: dict[str, Any]) -> dict[str, Any]:
        """Makes a case ready, in place of the one before."""
        import peers
        from cases import Case, build

        self._call = None
        workload = build(Case(**case))
        start = time.perf_counter()
        prepare = peers.load(self._contender)
        prepared = prepare(workload.model, workload.inputs, self._threads, self._precision)
        ready = time.perf_counter() - start
        for _ in range(_WARM_UP_CALLS):
            prepared.call()
        self._call = prepared.call
        return {**prepared.facts, "ready": ready}

    def time(self, seconds: float) -> list[float]:
        """Seconds of each call of a round."""
        call = self._loaded()
        samples: list[float] = []
        begin = time.perf_counter()
        while time.perf_counter() - begin < seconds * _WARM_UP_SHARE:
            call()
        begin = time.perf_counter()
        while len(samples) < _LEAST_CALLS or (
            len(samples) < _MOST_CALLS and time.perf_counter() - begin < seconds
        ):
            start = time.perf_counter()
            call()
            samples.append(time.perf_counter() - start)
        return samples

    def error(self, reference: str) -> float:
        """Largest difference from the exact results, relative to the largest of them."""
        import numpy as np
        import torch
        from torch.utils import _pytree as pytree

        from tilewright.cli.measure import largest_error

        leaves = [
            torch.from_numpy(leaf) if isinstance(leaf, np.ndarray) else leaf
            for leaf in pytree.tree_leaves(self._loaded()())
        ]
        return largest_error(leaves, torch.load(reference))

    def describe(self, case: dict[str, Any], reference: str) -> dict[str, Any]:
        """See :func:`cases.describe`."""
        from cases import Case, describe

        return describe(Case(**case), reference)

    def _loaded(self) -> Callable[[], Any]:
        if self._call is None:
            raise ValueError("nothing is loaded")
        return self._call


def main(contender: str, threads: int, precision: str) -> None:
    """Answers until standard input ends."""
    os.environ["OMP_NUM_THREADS"] = str(threads)  # before any library counts the CPUs
    os.sched_setaffinity(0, pinned_cpus(threads))
    answers = _take_standard_output()
    worker = Worker(contender, threads, precision)
    for line in sys.stdin:
        print(json.dumps(worker.answer(json.loads(line))), file=answers, flush=True)


def _take_standard_output() -> IO[str]:
    """Standard output for answers alone: what libraries print there goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answers


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
