# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Transformers from Hugging Face's own code with random weights: nothing is downloaded.

Each function takes ``small`` and returns the model and its sizes. The full sizes are those of the
published checkpoints; the small ones have odd sizes that no tile divides.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


def bert(small: bool) -> tuple[Any, int, int]:
    """BERT encoder (``google-bert/bert-base-uncased``); also its vocabulary and token count."""
    from transformers import BertConfig, BertModel

    config = BertConfig()
    if small:
        config = BertConfig(
            vocab_size=101,
            hidden_size=36,
            num_hidden_layers=2,
            num_attention_heads=3,
            intermediate_size=70,
            max_position_embeddings=40,
        )
    return BertModel(config), config.vocab_size, 19 if small else 128


def gpt2(small: bool) -> tuple[Any, int, int]:
    """GPT-2 with its LM head (``openai-community/gpt2``); also vocabulary and token count."""
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(use_cache=False)
    if small:
        config = GPT2Config(
            vocab_size=103,
            n_positions=40,
            n_embd=36,
            n_layer=2,
            n_head=3,
            bos_token_id=0,
            eos_token_id=0,
            use_cache=False,
        )
    return GPT2LMHeadModel(config), config.vocab_size, 21 if small else 128


_SMALL_LLAMA: dict[str, Any] = {
    "vocab_size": 97,
    "hidden_size": 40,
    "intermediate_size": 58,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}


def llama(small: bool) -> tuple[Any, int, int]:
    """A Llama with grouped-query attention, RoPE, RMS norm and SwiGLU; vocabulary, tokens."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=8000,
        hidden_size=512,
        intermediate_size=1376,
        num_hidden_layers=8,
        num_attention_heads=8,
        num_key_value_heads=2,
        max_position_embeddings=256,
        use_cache=False,
    )
    if small:
        config = LlamaConfig(**_SMALL_LLAMA, max_position_embeddings=64, use_cache=False)
    return LlamaForCausalLM(config), config.vocab_size, 23 if small else 128


class DecodeStep(nn.Module):
    """One step of a Llama's decoding, with the key-value cache in the caller's memory.

    Arguments: the token ``[B, 1]``, its position ``[]`` (tokens before it), and for each layer keys
    and values ``[B, H_kv, S_max, D]``, of which row ``position`` is written. Returns the logits
    ``[B, 1, vocabulary]``.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, token: Tensor, position: Tensor, keys: list[Tensor], values: list[Tensor]
    ) -> Tensor:
        """See the class."""
        from transformers import StaticCache

        model: Any = self.model
        cache: Any = StaticCache(config=model.config, max_cache_len=keys[0].shape[2])
        for layer, key, value in zip(cache.layers, keys, values, strict=True):
            layer.keys, layer.values = key, value
            layer.dtype, layer.device = key.dtype, key.device
            # The cache counts on by itself; the caller's position is its own to change.
            layer.cumulative_length = position.clone()
            layer.is_initialized = True
        logits: Tensor = model(token, past_key_values=cache, use_cache=True).logits
        return logits


def llama_decode(small: bool) -> tuple[DecodeStep, Any, int]:
    """A decode step of ``HuggingFaceTB/SmolLM2-135M``; its configuration and ``S_max``."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=49152,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        max_position_embeddings=8192,
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
    )
    if small:
        config = LlamaConfig(**_SMALL_LLAMA, max_position_embeddings=512)
    return DecodeStep(LlamaForCausalLM(config)), config, 300 if small else 2048


def t5_encoder(small: bool) -> tuple[Any, int, int]:
    """The encoder of T5 (``google-t5/t5-small``): relative position bias; vocabulary, tokens."""
    from transformers import T5Config, T5EncoderModel

    config = T5Config(use_cache=False)
    if small:
        config = T5Config(
            vocab_size=89,
            d_model=36,
            d_kv=12,
            d_ff=70,
            num_layers=2,
            num_heads=3,
            use_cache=False,
        )
    return T5EncoderModel(config), config.vocab_size, 17 if small else 128


def vit(small: bool) -> tuple[Any, int]:
    """ViT classifier (``google/vit-base-patch16-224``); also its image size."""
    from transformers import ViTConfig, ViTForImageClassification

    # Libraries' base options, such as num_labels, are not in the signature.
    make: Any = ViTConfig
    config = make(num_labels=1000)
    if small:
        config = make(
            hidden_size=36,
            num_hidden_layers=2,
            num_attention_heads=3,
            intermediate_size=70,
            image_size=20,
            patch_size=4,
            num_labels=11,
        )
    model = ViTForImageClassification(config)
    with torch.no_grad():
        # Published checkpoints have trained positions; the library's init leaves them near zero.
        for parameter in (model.vit.embeddings.cls_token, model.vit.embeddings.position_embeddings):
            nn.init.normal_(parameter, std=0.5)
    return model, config.image_size
