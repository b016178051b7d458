# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Front ends: from a framework's model to linalg on tensors with the weights kept outside.

torch and torch-mlir are loaded by the first import of a model, not by importing this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tilewright.frontend.imported import Binding, ImportedModule, TensorSpec, Weight

if TYPE_CHECKING:
    from torch import nn
    from torch.export import ExportedProgram

__all__ = ["Binding", "ImportedModule", "TensorSpec", "Weight", "import_torch"]


def import_torch(
    model_or_exported: nn.Module | ExportedProgram,
    example_args: tuple[Any, ...] = (),
    example_kwargs: dict[str, Any] | None = None,
    *,
    dynamic_shapes: Any = None,
    sorts: bool = True,
) -> ImportedModule:
    """Import a PyTorch model.

    Args:
        model_or_exported: a module in eval mode, or what ``torch.export.export`` returned.
        example_args: positional example inputs; not used for an exported program.
        example_kwargs: keyword example inputs; not used for an exported program.
        dynamic_shapes: which dimensions vary, in ``torch.export``'s vocabulary.
        sorts: whether the target sorts; if not, the first few of many are searched one by one.

    Raises:
        InputError: the model is in training mode, mutates its inputs or buffers, or has an
            unsupported dtype.
        ControlFlowError: control flow depends on tensor values.
        UnsupportedOpError: some operations cannot be compiled; all are listed.
        ImportFailed: PyTorch or torch-mlir failed otherwise.
    """
    from tilewright.frontend.torch_import import import_model

    return import_model(
        model_or_exported, example_args, example_kwargs or {}, dynamic_shapes, sorts
    )
