# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The documentation is true: its code runs, its links lead somewhere, and the generated pages are
what their sources generate."""

import os
import re
import sys
from pathlib import Path

import pytest

import generate
from doc_blocks import run_page
from pass_records import REPO

PAGES = sorted(
    path.relative_to(REPO).as_posix()
    for path in [
        *REPO.glob("*.md"),
        *(REPO / "docs").rglob("*.md"),
        *REPO.glob("[a-z]*/README.md"),
        *REPO.glob("dialects/*/README.md"),
    ]
    if "build" not in path.relative_to(REPO).parts
)
# The reference pages show what the compiler printed; running that again is the freshness test.
HAND_WRITTEN = [page for page in PAGES if generate.HEAD not in (REPO / page).read_text()]


@pytest.mark.parametrize("page", HAND_WRITTEN)
def test_code_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [str(generate.BUILD / "bin"), str(Path(sys.executable).parent)]
    monkeypatch.setenv("PATH", os.pathsep.join([*folders, os.environ["PATH"]]))
    monkeypatch.setenv("REPO", str(REPO))
    monkeypatch.setenv("TILEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    text = (REPO / page).read_text()
    run_page(text, page, dict(os.environ), tmp_path)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = re.sub(r"```.*?```", "", (REPO / page).read_text(), flags=re.S)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?://|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (REPO / page).parent / path if path else REPO / page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


def anchors(page: Path) -> set[str]:
    """The anchors that a reader's Markdown viewer makes of the headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def test_generated_files_are_fresh() -> None:
    stale = generate.stale_files(REPO, generate.BUILD / "bin" / "tw-opt")
    assert stale == [], "\n".join([*stale, "run `make generate`"])
