# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a profile says: a row for each group of operations, and the rest of the call."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from tilewright.inspection import GroupSchedule
from tilewright.profiling.ceilings import Ceilings


@dataclass(frozen=True)
class GroupProfile:
    """One group of operations in one call.

    Attributes:
        number: its place in :meth:`CompiledModule.schedule`, whose last groups (those that
            prepare weights at load) are not part of a call.
        group: its operations, schedule and place in the user's Python.
        seconds: of a call, from launching its first task to the return of its last.
        regions: parallel regions that it took in a call; 0 for a group so small that it is part
            of the rest.
        flops: floating-point operations; None where sizes are dynamic.
        bytes: what it moves if each tensor is read and written once; None likewise.
    """

    number: int
    group: GroupSchedule
    seconds: float
    regions: float
    flops: int | None
    bytes: int | None

    @property
    def gflops(self) -> float | None:
        """Floating-point operations a nanosecond."""
        return self.flops / self.seconds / 1e9 if self.flops and self.seconds else None

    @property
    def gigabytes(self) -> float | None:
        """Bytes a nanosecond. More than memory gives when the tensors stay in the caches."""
        return self.bytes / self.seconds / 1e9 if self.bytes and self.seconds else None

    @property
    def intensity(self) -> float | None:
        """Floating-point operations a byte."""
        return None if self.flops is None or not self.bytes else self.flops / self.bytes

    def fraction(self, ceilings: Ceilings) -> float | None:
        """Of the time that the roofline allows: 1.0 is as fast as memory and arithmetic let it.

        Arithmetic is that of the group's precision. Above 1 where data comes from the caches and
        memory was the limit. Source: S. Williams et
        al., Roofline: an insightful visual performance model, CACM 52 (2009).
        """
        peak = ceilings.bf16_flops if self.group.precision == "bf16" else ceilings.flops
        if self.flops is None or not self.bytes or not self.seconds or peak is None:
            return None
        least = max(self.flops / peak, self.bytes / ceilings.bandwidth)
        return least / self.seconds


@dataclass(frozen=True)
class Profile:
    """Medians over a number of calls, each figure for itself: they do not add up exactly.

    Attributes:
        seconds: of a call.
        rest: seconds of a call outside all parallel regions of groups.
        groups: one for each group, in program order.
        threads: threads of a call.
        ceilings: what this machine can do with them; None if it was not measured.
    """

    seconds: float
    rest: float
    groups: tuple[GroupProfile, ...]
    threads: int
    ceilings: Ceilings | None = None

    def to_json(self) -> dict[str, Any]:
        """Everything, as numbers, strings and lists."""
        rows = []
        for row in self.groups:
            fraction = row.fraction(self.ceilings) if self.ceilings else None
            rows.append(
                {
                    "number": row.number,
                    **asdict(row.group),
                    "seconds": row.seconds,
                    "regions": row.regions,
                    "flops": row.flops,
                    "bytes": row.bytes,
                    "gflops_per_second": row.gflops,
                    "gigabytes_per_second": row.gigabytes,
                    "flops_per_byte": row.intensity,
                    "fraction_of_ceiling": fraction,
                }
            )
        return {
            "seconds": self.seconds,
            "rest_seconds": self.rest,
            "threads": self.threads,
            "ceilings": asdict(self.ceilings) if self.ceilings else None,
            "groups": rows,
        }
