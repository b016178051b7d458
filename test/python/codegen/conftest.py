# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Hand-written modules in the LLVM dialect, parsed in a context that knows our dialects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def parse() -> Iterator[Callable[[str], Any]]:
    """Parses a file of this folder, or MLIR text."""
    from mlir import ir

    from tilewright import _core

    with ir.Context(load_on_create_dialects=[]) as context:
        _core.register_dialects(context)

        def parse_module(source: str) -> Any:
            path = Path(__file__).parent / source
            return ir.Module.parse(path.read_text() if source.endswith(".mlir") else source)

        yield parse_module


@pytest.fixture(scope="session")
def host() -> tuple[str, str, str]:
    """Triple, processor and features of this machine."""
    from tilewright import _core

    return _core.host_target()
