# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the code of a Markdown page, from top to bottom.

- ```python blocks run in order in one namespace.
- ```console blocks run their `$ ` lines in bash; the lines below a command, if any, are what it
  must print.
- A ```text block right after `<!-- output -->` is what the block before it must have printed.
- ```mlir blocks must be accepted by `tw-opt`.
- `...` in expected output stands for anything, over as many lines as it takes.
- `<!-- not run: reason -->` before a block leaves it out.

Each page has a folder of its own to write into, with the repository in `$REPO`.
"""

import contextlib
import io
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<body>.*?)^(?P=indent)```$", re.M | re.S
)
_MARK = re.compile(r"<!--\s*(?P<mark>output|not run: .{8,}?)\s*-->\s*$")


class DocError(AssertionError):
    """A block of a page does not do what the page says."""


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, text, first line in the page, and the mark before it."""

    language: str
    body: str
    line: int
    mark: str


def parse_blocks(text: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    blocks = []
    for match in _FENCE.finditer(text):
        mark = _MARK.search(text[: match.start()])
        indent = len(match["indent"])
        body = "".join(line[indent:] for line in match["body"].splitlines(keepends=True))
        line = text.count("\n", 0, match.start()) + 2
        blocks.append(Block(match["language"], body, line, mark["mark"] if mark else ""))
    return blocks


def run_page(text: str, name: str, environment: dict[str, str], folder: Path) -> int:
    """Runs the blocks of a page in `folder`; returns how many ran.

    Raises DocError, which names the page and the line, at the first that fails.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    printed: str | None = None
    ran = 0
    for block in parse_blocks(text):
        where = f"{name}:{block.line}"
        if block.mark.startswith("not run"):
            continue
        if block.mark == "output":
            if printed is None:
                raise DocError(f"{where}: output of which block?")
            _compare(block.body, printed, where)
        elif block.language == "python":
            printed = _run_python(block, where, name, namespace)
        elif block.language == "console":
            printed = _run_console(block, where, environment, folder)
        elif block.language == "mlir":
            _run(["tw-opt", "-"], where, environment, folder, block.body)
        else:
            continue
        ran += 1
    return ran


def _run_python(block: Block, where: str, name: str, namespace: dict[str, Any]) -> str:
    # Blank lines in front, so that a traceback has the line numbers of the page.
    code = compile("\n" * (block.line - 1) + block.body, name, "exec")
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(output):
            exec(code, namespace)
    except Exception as error:
        raise DocError(f"{where}: {type(error).__name__}: {error}") from error
    return output.getvalue()


def _run_console(block: Block, where: str, environment: dict[str, str], folder: Path) -> str:
    printed = ""
    for part in re.split(r"^(?=\$ )", block.body, flags=re.M):
        # A command goes on after a backslash; what follows is its output.
        match = re.match(r"\$ ((?:.*\\\n)*.*)\n?((?:.*\n?)*)", part)
        if not match:
            if part.strip():
                raise DocError(f"{where}: a console block starts with '$ '")
            continue
        printed = _run(["bash", "-ec", match[1]], where, environment, folder)
        if match[2].strip():
            _compare(match[2], printed, where)
    return printed


def _run(
    command: list[str], where: str, environment: dict[str, str], folder: Path, given: str = ""
) -> str:
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, env=environment, cwd=folder
    )
    if done.returncode != 0:
        said = f"{done.stdout}{done.stderr}"
        raise DocError(f"{where}: `{command[-1].strip()}` exited {done.returncode}:\n{said}")
    return done.stdout


def _compare(expected: str, printed: str, where: str) -> None:
    """Raises DocError unless `printed` matches; trailing blanks do not count."""
    wanted, got = (
        "\n".join(line.rstrip() for line in text.strip().splitlines())
        for text in (expected, printed)
    )
    pattern = ".*?".join(re.escape(part) for part in wanted.split("..."))
    if not re.fullmatch(pattern, got, re.S):
        raise DocError(f"{where}: the page says\n{wanted}\nbut it printed\n{got}")
