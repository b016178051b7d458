# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rules for single source files: header, size, names, and what libraries must not do.

Each rule takes a path relative to the root, with `/`, and the text of the file, and returns its
findings, one sentence each.
"""

import re
from pathlib import PurePosixPath

_SPDX = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"
_SOURCE_NAMES = {"CMakeLists.txt", "Makefile"}
_SOURCE_SUFFIXES = {".c", ".cpp", ".h", ".td", ".py", ".cmake", ".sh"}
_JUNK_DRAWERS = re.compile(
    r"(?:^|_|(?<=[a-z]))(?:utils?|utilities|utility|misc|common|helpers?)$", re.I
)
_HOST_PATH = re.compile(r"(?<![\w./~$}{-])/(?:home|root|work|Users|opt)/\w")


def is_source(path: str) -> bool:
    """Whether the file is code that carries a licence header."""
    pure = PurePosixPath(path)
    return pure.name in _SOURCE_NAMES or pure.suffix in _SOURCE_SUFFIXES


def check_header(path: str, text: str) -> list[str]:
    """The first line (after `#!`) names the licence."""
    lines = text.splitlines() or [""]
    first = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
    return [] if _SPDX in first else [f"{path}: line 1 must have '{_SPDX}'"]


def line_budget(path: str) -> int | None:
    """The most lines that the file may have; None where there is no limit."""
    pure = PurePosixPath(path)
    if pure.parts[0] == "tools" and pure.suffix == ".cpp":
        return 40
    if pure.parts[0] == "test" and pure.suffix == ".mlir":
        return 200
    if path == "CMakeLists.txt":
        return 120
    return {".c": 400, ".cpp": 400, ".h": 300, ".td": 300, ".py": 350}.get(pure.suffix)


def check_size(path: str, text: str) -> list[str]:
    """A file is small enough to be read in one sitting."""
    budget = line_budget(path)
    lines = text.count("\n")
    if budget is None or lines <= budget:
        return []
    return [f"{path}: {lines} lines, at most {budget}; split it along a seam"]


def check_name(path: str) -> list[str]:
    """No junk drawers: a file is named after its topic."""
    for part in PurePosixPath(path).parts:
        if _JUNK_DRAWERS.search(part.split(".")[0]):
            return [f"{path}: '{part}' says nothing of its topic"]
    return []


def check_host_paths(path: str, text: str) -> list[str]:
    """No path that exists on one person's machine only."""
    return [
        f"{path}:{number}: a path of one machine: {line.strip()[:80]}"
        for number, line in enumerate(text.splitlines(), 1)
        if _HOST_PATH.search(line)
    ]


def check_library(path: str, text: str) -> list[str]:
    """Libraries have no process-wide flags and do not end the process.

    A flag at file scope cannot be set per compilation, is missing in reproducers, and is not to
    be had from Python; `exit` would take the user's Python process along.
    """
    pure = PurePosixPath(path)
    if pure.parts[0] == "tools" or pure.suffix not in {".c", ".cpp", ".h"}:
        return []
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        code = line.split("//")[0]
        if re.search(r"\bcl::(?:opt|list|bits)\s*<", code):
            found.append(f"{path}:{number}: a command-line flag in a library; use pass options")
        if pure.parts[0] in {"dialects", "passes"} and re.search(r"\b(?:exit|abort)\s*\(", code):
            found.append(f"{path}:{number}: a library must not end the process; emit an error")
    return found


def check_tool_registration(path: str, text: str) -> list[str]:
    """Tools and the extension take dialects and passes from the two lists, whole."""
    found = []
    code = re.sub(r"//.*", "", text)
    if "tw::registerAllDialects(" not in code:
        found.append(f"{path}: must call tw::registerAllDialects")
    # A language server runs no pass.
    if "lsp" not in path and "tw::registerAllPasses(" not in code:
        found.append(f"{path}: must call tw::registerAllPasses")
    own = re.findall(r"registry\.insert|\bregister(?!All)\w*Passes\(", code)
    found += [f"{path}: {call} bypasses the shared lists" for call in own]
    return found
