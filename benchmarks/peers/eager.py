# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""PyTorch as it is; in bfloat16 under autocast."""

from typing import Any

import torch

from peers import Inputs, Prepared


def prepare(model: Any, inputs: Inputs, threads: int, precision: str) -> Prepared:
    """Sets the threads; there is nothing to compile."""
    torch.set_num_threads(threads)
    args, kwargs = inputs
    lower = precision == "bf16"

    @torch.inference_mode()
    def call() -> Any:
        with torch.autocast("cpu", torch.bfloat16, enabled=lower):
            return model(*args, **kwargs)

    return Prepared(call, {"version": torch.__version__})
