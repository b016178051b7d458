# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tiny models of families that each broke some importer: masks, windows, roll, conv positions."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import transformers
from imported_numerics import assert_like_eager, evaluate

from tilewright.frontend import import_torch

TEXT: dict[str, Any] = {
    "vocab_size": 97,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 40,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}

CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    # Position ids by cumsum of the mask.
    "roberta": ("RobertaModel", "RobertaConfig", TEXT),
    # Disentangled attention: gathers of relative positions.
    "deberta": ("DebertaV2Model", "DebertaV2Config", TEXT),
    # A sliding window.
    "mistral": (
        "MistralForCausalLM",
        "MistralConfig",
        TEXT | {"num_key_value_heads": 2, "sliding_window": 5},
    ),
    # Attention biased by ALiBi.
    "bloom": ("BloomForCausalLM", "BloomConfig", TEXT | {"n_layer": 2, "n_head": 4}),
    # Shifted windows: roll and masks.
    "swin": (
        "SwinModel",
        "SwinConfig",
        {"embed_dim": 8, "depths": [1, 2], "num_heads": [2, 4], "window_size": 4, "image_size": 32},
    ),
    # Bilinear resizing.
    "segformer": (
        "SegformerForSemanticSegmentation",
        "SegformerConfig",
        {
            "hidden_sizes": [8, 16],
            "depths": [1, 1],
            "num_encoder_blocks": 2,
            "num_attention_heads": [1, 2],
            "sr_ratios": [2, 1],
            "patch_sizes": [7, 3],
            "strides": [4, 2],
            "mlp_ratios": [2, 2],
            "decoder_hidden_size": 8,
        },
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_imports_and_computes_what_eager_computes(name: str) -> None:
    model_name, config_name, options = CASES[name]
    torch.manual_seed(0)
    config = getattr(transformers, config_name)(**options)
    config.use_cache = False
    model = getattr(transformers, model_name)(config).eval()
    if "vocab_size" in options:
        mask = torch.ones(2, 11, dtype=torch.int64)
        mask[1, 7:] = 0
        args, kwargs = (torch.randint(3, 97, (2, 11)),), {"attention_mask": mask}
    else:
        args, kwargs = (torch.randn(1, 3, 32, 32),), {}
    module = import_torch(model, args, kwargs)
    assert_like_eager(model, module, *args, **kwargs)


def test_key_value_cache_comes_out_and_goes_in() -> None:
    options = TEXT | {"n_embd": 24, "n_layer": 2, "n_head": 4, "n_positions": 32}
    model: Any = transformers.GPT2LMHeadModel(transformers.GPT2Config(**options))
    model.eval()
    tokens, following = torch.randint(3, 97, (1, 9)), torch.tensor([[5]])

    def prefill() -> Any:
        with torch.no_grad():
            return model(tokens).past_key_values

    first = import_torch(model, (tokens,))
    names = [spec.name for spec in first.outputs]
    assert names == ["logits", *(f"past_key_values.{index}" for index in range(4))]
    cache = evaluate(first, tokens).past_key_values
    assert type(cache) is type(prefill())
    torch.testing.assert_close(cache.layers[1].values, prefill().layers[1].values)

    step = import_torch(model, (following,), {"past_key_values": prefill()})
    assert [spec.shape for spec in step.inputs] == [(1, 1), *[(1, 4, 9, 6)] * 4]
    found = evaluate(step, following, past_key_values=prefill())
    with torch.no_grad():
        expected = model(following, past_key_values=prefill())
    torch.testing.assert_close(found.logits, expected.logits)


def test_mixture_of_experts() -> None:
    """Each token through the experts of its choice; which they are is known only in the call.

    LLVM's instcombine once ended the process here: it wanted a second round.
    """
    import tilewright as tw

    torch.manual_seed(0)
    config: Any = transformers.MixtralConfig(**TEXT, num_key_value_heads=2, num_local_experts=3)
    config.use_cache = False
    model: Any = transformers.MixtralForCausalLM(config)
    model.eval()
    tokens = torch.randint(3, 97, (2, 7))
    with torch.no_grad():
        torch.testing.assert_close(tw.compile(model, tokens)(tokens).logits, model(tokens).logits)
