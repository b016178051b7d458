# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times the groups of a loaded module."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median

from tilewright.errors import InputError
from tilewright.inspection import GroupSchedule
from tilewright.profiling.ceilings import measure_ceilings
from tilewright.profiling.profile import GroupProfile, Profile
from tilewright.targets.base import LoadedModule

_WARM_UP_CALLS = 3


def measure_profile(
    code: LoadedModule,
    work: Sequence[tuple[GroupSchedule, int | None, int | None]],
    call: Callable[[], object],
    iterations: int,
    *,
    ceilings: bool,
) -> Profile:
    """Profile ``iterations`` calls; ``work`` are the groups, their flops and their bytes."""
    if iterations < 1:
        raise InputError(f"a profile needs at least one iteration, not {iterations}")
    limits = measure_ceilings(code.threads) if ceilings else None
    for _ in range(_WARM_UP_CALLS):
        call()
    totals: list[float] = []
    samples: list[list[tuple[int, int]]] = []
    try:
        for _ in range(iterations):
            code.profile(len(work))
            start = time.perf_counter()
            call()
            totals.append(time.perf_counter() - start)
            samples.append(code.group_times)
    finally:
        code.profile(0)
    rows = []
    for number, (group, flops, moved) in enumerate(work):
        regions = median(sample[number][0] for sample in samples)
        seconds = median(sample[number][1] for sample in samples) / 1e9
        rows.append(GroupProfile(number, group, seconds, regions, flops, moved))
    # Of each call for itself: what some calls lose in one group or another is in the median of
    # the totals, but in no group's.
    rest = median(
        max(0.0, total - sum(ns for _, ns in sample) / 1e9)
        for total, sample in zip(totals, samples, strict=True)
    )
    return Profile(median(totals), rest, tuple(rows), code.threads, limits)
