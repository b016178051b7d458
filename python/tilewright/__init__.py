# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tilewright: an AI compiler on MLIR.

    import tilewright as tw

    compiled = tw.compile(model, (example,))
    result = compiled(example)

Importing this package loads neither torch nor MLIR; they come with the first compilation.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tilewright import knobs
    from tilewright.api import compile, compile_mlir
    from tilewright.errors import (
        CacheWarning,
        CompileError,
        ControlFlowError,
        FallbackWarning,
        ImportFailed,
        InputError,
        LoadError,
        RunError,
        TwError,
        UnsupportedOpError,
    )
    from tilewright.options import CompileOptions
    from tilewright.pass_times import PassTime
    from tilewright.runtime.module import CompiledModule, Timings
    from tilewright.signature import Signature
    from tilewright.targets import Target

__version__ = "0.1.0"

__all__ = [
    "CacheWarning",
    "CompileError",
    "CompileOptions",
    "CompiledModule",
    "ControlFlowError",
    "FallbackWarning",
    "ImportFailed",
    "InputError",
    "LoadError",
    "PassTime",
    "RunError",
    "Signature",
    "Target",
    "Timings",
    "TwError",
    "UnsupportedOpError",
    "compile",
    "compile_mlir",
    "knobs",
]

_HOMES = {
    "compile": "api",
    "compile_mlir": "api",
    "CompileOptions": "options",
    "CompiledModule": "runtime.module",
    "PassTime": "pass_times",
    "Timings": "runtime.module",
    "Signature": "signature",
    "Target": "targets",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'tilewright' has no attribute {name!r}")
    if name == "knobs":
        return import_module("tilewright.knobs")
    value = getattr(import_module(f"tilewright.{_HOMES.get(name, 'errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
