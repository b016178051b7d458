# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reference pages taken from the installed package."""

import re
import subprocess
from pathlib import Path

from pass_records import PassRecord

_TARGETS = {"cpu": "CPU", "cuda": "NVIDIA GPU"}


def phases_page(records: list[PassRecord], tool: Path) -> str:
    """docs/phases.md: the phases of each target, and the passes that they run."""
    from tilewright import _core

    pages = {record.argument: f"passes/{record.phase}.md#{record.argument}" for record in records}
    parts = [
        "# Phases\n",
        "One list in `passes/Pipelines/` for each target. `tw-opt -tw-phase-NAME` runs one,",
        '`-tw-compile=stop-after=NAME` all up to it; `m.ir("NAME")` is the IR after it.\n',
    ]
    for target, title in _TARGETS.items():
        phases = _core.phases(target)
        if phases:
            parts += [f"## {title}\n", "| phase | what it does | passes |", "|---|---|---|"]
        for name, summary in phases:
            run = ", ".join(
                f"[`{p}`]({pages[p]})" if p in pages else f"`{p}`"
                for p in phase_passes(tool, target, name)
            )
            parts.append(f"| `{name}` | {summary} | {run} |")
        parts += [""] if phases else []
    return "\n".join(parts)


def phase_passes(tool: Path, target: str, phase: str) -> list[str]:
    """Arguments of the passes that a phase runs, in order."""
    command = [str(tool), f"-tw-phase-{phase}=target={target}", "-dump-pass-pipeline", "-"]
    # The pipeline is printed before it runs: what it says of an empty module does not matter.
    done = subprocess.run(command, input="module {}", capture_output=True, text=True)
    pipeline = done.stderr.partition("builtin.module(")[2]
    while "{" in pipeline:
        pipeline, count = re.subn(r"\{[^{}]*\}", "", pipeline)
        if not count:
            break
    return re.findall(r"^ +([a-z][\w-]*),?$", pipeline, re.M)
