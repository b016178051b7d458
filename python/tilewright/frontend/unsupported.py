# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which operations of a model cannot be compiled: each distinct one is lowered alone."""

from __future__ import annotations

import operator
from typing import Any

import torch
from torch import Tensor, fx

from tilewright.errors import UnsupportedOp
from tilewright.frontend.locations import user_line
from tilewright.frontend.lowering import LoweringError, lower

_HINTS = {
    "sort": "sort outside the compiled model",
    "topk": "pick the largest outside the compiled model; for one element use argmax",
    "rand": "pass random numbers as an input",
    "randn": "pass random numbers as an input",
    "bernoulli": "pass random numbers as an input",
    "multinomial": "sample outside the compiled model",
    "nonzero": "its size depends on values: use torch.where with three arguments",
    "masked_select": "its size depends on values: use torch.where with three arguments",
    "unique": "its size depends on values",
    "_fft_r2c": "write the transform as a product with the DFT matrix",
}


def find_unsupported(graph: fx.Graph) -> tuple[UnsupportedOp, ...]:
    """The operations of ``graph`` that torch-mlir cannot lower, in order of first use."""
    uses: dict[tuple[str, str], list[fx.Node]] = {}
    verdicts: dict[str, bool] = {}
    for node in graph.nodes:
        if node.op != "call_function" or node.target is operator.getitem:
            continue
        key = f"{node.target}({_describe_call(node)})"
        if key not in verdicts:
            verdicts[key] = _lowers_alone(node)
        if not verdicts[key]:
            uses.setdefault((str(node.target), _types(node)), []).append(node)
    return tuple(
        UnsupportedOp(name, len(nodes), types, _lines(nodes), _HINTS.get(name.split(".")[1]))
        for (name, types), nodes in uses.items()
    )


def _lines(nodes: list[fx.Node]) -> tuple[str, ...]:
    lines = (user_line(node.meta.get("stack_trace")) for node in nodes)
    return tuple(dict.fromkeys(str(line) for line in lines if line is not None))


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
