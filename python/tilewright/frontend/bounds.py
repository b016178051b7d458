# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How large sizes that vary can become."""

from __future__ import annotations

import math
from typing import Any


def largest(size: Any) -> float:
    """Upper bound of a size: itself if it is static, infinity if nothing is known."""
    if isinstance(size, int):
        return size
    bound = size.node.shape_env.bound_sympy(size.node.expr).upper
    return int(bound) if getattr(bound, "is_Integer", False) else math.inf
