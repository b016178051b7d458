# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reference pages taken from the installed package: phases, commands, environment variables."""

import re
import subprocess
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from pass_records import PassRecord, find_tool, mlir_include

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


def dialect_page(root: Path) -> str:
    """docs/dialect.md: operations and attributes of the `tw` dialect, as TableGen has them."""
    includes = [f"-I{mlir_include()}", f"-I{root}"]
    command = [str(find_tool("mlir-tblgen")), "-gen-dialect-doc", "-dialect=tw", *includes]
    source = root / "dialects" / "Tw" / "TwOps.td"
    done = subprocess.run([*command, str(source)], capture_output=True, text=True, check=True)
    text = re.sub(r"<!--.*-->\n+|\[TOC\]\n+", "", done.stdout)
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


def command_page() -> str:
    """docs/commands.md: arguments and options of each sub-command of `tilewright`."""
    from tilewright.cli import app

    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    parts = ["# Commands\n", f"## tilewright\n\n{group.help}\n"]
    for name, command in sorted(group.commands.items()):
        context = typer.Context(command, info_name=f"tilewright {name}")
        usage = command.get_usage(context).removeprefix("Usage: ")
        parts += [f"## tilewright {name}\n", f"```text\n{usage}\n```\n"]
        parts += [f"{_unwrapped(command.help or '')}\n"]
        rows = [_parameter(parameter, context) for parameter in command.params]
        if rows:
            parts += ["| argument | meaning | default |", "|---|---|---|", *rows, ""]
    return "\n".join(parts)


def environment_page() -> str:
    """docs/environment.md: every variable that the package reads."""
    from tilewright.knobs import KNOBS

    rows = [f"| `{k.name}` | {_default(k.default)} | {k.description} |" for k in KNOBS]
    return "\n".join(
        [
            "# Environment variables\n",
            "Explicit arguments win over these. `tilewright.knobs.help()` prints them with their",
            "values.\n",
            "| variable | default | meaning |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _parameter(parameter: Any, context: typer.Context) -> str:
    # Typer has its own copy of click inside, without public names for the types.
    name, text = parameter.get_help_record(context)
    text = re.sub(r"\s*\[(?:default: .*|required)\]", "", text)
    return f"| `{_cell(name)}` | {_cell(text)} | {_default(parameter.get_default(context))} |"


def _default(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "" if value is None or value == [] else f"`{value}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _unwrapped(text: str) -> str:
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text.strip())
