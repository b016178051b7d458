# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""``tilewright profile``: where the time of a call goes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from tilewright.cli.models import load_model
from tilewright.cli.options import (
    Iterations,
    ModelName,
    NoCache,
    OptLevel,
    PrecisionName,
    Threads,
    check_iterations,
)
from tilewright.cli.tables import format_number
from tilewright.errors import InputError
from tilewright.files import write_atomically

if TYPE_CHECKING:
    from tilewright.profiling import Profile


def profile_model(
    model: ModelName,
    iterations: Iterations = 20,
    top: Annotated[int, typer.Option(help="groups to print, the slowest first")] = 20,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="write everything here as JSON", show_default=False),
    ] = None,
    threads: Threads = None,
    precision: PrecisionName = "f32",
    opt_level: OptLevel = 3,
    no_cache: NoCache = False,
) -> None:
    """Compile a model and print where the time of a call goes, group by group.

    The ceiling of a group is what the roofline allows it on this machine, from its operations,
    its bytes, and arithmetic and memory as measured before. Data in the caches can beat it.
    """
    check_iterations(iterations)
    loaded = load_model(model)
    compiled = loaded.compile(
        threads=threads,
        precision=precision,
        opt_level=opt_level,
        cache=False if no_cache else None,
    )
    inputs, kwargs = loaded.inputs(compiled)
    profile = compiled.profile(inputs, kwargs=kwargs, iterations=iterations)
    if json_file is not None:
        try:
            write_atomically(json_file, json.dumps(profile.to_json(), indent=1) + "\n")
        except OSError as error:
            raise InputError(f"cannot write {json_file}: {error.strerror}") from None
    _print(profile, top)


def _print(profile: Profile, top: int) -> None:
    out = Console()
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    for column in ("", "us", "%", "GFLOP/s", "GB/s", "flop/byte", "of ceiling"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("operations, result, schedule", overflow="fold")
    ranked = sorted(profile.groups, key=lambda row: row.seconds, reverse=True)
    for row in ranked[:top]:
        fraction = row.fraction(profile.ceilings) if profile.ceilings else None
        place = f"  {row.group.location}" if row.group.location else ""
        table.add_row(
            str(row.number),
            f"{1e6 * row.seconds:.1f}",
            f"{100 * row.seconds / profile.seconds:.1f}",
            format_number(row.gflops, ".1f"),
            format_number(row.gigabytes, ".1f"),
            format_number(row.intensity, ".1f"),
            format_number(fraction, ".2f"),
            f"{_operations(row.group.operations)} -> {', '.join(row.group.result)}{place}\n"
            f"{row.group.schedule}",
        )
    out.print(table, highlight=False, markup=False)
    left = sum(row.seconds for row in ranked[top:])
    out.print(
        f"{1e6 * profile.seconds:.1f} us a call, {1e6 * left:.1f} in groups not shown, "
        f"{1e6 * profile.rest:.1f} outside of groups; threads {profile.threads}",
        highlight=False,
    )
    if profile.ceilings:
        rounded = profile.ceilings.bf16_flops
        of_bf16 = f"{rounded / 1e9:.0f} on products of bfloat16, " if rounded else ""
        out.print(
            f"ceilings: {profile.ceilings.flops / 1e9:.0f} GFLOP/s in float32, {of_bf16}"
            f"{profile.ceilings.bandwidth / 1e9:.1f} GB/s from memory",
            highlight=False,
        )


def _operations(names: tuple[str, ...]) -> str:
    """``linalg.`` is understood, and fills are the start of what follows."""
    short = [name.removeprefix("linalg.") for name in names if name != "linalg.fill"]
    return " + ".join(short)
