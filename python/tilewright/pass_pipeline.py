# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Passes by hand: what the functions of :mod:`tilewright.passes` return, and how to run them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tilewright.errors import CompileError

# What a TableGen option holds, as Python has it.
OptionValue = bool | int | float | str | Iterable[int]


@dataclass(frozen=True)
class Pass:
    """One pass of a pipeline, with the options that were set.

    Attributes:
        argument: its name in ``tw-opt``, without the dash.
        anchor: the operation that it runs on, ``func.func`` for instance; empty for any, which
            then is the module.
        options: names and values as ``tw-opt`` takes them.
    """

    argument: str
    anchor: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        options = " ".join(f"{name}={value}" for name, value in self.options)
        call = f"{self.argument}{{{options}}}" if options else self.argument
        return call if self.anchor in ("", "builtin.module") else f"{self.anchor}({call})"


def make_pass(argument: str, anchor: str, **options: OptionValue | None) -> Pass:
    """A pass with those of ``options`` that are not None; ``a_b`` is its option ``a-b``."""
    given = ((name, _spell(value)) for name, value in options.items() if value is not None)
    return Pass(argument, anchor, tuple((name.replace("_", "-"), value) for name, value in given))


def pipeline(passes: Iterable[Pass]) -> str:
    """The passes in the form that ``tw-opt --pass-pipeline=`` takes."""
    return f"builtin.module({','.join(map(str, passes))})"


def run(text: str, *passes: Pass) -> str:
    """Run passes, one after the other, on a module given as MLIR text.

    Returns:
        The module after the last pass, as text without locations.

    Raises:
        InputError: the text is not a valid module.
        CompileError: a pass failed.
    """
    from mlir import ir
    from mlir.passmanager import PassManager

    from tilewright.debug.diagnostics import describe_error
    from tilewright.pipeline import parse_module, to_text

    module = parse_module(text)
    with module.context:
        try:
            PassManager.parse(pipeline(passes)).run(module.operation)
        except ir.MLIRError as error:
            diagnostics = describe_error(error)
            message = "\n".join(diagnostics) or "the compiler gave no reason"
            raise CompileError(message, phase="passes", diagnostics=diagnostics) from None
    return to_text(module, locations=False)


def _spell(value: OptionValue) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float, str)):
        return str(value)
    return ",".join(str(item) for item in value)
