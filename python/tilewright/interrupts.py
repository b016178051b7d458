# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ctrl-C while C++ is at work."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def deferred_interrupts() -> Iterator[None]:
    """Hold back SIGINT until the block ends, then do what it would have done.

    For C++ code that calls back into Python. Python runs signal handlers in the first Python code
    it comes to; an exception raised there cannot pass through C++, and MLIR's bindings print that
    it happened and go on as if the user had not pressed Ctrl-C.
    """
    handler = signal.getsignal(signal.SIGINT)
    # Handlers run in the main thread alone. What is not callable does not raise either.
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield
        return
    received: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda number, frame: received.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if received:
            handler(*received[0])
