# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX Runtime with all graph optimisations, on the file that PyTorch's own exporter writes."""

import tempfile
from pathlib import Path
from typing import Any

import onnxruntime

from peers import Inputs, NotSupported, Prepared
from peers.onnx_export import export_onnx


def prepare(model: Any, inputs: Inputs, threads: int, precision: str) -> Prepared:
    """Exports and loads.

    Raises NotSupported for other precisions than float32.
    """
    if precision != "f32":
        raise NotSupported(f"ONNX Runtime has no {precision} kernels for CPUs")
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    with tempfile.TemporaryDirectory() as folder:
        path, feed = export_onnx(model, inputs, Path(folder))
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    return Prepared(lambda: session.run(None, feed), {"version": onnxruntime.__version__})
