# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sizes that vary: what torch.export found out is checked at each call."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.export import Dim

from tilewright.errors import InputError
from tilewright.frontend import import_torch
from tilewright.frontend.size_rules import check_sizes


class Joined(nn.Module):
    def forward(self, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        return torch.cat([x + y, z]).sum(0)


def check(sizes: tuple[int, int, int], dynamic: Any) -> None:
    imported = import_torch(
        Joined().eval(),
        (torch.randn(3, 4), torch.randn(3, 4), torch.randn(6, 4)),
        dynamic_shapes=dynamic,
    )
    names = [spec.name for spec in imported.inputs]
    check_sizes(imported.size_rules, names, [(size, 4) for size in sizes])


BATCH = Dim("batch", min=2, max=64)
DYNAMIC = {"x": {0: BATCH}, "y": {0: BATCH}, "z": {0: 2 * BATCH}}


@pytest.mark.parametrize("size", [2, 7, 64])
def test_sizes_that_follow_the_rules(size: int) -> None:
    check((size, size, 2 * size), DYNAMIC)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((3, 5, 6), "size 0 of input 'y' is 5, but must equal size 0 of input 'x', which is 3"),
        ((3, 3, 7), "size 0 of input 'z' is 7, but must be 6, to go with size 0 of input 'x'"),
        ((65, 65, 130), "size 0 of input 'x' is 65, but the model was traced for 64 or less"),
        ((1, 1, 2), "size 0 of input 'x' is 1, but the model was traced for 2 or more"),
    ],
)
def test_broken_rules(sizes: tuple[int, int, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        check(sizes, DYNAMIC)


def test_unrelated_sizes_and_no_bounds() -> None:
    free = {"x": {0: Dim.AUTO}, "y": {0: Dim.AUTO}, "z": {0: Dim.AUTO}}
    check((5, 5, 1000), free)
    with pytest.raises(InputError, match="must equal"):
        check((5, 6, 1000), free)  # x + y relates them


def test_static_shapes_have_no_rules() -> None:
    x = torch.randn(3, 4)
    assert import_torch(Joined().eval(), (x, x, x)).size_rules == ()
