# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Values are taken apart and put together as an example had them."""

from collections import OrderedDict, namedtuple
from typing import Any

import pytest
from torch.utils import _pytree as pytree

from tilewright.frontend.structure import collector, rebuilder

EXAMPLE: Any = ((1, [2, (3,)], []), {"a": 4, "b": {"x": 5, "y": None}})
Pair = namedtuple("Pair", "one two")


def leaves_of(value: Any, example: Any = EXAMPLE) -> list[Any] | None:
    collect = collector(pytree.tree_structure(example))
    assert collect
    leaves: list[Any] = []
    return leaves if collect(value, leaves) else None


def test_leaves_are_those_of_pytree() -> None:
    assert leaves_of(EXAMPLE) == pytree.tree_leaves(EXAMPLE)


def test_keys_may_be_in_any_order() -> None:
    value = (EXAMPLE[0], {"b": {"y": 7, "x": 6}, "a": 8})
    assert leaves_of(value) == [1, 2, 3, 8, 6, 7]


@pytest.mark.parametrize(
    "value",
    [
        ((1, [2, (3,)], []), {"a": 4}),
        ((1, [2, (3,)], []), {"a": 4, "c": {"x": 5, "y": None}}),
        ((1, [2, (3, 3)], []), {"a": 4, "b": {"x": 5, "y": None}}),
        ((1, (2, (3,)), []), {"a": 4, "b": {"x": 5, "y": None}}),
        ((1, [2, 3], []), {"a": 4, "b": {"x": 5, "y": None}}),
        ((1, [2, (3,)], []), OrderedDict(a=4, b={"x": 5, "y": None})),
        [(1, [2, (3,)], []), {"a": 4, "b": {"x": 5, "y": None}}],
        None,
    ],
)
def test_other_containers_are_told(value: Any) -> None:
    assert leaves_of(value) is None


@pytest.mark.parametrize("example", [3, (), (1, [2, {"k": 3}]), {"a": (1, 2), "b": []}])
def test_put_together_again(example: Any) -> None:
    leaves, spec = pytree.tree_flatten(example)
    rebuild = rebuilder(spec)
    assert rebuild
    assert rebuild(iter(leaves)) == example


def test_other_classes_are_left_to_pytree() -> None:
    spec = pytree.tree_structure((1, Pair(2, 3)))
    assert collector(spec) is None
    assert rebuilder(spec) is None
