# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a traced model relies on about sizes that vary: which are equal, and their bounds.

torch.export finds the rules. Compiled code does not look again, so a call that breaks one would
read out of bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tilewright.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class SizeRule:
    """The rule of one dimension of an input.

    Attributes:
        input: index of the input.
        dimension: of its shape.
        symbols: names of the unknowns that the size is made of; equal names are equal sizes.
        evaluate: the size from the values of ``symbols``; None if it is the only symbol.
        minimum: smallest size allowed, or None.
        maximum: largest size allowed, or None.
    """

    input: int
    dimension: int
    symbols: tuple[str, ...]
    evaluate: Callable[..., int] | None = None
    minimum: int | None = None
    maximum: int | None = None


def read_size_rules(examples: Sequence[Tensor], ranges: Mapping[Any, Any]) -> tuple[SizeRule, ...]:
    """The rules of a traced program; those of single symbols come first.

    Args:
        examples: the traced value of each input.
        ranges: ``ExportedProgram.range_constraints``.
    """
    import sympy

    rules: list[SizeRule] = []
    for index, example in enumerate(examples):
        for dimension, size in enumerate(example.shape):
            if isinstance(size, int):
                continue
            expression = size.node.expr
            symbols = sorted(expression.free_symbols, key=str)
            bounds = ranges.get(expression)
            rules.append(
                SizeRule(
                    index,
                    dimension,
                    tuple(str(symbol) for symbol in symbols),
                    None if expression.is_Symbol else sympy.lambdify(symbols, expression, "math"),
                    _finite(bounds.lower) if bounds else None,
                    _finite(bounds.upper) if bounds else None,
                )
            )
    return tuple(sorted(rules, key=lambda rule: rule.evaluate is not None))


def check_sizes(
    rules: Sequence[SizeRule], names: Sequence[str], shapes: Sequence[tuple[int, ...]]
) -> None:
    """Check the shapes of a call.

    Args:
        rules: as :func:`read_size_rules` gave them.
        names: of the inputs.
        shapes: of the inputs, with the ranks that the rules speak of.

    Raises:
        InputError: a rule is broken; it names the inputs.
    """
    known: dict[str, tuple[int, SizeRule]] = {}
    for rule in rules:
        size = shapes[rule.input][rule.dimension]
        where = _place(rule, names)
        if rule.minimum is not None and size < rule.minimum:
            raise InputError(
                f"{where} is {size}, but the model was traced for {rule.minimum} or more",
                hint="compile with a smaller min in dynamic_shapes, or for that size alone",
            )
        if rule.maximum is not None and size > rule.maximum:
            raise InputError(
                f"{where} is {size}, but the model was traced for {rule.maximum} or less",
                hint="compile with a larger max in dynamic_shapes",
            )
        if rule.evaluate is None:
            expected, first = known.setdefault(rule.symbols[0], (size, rule))
            if size != expected:
                raise InputError(
                    f"{where} is {size}, but must equal {_place(first, names)}, which is {expected}"
                )
        elif all(symbol in known for symbol in rule.symbols):
            expected = rule.evaluate(*(known[symbol][0] for symbol in rule.symbols))
            if size != expected:
                others = ", ".join(_place(known[symbol][1], names) for symbol in rule.symbols)
                raise InputError(f"{where} is {size}, but must be {expected}, to go with {others}")


def _place(rule: SizeRule, names: Sequence[str]) -> str:
    return f"size {rule.dimension} of input {names[rule.input]!r}"


def _finite(bound: Any) -> int | None:
    # The infinities of torch and sympy are no integers to sympy.
    return int(bound) if isinstance(bound, int) or bound.is_Integer else None
