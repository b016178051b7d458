# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One name in five places: TableGen def, argument, C++ file, lit test, DEBUG_TYPE.

Each rule takes the root of a tree and returns its findings, one sentence each; none means clean.
"""

import re
from pathlib import Path

from pass_records import PassRecord, kebab


def check_argument(record: PassRecord) -> list[str]:
    """`def FoldBatchNorm` must be `tw-fold-batch-norm` on the command line."""
    wanted = f"tw-{kebab(record.name)}"
    if record.argument == wanted:
        return []
    return [f"pass {record.name}: its argument is {record.argument}, expected {wanted}"]


def check_documented(record: PassRecord) -> list[str]:
    """A pass has a summary of one line and a description with an example."""
    found = []
    if not record.summary or "\n" in record.summary or record.summary.endswith("."):
        found.append(f"{record.argument}: the summary must be one line without a full stop")
    if len(re.sub(r"```.*?```", "", record.description, flags=re.S).split()) < 8:
        found.append(f"{record.argument}: the description does not say what the pass does")
    if "```mlir" not in record.description:
        found.append(f"{record.argument}: the description has no ```mlir example")
    found += [
        f"{record.argument}: option {option.argument} has no description"
        for option in record.options
        if not option.description
    ]
    return found


def check_source(root: Path, record: PassRecord) -> list[str]:
    """`passes/<Phase>/<Name>.cpp` defines the pass, right after its includes."""
    path = root / "passes" / record.phase / f"{record.name}.cpp"
    where = path.relative_to(root)
    if not path.exists():
        return [f"{record.argument}: {where} is missing"]
    text = path.read_text()
    found = []
    define = f"GEN_PASS_DEF_{record.name.upper()}"
    if re.findall(r"^#define (GEN_PASS_DEF_\w+)", text, re.M) != [define]:
        found.append(f"{where}: must define {define} and no other pass")
    elif not _is_right_after_includes(text, f"#define {define}"):
        found.append(f"{where}: {define} must come right after the includes")
    if f'#define DEBUG_TYPE "{record.argument}"' not in text:
        found.append(f'{where}: DEBUG_TYPE must be "{record.argument}"')
    return found


def check_test(root: Path, record: PassRecord) -> list[str]:
    """`test/passes/<Phase>/<name>.mlir` exists and runs the pass."""
    path = root / "test" / "passes" / record.phase / f"{kebab(record.name)}.mlir"
    where = path.relative_to(root)
    if not path.exists():
        return [f"{record.argument}: its test {where} is missing"]
    runs = [line for line in path.read_text().splitlines() if "RUN:" in line]
    if not any(re.search(rf"\b{record.argument}\b(?!-)", line) for line in runs):
        return [f"{where}: no RUN line runs {record.argument}"]
    return []


def check_strays(root: Path, records: list[PassRecord]) -> list[str]:
    """No pass outside TableGen, no test of a pass that does not exist.

    A second test of a pass is named after it: `fold-batch-norm-errors.mlir`.
    """
    found = []
    names = {(record.phase, record.name.upper()) for record in records}
    for source in sorted(root.glob("passes/*/*.cpp")):
        for define in re.findall(r"^#define GEN_PASS_DEF_(\w+)", source.read_text(), re.M):
            if (source.parent.name, define) not in names:
                found.append(f"{source.relative_to(root)}: no def for GEN_PASS_DEF_{define}")
    for test in sorted(root.glob("test/passes/*/*.mlir")):
        of_phase = [kebab(r.name) for r in records if r.phase == test.parent.name]
        if not any(test.stem == name or test.stem.startswith(f"{name}-") for name in of_phase):
            where = test.relative_to(root)
            found.append(f"{where}: named after no pass of {test.parent.name}")
    return found


def check_listed(root: Path) -> list[str]:
    """Every C++ file is compiled, and every phase folder registered."""
    found = []
    for source in sorted([*root.glob("passes/**/*.cpp"), *root.glob("dialects/**/*.cpp")]):
        lists = source.parent / "CMakeLists.txt"
        if not lists.exists() or not re.search(rf"\b{source.name}\b", lists.read_text()):
            found.append(f"{source.relative_to(root)}: not in its folder's CMakeLists.txt")
    register = root / "passes" / "Register.cpp"
    for td in sorted(root.glob("passes/*/Passes.td")):
        if f"register{td.parent.name}Passes()" not in register.read_text():
            found.append(f"passes/Register.cpp: does not register {td.parent.name}")
    return found


def _is_right_after_includes(text: str, define: str) -> bool:
    """Only includes, comments, blank lines and the opening of `namespace tw` come before."""
    head = text[: text.index(define)]
    allowed = re.compile(r"\s*(//.*|#include .*|namespace [\w:]+ \{|)$")
    return all(allowed.match(line) for line in head.splitlines())
