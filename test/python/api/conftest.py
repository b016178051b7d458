# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Modules whose lowering is written by hand, and a cache of each test's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from hand_lowered import compile_axpy, compile_exp

from tilewright import cache
from tilewright.runtime.module import CompiledModule


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache for each test, and no warning given before."""
    monkeypatch.setenv("TILEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_warned", set())
    return tmp_path / "cache"


@pytest.fixture
def axpy() -> CompiledModule:
    return compile_axpy()


@pytest.fixture
def exp() -> CompiledModule:
    return compile_exp()
