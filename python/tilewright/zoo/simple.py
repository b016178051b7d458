# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Three small models of every tutorial: a CNN, a two-layer MLP and an LSTM text classifier."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class SimpleCNN(nn.Module):
    """Two rounds of conv, ReLU, max-pool, then two linear layers.

    Shapes: ``(batch, channels, height, width)`` to ``(batch, classes)``.
    """

    def __init__(
        self, in_shape: tuple[int, int, int], widths: tuple[int, int], hidden: int, classes: int
    ) -> None:
        super().__init__()
        channels, height, width = in_shape
        self.conv1 = nn.Conv2d(channels, widths[0], kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(widths[0], widths[1], kernel_size=3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(widths[1] * (height // 4) * (width // 4), hidden)
        self.fc2 = nn.Linear(hidden, classes)

    def forward(self, image: Tensor) -> Tensor:
        """Class scores of a batch of images."""
        x = self.pool(torch.relu(self.conv1(image)))
        x = self.pool(torch.relu(self.conv2(x)))
        x = torch.relu(self.fc1(torch.flatten(x, 1)))
        scores: Tensor = self.fc2(x)
        return scores


class MLP(nn.Module):
    """The feed-forward block of a transformer: linear, GELU, linear.

    Shapes: ``(batch, features)`` to ``(batch, features)``.
    """

    def __init__(self, features: int, hidden: int) -> None:
        super().__init__()
        self.up = nn.Linear(features, hidden)
        self.act = nn.GELU()
        self.down = nn.Linear(hidden, features)

    def forward(self, x: Tensor) -> Tensor:
        """The transformed features."""
        y: Tensor = self.down(self.act(self.up(x)))
        return y


class LSTMClassifier(nn.Module):
    """Embedding, stacked LSTM, linear on the last hidden state.

    Shapes: int64 token ids ``(batch, time)`` to ``(batch, classes)``.
    """

    def __init__(self, vocab: int, embed: int, hidden: int, layers: int, classes: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocab, embed)
        self.lstm = nn.LSTM(embed, hidden, num_layers=layers, batch_first=True)
        self.head = nn.Linear(hidden, classes)
        for name, parameter in self.lstm.named_parameters():
            # PyTorch's own init leaves the cell almost linear. Hidden states are well below one,
            # so what multiplies them is larger.
            gain = 1.0 if name == "weight_ih_l0" else 3.0
            fan_in = parameter.shape[-1]
            nn.init.normal_(parameter, std=0.2 if "bias" in name else gain * fan_in**-0.5)

    def forward(self, tokens: Tensor) -> Tensor:
        """Class scores of a batch of token sequences."""
        states, _ = self.lstm(self.embed(tokens))
        scores: Tensor = self.head(states[:, -1])
        return scores
