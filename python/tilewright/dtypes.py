# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Element types, by the names that PyTorch and NumPy share."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

# MLIR's spelling, and bytes of an element in memory.
_DTYPES: dict[str, tuple[str, int]] = {
    "float64": ("f64", 8),
    "float32": ("f32", 4),
    "float16": ("f16", 2),
    "bfloat16": ("bf16", 2),
    "int64": ("i64", 8),
    "int32": ("i32", 4),
    "int16": ("i16", 2),
    "int8": ("i8", 1),
    "uint8": ("ui8", 1),
    "bool": ("i1", 1),
}
_FROM_MLIR = {mlir: name for name, (mlir, _) in _DTYPES.items()} | {
    "index": "int64",
    "si64": "int64",
    "si32": "int32",
    "si16": "int16",
    "si8": "int8",
}


def from_mlir(element_type: str) -> str | None:
    """The dtype of an MLIR element type, or None if tensors of it cannot cross the boundary.

    MLIR's signless ``i8`` is taken for ``int8``: only the importer knows better.
    """
    return _FROM_MLIR.get(element_type)


def item_bytes(dtype: str) -> int:
    """Bytes of an element in memory."""
    return _DTYPES[dtype][1]


@cache
def numpy_dtype(dtype: str) -> np.dtype[Any]:
    """NumPy's dtype; bfloat16 is that of ``ml_dtypes``."""
    if dtype == "bfloat16":
        import ml_dtypes

        bfloat16: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
        return bfloat16
    return np.dtype(dtype)


@cache
def torch_dtype(dtype: str) -> Any:
    """PyTorch's dtype."""
    import torch

    return getattr(torch, dtype)
