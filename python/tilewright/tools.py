# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Entry points of the MLIR tools that lie inside the package."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn


def find_tool(name: str) -> Path | None:
    """The tool's file: in the package, or in the build folder of a source tree."""
    import tilewright

    # An editable install has two folders: the sources, and what was built. A source tree has them
    # in build/.
    folders = [Path(folder) / "bin" for folder in tilewright.__path__]
    extension = find_spec("tilewright._core")
    if extension and extension.origin:
        folders.append(Path(extension.origin).parent / "bin")
    folders += [Path(folder).parents[1] / "build" / "bin" for folder in tilewright.__path__]
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    return None


def _exec(name: str) -> NoReturn:
    path = find_tool(name)
    if path is None:
        sys.exit(f"{name} is not in this installation of tilewright; install it with `pip install`")
    os.execv(path, [name, *sys.argv[1:]])


def tw_opt() -> NoReturn:
    """``tw-opt``: run passes and phases on MLIR text."""
    _exec("tw-opt")


def tw_lsp_server() -> NoReturn:
    """``tw-lsp-server``: the language server for editors."""
    _exec("tw-lsp-server")


def tw_reduce() -> NoReturn:
    """``tw-reduce``: shrink MLIR text that shows a bug."""
    _exec("tw-reduce")
