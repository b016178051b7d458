# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The repository keeps its own rules. One test a rule; each lists all findings at once."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import lit_rules
import naming_rules
import source_rules
from pass_records import REPO, PassRecord, kebab, load_passes

# (path, text) → findings
Rule = Callable[[str, str], list[str]]


@pytest.fixture(scope="module")
def passes() -> list[PassRecord]:
    return load_passes()


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """All text files that git tracks or would track, by path relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    texts = {}
    for name in listed:
        try:
            texts[name] = (REPO / name).read_text()
        except (UnicodeDecodeError, FileNotFoundError):
            continue  # a picture, or deleted and not yet committed
    return texts


def clean(findings: list[str]) -> None:
    assert not findings, "\n" + "\n".join(findings)


def test_pass_arguments_mirror_names(passes: list[PassRecord]) -> None:
    assert passes
    clean([finding for p in passes for finding in naming_rules.check_argument(p)])


def test_passes_are_documented(passes: list[PassRecord]) -> None:
    clean([finding for p in passes for finding in naming_rules.check_documented(p)])


def test_pass_sources_mirror_names(passes: list[PassRecord]) -> None:
    clean([finding for p in passes for finding in naming_rules.check_source(REPO, p)])


def test_pass_tests_mirror_names(passes: list[PassRecord]) -> None:
    clean([finding for p in passes for finding in naming_rules.check_test(REPO, p)])


def test_nothing_outside_the_mirror(passes: list[PassRecord]) -> None:
    clean(naming_rules.check_strays(REPO, passes))


def test_sources_are_compiled_and_registered() -> None:
    clean(naming_rules.check_listed(REPO))


def test_pass_tests_have_the_required_cases(passes: list[PassRecord]) -> None:
    findings = []
    for p in passes:
        path = Path("test/passes", p.phase, f"{kebab(p.name)}.mlir")
        if (REPO / path).exists():
            cases = lit_rules.check_cases((REPO / path).read_text())
            findings += [f"{path}: {finding}" for finding in cases]
    clean(findings)


def test_lit_tests_test_something(files: dict[str, str]) -> None:
    clean(
        [
            f"{name}: {finding}"
            for name, text in files.items()
            if name.startswith("test/") and "RUN:" in text and name.endswith(".mlir")
            for finding in lit_rules.check_prefixes(text) + lit_rules.check_runs(text)
        ]
    )


@pytest.mark.parametrize(
    "rule",
    [
        source_rules.check_header,
        source_rules.check_size,
        source_rules.check_library,
        source_rules.check_refusals,
        source_rules.check_leftovers,
    ],
    ids=lambda rule: rule.__name__,
)
def test_source_files(files: dict[str, str], rule: Rule) -> None:
    sources = {name: text for name, text in files.items() if source_rules.is_source(name)}
    clean([finding for name, text in sources.items() for finding in rule(name, text)])


def test_lit_tests_are_short(files: dict[str, str]) -> None:
    lit = {n: t for n, t in files.items() if n.startswith("test/") and n.endswith(".mlir")}
    clean([f for name, text in lit.items() for f in source_rules.check_size(name, text)])


def test_names_say_the_topic(files: dict[str, str]) -> None:
    clean([finding for name in files for finding in source_rules.check_name(name)])


def test_no_path_of_one_machine(files: dict[str, str]) -> None:
    clean([f for name, text in files.items() for f in source_rules.check_host_paths(name, text)])


def test_tools_share_one_registration(files: dict[str, str]) -> None:
    mains = {n: t for n, t in files.items() if n.startswith("tools/tw-") and n.endswith(".cpp")}
    assert len(mains) >= 3
    clean([f for n, t in mains.items() for f in source_rules.check_tool_registration(n, t)])
