# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""``python -m tilewright`` is the command ``tilewright``."""

from tilewright.cli import main

main()
