# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Memory for the weights of a loaded module: one block, in huge pages where there are some."""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

_ALIGNMENT = 64


class WeightMemory:
    """A block with room for several tensors, each at a cache line.

    Weights are read in every call, mostly in long streams: huge pages save the address
    translations, and one block keeps it from being scattered.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        """``sizes``: bytes of each tensor."""
        self._offsets = []
        total = 0
        for size in sizes:
            self._offsets.append(total)
            total += -(-size // _ALIGNMENT) * _ALIGNMENT
        self._sizes = list(sizes)
        self._block = mmap.mmap(-1, max(total, 1))
        if hasattr(mmap, "MADV_HUGEPAGE"):
            with suppress(OSError):
                self._block.madvise(mmap.MADV_HUGEPAGE)
        self._bytes = np.frombuffer(self._block, np.uint8)
        self._address: int = self._bytes.__array_interface__["data"][0]

    def address(self, index: int) -> int:
        """Where tensor ``index`` is."""
        return self._address + self._offsets[index]

    def bytes(self, index: int) -> NDArray[np.uint8]:
        """The memory of tensor ``index``; it keeps the block alive."""
        start = self._offsets[index]
        return self._bytes[start : start + self._sizes[index]]
