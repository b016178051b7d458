# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A model as an ONNX file, with its inputs in the order of the file's."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from peers import Inputs


def export_onnx(model: Any, inputs: Inputs, folder: Path) -> tuple[Path, dict[str, np.ndarray]]:
    """Writes the model into a folder; returns the file, and an array for each of its inputs."""
    args, kwargs = inputs
    path = folder / "model.onnx"
    with torch.no_grad():
        program = torch.onnx.export(
            model, args, kwargs=kwargs, dynamo=True, optimize=True, verbose=False
        )
    assert program is not None  # it is None for the exporter before dynamo's
    # Weights beside the model: protocol buffers end at 2 GiB.
    program.save(str(path), external_data=True)
    names = [value.name for value in program.model.graph.inputs]
    leaves = torch.utils._pytree.tree_leaves((args, kwargs))
    tensors = [leaf for leaf in leaves if isinstance(leaf, torch.Tensor)]
    feed = {n: t.detach().numpy() for n, t in zip(names, tensors, strict=True)}
    return path, feed
