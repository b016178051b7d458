# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Transposed convolutions as convolutions of the image as it is, one for each phase of the stride.

The usual form puts zeros between the pixels and convolves with the flipped filter: of its
products, all but one in ``stride ** rank`` are with such a zero. Each pixel of the result sees the
same part of the filter as those a stride away, though. The parts become output channels of one
convolution, whose results are interleaved: the sub-pixel convolution of Shi et al., "Is the
deconvolution layer the same as a convolutional layer?" (2016).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor

aten = torch.ops.aten

_KEEP = cast(Tensor, NotImplemented)


class _Phases(NamedTuple):
    """Phases of one dimension, from ``start`` on, that see ``taps`` taps of the filter each."""

    start: int
    number: int
    taps: int


def transposed_convolution(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: list[int],
    padding: list[int],
    output_padding: list[int],
    dilation: list[int],
    groups: int,
) -> Tensor:
    """``aten.convolution`` with ``transposed``; kept as it is where nothing would be saved.

    ``x`` is ``[batch, in, *size]``, ``weight`` ``[in, out // groups, *kernel]``. Pixel ``m * stride
    + b`` of the result before its edges are cropped is the sum over ``a`` of ``x[m - a]`` times
    ``weight[a * stride + b]``. Where the stride does not divide the kernel, phases differ in their
    number of taps, and are convolutions of their own: a tap of zeros would turn infinity into NaN.
    """
    kernel = weight.shape[2:]
    if all(step == 1 for step in stride) or any(step != 1 for step in dilation):
        return _KEEP
    if any(size < step for size, step in zip(kernel, stride, strict=True)):
        return _KEEP
    # Of m, in each dimension: the first that is not cropped, and what the last is beyond the image.
    first = [pad // step for pad, step in zip(padding, stride, strict=True)]
    beyond = [
        (size + extra - 1 - step - pad) // step + 1
        for size, extra, step, pad in zip(kernel, output_padding, stride, padding, strict=True)
    ]

    def assemble(chosen: list[_Phases]) -> Tensor:
        dim = len(chosen)
        if dim < len(stride):
            ways = _phases(kernel[dim], stride[dim])
            pieces = [assemble([*chosen, phases]) for phases in ways]
            return pieces[0] if len(pieces) == 1 else torch.cat(pieces, 2 + dim)
        pads = [
            pad
            for phases, begin, end in zip(chosen, first, beyond, strict=True)
            for pad in (phases.taps - 1 - begin, end)
        ]
        filters = _filters(weight, stride, chosen, groups)
        channels = weight.shape[1]
        counts = [phases.number for phases in chosen]
        if bias is not None:
            ones = [1] * len(counts)
            bias_of_phases = bias.view([groups, *ones, channels]).expand(groups, *counts, channels)
            biases = bias_of_phases.reshape(-1)
        result = _convolve(x, filters, None if bias is None else biases, pads, groups)
        return result.view([x.shape[0], groups, *counts, channels, *result.shape[2:]])

    # [batch, group, *phases, channel, *m]
    parts = assemble([])
    rank = len(stride)
    # Channels last while they are interleaved: then each pixel moves as a whole, and what brings
    # the channels back is the transpose that the next convolution cancels.
    pairs = [(3 + rank + dim, 2 + dim) for dim in range(rank)]
    interleaved = parts.permute(0, *itertools.chain.from_iterable(pairs), 1, 2 + rank)
    sizes = [m * step for m, step in zip(parts.shape[3 + rank :], stride, strict=True)]
    result = interleaved.reshape([x.shape[0], *sizes, groups * weight.shape[1]])
    for dim, (step, pad) in enumerate(zip(stride, padding, strict=True)):
        size = (x.shape[2 + dim] - 1) * step - 2 * pad + kernel[dim] + output_padding[dim]
        result = aten.slice.Tensor(result, 1 + dim, pad % step, pad % step + size)
    return result.permute(0, 1 + rank, *range(1, 1 + rank)).contiguous()


def _phases(kernel: int, step: int) -> list[_Phases]:
    """The phases of one dimension, by how many taps they see."""
    taps = -(-kernel // step)
    more = kernel - step * (taps - 1)
    ways = [_Phases(0, more, taps), _Phases(more, step - more, taps - 1)]
    return [phases for phases in ways if phases.number]


def _filters(
    weight: Tensor, stride: Sequence[int], chosen: Sequence[_Phases], groups: int
) -> Tensor:
    """The parts of the filter that ``chosen`` see: ``[group * phase * out, in, *taps]``."""
    filters = weight.view([groups, weight.shape[0] // groups, *weight.shape[1:]])
    for dim, (step, phases) in enumerate(zip(stride, chosen, strict=True)):
        where = 3 + 2 * dim
        # The last tap first: a convolution runs through its filter with the image, not against it.
        starts = [phases.start + step * tap for tap in reversed(range(phases.taps))]
        taps = [aten.slice.Tensor(filters, where, start, start + phases.number) for start in starts]
        filters = torch.stack(taps, where)
    rank = len(stride)
    # [group, in, out, *(taps, phases)]
    order = [0, *(4 + 2 * dim for dim in range(rank)), 2, 1, *(3 + 2 * dim for dim in range(rank))]
    filters = filters.permute(order)
    taps_of = [phases.taps for phases in chosen]
    return filters.reshape([-1, weight.shape[0] // groups, *taps_of])


def _convolve(
    x: Tensor, filters: Tensor, bias: Tensor | None, pads: Sequence[int], groups: int
) -> Tensor:
    """With ``pads`` before and after the image in each dimension, which may crop it instead."""
    rank = x.dim() - 2
    before, after = list(pads[0::2]), list(pads[1::2])
    padding = before
    if before != after or min(before) < 0:
        # Pads list the last dimension first.
        widths = [width for dim in reversed(range(rank)) for width in (before[dim], after[dim])]
        x, padding = aten.constant_pad_nd.default(x, widths, 0.0), [0] * rank
    ones, zeros = [1] * rank, [0] * rank
    return aten.convolution.default(  # type: ignore[no-any-return]
        x, filters, bias, ones, padding, ones, False, zeros, groups
    )
