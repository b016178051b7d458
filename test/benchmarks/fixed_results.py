# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Results as if they had been measured."""

from ceilings import Ceilings
from contest import Outcome, Result, Round

CEILINGS = Ceilings(
    clock=2.5e9,
    instructions={"f32_fma": "vfmadd231ps zmm", "bf16_dot": "vdpbf16ps zmm", "bf16_amx": "tdp"},
    flops={
        1: {"f32_fma": 1e11, "bf16_dot": 3e11, "bf16_amx": None},
        2: {"f32_fma": 2e11, "bf16_dot": 6e11, "bf16_amx": None},
    },
    reading={1: {"L1": 3e11, "memory": 1e10}, 2: {"L1": 6e11, "memory": 2e10}},
    regions=[
        {"threads": 1, "spinning_ns": {"median": 20.0}, "asleep_ns": {"median": 30.0}},
        {"threads": 2, "spinning_ns": {"median": 120.0}, "asleep_ns": {"median": 9000.0}},
    ],
)


def outcome(*medians: float, error: float | None = None) -> Outcome:
    """Rounds of 10 calls with these medians, in seconds."""
    rounds = [Round(10, median, median / 2) for median in medians]
    return Outcome(rounds, {"version": "1.2", "ready": 3.0}, error)


def result(case: str = "mlp", threads: int = 1, **outcomes: Outcome) -> Result:
    """Of a case with 2 GFLOP, which takes 20 ms at the ceiling."""
    facts = {
        "flops": 2_000_000_000,
        "parameters": 1_500_000,
        "bytes": 6_000_000,
        "limit": "flops",
        "torch": "2",
    }
    return Result(case, threads, "f32", facts, 0.02, outcomes)
