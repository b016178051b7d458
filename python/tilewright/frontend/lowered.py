# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Clean-ups of the linalg that torch-mlir produces, before it leaves as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tilewright.frontend.fixups.views import SPLIT_KEY


def _operations(module: Any, name: str) -> list[Any]:
    from torch_mlir import ir

    found: list[Any] = []

    def visit(operation: Any) -> Any:
        if operation.operation.name == name:
            found.append(operation.operation)
        return ir.WalkResult.ADVANCE

    module.operation.walk(visit)
    return found


def narrow_scalars(module: Any) -> None:
    """Turn ``truncf (constant : f64)`` into a constant of the narrower type.

    Python scalars arrive as f64 and are rounded inside each body, since MLIR's folder declines
    when the rounding is inexact. Patterns that look for constants should not have to know.
    """
    from torch_mlir import ir

    for truncation in _operations(module, "arith.truncf"):
        producer = truncation.operands[0].owner
        if isinstance(producer, ir.Block) or producer.name != "arith.constant":
            continue
        kind = truncation.results[0].type
        if not isinstance(kind, (ir.F32Type, ir.F16Type, ir.BF16Type)):
            continue
        with ir.InsertionPoint(producer), truncation.location:
            value = ir.FloatAttr.get(kind, ir.FloatAttr(producer.attributes["value"]).value)
            constant = ir.Operation.create(
                "arith.constant", results=[kind], attributes={"value": value}
            )
        truncation.results[0].replace_all_uses_with(constant.results[0])
        truncation.erase()
        if not list(producer.results[0].uses):
            producer.erase()


def keep_nan_in_clamps(module: Any) -> None:
    """Compare ordered where an unordered comparison would replace NaN by a bound.

    ``aten.clamp`` arrives as ``select(x ult low, low, x)``, true for NaN; PyTorch propagates it.
    """
    from torch_mlir import ir

    # Unordered less and greater, with their ordered partners; see arith.cmpf.
    ordered = {11: 4, 9: 2}
    for comparison in _operations(module, "arith.cmpf"):
        predicate = ir.IntegerAttr(comparison.attributes["predicate"])
        left, right = comparison.operands
        users = [use.owner.operation for use in comparison.results[0].uses]
        if predicate.value in ordered and all(
            user.name == "arith.select" and list(user.operands)[1:] == [right, left]
            for user in users
        ):
            comparison.attributes["predicate"] = ir.IntegerAttr.get(
                predicate.type, ordered[predicate.value]
            )


def drop_unused_reductions(module: Any) -> None:
    """Remove results of ``linalg.generic`` that nothing reads.

    torch-mlir lowers ``amax`` as ``max`` with its index and throws the index away, which would
    keep every softmax from being vectorised.
    """
    for generic in _operations(module, "linalg.generic"):
        unused = [i for i, result in enumerate(generic.results) if not list(result.uses)]
        if unused and len(unused) < len(generic.results):
            _without_results(generic, unused)


def _without_results(generic: Any, unused: list[int]) -> None:
    from torch_mlir import ir

    inputs = len(generic.operands) - len(generic.results)
    kept = [i for i in range(len(generic.results)) if i not in unused]
    maps = list(ir.ArrayAttr(generic.attributes["indexing_maps"]))
    block = generic.regions[0].blocks[0]
    # A result that is still read inside the body carries a value from step to step.
    terminator = list(block.operations)[-1].operation
    yielded = list(terminator.operands)
    for index in unused:
        if any(_reaches(use.owner, yielded, kept) for use in block.arguments[inputs + index].uses):
            return
    with generic.location, ir.InsertionPoint(terminator):
        ir.Operation.create("linalg.yield", operands=[yielded[i] for i in kept])
    terminator.erase()
    _erase_dead_body(block)
    with generic.location, ir.InsertionPoint(generic):
        attributes = {name: generic.attributes[name] for name in generic.attributes}
        attributes["indexing_maps"] = ir.ArrayAttr.get(
            maps[:inputs] + [maps[inputs + i] for i in kept]
        )
        attributes["operandSegmentSizes"] = ir.DenseI32ArrayAttr.get([inputs, len(kept)])
        replacement = ir.Operation.create(
            "linalg.generic",
            results=[generic.results[i].type for i in kept],
            operands=[
                *list(generic.operands)[:inputs],
                *(generic.operands[inputs + i] for i in kept),
            ],
            attributes=attributes,
            regions=1,
        )
    block.append_to(replacement.regions[0])
    for index in sorted(unused, reverse=True):
        block.erase_argument(inputs + index)
    for position, index in enumerate(kept):
        generic.results[index].replace_all_uses_with(replacement.results[position])
    generic.erase()


def _reaches(operation: Any, yielded: list[Any], kept: list[int]) -> bool:
    """Whether a kept result depends on ``operation``."""
    seen, work = set(), [operation.operation]
    while work:
        current = work.pop()
        if hash(current) in seen:
            continue
        seen.add(hash(current))
        for result in current.results:
            if any(result == yielded[index] for index in kept):
                return True
            work.extend(use.owner.operation for use in result.uses)
    return False


def _erase_dead_body(block: Any) -> None:
    for operation in reversed(list(block.operations)[:-1]):
        inner = operation.operation
        if inner.results and not any(list(result.uses) for result in inner.results):
            inner.erase()


def restore_expansions(module: Any) -> None:
    """Turn a ``tensor.reshape`` that splits one dimension into ``tensor.expand_shape``.

    torch-mlir gives up on two dynamic sizes in a group; :func:`split_dynamic_views` left a note in
    the location of what is split.
    """
    from torch_mlir import ir

    for reshape in _operations(module, "tensor.reshape"):
        place = reshape.location
        shape = reshape.operands[1].owner
        if not isinstance(place, ir.NameLoc) or shape.name != "tensor.from_elements":
            continue
        key, *numbers = str(place.name_str).split(" ")
        if key != SPLIT_KEY:
            continue
        dim, count = map(int, numbers)
        kind = reshape.results[0].type
        rank = kind.rank - count + 1
        source = reshape.operands[0].type
        if source.rank == rank:
            groups = [[d if d < dim else d + count - 1] for d in range(rank)]
            groups[dim] = list(range(dim, dim + count))
        else:  # torch-mlir has merged it with the view before
            merged = _expansion_groups(list(source.shape), list(kind.shape))
            if merged is None:
                continue
            groups = merged
        with place.child_loc, ir.InsertionPoint(reshape):
            sizes = [
                ir.Operation.create(
                    "arith.index_cast", results=[ir.IndexType.get()], operands=[size]
                ).results[0]
                for size, static in zip(shape.operands, kind.shape, strict=True)
                if static < 0
            ]
            index = ir.IntegerType.get_signless(64)
            expansion = ir.Operation.create(
                "tensor.expand_shape",
                results=[kind],
                operands=[reshape.operands[0], *sizes],
                attributes={
                    "reassociation": ir.ArrayAttr.get(
                        [
                            ir.ArrayAttr.get([ir.IntegerAttr.get(index, d) for d in group])
                            for group in groups
                        ]
                    ),
                    "static_output_shape": ir.DenseI64ArrayAttr.get(list(kind.shape)),
                },
            )
        reshape.results[0].replace_all_uses_with(expansion.results[0])
        reshape.erase()


def _expansion_groups(source: list[int], target: list[int]) -> list[list[int]] | None:
    """Which dimensions of ``target`` each of ``source`` splits into; one at most is dynamic.

    A negative size is dynamic. Sizes of equal product are matched from both ends, and what is left
    belongs to the dynamic one. None where that does not come out.
    """
    dynamic = [place for place, size in enumerate(source) if size < 0]
    if len(dynamic) != 1:
        return None
    front, left = _matched(source[: dynamic[0]], target)
    back, right = _matched(source[: dynamic[0] : -1], target[::-1])
    if left is None or right is None or left + right >= len(target):
        return None
    last = len(target) - 1
    middle = list(range(left, len(target) - right))
    return [*front, middle, *([last - d for d in group[::-1]] for group in back[::-1])]


def _matched(sizes: list[int], target: list[int]) -> tuple[list[list[int]], int | None]:
    """A group of consecutive dimensions of ``target`` for each size, and where they end."""
    groups: list[list[int]] = []
    place = 0
    for size in sizes:
        group: list[int] = []
        product = 1
        while not group or product < size:
            if place == len(target) or target[place] < 0:
                return groups, None
            product *= target[place]
            group.append(place)
            place += 1
        if product != size:
            return groups, None
        groups.append(group)
    return groups, place


def remove_dead_operations(module: Any) -> None:
    """Remove what the steps before left without a user, and assertions that always hold."""
    from torch_mlir.passmanager import PassManager

    with module.context:
        PassManager.parse("builtin.module(lower-affine,cse,canonicalize,cse)").run(module.operation)


def drop_foreign_attributes(module: Any) -> None:
    """Remove torch-mlir's own attributes, which no other MLIR knows."""
    for operation in [module.operation, *_operations(module, "func.func")]:
        for name in list(operation.attributes):
            if name.startswith(("torch.", "llvm.emit_c_interface")):
                del operation.attributes[name]


LOWERED_FIXUPS: tuple[Callable[[Any], None], ...] = (
    narrow_scalars,
    keep_nan_in_clamps,
    drop_unused_reductions,
    restore_expansions,
    remove_dead_operations,
    drop_foreign_attributes,
)
