# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rescaling of random weights so that every layer's output has a standard deviation near one.

With untouched random weights a deep model's activations vanish, explode or saturate, and a wrong
compiler can go unseen. One forward pass fixes each layer in the order in which it runs: a hook sees
the layer's input and output, adjusts its parameters and hands the corrected output on. All
randomness comes from PyTorch's generator, which the caller seeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn


def calibrate(
    model: nn.Module,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    targets: Mapping[str, float],
) -> None:
    """Adjust ``model`` in place by one forward pass on example inputs.

    Args:
        model: in eval mode; parameters of layers that do not run stay as they are.
        args: positional example inputs.
        kwargs: keyword example inputs.
        targets: standard deviation by module-name suffix where it is not one, such as the last
            layer of a residual branch in a deep model.
    """
    done: set[int] = set()
    handles = []
    for name, module in model.named_modules():
        adjust = _rule(module)
        if adjust is not None:
            hook = _Hook(adjust, _target(name, targets), done)
            handles.append(module.register_forward_hook(hook, with_kwargs=True))
    try:
        with torch.no_grad():
            model(*args, **kwargs)
    finally:
        for handle in handles:
            handle.remove()


def _target(name: str, targets: Mapping[str, float]) -> float:
    return next((std for suffix, std in targets.items() if name.endswith(suffix)), 1.0)


class _Hook:
    """Adjusts a module once, then runs it again."""

    def __init__(self, adjust: Any, target: float, done: set[int]) -> None:
        self._adjust = adjust
        self._target = target
        self._done = done

    def __call__(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Tensor
    ) -> Tensor:
        weight = module.weight
        # A tied weight keeps the scale that its first user gave it.
        if id(weight) in self._done:
            return output
        self._done.add(id(weight))
        self._adjust(module, args, self._target)
        corrected: Tensor = module.forward(*args, **kwargs)
        return corrected


def _rule(module: nn.Module) -> Any:
    # Libraries write their own RMS norms and transposed linears; they can be told by name.
    kind = type(module).__name__
    if isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d, nn.Embedding)):
        return _scale_weights
    if kind == "Conv1D":
        return _scale_weights
    if isinstance(module, nn.BatchNorm2d):
        return _set_statistics
    if isinstance(module, nn.LayerNorm) or kind.endswith(("RMSNorm", "T5LayerNorm")):
        return _vary_gain
    return None


def _scale_weights(module: Any, args: Any, target: float) -> None:
    bias = getattr(module, "bias", None)
    if bias is not None:
        bias.zero_()
    module.weight.mul_(target / module.forward(*args).std().clamp_min(1e-6))
    if bias is not None:
        bias.copy_(0.1 * target * torch.randn_like(bias))


def _set_statistics(module: Any, args: Any, target: float) -> None:
    x = args[0]
    dims = [0, 2, 3]
    var = x.var(dims)
    module.running_mean.copy_(x.mean(dims))
    # Half the mean variance, or a channel that hardly varied here would explode elsewhere.
    module.running_var.copy_(0.5 * (var + var.mean()))
    _vary_gain(module, args, target)


def _vary_gain(module: Any, args: Any, target: float) -> None:
    # Not one and zero, so that a compiler that forgets them is caught.
    module.weight.copy_(target * (0.75 + 0.5 * torch.rand_like(module.weight)))
    if getattr(module, "bias", None) is not None:
        module.bias.copy_(0.1 * target * torch.randn_like(module.bias))
