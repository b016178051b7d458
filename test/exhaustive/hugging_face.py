# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Architectures of transformers, tiny and with random weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from case import Case
from operands import integers, layer, resized
from torch import Tensor, nn
from torch.export import Dim

_TEXT = {
    "vocab_size": 99, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
    "intermediate_size": 37, "max_position_embeddings": 64, "pad_token_id": 0,
    "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
_GROUPED = {**_TEXT, "num_key_value_heads": 2}
# The fast products of experts want rows of whole 16 bytes.
_MIXED = {**_GROUPED, "intermediate_size": 40}
_VISION = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 37,
    "image_size": 32, "patch_size": 8, "num_channels": 3,
}  # fmt: skip

# What is refused, and what the message says.
_REFUSED = {"FNetModel": "complex64", "RwkvForCausalLM": "changes its parameters"}


class _Tensors(nn.Module):
    """The tensors of a model's output, without its caches."""

    def __init__(self, model: nn.Module, names: tuple[str, ...]) -> None:
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *args: Tensor) -> Any:
        options = dict(zip(self.names, args, strict=True))
        config = getattr(self.model, "config", None)
        if hasattr(config, "use_cache"):
            options["use_cache"] = False
        output = self.model(**options)
        return [value for value in output.values() if isinstance(value, Tensor)]


def _build(kind: str, config: str, attention: str, names: tuple[str, ...], sizes: Any) -> nn.Module:
    import transformers

    settings = getattr(transformers, config)(**sizes)
    settings._attn_implementation = attention
    model = getattr(transformers, kind)(settings)
    for parameter in model.parameters():
        if parameter.dim() > 1:  # activations near 1
            nn.init.normal_(parameter, std=parameter[0].numel() ** -0.5)
    return _Tensors(model, names)


# Those that have no attention that PyTorch's operation could do.
_EAGER_ONLY = """DebertaV2Model FNetModel GPTNeoForCausalLM GPTJForCausalLM Gemma2ForCausalLM
BloomForCausalLM MptForCausalLM MambaForCausalLM RwkvForCausalLM ConvNextModel ConvNextV2Model
SwinModel Swinv2Model ResNetForImageClassification RegNetModel MobileNetV1Model MobileNetV2Model
MobileViTModel SegformerForSemanticSegmentation PvtModel PoolFormerModel LevitModel MPNetModel
EfficientNetModel""".split()
_ENCODERS: list[tuple[str, str, dict[str, Any]]] = [
    ("BertModel", "BertConfig", _TEXT),
    ("BertForMaskedLM", "BertConfig", _TEXT),
    ("BertForSequenceClassification", "BertConfig", _TEXT),
    ("RobertaModel", "RobertaConfig", {**_TEXT, "max_position_embeddings": 66}),
    ("DistilBertModel", "DistilBertConfig", {"vocab_size": 99, "dim": 32, "n_layers": 2, "n_heads": 4,
                                            "hidden_dim": 37, "max_position_embeddings": 64}),
    ("AlbertModel", "AlbertConfig", {**_TEXT, "embedding_size": 16}),
    ("ElectraModel", "ElectraConfig", {**_TEXT, "embedding_size": 16}),
    ("MPNetModel", "MPNetConfig", _TEXT),
    ("DebertaV2Model", "DebertaV2Config", {**_TEXT, "relative_attention": True,
                                          "pos_att_type": ["p2c", "c2p"]}),
    ("XLMRobertaModel", "XLMRobertaConfig", {**_TEXT, "max_position_embeddings": 66}),
    ("ModernBertModel", "ModernBertConfig", _TEXT),
    ("FNetModel", "FNetConfig", _TEXT),
    ("CLIPTextModel", "CLIPTextConfig", _TEXT),
    ("T5EncoderModel", "T5Config", {"vocab_size": 99, "d_model": 32, "d_kv": 8, "d_ff": 37,
                                   "num_layers": 2, "num_heads": 4}),
]  # fmt: skip
_GPT2 = {"vocab_size": 99, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64}
_DECODERS: list[tuple[str, str, dict[str, Any]]] = [
    ("GPT2LMHeadModel", "GPT2Config", _GPT2),
    ("GPTNeoForCausalLM", "GPTNeoConfig", {"vocab_size": 99, "hidden_size": 32, "num_layers": 2,
                                          "num_heads": 4, "max_position_embeddings": 64,
                                          "attention_types": [[["global", "local"], 1]]}),
    ("GPTNeoXForCausalLM", "GPTNeoXConfig", _TEXT),
    ("GPTJForCausalLM", "GPTJConfig", {**_GPT2, "rotary_dim": 4}),
    ("OPTForCausalLM", "OPTConfig", {"vocab_size": 99, "hidden_size": 32, "num_hidden_layers": 2,
                                    "num_attention_heads": 4, "ffn_dim": 37,
                                    "max_position_embeddings": 64, "word_embed_proj_dim": 32}),
    ("LlamaForCausalLM", "LlamaConfig", _GROUPED),
    ("MistralForCausalLM", "MistralConfig", {**_GROUPED, "sliding_window": 5}),
    ("Qwen2ForCausalLM", "Qwen2Config", _GROUPED),
    ("Qwen3ForCausalLM", "Qwen3Config", {**_GROUPED, "head_dim": 8}),
    ("GemmaForCausalLM", "GemmaConfig", {**_GROUPED, "head_dim": 8}),
    ("Gemma2ForCausalLM", "Gemma2Config", {**_GROUPED, "head_dim": 8, "sliding_window": 5}),
    ("PhiForCausalLM", "PhiConfig", _TEXT),
    ("Phi3ForCausalLM", "Phi3Config", _GROUPED),
    ("FalconForCausalLM", "FalconConfig", {"vocab_size": 99, "hidden_size": 32,
                                          "num_hidden_layers": 2, "num_attention_heads": 4}),
    ("BloomForCausalLM", "BloomConfig", {"vocab_size": 99, "hidden_size": 32, "n_layer": 2,
                                        "n_head": 4}),
    ("StableLmForCausalLM", "StableLmConfig", _GROUPED),
    ("Olmo2ForCausalLM", "Olmo2Config", _GROUPED),
    ("CohereForCausalLM", "CohereConfig", _GROUPED),
    ("MptForCausalLM", "MptConfig", {"vocab_size": 99, "d_model": 32, "n_layers": 2, "n_heads": 4,
                                    "max_seq_len": 64}),
    ("MambaForCausalLM", "MambaConfig", {"vocab_size": 99, "hidden_size": 16, "num_hidden_layers": 2,
                                        "state_size": 4}),
    ("RwkvForCausalLM", "RwkvConfig", {"vocab_size": 99, "hidden_size": 16, "num_hidden_layers": 2}),
    ("MixtralForCausalLM", "MixtralConfig", {**_MIXED, "num_local_experts": 4}),
    ("Qwen2MoeForCausalLM", "Qwen2MoeConfig", {**_MIXED, "num_experts": 4, "num_experts_per_tok": 2,
                                              "moe_intermediate_size": 24,
                                              "shared_expert_intermediate_size": 24}),
    ("OlmoeForCausalLM", "OlmoeConfig", {**_MIXED, "num_experts": 4, "num_experts_per_tok": 2}),
]  # fmt: skip
_SEQ2SEQ = {"vocab_size": 99, "d_model": 32, "encoder_layers": 2, "decoder_layers": 2,
            "encoder_attention_heads": 4, "decoder_attention_heads": 4, "encoder_ffn_dim": 37,
            "decoder_ffn_dim": 37, "max_position_embeddings": 64}  # fmt: skip
_PAIRS: list[tuple[str, str, dict[str, Any]]] = [
    ("T5ForConditionalGeneration", "T5Config", {"vocab_size": 99, "d_model": 32, "d_kv": 8,
                                               "d_ff": 37, "num_layers": 2, "num_heads": 4}),
    ("BartForConditionalGeneration", "BartConfig", _SEQ2SEQ),
    ("MarianMTModel", "MarianConfig", {**_SEQ2SEQ, "pad_token_id": 98}),
    ("PegasusForConditionalGeneration", "PegasusConfig", _SEQ2SEQ),
]  # fmt: skip
_STAGES = {"num_channels": 3, "image_size": 32}
_IMAGES: list[tuple[str, str, dict[str, Any]]] = [
    ("ViTForImageClassification", "ViTConfig", _VISION),
    ("DeiTModel", "DeiTConfig", _VISION),
    ("BeitModel", "BeitConfig", _VISION),
    ("Dinov2Model", "Dinov2Config", _VISION),
    ("CLIPVisionModel", "CLIPVisionConfig", _VISION),
    ("SiglipVisionModel", "SiglipVisionConfig", _VISION),
    ("SwinModel", "SwinConfig", {**_STAGES, "patch_size": 2, "embed_dim": 16, "depths": [1, 2],
                                "num_heads": [2, 4], "window_size": 4}),
    ("Swinv2Model", "Swinv2Config", {**_STAGES, "patch_size": 2, "embed_dim": 16, "depths": [1, 2],
                                    "num_heads": [2, 4], "window_size": 4}),
    ("ConvNextModel", "ConvNextConfig", {"hidden_sizes": [8, 16], "depths": [1, 1],
                                        "num_stages": 2}),
    ("ConvNextV2Model", "ConvNextV2Config", {"hidden_sizes": [8, 16], "depths": [1, 1],
                                            "num_stages": 2}),
    ("ResNetForImageClassification", "ResNetConfig", {"embedding_size": 8, "depths": [1, 1],
                                                     "hidden_sizes": [16, 32]}),
    ("RegNetModel", "RegNetConfig", {"embedding_size": 8, "hidden_sizes": [8, 16, 24, 32],
                                    "depths": [1, 1, 1, 1], "groups_width": 4}),
    ("MobileNetV1Model", "MobileNetV1Config", {"depth_multiplier": 0.25, "image_size": 32}),
    ("MobileNetV2Model", "MobileNetV2Config", {"depth_multiplier": 0.25, "image_size": 32}),
    ("MobileViTModel", "MobileViTConfig", {"image_size": 32, "hidden_sizes": [16, 24, 32],
                                          "neck_hidden_sizes": [8, 8, 12, 16, 20, 24, 32],
                                          "num_attention_heads": 4, "patch_size": 2}),
    ("SegformerForSemanticSegmentation", "SegformerConfig", {"hidden_sizes": [8, 16, 16, 32],
                                                            "depths": [1, 1, 1, 1],
                                                            "num_attention_heads": [1, 2, 2, 4],
                                                            "decoder_hidden_size": 16}),
    ("PvtModel", "PvtConfig", {"image_size": 32, "hidden_sizes": [8, 16, 16, 32],
                              "depths": [1, 1, 1, 1], "num_attention_heads": [1, 2, 2, 4]}),
    ("PoolFormerModel", "PoolFormerConfig", {"hidden_sizes": [8, 16, 16, 32],
                                            "depths": [1, 1, 1, 1]}),
    ("LevitModel", "LevitConfig", {"image_size": 32, "hidden_sizes": [16, 24, 32],
                                  "num_attention_heads": [2, 3, 4], "key_dim": [8, 8, 8],
                                  "depths": [1, 1, 1]}),
    ("EfficientNetModel", "EfficientNetConfig", {"image_size": 32, "width_coefficient": 0.25,
                                                "depth_coefficient": 0.25, "hidden_dim": 320}),
]  # fmt: skip
_SPEECH = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
           "intermediate_size": 37, "conv_dim": (16, 16), "conv_kernel": (10, 3),
           "conv_stride": (5, 2), "num_conv_pos_embeddings": 16,
           "num_conv_pos_embedding_groups": 4, "num_feat_extract_layers": 2}  # fmt: skip


def _case(kind: str, config: str, sizes: Any, attention: str, **operands: Any) -> Case:
    names = tuple(operands)
    model = lambda: _build(kind, config, attention, names, sizes)
    refusal = _REFUSED.get(kind)
    return layer(f"{kind}-{attention}", model, *operands.values(), refusal=refusal)


def cases() -> Iterator[Case]:
    for case in _all():
        kind, _, attention = case.name.partition("-")
        if attention != "sdpa" or kind not in _EAGER_ONLY:
            yield case
    yield from _resized()


def _resized() -> Iterator[Case]:
    sizes = [(2, 13), (1, 2), (3, 7), (5, 40)]
    varies = {0: Dim("batch", min=1, max=16), 1: Dim("tokens", min=2, max=64)}
    for kind, config, options in (*_ENCODERS[:2], _ENCODERS[-1], *_DECODERS[:1], *_DECODERS[4:10],
                                  _DECODERS[12], _DECODERS[13], _DECODERS[21]):  # fmt: skip
        model = lambda k=kind, c=config, o=options: _build(k, c, "sdpa", ("input_ids",), o)
        operands = lambda b, t: (torch.randint(3, 99, (b, t)),)
        yield resized(f"{kind}-sdpa-resized", model, operands, sizes, ((varies,),))


def _all() -> Iterator[Case]:
    tokens: Callable[[], Tensor] = integers(3, 99, 2, 13)
    keep = lambda: (torch.arange(13)[None] < torch.tensor([[13], [9]])).long()
    for attention in ("sdpa", "eager"):
        for kind, config, sizes in _ENCODERS:
            if kind == "FNetModel":
                yield _case(kind, config, sizes, attention, input_ids=tokens)
            else:
                yield _case(kind, config, sizes, attention, input_ids=tokens, attention_mask=keep)
        for kind, config, sizes in _DECODERS:
            yield _case(kind, config, sizes, attention, input_ids=tokens)
        for kind, config, sizes in _PAIRS:
            yield _case(kind, config, sizes, attention, input_ids=tokens,
                        decoder_input_ids=integers(3, 99, 2, 7))  # fmt: skip
        for kind, config, sizes in _IMAGES:
            if config:
                yield _case(kind, config, sizes, attention, pixel_values=(2, 3, 32, 32))
        yield _case("Wav2Vec2Model", "Wav2Vec2Config", _SPEECH, attention, input_values=(2, 400))
        yield _case("HubertModel", "HubertConfig", _SPEECH, attention, input_values=(2, 400))
        whisper = {**_SEQ2SEQ, "num_mel_bins": 8, "max_source_positions": 20, "pad_token_id": 0}
        del whisper["max_position_embeddings"]
        yield _case("WhisperModel", "WhisperConfig", whisper, attention,
                    input_features=(2, 8, 40), decoder_input_ids=integers(3, 99, 2, 7))  # fmt: skip
    for kind, config, sizes in _DECODERS[:1] + _DECODERS[5:6]:
        ids = integers(3, 99, 2, 13)
        mask = lambda: (torch.arange(13)[None] < torch.tensor([[13], [9]])).long()
        case = _case(kind, config, sizes, "sdpa", input_ids=ids, attention_mask=mask)
        yield Case(**{**case.__dict__, "name": f"{case.name}-mask"})
