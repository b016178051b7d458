# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What all tests share: a cache on disk of the run's own, and Ctrl-C as in a terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def session_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Empty at first, so that no earlier run has an effect, and the user's own is left alone."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TILEWRIGHT_CACHE_DIR", str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def interrupts() -> None:
    """Heard even where the run was started with SIGINT ignored, as jobs in the background are."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def run_twice_at_once() -> Callable[[str, str], list[str]]:
    """Runs a script in two processes at the same time; gives what they printed.

    Called with the script and a filter of warnings, as ``python -W`` takes it. The processes import
    what the tests import. One that fails fails the test.
    """

    def run(script: str, warnings: str) -> list[str]:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        command = [sys.executable, "-W", warnings, "-c", script]
        processes = [
            subprocess.Popen(
                command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            for _ in range(2)
        ]
        results = [process.communicate(timeout=300) for process in processes]
        for process, (_, errors) in zip(processes, results, strict=True):
            assert process.returncode == 0, errors
        return [printed for printed, _ in results]

    return run
