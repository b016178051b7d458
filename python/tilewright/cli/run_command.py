# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""``tilewright run``: a model's speed and error next to PyTorch's."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tilewright.cli.models import load_model
from tilewright.cli.options import (
    Iterations,
    NoCache,
    OptLevel,
    PrecisionName,
    TargetName,
    Threads,
    check_iterations,
)
from tilewright.cli.tables import format_number


def run_model(
    models: Annotated[
        list[str], typer.Argument(metavar="MODEL...", help="as for compile", show_default=False)
    ],
    iterations: Iterations = 20,
    eager: Annotated[bool, typer.Option(help="also run PyTorch eager and float64")] = True,
    target: TargetName = "cpu",
    threads: Threads = None,
    precision: PrecisionName = "f32",
    opt_level: OptLevel = 3,
    no_cache: NoCache = False,
) -> None:
    """Compile and run models; print times, latency next to PyTorch eager, and error.

    Latencies are medians of interleaved calls. The error is the largest difference from float64,
    relative to the largest value; next to it is the one of PyTorch's own float32.
    """
    from tilewright.cli.measure import measure

    check_iterations(iterations)
    # Units below their words: with them it fits in 80 columns.
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    table.add_column("model", no_wrap=True)
    for column in ("import s", "compile s", "load s", "latency ms", "eager ms", "ratio", "error"):
        table.add_column(column.replace(" ", "\n"), justify="right", no_wrap=True)
    table.add_column("eager's", justify="right", no_wrap=True)
    for name in models:
        model = load_model(name)
        compiled = model.compile(
            target=target,
            threads=threads,
            precision=precision,
            opt_level=opt_level,
            cache=False if no_cache else None,
        )
        result = measure(model, compiled, iterations, with_eager=eager)
        timings = compiled.timings
        cached = "*" if timings.cache_hit else ""
        table.add_row(
            model.name,
            f"{timings.import_seconds:.2f}",
            f"{timings.compile_seconds:.2f}{cached}",
            f"{timings.load_seconds:.2f}",
            f"{1e3 * result.seconds:.3f}",
            format_number(result.eager_seconds, ".3f", 1e3),
            format_number(result.ratio, ".2f"),
            format_number(result.error, ".1e"),
            format_number(result.eager_error, ".1e"),
        )
    out = Console()
    out.print(table)
    out.print(f"{compiled.target.description}, threads {compiled.threads}", highlight=False)
    out.print("ratio: latency over eager's, below 1 is faster. *: from the cache", highlight=False)
