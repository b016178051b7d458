# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The model zoo: real architectures with seeded, calibrated random weights, no download.

``build(name, size)`` gives a float32 model in eval mode with example inputs. ``size='full'`` is the
published configuration; ``'small'`` is the same architecture with tiny, odd sizes for tests.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from torch import nn

Size = Literal["full", "small"]
SEED = 2024


@dataclass(frozen=True)
class ZooModel:
    """A model and the inputs it is compiled with.

    Attributes:
        name: the name given to :func:`build`.
        model: a ``torch.nn.Module`` in eval mode, float32.
        example_args: positional example inputs.
        example_kwargs: keyword example inputs.
    """

    name: str
    model: nn.Module
    example_args: tuple[Any, ...]
    example_kwargs: dict[str, Any] = field(default_factory=dict)


def names() -> tuple[str, ...]:
    """Names that :func:`build` takes."""
    from tilewright.zoo.recipes import RECIPES

    return tuple(RECIPES)


def build(name: str, size: Size = "full") -> ZooModel:
    """Build model ``name``; equal calls give bit-equal weights and inputs.

    Raises:
        ValueError: ``name`` or ``size`` is unknown.
    """
    import torch

    from tilewright.zoo.calibrate import calibrate
    from tilewright.zoo.recipes import RECIPES

    if name not in RECIPES:
        raise ValueError(f"no zoo model is called {name!r}; there are: {', '.join(RECIPES)}")
    if size not in ("full", "small"):
        raise ValueError(f"size is 'full' or 'small', not {size!r}")
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(SEED)
        recipe = RECIPES[name](size == "small")
        recipe.model.eval()
        calibrate(recipe.model, recipe.args, recipe.kwargs, recipe.targets)
    return ZooModel(name, recipe.model, recipe.args, recipe.kwargs)
