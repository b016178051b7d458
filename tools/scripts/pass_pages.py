# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The pass reference: what TableGen says of each pass, and an example that was run."""

from pathlib import Path

from pass_examples import lit_test, run_example
from pass_records import REPO, PassOption, PassRecord

# An example is there to be read: the rest of a long one is in the test.
_EXAMPLE_LINES = 60


def pass_index(records: list[PassRecord]) -> str:
    """docs/passes.md: all passes, by folder."""
    rows = [
        f"| {r.phase} | [`{r.argument}`](passes/{r.phase}.md#{r.argument}) | {r.summary} |"
        for r in records
    ]
    return "\n".join(
        [
            "# Passes\n",
            "A pass has one name: `FoldBatchNorm` in `passes/Graph/Passes.td` is",
            "`tw-fold-batch-norm` in `tw-opt`, `passes/Graph/FoldBatchNorm.cpp`, and is tested by",
            "`test/passes/Graph/fold-batch-norm.mlir`. Each page shows the first case of that test",
            "and what `tw-opt` printed for it.\n",
            "| folder | pass | what it does |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def phase_page(phase: str, records: list[PassRecord], tool: Path) -> str:
    """docs/passes/<Phase>.md: description, options and a run example of each pass of a folder."""
    parts = [f"# Passes of `passes/{phase}`\n"]
    for record in records:
        parts += [f"## {record.argument}\n", f"{record.summary}.\n", f"{record.description}\n"]
        parts += _options(record.options)
        parts += _example(record, tool)
    return "\n".join(parts)


def _options(options: tuple[PassOption, ...]) -> list[str]:
    if not options:
        return []
    rows = [
        f"| `{o.argument}` | `{o.type.removeprefix('std::')}` | "
        f"{f'`{o.default}`' if o.default else ''} | {o.description} |"
        for o in options
    ]
    return ["| option | type | default | meaning |", "|---|---|---|---|", *rows, ""]


def _example(record: PassRecord, tool: Path) -> list[str]:
    test = lit_test(REPO, record)
    example = run_example(tool, test, record.argument)
    link = f"[{test.name}](../../{test.relative_to(REPO).as_posix()})"
    return [
        f"From its test, {link}: `{example.command}` turns\n",
        f"```mlir\n{_shortened(example.before)}```\n",
        "into\n",
        f"```mlir\n{_shortened(example.after)}```\n",
    ]


def _shortened(text: str) -> str:
    lines = text.splitlines(keepends=True)
    if len(lines) <= _EXAMPLE_LINES:
        return text
    rest = len(lines) - _EXAMPLE_LINES
    return "".join(lines[:_EXAMPLE_LINES]) + f"// … {rest} more lines\n"
