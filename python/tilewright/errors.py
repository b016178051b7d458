# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Errors that Tilewright raises: each says what went wrong, where, and what to try."""

from __future__ import annotations

from dataclasses import dataclass


class TwError(Exception):
    """Base of every error raised on purpose.

    Attributes:
        message: what is wrong and where.
        phase: the compiler phase that found it (``"import"``, ``"vectorize"``), or None.
        hint: what to try, or None.
    """

    def __init__(self, message: str, *, phase: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.phase = phase
        self.hint = hint

    def __str__(self) -> str:
        """The message, then the hint on its own line."""
        return self.message if self.hint is None else f"{self.message}\nTry: {self.hint}"


class InputError(TwError):
    """The model or the arrays given to it cannot be accepted as they are."""


class TrainingModeError(InputError):
    """The model is in training mode: dropout would drop, batch norm would use the batch."""


class MutationError(InputError):
    """The model writes to its parameters, which are prepared once, when it is compiled."""


class UnsupportedDtypeError(InputError):
    """A tensor of the model has an element type that Tilewright has no code for."""


class ImportFailed(TwError):
    """PyTorch or torch-mlir could not turn the model into a graph of tensor operations.

    Attributes:
        diagnostics: the other tool's own words, for bug reports.
    """

    def __init__(
        self,
        message: str,
        *,
        phase: str | None = "import",
        hint: str | None = None,
        diagnostics: str = "",
    ) -> None:
        super().__init__(message, phase=phase, hint=hint)
        self.diagnostics = diagnostics


class ControlFlowError(ImportFailed):
    """Python control flow, or a shape, depends on the values in a tensor."""


@dataclass(frozen=True)
class UnsupportedOp:
    """One unsupported operation of a model, with all places where it is used.

    Attributes:
        name: the operation, as in ``aten.sort.default``.
        count: how often the model uses it with these types.
        types: operand types, as in ``float32[2, 8], int64[4]``.
        locations: the Python lines that use it, ``file:line``, without repeats.
        hint: what to use in its place, or None.
    """

    name: str
    count: int
    types: str
    locations: tuple[str, ...]
    hint: str | None = None


class UnsupportedOpError(TwError):
    """The model uses operations that cannot be compiled; all of them are listed.

    Attributes:
        ops: one :class:`UnsupportedOp` for each operation and operand types.
    """

    def __init__(self, ops: tuple[UnsupportedOp, ...], *, hint: str | None = None) -> None:
        self.ops = ops
        uses = sum(op.count for op in ops)
        lines = [
            f"{len(ops)} operation{'s are' if len(ops) != 1 else ' is'} not supported "
            f"({uses} use{'s' if uses != 1 else ''}):"
        ]
        for op in ops:
            lines.append(f"  {op.name}({op.types}), {op.count}x")
            lines.extend(f"    at {location}" for location in op.locations)
            if op.hint is not None:
                lines.append(f"    {op.hint}")
        super().__init__("\n".join(lines), phase="import", hint=hint)


class CompileError(TwError):
    """A phase of the compiler failed. The module before that phase was saved.

    Attributes:
        diagnostics: the compiler's errors, each with its location.
        reproducer: file that holds the module before the phase, or None.
        command: the one command that replays the failure, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        phase: str | None = None,
        hint: str | None = None,
        diagnostics: tuple[str, ...] = (),
        reproducer: str | None = None,
        command: str | None = None,
    ) -> None:
        super().__init__(message, phase=phase, hint=hint)
        self.diagnostics = diagnostics
        self.reproducer = reproducer
        self.command = command


class LoadError(TwError):
    """A compiled module cannot be loaded into this process."""


class RunError(TwError):
    """A compiled module reported a failure while it ran, such as an index out of range."""


class CacheWarning(UserWarning):
    """The cache of compiled objects cannot be used; compiling works without it."""


class FallbackWarning(UserWarning):
    """Something is done by PyTorch in place of Tilewright."""
