# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How a caller's arguments become a flat list of tensors, and results become what it expects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tilewright.errors import InputError
from tilewright.frontend.imported import TensorSpec
from tilewright.frontend.size_rules import SizeRule


class CallingConvention(Protocol):
    """Implemented by what the front ends return, and by :class:`PositionalCalling`."""

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """Tensors that a call takes."""

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """Tensors that the module computes."""

    @property
    def size_rules(self) -> tuple[SizeRule, ...]:
        """What must hold between the sizes that vary."""

    def flatten_inputs(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Any]:
        """The caller's tensors in the order of ``inputs``.

        Raises:
            InputError: the arguments have another structure than the module was compiled for.
        """

    def unflatten_outputs(self, results: Sequence[Any], inputs: Sequence[Any]) -> Any:
        """What the caller gets, from the computed tensors and the caller's own."""


@dataclass(frozen=True)
class PositionalCalling:
    """Tensors one after the other, or by name; several outputs come as a tuple."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    size_rules: tuple[SizeRule, ...] = ()

    def flatten_inputs(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Any]:
        """See :class:`CallingConvention`."""
        names = [spec.name for spec in self.inputs]
        if len(args) > len(names):
            raise InputError(f"expected {len(names)} inputs ({', '.join(names)}), got {len(args)}")
        given = dict(zip(names, args, strict=False))
        for name, value in kwargs.items():
            if name not in names:
                raise InputError(f"no input is called {name!r}; there are: {', '.join(names)}")
            if name in given:
                raise InputError(f"input {name!r} is given twice")
            given[name] = value
        missing = [name for name in names if name not in given]
        if missing:
            raise InputError(f"missing inputs: {', '.join(missing)}")
        return [given[name] for name in names]

    def unflatten_outputs(self, results: Sequence[Any], inputs: Sequence[Any]) -> Any:
        """See :class:`CallingConvention`."""
        return results[0] if len(results) == 1 else tuple(results)


def as_tuple(inputs: Any) -> tuple[Any, ...]:
    """Positional arguments as users give them: a tuple or a list, or the only one by itself."""
    return tuple(inputs) if isinstance(inputs, tuple | list) else (inputs,)
