# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Nested tuples, lists and dictionaries, taken apart and put together as an example had them.

``torch.utils._pytree`` does the same for any registered class, and finds out in each call what is
a container: a tenth of a millisecond for the keyword arguments of a transformer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch.utils._pytree import TreeSpec

Collect = Callable[[Any, list[Any]], bool]
Rebuild = Callable[[Iterator[Any]], Any]
# The values in a container; None if it is another one.
ItemsOf = Callable[[Any], Sequence[Any] | None]


def collector(spec: TreeSpec) -> Collect | None:
    """What appends the leaves of a value to a list, in the order of ``spec``.

    It returns False where the value has other containers than ``spec``; the leaves themselves are
    not looked at. Dictionaries may have their keys in any order. None if ``spec`` has containers
    other than tuples, lists and dictionaries.
    """
    if spec.is_leaf():
        return _append
    children = [collector(child) for child in spec.children()]
    parts = [child for child in children if child is not None]
    if spec.type not in (tuple, list, dict) or len(parts) < len(children):
        return None
    items_of = _items_of_sequence(spec.type, len(parts))
    if spec.type is dict:
        items_of = _items_of_dictionary(list(spec.context))
    has_leaves_only = all(child.is_leaf() for child in spec.children())

    def collect(value: Any, leaves: list[Any]) -> bool:
        items = items_of(value)
        if items is None:
            return False
        if has_leaves_only:
            leaves.extend(items)
            return True
        return all(part(item, leaves) for part, item in zip(parts, items, strict=True))

    return collect


def rebuilder(spec: TreeSpec) -> Rebuild | None:
    """What makes a value of leaves; None under the same conditions as :func:`collector`."""
    if spec.is_leaf():
        return next
    children = [rebuilder(child) for child in spec.children()]
    parts = [child for child in children if child is not None]
    if spec.type not in (tuple, list, dict) or len(parts) < len(children):
        return None
    if spec.type is dict:
        keys = list(spec.context)
        return lambda leaves: {key: part(leaves) for key, part in zip(keys, parts, strict=True)}
    kind = spec.type
    return lambda leaves: kind(part(leaves) for part in parts)


def _append(value: Any, leaves: list[Any]) -> bool:
    leaves.append(value)
    return True


def _items_of_sequence(kind: Any, size: int) -> ItemsOf:
    return lambda value: value if type(value) is kind and len(value) == size else None


def _items_of_dictionary(keys: list[Any]) -> ItemsOf:
    def items_of(value: Any) -> list[Any] | None:
        if type(value) is not dict or len(value) != len(keys):
            return None
        try:
            return [value[key] for key in keys]
        except KeyError:
            return None

    return items_of
