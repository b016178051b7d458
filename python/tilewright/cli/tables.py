# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Cells of the tables that sub-commands print."""

from __future__ import annotations


def format_number(value: float | None, form: str, scale: float = 1.0) -> str:
    """``scale * value`` as ``format`` writes it, or a dash where nothing was measured."""
    return "-" if value is None else format(scale * value, form)
