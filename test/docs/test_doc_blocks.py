# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The runner of the documentation's code notices what is wrong with it."""

import os
from pathlib import Path

import pytest

from doc_blocks import DocError, parse_blocks, run_page


def run(text: str, folder: Path) -> int:
    return run_page(text, "page.md", dict(os.environ), folder)


def test_blocks_share_a_namespace_and_show_their_output(tmp_path: Path) -> None:
    text = """
```python
x = 20
```
Some words.
```python
print(x + 1, "and more")
```
<!-- output -->
```text
21 and ...
```
```console
$ echo one; echo two
one
...
$ echo a \\
  b
a b
```
```sh
not-a-command
```
"""
    assert run(text, tmp_path) == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```python\n\n1 / 0\n```\n", r"page.md:2: ZeroDivisionError"),
        ("```python\nprint(1)\n```\n<!-- output -->\n```text\n2\n```\n", "printed\n1"),
        ("```console\n$ false\n```\n", "exited 1"),
        ("```console\n$ echo 1\n2\n```\n", "printed\n1"),
        ("```console\necho 1\n```\n", "starts with"),
        ("<!-- output -->\n```text\n2\n```\n", "which block"),
    ],
)
def test_wrong_pages_are_found(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DocError, match=message):
        run(text, tmp_path)


def test_leaving_out_needs_a_reason(tmp_path: Path) -> None:
    text = "```console\n$ false\n```\n"
    assert run("<!-- not run: it takes an hour -->\n" + text, tmp_path) == 0
    with pytest.raises(DocError):
        run("<!-- not run: -->\n" + text, tmp_path)


def test_indented_blocks_and_lines() -> None:
    (block,) = parse_blocks("a\n\n- item\n\n  ```python\n  x = 1\n    \n  ```\n")
    assert (block.body, block.line) == ("x = 1\n  \n", 6)
