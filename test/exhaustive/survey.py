# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Run cases and print a line for each: ``survey.py [--every N] [--target T] [PATTERN …]``.

A pattern is the beginning of a name, with the wildcards of a shell; without one, all cases run.
"""

from __future__ import annotations

import argparse
import fnmatch
import sys
from collections import Counter

import catalogue
from children import run


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("patterns", nargs="*")
    parser.add_argument("--every", type=int, default=1, help="run one of N")
    parser.add_argument("--offset", type=int, default=0, help="which one of N")
    parser.add_argument("--target", default="cpu", help="or a machine of emulated_cpu.py")
    options = parser.parse_args()
    patterns = options.patterns
    counts: Counter[str] = Counter()
    seconds = 0.0
    chosen = [
        case
        for case in catalogue.cases()
        if not patterns or any(fnmatch.fnmatch(case.name, f"{p}*") for p in patterns)
    ]
    for case in chosen[options.offset :: options.every]:
        verdict = run(case, options.target)
        counts[verdict.status] += 1
        seconds += verdict.seconds
        slow = ""
        if verdict.seconds > 5 and verdict.phases:
            slowest = sorted(verdict.phases.items(), key=lambda item: -item[1])[:3]
            slow = " SLOW " + ", ".join(f"{name} {taken:.1f}" for name, taken in slowest)
        print(f"{case.name:52s} {verdict}{slow}", flush=True)
    print(f"{dict(counts)}, {seconds:.0f} s")
    return 0 if set(counts) <= {"ok"} else 1


if __name__ == "__main__":
    sys.exit(main())
