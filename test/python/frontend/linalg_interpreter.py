# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Evaluates linalg on tensors with NumPy, so that imported text can be judged without any pass.

Named operations are generalised by upstream MLIR first; what remains is `linalg.generic`, a few
`tensor` operations and scalar arithmetic, whose bodies are evaluated for all points at once.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from mlir import ir
from mlir.passmanager import PassManager
from scalar_semantics import BINARY, CASTS, FLOAT_COMPARISONS, INTEGER_COMPARISONS, UNARY


def _dtype(kind: Any) -> Any:
    names = {
        "f32": np.float32,
        "f64": np.float64,
        "f16": np.float16,
        "i1": np.bool_,
        "i8": np.int8,
        "i16": np.int16,
        "i32": np.int32,
        "i64": np.int64,
        "index": np.int64,
    }
    return names[str(kind)]


def _constant(attribute: Any, kind: Any) -> Any:
    if isinstance(kind, ir.RankedTensorType):
        dense = ir.DenseElementsAttr(attribute)
        if dense.is_splat:
            value = _constant(dense.get_splat_value(), kind.element_type)
            return np.full(tuple(kind.shape), value, _dtype(kind.element_type))
        return np.array(attribute, dtype=_dtype(kind.element_type))
    if isinstance(attribute, ir.BoolAttr):
        return np.bool_(attribute.value)
    return _dtype(kind)(attribute.value)


class Interpreter:
    """Evaluates ``@main`` of a module."""

    def __init__(self, text: str) -> None:
        self._context = ir.Context()
        self._context.allow_unregistered_dialects = True
        with self._context:
            self._module = ir.Module.parse(text)
            passes = "builtin.module(func.func(linalg-generalize-named-ops))"
            PassManager.parse(passes).run(self._module.operation)

    def __call__(self, arguments: list[np.ndarray[Any, Any]]) -> list[Any]:
        """Results of ``@main``."""
        with self._context, np.errstate(all="ignore"):
            function = next(iter(self._module.body.operations))
            block = function.regions[0].blocks[0]
            values: dict[Any, Any] = dict(zip(block.arguments, arguments, strict=True))
            return self._block(block, values, None)

    def _block(self, block: Any, values: dict[Any, Any], space: Any) -> list[Any]:
        for view in block.operations:
            operation = view.operation
            operands = [values[operand] for operand in operation.operands]
            if operation.name in ("func.return", "linalg.yield", "tensor.yield"):
                return operands
            results = self._operation(operation, operands, values, space)
            for result, value in zip(operation.results, results, strict=True):
                values[result] = value
        raise AssertionError("block without terminator")

    def _operation(self, op: Any, operands: list[Any], values: Any, space: Any) -> list[Any]:
        name = op.name
        kind = op.results[0].type if len(op.results) else None
        if name in BINARY:
            return [BINARY[name](*operands)]
        if name in UNARY:
            return [UNARY[name](*operands)]
        if name in CASTS:
            wanted = _dtype(kind)
            value = np.asarray(operands[0])
            if name in ("arith.uitofp", "arith.extui") and value.dtype != np.bool_:
                value = value.view(f"u{value.dtype}")
            return [value.astype(wanted)]
        if name == "arith.constant":
            return [_constant(op.attributes["value"], kind)]
        if name in ("arith.cmpi", "arith.cmpf"):
            code = int(str(op.attributes["predicate"]).split(" ")[0])
            table: Any = INTEGER_COMPARISONS if name == "arith.cmpi" else FLOAT_COMPARISONS
            return [table[code](*operands)]
        if name == "arith.select":
            return [np.where(*operands)]
        if name == "cf.assert":
            assert np.all(operands[0]), str(op.attributes["msg"])
            return []
        if name == "linalg.index":
            return [space[ir.IntegerAttr(op.attributes["dim"]).value]]
        if name == "linalg.generic":
            return self._generic(op, operands, values)
        return [_TENSOR[name](self, op, operands, values)]

    def _generic(self, op: Any, operands: list[Any], values: Any) -> list[Any]:
        maps = [ir.AffineMapAttr(a).value for a in ir.ArrayAttr(op.attributes["indexing_maps"])]
        kinds = [str(kind) for kind in ir.ArrayAttr(op.attributes["iterator_types"])]
        outputs = len(op.results)
        inputs = len(operands) - outputs
        sizes = _loop_sizes(maps, operands, len(kinds))
        reductions = [i for i, kind in enumerate(kinds) if "reduction" in kind]
        block = op.regions[0].blocks[0]
        terminator = list(block.operations)[-1].operation
        if not reductions:
            space = np.ogrid[tuple(slice(size) for size in sizes)] if sizes else []
            picked = [_pick(m, v, space) for m, v in zip(maps, operands, strict=True)]
            scope = dict(values) | dict(zip(block.arguments, picked, strict=True))
            yielded = self._block(block, scope, space)
            return [
                _scatter(m, y, sizes, o)
                for m, y, o in zip(maps[inputs:], yielded, operands[inputs:], strict=True)
            ]
        combiner = terminator.operands[0].owner
        last = block.arguments[inputs]
        simple = outputs == 1 and combiner.name in BINARY and last in list(combiner.operands)
        uses = len(list(last.uses))
        if simple and uses == 1:
            return [self._reduce(block, combiner, maps, operands, values, sizes, reductions)]
        state = [np.array(value) for value in operands[inputs:]]
        for point in itertools.product(*(range(sizes[dim]) for dim in reductions)):
            space = list(np.ogrid[tuple(slice(size) for size in sizes)])
            for dim, place in zip(reductions, point, strict=True):
                space[dim] = np.full([1] * len(sizes), place)
            flat = [1 if dim in reductions else size for dim, size in enumerate(sizes)]
            current = operands[:inputs] + state
            picked = [_pick(m, v, space) for m, v in zip(maps, current, strict=True)]
            scope = dict(values) | dict(zip(block.arguments, picked, strict=True))
            yielded = self._block(block, scope, space)
            state = [
                _scatter(m, y, flat, o)
                for m, y, o in zip(maps[inputs:], yielded, state, strict=True)
            ]
        return state

    def _reduce(
        self,
        block: Any,
        combiner: Any,
        maps: Any,
        operands: list[Any],
        values: Any,
        sizes: list[int],
        reductions: list[int],
    ) -> Any:
        space = np.ogrid[tuple(slice(size) for size in sizes)]
        picked = [_pick(m, v, space) for m, v in zip(maps[:-1], operands[:-1], strict=True)]
        scope = dict(values) | dict(zip(list(block.arguments)[:-1], picked, strict=True))
        last = block.arguments[len(block.arguments) - 1]
        for view in list(block.operations)[:-1]:
            operation = view.operation
            if operation == combiner.operation:
                continue
            arguments = [scope[operand] for operand in operation.operands]
            found = self._operation(operation, arguments, scope, space)
            for result, value in zip(operation.results, found, strict=True):
                scope[result] = value
        term = next(scope[o] for o in combiner.operands if o != last)
        term = np.broadcast_to(term, sizes)
        function = BINARY[combiner.name]
        total = function.reduce(term, axis=tuple(reductions), keepdims=True).astype(term.dtype)
        flat = [1 if dim in reductions else size for dim, size in enumerate(sizes)]
        placed = _scatter(maps[-1], total, flat, operands[-1])
        return function(operands[-1], placed)


def _loop_sizes(maps: list[Any], operands: list[Any], rank: int) -> list[int]:
    sizes = [0] * rank
    for indexing, operand in zip(maps, operands, strict=True):
        for expression, size in zip(indexing.results, np.shape(operand), strict=True):
            if isinstance(expression, ir.AffineDimExpr):
                sizes[ir.AffineDimExpr(expression).position] = size
    return sizes


def _evaluate(expression: Any, space: Any) -> Any:
    if isinstance(expression, ir.AffineDimExpr):
        return space[ir.AffineDimExpr(expression).position]
    if isinstance(expression, ir.AffineConstantExpr):
        return np.int64(ir.AffineConstantExpr(expression).value)
    binary = ir.AffineBinaryExpr(expression)
    left, right = _evaluate(binary.lhs, space), _evaluate(binary.rhs, space)
    return left + right if isinstance(expression, ir.AffineAddExpr) else left * right


def _pick(indexing: Any, operand: Any, space: Any) -> Any:
    if np.ndim(operand) == 0:
        return operand[()] if isinstance(operand, np.ndarray) else operand
    return operand[tuple(_evaluate(expression, space) for expression in indexing.results)]


def _scatter(indexing: Any, value: Any, sizes: list[int], like: Any) -> Any:
    result = np.empty_like(like)
    if result.ndim == 0:
        return np.asarray(value, dtype=result.dtype).reshape(())
    space = np.ogrid[tuple(slice(size) for size in sizes)]
    place = tuple(_evaluate(expression, space) for expression in indexing.results)
    shape = np.broadcast_shapes(*(np.shape(axis) for axis in place))
    full = np.broadcast_to(value, sizes)
    if shape != tuple(sizes):
        full = full.reshape(shape)
    result[place] = full
    return result


def _offsets(op: Any, name: str, operands: list[Any]) -> list[int]:
    """A mixed static and dynamic list, dynamic entries taken from the front of ``operands``."""
    static = list(ir.DenseI64ArrayAttr(op.attributes[f"static_{name}"]))
    dynamic = np.iinfo(np.int64).min
    return [int(operands.pop(0)) if entry == dynamic else entry for entry in static]


def _slices(op: Any, operands: list[Any]) -> tuple[slice, ...]:
    offsets, sizes, strides = (_offsets(op, n, operands) for n in ("offsets", "sizes", "strides"))
    steps = zip(offsets, sizes, strides, strict=True)
    return tuple(slice(o, o + size * step, step) for o, size, step in steps)


def _extract_slice(_: Any, op: Any, operands: list[Any], __: Any) -> Any:
    part = operands[0][_slices(op, operands[1:])]
    return part.reshape(
        part.shape
        if part.ndim == op.results[0].type.rank
        else [s for s in op.results[0].type.shape]
    )


def _insert_slice(_: Any, op: Any, operands: list[Any], __: Any) -> Any:
    result = np.array(operands[1])
    place = _slices(op, operands[2:])
    result[place] = operands[0].reshape(result[place].shape)
    return result


def _pad(self: Interpreter, op: Any, operands: list[Any], values: Any) -> Any:
    rest = operands[1:]
    low, high = _offsets(op, "low", rest), _offsets(op, "high", rest)
    (fill,) = self._block(op.regions[0].blocks[0], dict(values), None)
    return np.pad(operands[0], list(zip(low, high, strict=True)), constant_values=fill)


def _collapse(_: Any, op: Any, operands: list[Any], __: Any) -> Any:
    groups = [list(g) for g in ir.ArrayAttr(op.attributes["reassociation"])]
    shape = operands[0].shape
    return operands[0].reshape(
        [int(np.prod([shape[ir.IntegerAttr(d).value] for d in group])) for group in groups]
    )


def _expand(_: Any, op: Any, operands: list[Any], __: Any) -> Any:
    static = list(ir.DenseI64ArrayAttr(op.attributes["static_output_shape"]))
    sizes = iter(operands[1:])
    return operands[0].reshape([int(next(sizes)) if s < 0 else s for s in static])


def _empty(_: Any, op: Any, operands: list[Any], __: Any) -> Any:
    kind = op.results[0].type
    sizes = iter(operands)
    shape = [int(next(sizes)) if size < 0 else size for size in kind.shape]
    # Not zeros: nothing may depend on them.
    return np.full(shape, 77, _dtype(kind.element_type))


_TENSOR: dict[str, Callable[..., Any]] = {
    "tensor.empty": _empty,
    "tensor.extract_slice": _extract_slice,
    "tensor.insert_slice": _insert_slice,
    "tensor.pad": _pad,
    "tensor.collapse_shape": _collapse,
    "tensor.expand_shape": _expand,
    "tensor.concat": lambda _, op, operands, __: np.concatenate(
        operands, axis=ir.IntegerAttr(op.attributes["dim"]).value
    ),
    "tensor.cast": lambda _, op, operands, __: operands[0],
    "tensor.dim": lambda _, op, operands, __: np.int64(operands[0].shape[int(operands[1])]),
    "tensor.extract": lambda _, op, operands, __: operands[0][tuple(operands[1:])],
    "tensor.from_elements": lambda _, op, operands, __: np.array(operands).reshape(
        op.results[0].type.shape
    ),
    "tensor.reshape": lambda _, op, operands, __: operands[0].reshape(operands[1]),
    "tensor.splat": lambda _, op, operands, __: np.full(op.results[0].type.shape, operands[0]),
}
