# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Timing of a compiled model against PyTorch eager, and its error against float64."""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tilewright.cli.models import Model

if TYPE_CHECKING:
    from tilewright.runtime.module import CompiledModule

_WARM_UP_CALLS = 3


@dataclass(frozen=True)
class Measurement:
    """What was measured.

    Attributes:
        seconds: median of a call.
        eager_seconds: the same of PyTorch eager.
        error: largest absolute difference from float64 eager over the largest absolute value.
        eager_error: the same of float32 eager.
    """

    seconds: float
    eager_seconds: float | None = None
    error: float | None = None
    eager_error: float | None = None

    @property
    def ratio(self) -> float | None:
        """Our time over eager's."""
        return None if self.eager_seconds is None else self.seconds / self.eager_seconds


def measure(
    model: Model, compiled: CompiledModule, iterations: int, *, with_eager: bool
) -> Measurement:
    """Time ``iterations`` calls of both, one after the other, after a few to warm up."""
    args, kwargs = model.inputs(compiled)

    def ours() -> Any:
        return compiled(*args, **kwargs)

    if model.text is not None or not with_eager:
        return Measurement(_medians([ours], iterations)[0])
    import torch

    module = model.eager()

    def eager() -> Any:
        return module(*args, **kwargs)

    with torch.inference_mode(), _torch_threads(compiled.threads):
        mine, theirs = _medians([ours, eager], iterations)
        exact = run_float64(module, args, kwargs)
        if exact is None:
            return Measurement(mine, theirs)
        return Measurement(
            mine, theirs, largest_error(ours(), exact), largest_error(eager(), exact)
        )


def _medians(calls: list[Callable[[], Any]], iterations: int) -> list[float]:
    samples: list[list[float]] = [[] for _ in calls]
    for call in calls:
        for _ in range(_WARM_UP_CALLS):
            call()
    for _ in range(iterations):
        for call, times in zip(calls, samples, strict=True):
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
    return [statistics.median(times) for times in samples]


@contextmanager
def _torch_threads(threads: int) -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def run_float64(module: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """The model in float64; None where it insists on float32."""
    import torch
    from torch.utils import _pytree as pytree

    def widen(value: Any) -> Any:
        floating = isinstance(value, torch.Tensor) and value.is_floating_point()
        return value.double() if floating else value

    try:
        double = copy.deepcopy(module).double()
        return double(*pytree.tree_map(widen, args), **pytree.tree_map(widen, kwargs))
    except RuntimeError:
        return None


def largest_error(result: Any, exact: Any) -> float:
    """Largest absolute difference of the tensors in two structures over the largest exact value.

    Raises:
        ValueError: they have different numbers of leaves.
    """
    import torch
    from torch.utils import _pytree as pytree

    difference = largest = 0.0
    pairs = zip(pytree.tree_leaves(result), pytree.tree_leaves(exact), strict=True)
    for have, want in pairs:
        if isinstance(want, torch.Tensor) and want.numel():
            wide = want.double()
            difference = max(difference, (have.double() - wide).abs().max().item())
            largest = max(largest, wide.abs().max().item())
    return difference / largest if largest else difference
