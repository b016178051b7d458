# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What all tests share: a cache on disk of the run's own, and Ctrl-C as in a terminal."""

from __future__ import annotations

import signal
from collections.abc import Iterator
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
