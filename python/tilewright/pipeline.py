# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the phases of a target one by one on a module.

The names come from the compiler's own list (passes/Pipelines), which `tw-opt` uses as well.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tilewright.debug.diagnostics import describe, describe_error
from tilewright.debug.reproducer import write_reproducer
from tilewright.errors import CompileError, InputError
from tilewright.files import write_atomically
from tilewright.interrupts import deferred_interrupts
from tilewright.options import Precision
from tilewright.pass_times import PassTimes
from tilewright.targets.base import Phase, Target

# Called before each phase with its number from 1, the number of phases, and its name.
Reporter = Callable[[int, int, str], None]


@dataclass
class PhaseRun:
    """What running phases gave.

    Attributes:
        module: the ``mlir.ir.Module`` after the last phase; its context stays alive with it.
        seconds: time of each phase that ran.
        remarks: the compiler's remarks and warnings, with source lines.
    """

    module: Any
    seconds: dict[str, float] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def select_phases(
    target: Target, start_from: str | None = None, stop_after: str | None = None
) -> tuple[Phase, ...]:
    """The phases from ``start_from`` to ``stop_after``, both included.

    Raises:
        InputError: a name is not one of the target's phases, or they are in the wrong order.
    """
    phases = target.phases()
    names = [phase.name for phase in phases]
    for name in (start_from, stop_after):
        if name is not None and name not in names:
            raise InputError(
                f"unknown phase {name!r} of target {target.kind!r}; known: {', '.join(names)}"
            )
    first = 0 if start_from is None else names.index(start_from)
    last = len(names) - 1 if stop_after is None else names.index(stop_after)
    if first > last and names:
        raise InputError(f"phase {start_from!r} comes after phase {stop_after!r}")
    return phases[first : last + 1]


def phase_options(target: Target, precision: Precision = "f32") -> str:
    """What every phase is told, as ``key=value`` with spaces between."""
    options = {**target.phase_options(), "precision": precision}
    return " ".join(f"{key}={value}" for key, value in options.items())


def phase_pipeline(target: Target, phase: str, precision: Precision = "f32") -> str:
    """The pass pipeline of one phase, as ``tw-opt --pass-pipeline`` takes it."""
    options = phase_options(target, precision)
    return f"builtin.module(tw-phase-{phase}{{{options}}})"


def run_phases(
    text: str,
    target: Target,
    *,
    precision: Precision = "f32",
    start_from: str | None = None,
    stop_after: str | None = None,
    dump_dir: Path | None = None,
    report: Reporter | None = None,
    observe: Callable[[str, Any], None] | None = None,
    pass_times: PassTimes | None = None,
) -> PhaseRun:
    """Parse a module and run phases on it.

    Args:
        text: MLIR text in the entry form of the first phase.
        target: whose phases.
        precision: of what contractions of float32 multiply.
        start_from: first phase; the target's first when None.
        stop_after: last phase; the target's last when None.
        dump_dir: folder for ``01-input.mlir``, ... and reproducers; created if need be.
        report: called before each phase.
        observe: called with the module after each phase, and before with the name ``""``.
        pass_times: where the time of each pass goes, if anyone wants to know.

    Raises:
        InputError: the text is no MLIR module, or a phase's name is unknown.
        CompileError: a phase failed.
    """
    phases = select_phases(target, start_from, stop_after)
    numbers = {phase.name: i for i, phase in enumerate(target.phases(), 1)}
    module = parse_module(text)
    run = PhaseRun(module)
    if observe:
        observe("", module)
    dump = _make_dump_dir(dump_dir)
    if dump and start_from is None:
        write_atomically(dump / "00-import.mlir", text)
    with module.context, _collect_remarks(module.context, run.remarks):
        for number, phase in enumerate(phases, 1):
            if report:
                report(number, len(phases), phase.name)
            start = time.perf_counter()
            pipeline = phase_pipeline(target, phase.name, precision)
            _run_phase(module, pipeline, phase.name, dump, pass_times)
            run.seconds[phase.name] = time.perf_counter() - start
            if observe:
                observe(phase.name, module)
            if dump:
                file = dump / f"{numbers[phase.name]:02}-{phase.name}.mlir"
                write_atomically(file, to_text(module))
    return run


def parse_module(text: str) -> Any:
    """An ``mlir.ir.Module`` in a new context that knows all our dialects.

    Raises:
        InputError: the text is no valid MLIR.
    """
    from mlir import ir

    from tilewright import _core

    context = ir.Context(load_on_create_dialects=[])
    _core.register_dialects(context)
    with context:
        try:
            return ir.Module.parse(text)
        except ir.MLIRError as error:
            lines = "\n".join(f"  {line}" for line in _parse_errors(error))
            raise InputError(f"this is not a valid MLIR module:\n{lines}") from None


def to_text(module: Any, *, locations: bool = True) -> str:
    """A module as text; ``locations`` keeps the source lines of operations."""
    return str(module.operation.get_asm(enable_debug_info=locations)) + "\n"


def _parse_errors(error: Any) -> list[str]:
    # `loc("-":3:1)` of a parse error is a place in the text itself.
    lines = []
    for diagnostic in error.error_diagnostics:
        place = re.search(r'"-":(\d+):(\d+)', str(diagnostic.location))
        where = f"line {place.group(1)}, column {place.group(2)}: " if place else ""
        lines.append(where + diagnostic.message)
    return lines or [str(error)]


def _run_phase(
    module: Any, pipeline: str, name: str, dump: Path | None, pass_times: PassTimes | None
) -> None:
    from mlir import ir
    from mlir.passmanager import PassManager

    # A failed pass leaves the module half changed, so the reproducer needs a copy of before.
    before = module.operation.clone()
    manager = PassManager.parse(pipeline)
    timed = pass_times.of_pass_manager(manager, name) if pass_times else nullcontext()
    try:
        with timed, deferred_interrupts():  # remarks come back through Python
            manager.run(module.operation)
    except ir.MLIRError as error:
        diagnostics = describe_error(error)
        text = str(before.get_asm(enable_debug_info=True))
        raise _phase_error(name, pipeline, diagnostics, text, dump) from None


def _phase_error(
    name: str, pipeline: str, diagnostics: tuple[str, ...], text: str, dump: Path | None
) -> CompileError:
    said = "\n".join(diagnostics) or "the compiler gave no reason"
    written = write_reproducer(text, pipeline, name, dump)
    message = f"phase '{name}' failed: {said}"
    if written is None:
        return CompileError(
            message,
            phase=name,
            diagnostics=diagnostics,
            hint="the reproducer could not be written; set TILEWRIGHT_DUMP_DIR to a folder for it",
        )
    file, command = written
    return CompileError(
        f"{message}\nReplay: {command}",
        phase=name,
        diagnostics=diagnostics,
        reproducer=str(file),
        command=command,
    )


def _make_dump_dir(dump_dir: Path | None) -> Path | None:
    if dump_dir is None:
        return None
    try:
        dump_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot create the dump folder {dump_dir}: {error.strerror}",
            hint="choose another one with dump_dir= or TILEWRIGHT_DUMP_DIR",
        ) from None
    return dump_dir


@contextmanager
def _collect_remarks(context: Any, remarks: list[str]) -> Iterator[None]:
    from mlir import ir

    def handle(diagnostic: Any) -> bool:
        if diagnostic.severity == ir.DiagnosticSeverity.ERROR:
            return False  # to the exception
        remarks.append(describe(diagnostic.message, diagnostic.location))
        return True

    handler = context.attach_diagnostic_handler(handle)
    try:
        yield
    finally:
        handler.detach()
