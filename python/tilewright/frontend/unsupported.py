# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which operations of a model cannot be compiled: each distinct one is lowered alone."""

from __future__ import annotations

import operator
from functools import partial
from typing import Any

import torch
from torch import Tensor, fx

from tilewright.errors import UnsupportedOp
from tilewright.frontend.isolation import survey
from tilewright.frontend.locations import node_place
from tilewright.frontend.lowering import LoweringError, lower
from tilewright.frontend.trusted import is_trusted

_HINTS = {
    "rand": "pass random numbers as an input",
    "randn": "pass random numbers as an input",
    "bernoulli": "pass random numbers as an input",
    "multinomial": "sample outside the compiled model",
    "nonzero": "its size depends on values: use torch.where with three arguments",
    "masked_select": "its size depends on values: use torch.where with three arguments",
    "unique": "its size depends on values",
    "_fft_r2c": "write the transform as a product with the DFT matrix",
}


# torch-mlir takes uint8 for int8 in sums and products; these it gets right.
_UNSIGNED_HINT = (
    "uint8 can only be moved and converted: write x.float() or x.int() before this line"
)
_UNSIGNED_SAFE = frozenset(
    """
    prims.convert_element_type.default prims.collapse.default prims.squeeze.default
    aten.alias.default aten.cat.default aten.clone.default aten.constant_pad_nd.default
    aten.expand.default aten.flip.default aten.permute.default aten.repeat.default aten.select.int
    aten.slice.Tensor aten.split_with_sizes.default aten.transpose.int aten.unflatten.int
    aten.unsqueeze.default aten.view.default
    """.split()
)


def find_unsupported(graph: fx.Graph, *, untried_only: bool) -> tuple[UnsupportedOp, ...]:
    """The operations of ``graph`` that torch-mlir cannot lower, in order of first use.

    Args:
        graph: the graph that is to be lowered.
        untried_only: take those in :mod:`tilewright.frontend.trusted` on trust.
    """
    # Once, for all children.
    import torch_mlir.extras.fx_importer  # noqa: F401

    trials: dict[str, fx.Node] = {}
    calls: list[tuple[fx.Node, str]] = []
    for node in graph.nodes:
        if node.op == "call_function" and node.target is not operator.getitem:
            if untried_only and is_trusted(node):
                continue
            key = f"{node.target}({_describe_call(node)})"
            trials.setdefault(key, node)
            calls.append((node, key))
    unsigned = {key for key, node in trials.items() if _computes_with_unsigned(node)}
    asked = [key for key in trials if key not in unsigned]
    answers = survey([partial(_lowers_alone, trials[key]) for key in asked])
    verdicts = dict(zip(asked, answers, strict=True)) | dict.fromkeys(unsigned, False)
    uses: dict[tuple[str, str], list[fx.Node]] = {}
    for node, key in calls:
        if not verdicts[key]:
            uses.setdefault((str(node.target), _types(node)), []).append(node)
    return tuple(
        UnsupportedOp(name, len(nodes), types, _lines(nodes), _hint(name, nodes[0]))
        for (name, types), nodes in uses.items()
    )


def _hint(name: str, node: fx.Node) -> str | None:
    return _UNSIGNED_HINT if _computes_with_unsigned(node) else _HINTS.get(name.split(".")[1])


def _computes_with_unsigned(node: fx.Node) -> bool:
    if str(node.target) in _UNSIGNED_SAFE:
        return False
    values = (source.meta.get("val") for source in (node, *node.all_input_nodes))
    return any(isinstance(value, Tensor) and value.dtype is torch.uint8 for value in values)


def _lines(nodes: list[fx.Node]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(place for place in map(node_place, nodes) if place))


def _type(value: Any) -> str:
    if isinstance(value, Tensor):
        sizes = ", ".join(str(size) if isinstance(size, int) else "?" for size in value.shape)
        return f"{str(value.dtype).removeprefix('torch.')}[{sizes}]"
    return type(value).__name__


def _types(node: fx.Node) -> str:
    return ", ".join(_type(source.meta.get("val")) for source in node.all_input_nodes)


def _describe_call(node: fx.Node) -> str:
    described = fx.map_arg((node.args, node.kwargs), lambda source: _type(source.meta.get("val")))
    return repr(described)


def _lowers_alone(node: fx.Node) -> bool:
    graph = fx.Graph()
    copies: dict[fx.Node, fx.Node] = {}
    for source in node.all_input_nodes:
        if source.op == "get_attr":
            return False
        copies[source] = graph.placeholder(source.name)
        copies[source].meta["val"] = source.meta.get("val")
    copy = graph.node_copy(node, copies.__getitem__)
    copy.meta = dict(node.meta)
    results = [copy]
    example = node.meta.get("val")
    if isinstance(example, (list, tuple)):
        results = []
        for index, value in enumerate(example):
            if isinstance(value, Tensor):
                item = graph.call_function(operator.getitem, (copy, index))
                item.meta["val"] = value
                results.append(item)
    elif not isinstance(example, Tensor):
        # Arithmetic on sizes: nothing that could be looked at alone.
        return True
    graph.output(tuple(results))
    try:
        with torch.no_grad():
            lower(graph)
    except LoweringError:
        return False
    return True
