# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The limits of this machine, measured: multiply-adds, reading, and what a region costs.

The loops are C and assembly beside this file, built here by ``cc`` into ``build/ceilings``.
"""

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from machine import caches, memory_bytes, pinned_cpus

_HERE = Path(__file__).parent
_REPO = _HERE.parents[1]
_BUILD = _REPO / "build" / "ceilings"
_FLAGS = ("-std=c11", "-O2", "-Wall", "-Wextra")
# Shares of a cache that are read: the rest is for what else is in it.
_SHARE_OF_CACHE = 0.5
# A thread reads so many times the last cache, within bounds, when it reads memory.
_TIMES_LAST_CACHE, _LEAST_MEMORY, _MOST_MEMORY = 4, 256 << 20, 2 << 30
_TITLES = {"f32_fma": "f32", "bf16_dot": "bf16 dot", "bf16_amx": "bf16 AMX"}


@dataclass(frozen=True)
class Ceilings:
    """What was measured.

    Attributes:
        clock: Hz while one thread multiplies integers; 0 where it cannot be told.
        instructions: what the loop of each kind of computation is made of.
        flops: per number of threads and kind, operations a second; None where the processor has
            no such instruction.
        reading: per number of threads and level, bytes a second.
        regions: what a parallel region costs in nanoseconds, as ``runtime_region`` prints it.
    """

    clock: float
    instructions: dict[str, str]
    flops: dict[int, dict[str, float | None]]
    reading: dict[int, dict[str, float]]
    regions: list[dict[str, Any]]

    def peak_flops(self, threads: int, precision: str) -> float:
        """Operations a second of the fastest way to compute in a precision, ``f32`` or ``bf16``.

        bfloat16 may always be computed as float32.
        """
        wanted = ("f32",) if precision == "f32" else ("f32", "bf16")
        rates = self.flops[threads].items()
        return max((rate or 0.0 for kind, rate in rates if kind.startswith(wanted)), default=0.0)

    def level(self, threads: int, size: float) -> str:
        """Where ``size`` bytes stay that all threads together read over and over."""
        reading = self.reading[threads]
        for level, capacity in caches().items():
            # The third cache is one for all, the first two are each core's own.
            if level in reading and size <= capacity * (1 if level > "L2" else threads):
                return level
        return "memory"

    def bandwidth(self, threads: int, size: float) -> float:
        """Bytes a second when ``size`` bytes are read over and over by all threads together."""
        return self.reading[threads][self.level(threads, size)]

    def rows(self) -> list[tuple[str, str]]:
        """The numbers as rows of a table: what, and how much on each number of threads."""
        found = [("clock", f"{self.clock / 1e9:.2f} GHz")] if self.clock else []
        for kind, instruction in self.instructions.items():
            rates = {threads: of.get(kind) for threads, of in self.flops.items()}
            title = f"{_TITLES.get(kind, kind)} ({instruction})"
            found.append((title, _per_threads(rates, 1e9, "GFLOP/s")))
        for level in next(iter(self.reading.values()), {}):
            rates = {threads: of.get(level) for threads, of in self.reading.items()}
            found.append((f"reading {level}", _per_threads(rates, 1e9, "GB/s")))
        for region in self.regions:
            awake, asleep = (region[key]["median"] for key in ("spinning_ns", "asleep_ns"))
            found.append(
                (f"region, threads: {region['threads']}", f"{awake:.0f} ns; {asleep:.0f} asleep")
            )
        return found


def measure(threads: Sequence[int]) -> Ceilings:
    """Builds the programs if that is not done, and runs them; some seconds.

    Raises RuntimeError when there is no C compiler, or a program fails.
    """
    found = _run_loops(threads, _reading_sizes(max(threads)))
    return Ceilings(
        clock=found["clock"],
        instructions=found["instructions"],
        flops={rates["threads"]: rates["flops"] for rates in found["rates"]},
        reading={rates["threads"]: rates["reading"] for rates in found["rates"]},
        regions=json.loads(_run([str(_built_regions()), str(max(threads))])),
    )


def memory_bandwidth(threads: int) -> float:
    """Bytes a second that are read from memory now; two seconds.

    Where others use the same memory it halves and doubles from one minute to the next, so that what
    is bound by it has to be measured in turns with it.

    Raises RuntimeError as :func:`measure`.
    """
    size = _reading_sizes(threads)["memory"]
    found = _run_loops([threads], {"memory": size})
    return float(found["rates"][0]["reading"]["memory"])


def _run_loops(threads: Sequence[int], sizes: dict[str, int]) -> Any:
    cpus = pinned_cpus(max(threads))
    levels = [f"{name}={size}" for name, size in sizes.items()]
    counts = ",".join(map(str, threads))
    return json.loads(_run([str(built_loops()), ",".join(map(str, cpus)), counts, *levels]))


def from_json(fields: dict[str, Any]) -> Ceilings:
    """What ``dataclasses.asdict`` and ``json`` made of them; JSON's keys are strings."""
    by_threads = ("flops", "reading")
    counted = {key: {int(n): of for n, of in fields[key].items()} for key in by_threads}
    return Ceilings(**{**fields, **counted})


def _reading_sizes(threads: int) -> dict[str, int]:
    """What each thread reads to measure a level."""
    sizes = caches()
    found = {level: int(size * _SHARE_OF_CACHE) for level, size in sizes.items()}
    last = max(sizes, default="L2")
    if last > "L2":  # one for all
        found[last] //= threads
    most = min(_MOST_MEMORY, memory_bytes() // 8 // threads)
    wanted = _TIMES_LAST_CACHE * max(sizes.values(), default=0) // threads
    return {**found, "memory": min(most, max(_LEAST_MEMORY, wanted))}


def built_loops() -> Path:
    """The program that measures multiply-adds and reading, compiled where it is not yet."""
    program = _BUILD / "ceilings"
    sources = sorted(_HERE.glob("*.c"))
    newest = max(path.stat().st_mtime for path in (*sources, *_HERE.glob("*.h")))
    if program.exists() and program.stat().st_mtime > newest:
        return program
    compiler = shutil.which("cc")
    if compiler is None:
        raise RuntimeError("the ceilings need a C compiler called cc: install gcc or clang")
    _BUILD.mkdir(parents=True, exist_ok=True)
    _run([compiler, *_FLAGS, "-o", str(program), *map(str, sources), "-pthread"])
    return program


def _built_regions() -> Path:
    folder = _BUILD / "runtime"
    configure = ["cmake", "-S", str(_REPO / "runtime"), "-B", str(folder)]
    _run([*configure, "-DTW_RUNTIME_BENCHMARKS=ON", "-DCMAKE_BUILD_TYPE=Release"])
    _run(["cmake", "--build", str(folder), "--target", "runtime_region"])
    return folder / "runtime_region"


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise RuntimeError(f"{command[0]} is missing; `make build` installs it") from None
    if done.returncode:
        raise RuntimeError(
            f"{Path(command[0]).name} exited {done.returncode}: {done.stderr.strip()[-2000:]}"
        )
    return done.stdout


def _per_threads(rates: dict[int, float | None], unit: float, name: str) -> str:
    if all(rate is None for rate in rates.values()):
        return "not on this processor"
    return ", ".join(
        f"{(rate or 0) / unit:.0f} {name} on {threads}" for threads, rate in rates.items()
    )
