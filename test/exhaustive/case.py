# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A model with inputs, and the judgement of what it gives once compiled."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

if TYPE_CHECKING:
    from tilewright.targets import Target

# Of the largest exact value: what a result may lose where float32 eager happens to lose nothing.
_ULPS = 4.0


@dataclass(frozen=True)
class Case:
    """What is compiled, and the calls it is judged by.

    ``model`` and ``calls`` are built in the process that runs the case. Every entry of ``calls`` is
    a tuple of arguments; the first is the example the model is compiled with, the others differ
    where ``dynamic_shapes`` lets them.
    """

    name: str
    model: Callable[[], nn.Module]
    calls: Callable[[], Sequence[tuple[Any, ...]]]
    dynamic_shapes: Any = None
    kwargs: Callable[[], Mapping[str, Any]] = dict
    refusal: str | None = None  # what the error says, for what is refused


@dataclass
class Verdict:
    """How a case went: ``status`` is ok, wrong, error, crash or timeout."""

    status: str
    detail: str = ""
    ratio: float = 0.0
    seconds: float = 0.0
    phases: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.status:7s} {self.ratio:8.3g} {self.seconds:6.2f}s  {self.detail}"


class Function(nn.Module):
    """A function as a module."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *args: Any) -> Any:
        return self.function(*args)


def leaves(result: Any) -> list[Any]:
    return [leaf for leaf in pytree.tree_leaves(result) if isinstance(leaf, (Tensor, int, float))]


def widened(tree: Any) -> Any:
    def widen(leaf: Any) -> Any:
        return leaf.double() if isinstance(leaf, Tensor) and leaf.is_floating_point() else leaf

    return pytree.tree_map(widen, tree)


def judge(case: Case, target: str | Target = "cpu") -> Verdict:
    """Compile and call; raises nothing but what ends a process."""
    import tilewright as tw

    torch.manual_seed(0)
    torch.set_num_threads(1)
    model, calls, kwargs = case.model().eval(), case.calls(), dict(case.kwargs())
    start = time.perf_counter()
    try:
        compiled = tw.compile(
            model,
            calls[0],
            example_kwargs=kwargs,
            dynamic_shapes=case.dynamic_shapes,
            target=target,
            threads=2,
            cache=False,
        )
    except Exception as error:
        seconds = time.perf_counter() - start
        text = f"{type(error).__name__}: {error}"
        if case.refusal is not None and case.refusal in text:
            return Verdict("ok", "refused", seconds=seconds)
        return Verdict("error", text, seconds=seconds)
    seconds = time.perf_counter() - start
    verdict = Verdict("ok", seconds=seconds, phases=dict(compiled.timings.phases))
    if case.refusal is not None:
        verdict.status, verdict.detail = "wrong", f"not refused with '{case.refusal}'"
        return verdict
    double = _double(model)
    for args in calls:
        with torch.no_grad():
            single = leaves(model(*args, **kwargs))
            exact = leaves(double(*widened(args), **widened(kwargs)))
        try:
            ours = leaves(compiled(*args, **kwargs))
        except Exception as error:
            verdict.status, verdict.detail = "error", f"call: {type(error).__name__}: {error}"
            return verdict
        if len(ours) != len(single):
            verdict.status, verdict.detail = "wrong", f"{len(ours)} results for {len(single)}"
            return verdict
        for index, triple in enumerate(zip(ours, single, exact, strict=True)):
            ratio, complaint = _compare(*triple)
            verdict.ratio = max(verdict.ratio, ratio)
            if complaint:
                verdict.status, verdict.detail = "wrong", f"result {index}: {complaint}"
                return verdict
    return verdict


def _double(model: nn.Module) -> nn.Module:
    double = copy.deepcopy(model).double()
    for module in double.modules():
        # Some models convert to `dtype`, which they remember, whatever their weights are.
        config: Any = getattr(module, "config", None)
        if config is not None and hasattr(config, "dtype"):
            config.dtype = torch.float64
        if hasattr(config, "_experts_implementation"):
            # The fast one takes no float64.
            config._experts_implementation = "eager"
    return double


def _compare(ours: Any, eager: Any, exact: Any) -> tuple[float, str]:
    """The error relative to eager's, and what is wrong, if anything is."""
    if not isinstance(eager, Tensor):
        return 0.0, "" if ours == eager else f"{ours} for {eager}"
    if (ours.shape, ours.dtype) != (eager.shape, eager.dtype):
        found, wanted = (f"{list(t.shape)} of {t.dtype}" for t in (ours, eager))
        return 0.0, f"{found} for {wanted}"
    if not eager.is_floating_point():
        differ = int((ours != eager).sum())
        return 0.0, f"{differ} of {eager.numel()} integers differ" if differ else ""
    if eager.numel() == 0:
        return 0.0, ""
    finite = eager.isfinite() & exact.isfinite()
    if not torch.equal(ours[~finite].nan_to_num(nan=7e7), eager[~finite].nan_to_num(nan=7e7)):
        return math.inf, "infinities or NaN differ from eager's"
    if not finite.any():
        return 0.0, ""
    wide = exact.double()[finite]
    lost = (eager.double()[finite] - wide).abs().max().item()
    error = (ours.double()[finite] - wide).abs().max().item()
    slack = _ULPS * torch.finfo(eager.dtype).eps * wide.abs().max().item()
    if math.isnan(error):
        return math.inf, "NaN where eager has a number"
    ratio = error / max(lost, 1e-300) if error > slack else 0.0
    if error > max(4 * lost, slack) + 1e-300:
        return (
            ratio,
            f"error {error:.3g}, eager's {lost:.3g}, largest {wide.abs().max().item():.3g}",
        )
    return ratio, ""
