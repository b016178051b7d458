# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The interface of a target: which phases, with which options, how code is emitted and loaded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from numpy import uint8
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tilewright.signature import HostInterface

EmitKind = Literal["llvm-unoptimized", "llvm", "asm", "object"]


class Phase(NamedTuple):
    """A step of the compiler: its name, and one sentence that says what it does."""

    name: str
    summary: str


class LoadedModule(Protocol):
    """A compiled module in this process, called through the module ABI.

    A tensor is passed as the address of its contiguous data and its sizes. Errors of the module
    are RuntimeErrors. Calls from several Python threads take turns.
    """

    threads: int

    @property
    def has_init(self) -> bool:
        """Whether weights have to be prepared before the first run."""

    def init(self, arguments: Sequence[tuple[int, Sequence[int]]]) -> None:
        """Prepare weights: run @init on its arguments, then its results."""

    def bind(self, arguments: Sequence[tuple[int, Sequence[int]]], per_call: list[int]) -> None:
        """Set the arguments and results of @main; those at ``per_call`` change with each run."""

    def run(
        self, arguments: Sequence[tuple[int, Sequence[int]]], element_bytes: list[int]
    ) -> list[tuple[int, list[int], NDArray[uint8]]]:
        """Run @main. Gives results whose shape was not known before: index, shape, bytes."""

    def profile(self, groups: int) -> None:
        """Time the groups of operations from the next run on; 0 ends it."""

    @property
    def group_times(self) -> list[tuple[int, int]]:
        """Of each group since then: parallel regions that ran, and their nanoseconds."""


class Target(ABC):
    """A machine to compile for. Targets are immutable, and equal if they give the same code."""

    @property
    @abstractmethod
    def kind(self) -> str:
        """What stands before the colon of its name: ``cpu``."""

    @property
    def sorts(self) -> bool:
        """Whether its phases sort what arrives as a comparison of all pairs."""
        return True

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """All that the emitted code depends on; part of the cache's keys."""

    @property
    @abstractmethod
    def description(self) -> str:
        """One line for the user."""

    @abstractmethod
    def obstacle(self) -> str | None:
        """Why this process cannot run the target's code, as a sentence; None if it can.

        A model can be compiled and looked at all the same.
        """

    @abstractmethod
    def phase_options(self) -> Mapping[str, str | int]:
        """Options that each phase is run with; see passes/Pipelines/Options.h."""

    @abstractmethod
    def emit(self, module: Any, kind: EmitKind, opt_level: int) -> bytes:
        """Code of a fully lowered ``mlir.ir.Module``.

        Raises:
            CompileError: LLVM cannot make that code.
        """

    @abstractmethod
    def load(self, code: bytes, threads: int, interface: HostInterface) -> LoadedModule:
        """Load an emitted object, which is called as ``interface`` says.

        Raises:
            LoadError: it cannot run in this process.
        """

    def phases(self) -> tuple[Phase, ...]:
        """The phases in order, from the compiler's own list."""
        from tilewright import _core

        return tuple(Phase(name, summary) for name, summary in _core.phases(self.kind))
