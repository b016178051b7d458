# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""``torch.compile`` with frozen weights and every autotuning; in bfloat16 under autocast."""

from collections.abc import Callable
from typing import Any

import torch
from torch._inductor import config

from peers import Inputs, Prepared


def prepare(model: Any, inputs: Inputs, threads: int, precision: str) -> Prepared:
    """Compiles by calling it once."""
    torch.set_num_threads(threads)
    config.freezing = True
    args, kwargs = inputs
    compiled: Callable[..., Any] = torch.compile(model, mode="max-autotune", dynamic=False)
    lower = precision == "bf16"

    def call() -> Any:
        # Frozen weights are for no_grad, not for inference_mode.
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=lower):
            return compiled(*args, **kwargs)

    call()
    return Prepared(call, {"version": torch.__version__})
