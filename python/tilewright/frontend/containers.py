# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Other libraries' containers of tensors among a model's inputs and results."""

from __future__ import annotations

import sys

from torch import nn


def register_caches(model: nn.Module) -> None:
    """Let ``torch.export`` look into the key-value caches of Hugging Face models.

    A language model returns one unless ``use_cache=False``, and torch.export stops at it: "not a
    known type" (pytorch/pytorch#136582). transformers can register its caches, but does not do so
    by itself since 4.56 (Samsung/TICO#417).
    """
    # A model of a library that is not loaded cannot be there.
    if "transformers" not in sys.modules:
        return
    from transformers import PreTrainedModel
    from transformers.exporters.exporter_dynamo import register_cache_pytrees_for_model

    for module in model.modules():
        if isinstance(module, PreTrainedModel):
            register_cache_pytrees_for_model(module)
