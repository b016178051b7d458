# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Samples of the catalogue and the zoo on emulated processors: part of ``make check-slow``."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import catalogue
import pytest
from case import Case
from children import run
from emulated_cpu import MACHINES
from zoo_cases import zoo_case

from tilewright import zoo

# QEMU 7 forgets MADV_WIPEONFORK, and ends a child of a fork that starts threads.
_NOT_EMULATED = "fork|allocation"
_RUNTIME = Path(__file__).parents[2] / "runtime"
# The architectures share most of the road; each has other cases of the catalogue.
_EVERY = 24
_ALL = list(catalogue.cases())
_SAMPLE = [
    (machine, case)
    for offset, machine in enumerate(MACHINES)
    for case in [*_ALL[offset * _EVERY // len(MACHINES) :: _EVERY], *map(zoo_case, zoo.names())]
]


@pytest.mark.parametrize(
    ("machine", "case"),
    [pytest.param(machine, case, id=f"{machine}/{case.name}") for machine, case in _SAMPLE],
)
def test_error_is_that_of_eager(machine: str, case: Case) -> None:
    assert MACHINES[machine].missing is None, MACHINES[machine].missing
    verdict = run(case, machine, seconds=600)
    assert verdict.status == "ok", str(verdict)


@pytest.mark.parametrize("name", ["aarch64"])
def test_runtime(name: str, tmp_path: Path) -> None:
    machine = MACHINES[name]
    assert machine.missing is None, machine.missing
    libraries = f"/usr/{machine.compiler.removesuffix('-gcc')}"
    emulator = [shutil.which(machine.emulator[0]), *machine.emulator[1:], "-L", libraries]
    commands = [
        [
            *("cmake", "-S", _RUNTIME, "-B", tmp_path, "-G", "Ninja", "-DCMAKE_SYSTEM_NAME=Linux"),
            f"-DCMAKE_SYSTEM_PROCESSOR={name}",
            f"-DCMAKE_C_COMPILER={machine.compiler}",
            "-DCMAKE_CXX_COMPILER=NOTFOUND",
            f"-DCMAKE_CROSSCOMPILING_EMULATOR={';'.join(map(str, emulator))}",
        ],
        ["cmake", "--build", tmp_path],
        [
            *("ctest", "--test-dir", tmp_path, "--output-on-failure", "--timeout", "300"),
            *("--exclude-regex", _NOT_EMULATED),
        ],
    ]
    for command in commands:
        done = subprocess.run([*map(str, command)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
