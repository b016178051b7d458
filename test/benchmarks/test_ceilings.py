# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The programs that measure limits run here, and their numbers are put to use."""

import json
import subprocess

import ceilings
import machine
from fixed_results import CEILINGS


def test_the_loops_run_on_this_processor() -> None:
    (cpu,) = machine.pinned_cpus(1)
    program = ceilings.built_loops()
    said = subprocess.run(
        [program, str(cpu), "1", "L1=16384", "memory=1048576"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = json.loads(said)
    (rates,) = found["rates"]
    assert rates["threads"] == 1
    assert rates["flops"].keys() == found["instructions"].keys()
    assert all(rate is None or rate > 0 for rate in rates["flops"].values())
    assert rates["reading"]["L1"] > 0 and rates["reading"]["memory"] > 0


def test_what_is_no_argument_is_refused() -> None:
    for arguments in ([], ["0", "2", "L1=16384"], ["0,", "1"], ["0", "1", "L1"]):
        done = subprocess.run(
            [ceilings.built_loops(), *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 2 and done.stderr.startswith("usage:")


def test_the_fastest_way_to_compute_counts() -> None:
    assert CEILINGS.peak_flops(1, "f32") == 1e11
    assert CEILINGS.peak_flops(2, "bf16") == 6e11


def test_what_fits_no_cache_comes_from_memory() -> None:
    assert CEILINGS.bandwidth(2, 1 << 40) == 2e10
    assert CEILINGS.bandwidth(1, 1024) == (3e11 if "L1" in machine.caches() else 1e10)


def test_the_machine_is_described() -> None:
    described = machine.describe()
    assert described["cpus"] >= described["cores"] >= 1
    assert all(isinstance(value, str) and value for _, value in machine.lines(described))
