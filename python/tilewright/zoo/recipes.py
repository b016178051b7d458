# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How each zoo model is built: its class and sizes, example inputs and calibration targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from tilewright.zoo import hugging_face as hf
from tilewright.zoo.edsr import EDSR
from tilewright.zoo.mobilenet import MOBILENET_V2_STAGES, MobileNetV2
from tilewright.zoo.resnet import ResNet
from tilewright.zoo.simple import MLP, LSTMClassifier, SimpleCNN
from tilewright.zoo.unet import UNet


@dataclass(frozen=True)
class Recipe:
    """An uncalibrated model, its example inputs, and output scales by module-name suffix."""

    model: nn.Module
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    targets: Mapping[str, float] = field(default_factory=dict)


def _tokens(vocab: int, *shape: int) -> Tensor:
    return torch.randint(0, vocab, shape)


def _simple_cnn(small: bool) -> Recipe:
    shape = (2, 13, 18) if small else (1, 28, 28)
    sizes = ((5, 7), 19, 10) if small else ((32, 64), 128, 10)
    return Recipe(SimpleCNN(shape, *sizes), (torch.randn(3 if small else 8, *shape),))


def _mlp(small: bool) -> Recipe:
    features, hidden, batch = (37, 75, 5) if small else (1024, 4096, 128)
    return Recipe(MLP(features, hidden), (torch.randn(batch, features),))


def _lstm(small: bool) -> Recipe:
    if small:
        return Recipe(LSTMClassifier(53, 11, 13, 2, 5), (_tokens(53, 3, 7),))
    return Recipe(LSTMClassifier(10000, 256, 512, 2, 4), (_tokens(10000, 8, 32),))


def _resnet50(small: bool) -> Recipe:
    # Up to six blocks add to the stream before a stage renews it.
    targets = {"bn3": 0.5}
    if small:
        return Recipe(ResNet((1, 1, 2), 6, 11), (torch.randn(2, 3, 37, 45),), targets=targets)
    model = ResNet((3, 4, 6, 3), 64, 1000)
    return Recipe(model, (torch.randn(1, 3, 224, 224),), targets=targets)


def _mobilenet_v2(small: bool) -> Recipe:
    if small:
        stages = ((1, 5, 1, 1), (6, 7, 2, 2), (6, 9, 2, 2))
        return Recipe(MobileNetV2(stages, 6, 29, 11), (torch.randn(2, 3, 37, 45),))
    model = MobileNetV2(MOBILENET_V2_STAGES, 32, 1280, 1000)
    return Recipe(model, (torch.randn(1, 3, 224, 224),))


def _unet(small: bool) -> Recipe:
    if small:
        return Recipe(UNet((5, 7, 9), 3), (torch.randn(1, 3, 20, 28),))
    return Recipe(UNet((32, 64, 128, 256, 512), 2), (torch.randn(1, 3, 256, 256),))


def _edsr(small: bool) -> Recipe:
    targets = {"conv2": 0.5}
    if small:
        return Recipe(EDSR(2, 7, 2), (torch.randn(1, 3, 11, 13),), targets=targets)
    return Recipe(EDSR(16, 64, 2), (torch.randn(1, 3, 96, 96),), targets=targets)


def _residual_scale(layers: int) -> float:
    # Two branches a layer are added to the stream: their sum has the variance of the stream.
    return float((2 * layers) ** -0.5)


def _bert_base(small: bool) -> Recipe:
    model, vocab, length = hf.bert(small)
    mask = torch.ones(1, length, dtype=torch.int64)
    if small:
        mask[:, -4:] = 0
    return Recipe(model, (_tokens(vocab, 1, length),), {"attention_mask": mask})


def _gpt2(small: bool) -> Recipe:
    model, vocab, length = hf.gpt2(small)
    # The tied output layer multiplies the embedding's scale by sqrt(width).
    targets = {"c_proj": _residual_scale(model.config.n_layer), "wte": 0.1, "wpe": 0.1}
    return Recipe(model, (_tokens(vocab, 1, length),), targets=targets)


def _tiny_llama(small: bool) -> Recipe:
    model, vocab, length = hf.llama(small)
    scale = _residual_scale(model.config.num_hidden_layers)
    targets = {"o_proj": scale, "down_proj": scale}
    return Recipe(model, (_tokens(vocab, 1, length),), targets=targets)


def _llama_decode(small: bool) -> Recipe:
    model, config, length = hf.llama_decode(small)
    scale = _residual_scale(config.num_hidden_layers)
    # A tied output layer multiplies the embedding's scale by sqrt(width).
    targets = {"o_proj": scale, "down_proj": scale, "embed_tokens": 0.1}
    position = 141 if small else 511
    caches: list[list[Tensor]] = []
    for _ in ("keys", "values"):
        shape = (config.num_hidden_layers, 1, config.num_key_value_heads, length, config.head_dim)
        cache = torch.randn(shape)
        # What the model has not seen is zero until it is written.
        cache[:, :, :, position:] = 0
        caches.append(list(cache.unbind()))
    args = (_tokens(config.vocab_size, 1, 1), torch.tensor(position), *caches)
    return Recipe(model, args, targets=targets)


def _t5_small(small: bool) -> Recipe:
    model, vocab, length = hf.t5_encoder(small)
    scale = _residual_scale(model.config.num_layers)
    # T5 does not divide its scores by sqrt(d_kv); trained queries are that much smaller.
    targets = {".o": scale, ".wo": scale, ".q": model.config.d_kv**-0.5}
    return Recipe(model, (_tokens(vocab, 1, length),), targets=targets)


def _vit_base(small: bool) -> Recipe:
    model, image = hf.vit(small)
    scale = _residual_scale(model.config.num_hidden_layers)
    targets = {"o_proj": scale, "fc2": scale}
    return Recipe(model, (torch.randn(1, 3, image, image),), targets=targets)


RECIPES: Mapping[str, Callable[[bool], Recipe]] = {
    "simple_cnn": _simple_cnn,
    "mlp": _mlp,
    "resnet50": _resnet50,
    "mobilenet_v2": _mobilenet_v2,
    "vit_base": _vit_base,
    "bert_base": _bert_base,
    "gpt2": _gpt2,
    "tiny_llama": _tiny_llama,
    "llama_decode": _llama_decode,
    "t5_small": _t5_small,
    "lstm": _lstm,
    "unet": _unet,
    "edsr": _edsr,
}
