# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""From an FX graph to linalg on tensors, by torch-mlir's importer and pipelines."""

from __future__ import annotations

from typing import Any

from torch import Tensor, fx

from tilewright.frontend.fixups.views import SPLIT_KEY
from tilewright.frontend.locations import module_path, user_line
from tilewright.frontend.lowered import LOWERED_FIXUPS

PIPELINE = (
    "builtin.module("
    "torchdynamo-export-to-torch-backend-pipeline{shape-dtype-refine=true},"
    "torch-backend-to-linalg-on-tensors-backend-pipeline,"
    # Sizes of a grouped convolution or a roll of dynamic shape.
    "lower-affine)"
)

# What may be left in the function: everything else is an operation without a lowering.
_DIALECTS = frozenset({"builtin", "func", "linalg", "tensor", "arith", "math", "cf"})


class LoweringError(Exception):
    """The importer or a pass failed; the message holds its diagnostics."""


def lower(graph: fx.Graph) -> Any:
    """Lower a functional graph; its placeholders become the arguments of ``@main`` in order.

    Returns:
        A module of torch-mlir's own MLIR, which only text can leave.

    Raises:
        LoweringError: an operation has no lowering.
    """
    from torch_mlir import ir
    from torch_mlir.dialects import torch as torch_dialect
    from torch_mlir.passmanager import PassManager

    context = ir.Context()
    torch_dialect.register_dialect(context)
    importer = _importer(context)
    try:
        function = importer.import_stateless_graph(graph, func_name="main")
        with context:
            # torch.export guarantees that equal symbols are equal sizes.
            function.attributes["torch.assume_strict_symbolic_shapes"] = ir.UnitAttr.get()
            PassManager.parse(PIPELINE).run(importer.module.operation)
        for fixup in LOWERED_FIXUPS:
            fixup(importer.module)
    except ir.MLIRError as error:
        raise LoweringError(str(error)) from error
    # What the importer itself raises, sometimes by assertion, for arguments that it cannot read.
    except (NotImplementedError, AssertionError, KeyError, TypeError, ValueError,
            RuntimeError) as error:  # fmt: skip
        raise LoweringError(f"{type(error).__name__}: {error}") from error
    leftovers = sorted(_foreign_operations(importer.module.operation))
    if leftovers:
        raise LoweringError(f"no linalg form for {', '.join(leftovers)}")
    return importer.module


def _importer(context: Any) -> Any:
    from torch_mlir import ir
    from torch_mlir.extras.fx_importer import ContextCache, FxImporter, FxImporterHooks

    class UserLines(ContextCache):  # type: ignore[misc]
        """Gives an operation the one line that the user would point at.

        The stock cache nests every frame down into torch's own code.
        """

        def get_node_location(self, node: fx.Node) -> Any:
            line = user_line(node.meta.get("stack_trace"))
            # A model put together from torch's own modules has no line: name the module.
            path = module_path(node)
            if line is not None:
                place = ir.Location.file(line.file, line.line, col=0, context=self._c)
            elif path:
                place = ir.Location.name(path, context=self._c)
            else:
                place = ir.Location.unknown(context=self._c)
            if SPLIT_KEY in node.meta:
                dim, count = node.meta[SPLIT_KEY]
                place = ir.Location.name(f"{SPLIT_KEY} {dim} {count}", place, context=self._c)
            return place

    class NoLiterals(FxImporterHooks):  # type: ignore[misc]
        """Refuses tensors as text: `fixups.lift_attributes` has made them arguments."""

        def resolve_literal(self, gni: Any, literal: Any, info: Any) -> Any:
            if isinstance(literal, Tensor) and literal.numel() > 1:
                raise ValueError(f"a tensor literal of shape {tuple(literal.shape)}")
            return None

    importer = FxImporter(context=context, hooks=NoLiterals())
    importer._cc = UserLines(context, py_attr_tracker=importer._py_attr_tracker)
    return importer


def _foreign_operations(operation: Any) -> set[str]:
    from torch_mlir import ir

    found = set()

    def visit(inner: Any) -> Any:
        name = inner.operation.name
        if name.split(".", 1)[0] not in _DIALECTS:
            found.add(name)
        return ir.WalkResult.ADVANCE

    operation.walk(visit)
    return found
