# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What decompositions take for granted about sizes that vary.

``torch.export`` tells the user when the model's own Python decides by a size. A decomposition that
decides by one comes later: PyTorch goes by the example's size and tells nobody, and the code would
be wrong at other sizes.
"""

from __future__ import annotations

import random
from typing import Any

import torch
from torch.export import ExportedProgram

from tilewright.errors import ImportFailed

_SAMPLES = 200


class Assumptions:
    """Watches a traced program while it is decomposed.

    Args:
        program: before it is decomposed.
    """

    def __init__(self, program: ExportedProgram) -> None:
        self._names: dict[Any, str] = {}
        self._environment: Any = None
        for node in program.graph.nodes:
            value = node.meta.get("val")
            if node.op != "placeholder" or not isinstance(value, torch.Tensor):
                continue
            for dim, size in enumerate(value.shape):
                if isinstance(size, torch.SymInt):
                    self._environment = size.node.shape_env
                    self._names.setdefault(size.node.expr, f"size {dim} of input '{node.name}'")
        self._known = len(self._guards())

    def _guards(self) -> list[Any]:
        return [] if self._environment is None else list(self._environment.guards)

    def check(self) -> None:
        """Refuse a program if what was taken for granted since is false for some size it allows.

        Raises:
            ImportFailed: says what was.
        """
        guards = [guard.expr for guard in self._guards()]
        known, new = guards[: self._known], guards[self._known :]
        if not new:
            return
        symbols = sorted(set().union(*(guard.free_symbols for guard in guards)), key=str)
        # Always the same ones.
        chance = random.Random(0)
        for _ in range(_SAMPLES):
            sizes = {symbol: self._sample(symbol, chance) for symbol in symbols}
            if not all(guard.xreplace(sizes) == True for guard in known):  # noqa: E712
                continue
            for guard in new:
                if guard.xreplace(sizes) == False:  # noqa: E712
                    self._refuse(guard)

    def _sample(self, symbol: Any, chance: random.Random) -> Any:
        import sympy

        bounds = self._environment.bound_sympy(symbol)
        # What PyTorch decides by sizes of 0 and 1 is right for all others.
        low = max(2, int(bounds.lower))
        high = int(bounds.upper) if bounds.upper.is_Integer else low + 1000
        near = chance.random() < 0.3
        return sympy.Integer(chance.randint(low, max(low, min(high, low + 3) if near else high)))

    def _refuse(self, guard: Any) -> None:
        names = ", where ".join(
            f"{symbol} is {self._names.get(symbol, 'a size')}"
            for symbol in sorted(guard.free_symbols, key=str)
        )
        raise ImportFailed(
            f"an operation of the model is written for sizes with {guard}, where {names}; other "
            "sizes are allowed by dynamic_shapes",
            hint="allow such sizes only (2 * Dim('half')), or compile for each size",
        )
