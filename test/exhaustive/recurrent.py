# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Recurrent layers and cells."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from case import Case
from operands import layer
from torch import Tensor, nn


class _Classifier(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.lstm = nn.LSTM(8, 12, 2, batch_first=True, bidirectional=True)
        self.head = nn.Linear(24, 5)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.lstm(self.embedding(tokens))[0][:, -1])


class _Loop(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.GRUCell(6, 10)

    def forward(self, x: Tensor) -> Tensor:
        state = x.new_zeros(x.shape[0], 10)
        for step in range(x.shape[1]):
            state = self.cell(x[:, step], state)
        return state


def cases() -> Iterator[Case]:
    for kind in (nn.RNN, nn.GRU, nn.LSTM):
        name = kind.__name__.lower()
        for options in (
            {},
            {"batch_first": True},
            {"num_layers": 2},
            {"bidirectional": True},
            {"bias": False},
            {"num_layers": 2, "bidirectional": True, "batch_first": True},
        ):
            text = "-".join(options) or "plain"
            yield layer(f"{name}-{text}", lambda k=kind, o=options: k(6, 10, **o), (5, 3, 6))
        for shape in ((1, 1, 6), (7, 1, 6), (1, 7, 6), (4, 6)):
            yield layer(f"{name}-{shape}", lambda k=kind: k(6, 10), shape)
        yield layer(f"{name}-wide", lambda k=kind: k(33, 65), (9, 2, 33))
        state = (1, 3, 10)
        if kind is not nn.LSTM:
            yield layer(f"{name}-state", lambda k=kind: k(6, 10), (5, 3, 6), state)
    yield layer("rnn-relu", lambda: nn.RNN(6, 10, nonlinearity="relu"), (5, 3, 6))
    both = lambda: (torch.randn(1, 3, 10), torch.randn(1, 3, 10))
    yield layer("lstm-state", lambda: nn.LSTM(6, 10), (5, 3, 6), both)
    yield layer("lstm-projection", lambda: nn.LSTM(6, 10, proj_size=4), (5, 3, 6))
    yield layer("lstm-cell", lambda: nn.LSTMCell(6, 10), (3, 6))
    yield layer("gru-cell", lambda: nn.GRUCell(6, 10), (3, 6), (3, 10))
    yield layer("rnn-cell", lambda: nn.RNNCell(6, 10), (3, 6), (3, 10))
    yield layer("classifier", _Classifier, lambda: torch.randint(0, 20, (3, 9)))
    yield layer("cell-in-a-loop", _Loop, (3, 5, 6))
