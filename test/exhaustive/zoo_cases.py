# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models of the zoo, small, as cases."""

from __future__ import annotations

from functools import cache

from case import Case

from tilewright import zoo


def zoo_case(name: str) -> Case:
    """The small form of a zoo model."""

    @cache
    def built() -> zoo.ZooModel:
        return zoo.build(name, "small")

    return Case(
        f"zoo/{name}",
        lambda: built().model,
        lambda: [built().example_args],
        kwargs=lambda: built().example_kwargs,
    )
