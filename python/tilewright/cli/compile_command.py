# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""``tilewright compile``."""

from __future__ import annotations

import json
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from tilewright.cli.models import Model, load_model
from tilewright.cli.options import (
    DumpDir,
    ModelName,
    NoCache,
    OptLevel,
    PrecisionName,
    TargetName,
    Threads,
)
from tilewright.cli.timing_table import timing_table
from tilewright.errors import InputError
from tilewright.options import CompileOptions, make_options


class Emit(str, Enum):
    """What ``--emit`` writes."""

    MLIR = "mlir"
    LLVM = "llvm"
    ASM = "asm"
    OBJECT = "object"


def compile_model(
    model: ModelName,
    emit: Annotated[
        Emit | None, typer.Option(help="write this instead of a summary", show_default=False)
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="file for --emit", show_default="stdout")
    ] = None,
    stop_after: Annotated[
        str | None, typer.Option(help="last phase, for --emit mlir", show_default=False)
    ] = None,
    start_from: Annotated[
        str | None, typer.Option(help="first phase, for .mlir files", show_default=False)
    ] = None,
    target: TargetName = "cpu",
    threads: Threads = None,
    precision: PrecisionName = "f32",
    opt_level: OptLevel = 3,
    no_cache: NoCache = False,
    dump_dir: DumpDir = None,
    timing: Annotated[
        bool, typer.Option("--timing", help="compile anew, and print the time of each pass")
    ] = False,
    timing_json: Annotated[
        Path | None,
        typer.Option(help="write the times of phases and passes here", show_default=False),
    ] = None,
) -> None:
    """Compile a model into the cache, or write what a step of the compiler makes of it."""
    loaded = load_model(model)
    if start_from is not None and loaded.text is None:
        raise InputError("--start-from needs a .mlir file: an imported model starts at the start")
    if stop_after is not None and emit not in (None, Emit.MLIR):
        raise InputError(f"--stop-after gives MLIR, not {emit.value if emit else ''}")
    time_passes = timing or timing_json is not None
    if time_passes and (emit is not None or stop_after is not None):
        raise InputError("--timing is of a whole compilation; leave --emit and --stop-after out")
    options: dict[str, Any] = {
        "target": target,
        "threads": threads,
        "precision": precision,
        "opt_level": opt_level,
        "cache": False if no_cache else None,
        "dump_dir": dump_dir,
        "time_passes": time_passes,
    }
    if emit is not None or stop_after is not None:
        made = make_options(**options)
        _write(_make(loaded, made, emit or Emit.MLIR, start_from, stop_after), output)
        return
    if start_from is not None:
        options["start_from"] = start_from
    compiled = loaded.compile(**options)
    timings = compiled.timings
    out = Console(highlight=False)
    out.print(f"{loaded.name}: {compiled.signature}", soft_wrap=True)
    out.print(f"target: {compiled.target.description}")
    if obstacle := compiled.target.obstacle():
        out.print(f"not loaded: {obstacle}")
    hit = " (from the cache)" if timings.cache_hit else ""
    out.print(
        f"import {timings.import_seconds:.2f} s, compile {timings.compile_seconds:.2f} s{hit}, "
        f"load {timings.load_seconds:.2f} s"
    )
    if timing_json is not None:
        _write((json.dumps(timings.to_json(), indent=1) + "\n").encode(), timing_json)
    if timing:
        out.print(timing_table(timings))
    else:
        for name, seconds in timings.phases.items():
            out.print(f"  {name:<14}{seconds:8.2f} s")
    for remark in compiled.remarks:
        out.print(f"remark: {remark}", soft_wrap=True)


def _make(
    model: Model,
    options: CompileOptions,
    emit: Emit,
    start_from: str | None,
    stop_after: str | None,
) -> bytes:
    from tilewright.pipeline import run_phases, to_text
    from tilewright.progress import Progress

    with Progress() as progress:
        progress.step("import")
        run = run_phases(
            model.imported_text(options.target),
            options.target,
            precision=options.precision,
            start_from=start_from,
            stop_after=stop_after,
            dump_dir=options.dump_dir,
            report=progress.phase,
        )
        if emit == Emit.MLIR:
            return to_text(run.module).encode()
        progress.step("codegen")
        return options.target.emit(run.module, emit.value, options.opt_level)


def _write(content: bytes, output: Path | None) -> None:
    from tilewright.files import write_atomically

    if output is None:
        if sys.stdout.isatty() and b"\0" in content:
            raise InputError("an object file does not belong on a terminal", hint="add -o FILE")
        sys.stdout.buffer.write(content)
        return
    try:
        write_atomically(output, content)
    except OSError as error:
        raise InputError(f"cannot write {output}: {error.strerror}") from None
