# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Blocks of networks of other kinds than those in vision.py, written here, small."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from case import Case
from operands import integers, layer, normal, of
from torch import Tensor, nn


class _Window(nn.Module):
    """Attention in shifted windows, with a table of relative positions (Swin)."""

    apart: Tensor

    def __init__(self, width: int = 16, heads: int = 2, window: int = 4) -> None:
        super().__init__()
        self.heads, self.window = heads, window
        self.norm, self.qkv = nn.LayerNorm(width), nn.Linear(width, 3 * width)
        self.bias = nn.Parameter(torch.randn((2 * window - 1) ** 2, heads))
        place = torch.stack(torch.meshgrid(*[torch.arange(window)] * 2, indexing="ij")).flatten(1)
        apart = place[:, :, None] - place[:, None] + window - 1
        self.register_buffer("apart", apart[0] * (2 * window - 1) + apart[1])

    def forward(self, x: Tensor) -> Tensor:
        b, h, w, c = x.shape
        s, heads = self.window, self.heads
        y = torch.roll(self.norm(x), (-s // 2, -s // 2), (1, 2))
        y = y.view(b, h // s, s, w // s, s, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, s * s, c)
        q, k, v = self.qkv(y).view(-1, s * s, 3, heads, c // heads).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) * (c // heads) ** -0.5
        bias = self.bias[self.apart.view(-1)].view(s * s, s * s, heads).permute(2, 0, 1)
        y = ((scores + bias).softmax(-1) @ v).transpose(1, 2).reshape(-1, s * s, c)
        y = y.view(b, h // s, w // s, s, s, c).permute(0, 1, 3, 2, 4, 5).reshape(b, h, w, c)
        return x + torch.roll(y, (s // 2, s // 2), (1, 2))


class _Detector(nn.Module):
    """Queries that look at an image's features (DETR)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 4, 4)
        self.places = nn.Parameter(torch.randn(64, 16))
        self.queries = nn.Parameter(torch.randn(7, 16))
        self.transformer = nn.Transformer(16, 2, 1, 1, 32, batch_first=True)
        self.kinds, self.boxes = nn.Linear(16, 5), nn.Linear(16, 4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.stem(x).flatten(2).transpose(1, 2) + self.places
        y = self.transformer(x, self.queries.expand(x.shape[0], -1, -1))
        return self.kinds(y), self.boxes(y).sigmoid()


class _Pyramid(nn.Module):
    """Features of three sizes, joined from the smallest up, and dilated branches at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList(nn.Conv2d(c, 8, 3, 2, 1) for c in (3, 8, 8))
        self.side = nn.ModuleList(nn.Conv2d(8, 8, 1) for _ in range(3))
        self.dilated = nn.ModuleList(nn.Conv2d(8, 4, 3, padding=d, dilation=d) for d in (1, 2, 4))

    def forward(self, x: Tensor) -> list[Tensor]:
        levels = []
        for conv in self.down:
            x = F.relu(conv(x))
            levels.append(x)
        found = [self.side[2](levels[2])]
        for index in (1, 0):
            lifted = F.interpolate(found[-1], size=levels[index].shape[-2:], mode="nearest")
            found.append(self.side[index](levels[index]) + lifted)
        pooled = F.adaptive_avg_pool2d(found[-1], 1).expand_as(found[-1])
        return [*found, torch.cat([*(conv(found[-1]) for conv in self.dilated), pooled], 1)]


class _ChannelAndPlace(nn.Module):
    """Gates from averages and maxima, over places and over channels (CBAM)."""

    def __init__(self) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(8, 2), nn.ReLU(), nn.Linear(2, 8))
        self.conv = nn.Conv2d(2, 1, 7, padding=3)

    def forward(self, x: Tensor) -> Tensor:
        gate = self.mlp(x.mean((2, 3))) + self.mlp(x.amax((2, 3)))
        x = x * gate.sigmoid()[:, :, None, None]
        both = torch.cat([x.mean(1, keepdim=True), x.max(1, keepdim=True)[0]], 1)
        seen: Tensor = self.conv(both)
        return x * seen.sigmoid()


class _Conformer(nn.Module):
    """The convolution of a Conformer, and a causal dilated one with a gate (WaveNet)."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.wide = nn.LayerNorm(8), nn.Conv1d(8, 16, 1)
        self.depthwise, self.batch = nn.Conv1d(8, 8, 5, padding=2, groups=8), nn.BatchNorm1d(8)
        self.filter, self.gate = nn.Conv1d(8, 8, 2, dilation=4), nn.Conv1d(8, 8, 2, dilation=4)

    def forward(self, x: Tensor) -> Tensor:
        y = F.glu(self.wide(self.norm(x).transpose(1, 2)), 1)
        y = F.silu(self.batch(self.depthwise(y)))
        y = F.pad(y, (4, 0))
        seen: Tensor = self.filter(y).tanh() * self.gate(y).sigmoid()
        return x + seen.transpose(1, 2)


class _Modulated(nn.Module):
    """A convolution whose weights depend on the input: one group for each image (StyleGAN)."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(6, 4, 3, 3))
        self.style = nn.Linear(5, 4)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        b, c, h, w = x.shape
        weight = self.weight[None] * (self.style(style) + 1)[:, None, :, None, None]
        weight = weight * torch.rsqrt(weight.square().sum((2, 3, 4), keepdim=True) + 1e-8)
        y = F.conv2d(x.reshape(1, b * c, h, w), weight.reshape(-1, c, 3, 3), padding=1, groups=b)
        return y.reshape(b, -1, h, w)


class _Transformer2d(nn.Module):
    """A learned affine map of the image's plane, and a look through it (spatial transformer)."""

    def __init__(self) -> None:
        super().__init__()
        self.pose = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 9, 6))

    def forward(self, x: Tensor) -> Tensor:
        theta = self.pose(x).tanh().view(-1, 2, 3)
        return F.grid_sample(x, F.affine_grid(theta, list(x.shape), align_corners=False),
                             align_corners=False)  # fmt: skip


class _Experts(nn.Module):
    """Two of four experts for each token, all computed and masked."""

    def __init__(self) -> None:
        super().__init__()
        self.router = nn.Linear(16, 4)
        self.experts = nn.ModuleList(nn.Linear(16, 16) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        weights, chosen = self.router(x).softmax(-1).topk(2, -1)
        weights = weights / weights.sum(-1, keepdim=True)
        total = torch.zeros_like(x)
        for index, expert in enumerate(self.experts):
            total = total + (weights * (chosen == index)).sum(-1, keepdim=True) * expert(x).relu()
        return total


class _Quantised(nn.Module):
    """Rows quantised to int8 when the model runs, weights before."""

    weight: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("weight", torch.randint(-128, 128, (24, 16), dtype=torch.int8))
        self.register_buffer("scale", torch.rand(16) * 0.01)

    def forward(self, x: Tensor) -> Tensor:
        step = x.abs().amax(-1, keepdim=True) / 127
        rows = torch.clamp(torch.round(x / step), -128, 127).to(torch.int8)
        return torch._int_mm(rows, self.weight).to(x.dtype) * step * self.scale


def _codebook(x: Tensor, codes: Tensor) -> tuple[Tensor, Tensor]:
    distance = (x**2).sum(-1, keepdim=True) - 2 * x @ codes.t() + (codes**2).sum(-1)
    place = distance.argmin(-1)
    return F.embedding(place, codes), place


def _rotary(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    half = q.shape[-1] // 2
    angle = torch.arange(q.shape[-2])[:, None] * 10000.0 ** (-torch.arange(half) / half)

    def turn(x: Tensor) -> Tensor:
        left, right = x[..., :half], x[..., half:]
        cos, sin = angle.cos(), angle.sin()
        return torch.cat([left * cos - right * sin, left * sin + right * cos], -1)

    return F.scaled_dot_product_attention(turn(q), turn(k), v, is_causal=True)


def _slopes(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    heads, length = q.shape[1], q.shape[2]
    slope = 2.0 ** (-8.0 * torch.arange(1, heads + 1) / heads)
    place = torch.arange(length)
    bias = slope[:, None, None] * (place[None, :] - place[:, None])
    causal = torch.full((length, length), float("-inf")).triu(1)
    return torch.softmax(q @ k.mT / math.sqrt(q.shape[-1]) + bias + causal, -1) @ v


def _recurrence(x: Tensor, decay: Tensor) -> Tensor:
    state, outputs = torch.zeros_like(x[:, 0]), []
    for step in range(x.shape[1]):
        state = decay.sigmoid() * state + x[:, step]
        outputs.append(state)
    return torch.stack(outputs, 1)


def _interactions(dense: Tensor, sparse: Tensor) -> Tensor:
    both = torch.cat([dense[:, None], sparse], 1)
    rows, columns = torch.tril_indices(both.shape[1], both.shape[1], -1)
    return torch.cat([dense, (both @ both.mT)[:, rows, columns]], 1)


def _graph_attention(x: Tensor, edges: Tensor, left: Tensor, right: Tensor) -> Tensor:
    scores = F.leaky_relu((x @ left) + (x @ right).mT, 0.2)
    keep = (edges > 0.5) | torch.eye(edges.shape[-1], dtype=torch.bool)
    return F.elu(torch.where(keep, scores, -9e15).softmax(-1) @ x)


def _conditional_field(emissions: Tensor, transitions: Tensor) -> Tensor:
    score = emissions[:, 0]
    for step in range(1, emissions.shape[1]):
        score = torch.logsumexp(score[:, :, None] + transitions + emissions[:, step, None], 1)
    return score.logsumexp(-1)


def _routing(votes: Tensor) -> Tensor:
    logits = torch.zeros(votes.shape[:-1])
    for _ in range(3):
        total = (logits.softmax(2)[..., None] * votes).sum(1, keepdim=True)
        squared = total.square().sum(-1, keepdim=True)
        capsule = squared / (1 + squared) * total / (squared + 1e-8).sqrt()
        logits = logits + (votes * capsule).sum(-1)
    return capsule.squeeze(1)


def _cached(q: Tensor, k: Tensor, v: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
    both = torch.cat([past, torch.stack([k, v])], 3)
    return F.scaled_dot_product_attention(q, both[0], both[1]), both


def _best(scores: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
    value, place = scores.amax(-1).topk(5)
    return value, torch.gather(boxes, 1, place[..., None].expand(-1, -1, 4))


def _standardised(x: Tensor, weight: Tensor) -> Tensor:
    mean = weight.mean((1, 2, 3), keepdim=True)
    return F.conv2d(x, (weight - mean) / weight.std((1, 2, 3), keepdim=True), padding=1)


def _overlaps(a: Tensor, b: Tensor) -> Tensor:
    low = torch.maximum(a[:, None, :2], b[None, :, :2])
    high = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    inner = (high - low).clamp(min=0).prod(-1)
    area, other = ((box[:, 2:] - box[:, :2]).prod(-1) for box in (a, b))
    return inner / (area[:, None] + other - inner)


def _boxes(count: int) -> Tensor:
    corner = torch.rand(count, 2)
    return torch.cat([corner, corner + torch.rand(count, 2) + 0.1], 1)


def cases() -> Iterator[Case]:
    yield layer("swin-window", _Window, (2, 8, 12, 16))
    yield layer("detr", _Detector, (2, 3, 32, 32))
    yield layer("feature-pyramid", _Pyramid, (2, 3, 40, 56))
    yield layer("cbam", _ChannelAndPlace, (2, 8, 9, 11))
    yield layer("conformer", _Conformer, (2, 19, 8))
    yield layer("modulated-convolution", _Modulated, (3, 4, 7, 9), (3, 5))
    yield layer("spatial-transformer", _Transformer2d, (2, 3, 8, 9))
    yield layer("experts-by-masks", _Experts, (2, 5, 16))
    yield layer("int8-rows", _Quantised, (20, 24))
    yield of("codebook", _codebook, (2, 5, 8), (11, 8))
    yield of("rotary", _rotary, *[(2, 3, 9, 8)] * 3)
    yield of("alibi", _slopes, *[(2, 4, 9, 8)] * 3)
    yield of("recurrence", _recurrence, (2, 9, 5), (5,))
    yield of("pairwise-interactions", _interactions, (4, 8), (4, 5, 8))
    edges = lambda: (torch.rand(2, 9, 9) > 0.6).float()
    yield of("graph-attention", _graph_attention, (2, 9, 6), edges, (6, 1), (6, 1))
    yield of("conditional-random-field", _conditional_field, (2, 7, 5), (5, 5))
    yield of("capsule-routing", _routing, (2, 12, 4, 8))
    cache = [(2, 3, 1, 8)] * 3
    yield of("key-value-cache", _cached, *cache, (2, 2, 3, 6, 8))
    yield of("best-boxes", _best, (2, 17, 4), (2, 17, 4))
    yield of("overlaps", _overlaps, lambda: _boxes(5), lambda: _boxes(7))
    yield of("point-net", lambda x, w, v: (x @ w).relu().amax(1) @ v, (2, 31, 3), (3, 16), (16, 5))
    waves = lambda x: torch.cat(
        [f(x * 2.0**i) for i in range(6) for f in (torch.sin, torch.cos)], 1
    )
    yield of("positional-waves", waves, (7, 3))
    low_rank = lambda x, w, a, b: F.linear(x, w) + F.linear(F.linear(x, a), b) * 0.5
    yield of("low-rank-adapter", low_rank, (5, 16), (24, 16), (2, 16), (24, 2))
    bag = lambda: nn.EmbeddingBag(11, 6, mode="sum")
    yield layer("bag-of-embeddings", bag, integers(0, 11, 3, 5))
    masked = lambda x, w: F.conv2d(x, w * torch.ones(3, 3).tril(-1), padding=1)
    yield of("masked-convolution", masked, (2, 3, 8, 8), (4, 3, 3, 3))
    correlate = lambda a, b: torch.stack([(a * b.roll(s, 3)).mean(1) for s in range(-2, 3)], 1)
    yield of("correlation", correlate, (2, 4, 6, 9), (2, 4, 6, 9))
    pool = lambda x, q: torch.einsum("btc,bt->bc", x, (x @ q).softmax(1))
    yield of("attention-pooling", pool, (2, 9, 6), (6,))
    haar = lambda x: torch.stack([x[..., ::2] + x[..., 1::2], x[..., ::2] - x[..., 1::2]], -1)
    yield of("wavelet", haar, (2, 3, 16))
    yield of("quantile", lambda x: x.quantile(0.3, 1), (3, 17))
    yield of("weight-standardisation", _standardised, (2, 3, 8, 8), (4, 3, 3, 3))
    yield of("loss-of-pairs", lambda a, b: F.cross_entropy(
        F.normalize(a) @ F.normalize(b).t() / 0.07, torch.arange(5)), (5, 8), (5, 8))  # fmt: skip
    yield of("log-mel", lambda x, m: ((x**2) @ m).clamp(min=1e-10).log10(), (2, 9, 16), (16, 8))
    yield of("straight-through", lambda x: x + (x.round() - x).detach(), normal(5, 7))
