# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compile time by depth: `python benchmarks/depth.py [BLOCK ...]`.

Compiles stacks of a block and fits, for each pass, the power of the depth that its time grows with.
"""

import argparse
import datetime
import sys
from pathlib import Path

import tilewright as tw
from campaign import command_line
from growth import Growth, Sweep, write
from stacked_blocks import BLOCKS, stack

_DEPTHS = (6, 12, 24, 48, 96)


def measure(block: str, depth: int) -> dict[str, float]:
    """Seconds of each step of one compilation."""
    model, inputs = stack(block, depth)
    timings = tw.compile(model, inputs, cache=False, time_passes=True).timings
    whole = {
        "import": timings.import_seconds,
        "compile": timings.compile_seconds,
        "load": timings.load_seconds,
    }
    return {**whole, **{f"{row.phase}/{row.name}": row.seconds for row in timings.passes}}


def sweep(block: str, depths: list[int], repeats: int) -> Sweep:
    """Compiles each depth some times. Depths take turns, so that a slow while is slow for all."""
    measure(block, 1)  # loads libraries, which is nobody's time
    least: list[dict[str, float]] = [{} for _ in depths]
    for _ in range(repeats):
        for depth, steps in zip(depths, least, strict=True):
            for step, seconds in measure(block, depth).items():
                steps[step] = min(seconds, steps.get(step, seconds))
            print(f"{block} x {depth}: {steps['compile']:.2f} s", file=sys.stderr, flush=True)
    rows = [Growth(step, depths, [steps.get(step, 0.0) for steps in least]) for step in least[-1]]
    return Sweep(block, rows[:3], rows[3:])


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(":")[0])
    parser.add_argument("blocks", nargs="*", metavar="BLOCK", help=", ".join(BLOCKS))
    parser.add_argument("--depths", nargs="+", type=int, default=[*_DEPTHS], metavar="N")
    parser.add_argument("--repeats", type=int, default=3, help="compilations of each depth")
    parser.add_argument("--results", type=Path, help="folder for compile-time.json and .md")
    arguments = parser.parse_args()
    unknown = [block for block in arguments.blocks if block not in BLOCKS]
    if unknown:
        parser.error(f"no block is called {', '.join(unknown)}; there are {', '.join(BLOCKS)}")
    if len(set(arguments.depths)) < 2 or min(arguments.depths) < 1 or arguments.repeats < 1:
        parser.error("it takes two different depths from 1 on, and a compilation of each")
    depths = sorted(set(arguments.depths))
    sweeps = [sweep(block, depths, arguments.repeats) for block in arguments.blocks or BLOCKS]
    for done in sweeps:
        print(f"\n{done.block}\n", *done.table(), sep="\n")
    if arguments.results:
        from machine import cpu_name

        date = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        for path in write(arguments.results / cpu_name(), sweeps, command_line(sys.argv), date):
            print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
