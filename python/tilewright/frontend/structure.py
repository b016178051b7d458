# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Nested tuples, lists and dictionaries, taken apart and put together as an example had them.

``torch.utils._pytree`` does the same for any registered class, and finds out in each call what is
a container: a tenth of a millisecond for the keyword arguments of a transformer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch.utils._pytree import TreeSpec

Collect = Callable[[Any, list[Any]], bool]
Rebuild = Callable[[Iterator[Any]], Any]


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
    is_flat = all(child.is_leaf() for child in spec.children())
    if spec.type is dict:
        return _dictionary(list(spec.context), is_flat, parts)
    return _sequence(spec.type, is_flat, parts)


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


def _sequence(
    kind: type[tuple[Any, ...]] | type[list[Any]], is_flat: bool, parts: list[Collect]
) -> Collect:
    size = len(parts)

    def collect(value: Any, leaves: list[Any]) -> bool:
        if type(value) is not kind or len(value) != size:
            return False
        if is_flat:
            leaves.extend(value)
            return True
        return all(part(item, leaves) for part, item in zip(parts, value, strict=True))

    return collect


def _dictionary(keys: list[Any], is_flat: bool, parts: list[Collect]) -> Collect:
    size = len(parts)

    def collect(value: Any, leaves: list[Any]) -> bool:
        if type(value) is not dict or len(value) != size:
            return False
        try:
            items = [value[key] for key in keys]
        except KeyError:
            return False
        if is_flat:
            leaves.extend(items)
            return True
        return all(part(item, leaves) for part, item in zip(parts, items, strict=True))

    return collect
