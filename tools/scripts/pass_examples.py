# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Before and after of a pass, taken by running the first case of its own lit test.

So an example in the documentation is one that is checked, and what is shown after it is what the
compiler printed.
"""

import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pass_records import PassRecord, kebab

_CHECK_LINE = re.compile(
    r"^\s*// (?:RUN|REQUIRES|[A-Z][A-Z0-9_]*(?:-[A-Z0-9]+)*(?:\{LITERAL\})?):.*\n", re.M
)


@dataclass(frozen=True)
class Example:
    """What was run (`tw-opt` with its flags) on what, and what it printed."""

    command: str
    before: str
    after: str


def lit_test(root: Path, record: PassRecord) -> Path:
    """The lit test of a pass, by the naming rule."""
    return root / "test" / "passes" / record.phase / f"{kebab(record.name)}.mlir"


def first_case(text: str) -> str:
    """The first case of a test, up to the second function or `// -----`, without its checks.

    Comments that belong to the case stay; those of the function that follows do not.
    """
    case = re.split(r"^// -----\s*$", text, flags=re.M)[0]
    starts = [match.start() for match in re.finditer(r"^ *func\.func", case, re.M)]
    in_module = re.search(r"^module", case, re.M)
    if len(starts) > 1 and not in_module:
        case = re.sub(r"(?:^//.*\n|^\s*\n|^#\w+ = .*\n)*\Z", "", case[: starts[1]], flags=re.M)
    case = re.sub(r"^// No (?:refusing|dynamic-shape) case:.*\n(?://.*\n)*", "", case, flags=re.M)
    case = _CHECK_LINE.sub("", case)
    return re.sub(r"\n{3,}", "\n\n", case).strip() + "\n"


def run_flags(text: str, argument: str) -> list[str]:
    """The flags of the first RUN line that runs the pass, less those that serve the test."""
    joined = re.sub(r"\\\n\s*// RUN:", " ", text)
    for line in re.findall(r"^// RUN: (.*)$", joined, re.M):
        command = shlex.split(line.split("|")[0].split("2>")[0])
        if command[:1] == ["tw-opt"] and any(argument in word for word in command):
            serve_test = ("%s", "-split-input-file", "-verify-diagnostics")
            return [word for word in command[1:] if word.replace("--", "-", 1) not in serve_test]
    raise ValueError(f"no RUN line starts with tw-opt and runs {argument}")


def run_example(tool: Path, test: Path, argument: str) -> Example:
    """Runs the first case of `test` through `tool`, a tw-opt.

    Raises ValueError, with what the tool said, when it fails.
    """
    text = test.read_text()
    flags = run_flags(text, argument)
    before = first_case(text)
    done = subprocess.run([str(tool), *flags, "-"], input=before, capture_output=True, text=True)
    if done.returncode != 0:
        raise ValueError(f"{test.name}: tw-opt {shlex.join(flags)} failed:\n{done.stderr}")
    return Example(shlex.join(["tw-opt", *flags]), before, done.stdout.strip() + "\n")
