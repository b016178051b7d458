# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a lit test must contain, and the ways in which one can test nothing.

Each rule takes the text of a test and returns its findings, one sentence each.
"""

import re

# Words that may stand before a colon at the start of a comment without being a check.
_NOT_CHECKS = {"RUN", "REQUIRES", "UNSUPPORTED", "NOTE", "TODO", "DEFINE", "REDEFINE"}
_SUFFIX = r"(?:-(?:NEXT|SAME|DAG|NOT|LABEL|EMPTY|COUNT-\d+))?(?:\{LITERAL\})?"
_DYNAMIC = re.compile(r"(?:tensor|memref)<(?:[^>]*x)?\?")


def split_cases(text: str) -> list[str]:
    """The parts between `// -----` lines."""
    return re.split(r"^// -----\s*$", text, flags=re.M)


def check_cases(text: str) -> list[str]:
    """A pass test has a case that is rewritten, one that is left or refused, and one of dynamic
    shape.

    Left or refused: a function named `@no_…`, or an `expected-error`, `-remark` or `-warning`.
    Dynamic: a `?` in a tensor or memref type. Where a pass can have no such case, a comment says
    why: `// No dynamic-shape case: …` or `// No refusing case: …`.
    """
    found = []
    # Functions are cases too: not every file is split.
    cases = [part for case in split_cases(text) for part in re.split(r"(?=func\.func)", case)]
    if not any("CHECK" in case and "@no_" not in case for case in cases):
        found.append("no case shows what the pass does (a CHECK outside of @no_… functions)")
    refuses = re.search(r"@no_\w|expected-(?:error|remark|warning)", text)
    if not refuses and not _excused(text, "No refusing case"):
        found.append("no case that the pass leaves alone or refuses (@no_…, or expected-error)")
    if not _DYNAMIC.search(text) and not _excused(text, "No dynamic-shape case"):
        found.append("no case of dynamic shape ('?' in a tensor or memref type)")
    return found


def check_prefixes(text: str) -> list[str]:
    """Every check prefix is asked for by a RUN line, and every one asked for is there."""
    runs = _run_lines(text)
    asked: set[str] = set()
    for run in runs:
        if "FileCheck" not in run:
            continue
        flags = re.findall(r"--?check-prefix(?:es)?[= ]([\w,-]+)", run)
        asked |= {name for flag in flags for name in flag.split(",")} or {"CHECK"}
    found = []
    used: set[str] = set()
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(
            r"\s*(?://|#)\s*([A-Z][A-Z0-9_]*(?:[-_][A-Z0-9]+)*(?:\{LITERAL\})?)(.*)", line
        )
        if not match:
            continue
        word, rest = match.groups()
        prefix = next((p for p in asked if re.fullmatch(re.escape(p) + _SUFFIX, word)), None)
        if prefix and rest.startswith(":"):
            used.add(prefix)
        elif prefix and word != prefix:
            found.append(f"line {number}: {word} without a colon checks nothing")
        elif rest.startswith(":") and word not in _NOT_CHECKS:
            found.append(f"line {number}: no RUN line asks for the prefix of {word}")
    found += [f"a RUN line asks for {name}, which no line has" for name in sorted(asked - used)]
    return found


def check_runs(text: str) -> list[str]:
    """A RUN line looks at what it gets, and no test is expected to fail."""
    found = []
    runs = _run_lines(text)
    if not any("FileCheck" in run or "-verify-diagnostics" in run for run in runs):
        found.append("no RUN line checks its output (FileCheck or -verify-diagnostics)")
    if "expected-" in text and not any("-verify-diagnostics" in run for run in runs):
        found.append("expected-… without -verify-diagnostics checks nothing")
    if re.search(r"^//\s*XFAIL", text, re.M):
        found.append("XFAIL: a test states what is true now")
    return found


def _excused(text: str, phrase: str) -> bool:
    return re.search(rf"^// {phrase}: \S.{{10,}}", text, re.M) is not None


def _run_lines(text: str) -> list[str]:
    """RUN lines with continuations joined."""
    runs: list[str] = []
    for line in re.findall(r"^\s*(?://|#)\s*RUN:(.*)$", text, re.M):
        if runs and runs[-1].endswith("\\"):
            runs[-1] = runs[-1][:-1] + line
        else:
            runs.append(line)
    return runs
