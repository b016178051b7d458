# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tw.compile of models that it refuses: one message, nothing stored, and the process goes on. What
the messages say is tested in test/python/frontend/test_bad_models.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hand_lowered import WEIGHTS, compile_axpy

import tilewright as tw
from tilewright.errors import ControlFlowError, TrainingModeError, UnsupportedOpError


class Sorts(torch.nn.Module):
    def forward(self, x: Any) -> Any:
        return torch.sort(x)[0] + torch.linalg.svdvals(x)[0]


class Branches(torch.nn.Module):
    def forward(self, x: Any) -> Any:
        return x + 1 if x.sum() > 0 else x - 1


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (torch.nn.Sequential(torch.nn.Linear(6, 6), torch.nn.Dropout(0.5)).train(), "training"),
        (Sorts().eval(), "unsupported"),
        (Branches().eval(), "control flow"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refused(model: Any, kind: str, own_cache: Path, tmp_path: Path) -> None:
    errors: dict[str, type[tw.TwError]] = {
        "training": TrainingModeError,
        "unsupported": UnsupportedOpError,
        "control flow": ControlFlowError,
    }
    training = model.training
    with pytest.raises(errors[kind], match=r"(?s).*Try: "):
        tw.compile(model, (torch.randn(6, 6),), dump_dir=tmp_path / "dumps")
    assert not own_cache.exists()
    assert not (tmp_path / "dumps").exists()
    assert model.training == training
    x = np.ones(8, np.float32)
    np.testing.assert_allclose(compile_axpy()(x), 3 * WEIGHTS["w"], rtol=1e-6)
