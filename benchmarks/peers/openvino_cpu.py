# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""OpenVINO's CPU plugin, on the exported program of ``torch.export``."""

from typing import Any

import openvino
import torch

from peers import Inputs, Prepared


def prepare(model: Any, inputs: Inputs, threads: int, precision: str) -> Prepared:
    """Converts and compiles for latency.

    The precision is always said: without a hint the plugin takes bfloat16 where the processor is
    fast in it.
    """
    args, kwargs = inputs
    with torch.no_grad():
        program = torch.export.export(model, args, kwargs)
    converted = openvino.convert_model(program)
    tensors = [
        leaf
        for leaf in torch.utils._pytree.tree_leaves((args, kwargs))
        if isinstance(leaf, torch.Tensor)
    ]
    # Conversion leaves all sizes open, though the program has them; everyone compiles for the same.
    converted.reshape({place: list(tensor.shape) for place, tensor in enumerate(tensors)})
    compiled = openvino.Core().compile_model(
        converted,
        "CPU",
        {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": precision,
            "INFERENCE_NUM_THREADS": threads,
        },
    )
    request = compiled.create_infer_request()
    feed = {place: tensor.detach().numpy() for place, tensor in enumerate(tensors)}

    def call() -> Any:
        # Views of the request's own memory: no other contender pays for a copy.
        results = request.infer(feed, share_inputs=True, share_outputs=True)
        return [results[output] for output in compiled.outputs]

    return Prepared(call, {"version": openvino.__version__})
