# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which kernels `make bench-kernels` measures.

Names are ``FAMILY/SIZES``: gemm, small-m, convolution, attention, softmax, ...
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

import torch
from torch import Tensor, nn

from cases import Case
from tilewright import zoo

# Models whose convolutions are measured.
_CONVOLUTIONAL = ("resnet50", "mobilenet_v2")
_TOKENS, _PATCHES, _WIDTH, _HIDDEN, _VOCABULARY = 128, 197, 768, 3072, 50257
_GEMMS = (
    *((size, size, size) for size in (256, 512, 1024, 2048)),
    # M×K×N of BERT, ViT and GPT-2: projections, both halves of the MLP, query-key-value, LM head
    *(
        (rows, k, n)
        for rows in (_TOKENS, _PATCHES)
        for k, n in ((_WIDTH, _WIDTH), (_WIDTH, _HIDDEN), (_HIDDEN, _WIDTH))
    ),
    (_TOKENS, _WIDTH, 3 * _WIDTH),
    (_TOKENS, _WIDTH, _VOCABULARY),
    # sizes that nothing divides
    (_PATCHES, _PATCHES, _PATCHES),
    (13, _WIDTH, _WIDTH),
    (_TOKENS, _WIDTH, 13),
    (_TOKENS, 13, _WIDTH),
    (13, 13, 13),
)
# Weights several times the size of a third-level cache: what counts is how fast memory is read.
_SMALL_M = (
    *((m, 8192, 8192) for m in (1, 2, 4, 8, 16)),
    *((m, _WIDTH, _VOCABULARY) for m in (1, 4)),
    *((m, 4096, 11008) for m in (1, 4)),
)
_ATTENTION_TOKENS = (128, 512, 1024, 2048)
_HEADS = ((12, 64), (8, 128))
# One that fits a second-level cache, and one that fits hardly any; results of 32 MiB and more would
# be new pages from the system in each call, which costs ten times the computation.
_ROW_SIZES = ((128, 768), (6144, 1024))
_ROWWISE = ("softmax", "layer_norm", "rms_norm", "gelu", "silu")


def kernel_cases(patterns: list[str]) -> list[Case]:
    """The cases whose name matches a pattern of the shell's kind, all when there is none.

    A pattern without a slash stands for families: ``conv*``.
    """
    wanted = [p if "/" in p else f"{p}/*" for p in patterns] or ["*"]
    cases = [*_without_models()]
    # Collecting the convolutions builds two models: not for who wants a GEMM.
    if any(fnmatchcase("convolution", p.partition("/")[0]) for p in wanted):
        cases += _convolutions()
    return [case for case in cases if any(fnmatchcase(case.name, p) for p in wanted)]


def _without_models() -> Iterator[Case]:
    for family, sizes in (("gemm", _GEMMS), ("small-m", _SMALL_M)):
        for m, k, n in sizes:
            yield Case(f"{family}/{m}x{k}x{n}", "gemm", {"m": m, "k": k, "n": n})
    for heads, head_size in _HEADS:
        for tokens in _ATTENTION_TOKENS:
            for causal in (False, True):
                name = f"attention/{heads}x{tokens}x{head_size}{'-causal' if causal else ''}"
                shape = {"batch": 1, "heads": heads, "tokens": tokens, "head_size": head_size}
                yield Case(name, "attention", {**shape, "causal": causal})
    for kind in _ROWWISE:
        for rows, columns in _ROW_SIZES:
            name = f"{kind.replace('_', '-')}/{rows}x{columns}"
            yield Case(name, kind, {"rows": rows, "columns": columns})


def _convolutions() -> Iterator[Case]:
    """Every distinct convolution that the models run, and kinds that they have not."""
    seen = set()
    for case in [case for model in _CONVOLUTIONAL for case in convolutions_of(model)]:
        if case.name not in seen:
            seen.add(case.name)
            yield case
    yield convolution_case(128, 128, 28, groups=32)  # as in ResNeXt
    yield convolution_case(256, 256, 28, dilation=2)  # as in DeepLab


def convolution_case(
    channels: int, filters: int, image: int, *, groups: int = 1, dilation: int = 1
) -> Case:
    """A 3×3 convolution that keeps the size of a square image."""
    layer = nn.Conv2d(
        channels, filters, 3, padding=dilation, dilation=dilation, groups=groups, device="meta"
    )
    return _case(layer, (1, channels, image, image))


def convolutions_of(model: str, size: str = "full") -> list[Case]:
    """A case for each convolution of a zoo model, in the order in which they run."""
    built = zoo.build(model, size)  # type: ignore[arg-type]  # checked there
    found: list[Case] = []

    def note(layer: nn.Module, inputs: tuple[Tensor, ...], _: Tensor) -> None:
        assert isinstance(layer, nn.Conv2d)
        found.append(_case(layer, tuple(inputs[0].shape)))

    hooks = [
        layer.register_forward_hook(note)
        for layer in built.model.modules()
        if isinstance(layer, nn.Conv2d)
    ]
    with torch.no_grad():
        built.model(*built.example_args, **built.example_kwargs)
    for hook in hooks:
        hook.remove()
    return found


def _case(layer: nn.Conv2d, shape: tuple[int, ...]) -> Case:
    """Its name is ``channels x height x width - filters x kernel - stride`` and what is unusual."""
    assert not isinstance(layer.padding, str)
    batch, channels, *image = shape
    kernel = layer.kernel_size
    name = (
        f"convolution/{channels}x{image[0]}x{image[1]}-"
        f"{layer.out_channels}x{kernel[0]}x{kernel[1]}-stride{layer.stride[0]}"
    )
    if layer.groups != 1:
        name += f"-groups{layer.groups}"
    if layer.dilation != (1, 1):
        name += f"-dilation{layer.dilation[0]}"
    sizes = {
        "channels": channels,
        "filters": layer.out_channels,
        "kernel": [*kernel],
        "stride": [*layer.stride],
        "padding": [*layer.padding],
        "dilation": [*layer.dilation],
        "groups": layer.groups,
        "image": image,
        "batch": batch,
    }
    return Case(name, "convolution", sizes)
