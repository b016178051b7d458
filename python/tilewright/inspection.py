# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Looking into a compilation: the IR after each phase, LLVM IR, assembly, schedules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tilewright.debug.diagnostics import source_line
from tilewright.options import Precision
from tilewright.pipeline import run_phases, to_text
from tilewright.targets.base import EmitKind, Target


@dataclass(frozen=True)
class GroupSchedule:
    """The schedule of one group of operations.

    Attributes:
        operations: names of the operations in the group, in order.
        schedule: the ``#tw.schedule`` attribute as text, or None.
        result: types of the group's results.
        location: ``file:line`` of the user's Python, or None.
        precision: ``"bf16"`` if the group adds up products of bfloat16.
    """

    operations: tuple[str, ...]
    schedule: str | None
    result: tuple[str, ...]
    location: str | None
    precision: Precision = "f32"

    def __str__(self) -> str:
        where = f"  at {self.location}" if self.location else ""
        names = " + ".join(self.operations)
        return f"{names} -> {', '.join(self.result)}{where}\n    {self.schedule}"


@dataclass(frozen=True)
class Source:
    """What was compiled, and how; each method below compiles again as far as it needs to.

    Attributes:
        text: the module as it was imported.
        target: for which machine.
        opt_level: of LLVM.
        start_from: first phase, or None for all.
        precision: of what contractions of float32 multiply.
    """

    text: str
    target: Target
    opt_level: int
    start_from: str | None = None
    precision: Precision = "f32"

    def ir(self, phase: str, *, locations: bool = False) -> str:
        """The module after ``phase``; ``"import"`` is the module before the first one.

        Raises:
            InputError: there is no such phase.
        """
        if phase == "import":
            return self.text
        return to_text(self._run(phase), locations=locations)

    def emit(self, kind: EmitKind) -> str:
        """LLVM IR or assembly as text."""
        return self.target.emit(self._run(None), kind, self.opt_level).decode()

    def schedule(self) -> list[GroupSchedule]:
        """Each group after the ``schedule`` phase, in program order."""
        from mlir import ir

        groups: list[GroupSchedule] = []

        def visit(operation: Any) -> Any:
            if operation.name == "tw.group":
                groups.append(_describe_group(operation))
            return ir.WalkResult.ADVANCE

        self._run("schedule").operation.walk(visit, ir.WalkOrder.PRE_ORDER)
        return groups

    def work(self) -> list[tuple[GroupSchedule, int | None, int | None]]:
        """Each group of ``@main`` with its floating-point operations and the bytes it touches.

        The numbers are None for a group with dynamic sizes. See the pass ``tw-count-work``.
        """
        from mlir import ir
        from mlir.passmanager import PassManager

        module = self._run("schedule")
        groups: list[tuple[GroupSchedule, int | None, int | None]] = []

        def visit(operation: Any) -> Any:
            if operation.name == "tw.group":
                flops, moved = (
                    operation.attributes[name].value if name in operation.attributes else None
                    for name in ("tw.flops", "tw.bytes")
                )
                groups.append((_describe_group(operation), flops, moved))
            return ir.WalkResult.ADVANCE

        with module.context:
            PassManager.parse("builtin.module(func.func(tw-count-work))").run(module.operation)
        for function in module.body.operations:
            name = function.attributes["sym_name"] if "sym_name" in function.attributes else None
            if name is not None and name.value == "main":
                function.operation.walk(visit, ir.WalkOrder.PRE_ORDER)
        return groups

    def _run(self, stop_after: str | None) -> Any:
        return run_phases(
            self.text,
            self.target,
            precision=self.precision,
            start_from=self.start_from,
            stop_after=stop_after,
        ).module


def _describe_group(group: Any) -> GroupSchedule:
    names = [inner.operation.name for inner in group.regions[0].blocks[0].operations]
    return GroupSchedule(
        tuple(name for name in names if name != "tw.yield"),
        str(group.attributes["schedule"]) if "schedule" in group.attributes else None,
        tuple(str(result.type) for result in group.results),
        source_line(group.location),
        _precision(group),
    )


def _precision(group: Any) -> Precision:
    from mlir import ir

    found: list[Any] = []

    def visit(operation: Any) -> Any:
        attends = operation.name == "tw.attention"
        operands = operation.operands if attends else ()
        if operation.name == "tw.bf16_dot" or any("xbf16>" in str(o.type) for o in operands):
            found.append(operation)
            return ir.WalkResult.INTERRUPT
        return ir.WalkResult.ADVANCE

    group.walk(visit, ir.WalkOrder.PRE_ORDER)
    return "bf16" if found else "f32"
