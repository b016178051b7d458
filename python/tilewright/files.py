# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Files that are either whole or not there, whatever interrupts their writer."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

TEMPORARY_SUFFIX = ".tw-partial"


def write_atomically(path: Path, content: bytes | str) -> None:
    """Write ``content`` next to ``path`` under another name, then rename.

    Raises:
        OSError: the file cannot be written; nothing is left behind.
    """
    data = content.encode() if isinstance(content, str) else content
    descriptor, temporary = tempfile.mkstemp(TEMPORARY_SUFFIX, path.stem, path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:  # KeyboardInterrupt as well
        with suppress(OSError):
            os.unlink(temporary)
        raise
