# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Entry points of deep models are cut into functions of a bounded length."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tilewright import _core

Parse = Callable[[str], Any]
SKYLAKE = ("x86_64-unknown-linux-gnu", "skylake-avx512", "")


def entry_point(steps: int) -> str:
    """Calls a function `steps` times on two buffers and a stack slot; each call may fail.

    Every 16th step is followed by a loop. One buffer belongs to one step, the other to all.
    """
    slots = (
        f"%slot{step} = llvm.alloca %one x !llvm.array<2 x ptr> : (i64) -> !llvm.ptr"
        for step in range(steps)
    )
    lines = []
    for step in range(steps):
        lines.append(f"""
          %at{step} = llvm.getelementptr %records[{step + 1}] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr
          %own{step} = llvm.load %at{step} invariant : !llvm.ptr -> !llvm.ptr
          llvm.store %own{step}, %slot{step} : !llvm.ptr, !llvm.ptr
          %second{step} = llvm.getelementptr %slot{step}[1] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr
          llvm.store %all, %second{step} : !llvm.ptr, !llvm.ptr
          %status{step} = llvm.call @work(%slot{step}) : (!llvm.ptr) -> i1
          llvm.cond_br %status{step}, ^fail, ^next{step}
        ^next{step}:""")
        if step % 16 == 0:
            lines.append(f"""
          llvm.br ^loop{step}(%zero : i64)
        ^loop{step}(%i{step}: i64):
          %p{step} = llvm.getelementptr %own{step}[%i{step}] : (!llvm.ptr, i64) -> !llvm.ptr, f32
          llvm.store %f{step % 2}, %p{step} : f32, !llvm.ptr
          %n{step} = llvm.add %i{step}, %one : i64
          %c{step} = llvm.icmp "slt" %n{step}, %end : i64
          llvm.cond_br %c{step}, ^loop{step}(%n{step} : i64), ^after{step}
        ^after{step}:""")
    return f"""
      llvm.func @work(!llvm.ptr) -> i1
      llvm.func @tw_main(%context: !llvm.ptr, %records: !llvm.ptr) -> i32 {{
        %zero = llvm.mlir.constant(0 : i64) : i64
        %one = llvm.mlir.constant(1 : i64) : i64
        %end = llvm.mlir.constant(100 : i64) : i64
        %f0 = llvm.mlir.constant(0.0 : f32) : f32
        %f1 = llvm.mlir.constant(1.0 : f32) : f32
        %good = llvm.mlir.constant(0 : i32) : i32
        %bad = llvm.mlir.constant(1 : i32) : i32
        {" ".join(slots)}
        %all = llvm.load %records invariant : !llvm.ptr -> !llvm.ptr
        {"".join(lines)}
        llvm.return %good : i32
      ^fail:
        llvm.return %bad : i32
      }}"""


def functions(text: str) -> dict[str, str]:
    """Name and text of each function that LLVM IR defines."""
    found = re.findall(r"^define .*?@([\w.]+)\((.*?)^}", text, re.MULTILINE | re.DOTALL)
    return {name: body for name, body in found if name.startswith("tw_main")}


@pytest.mark.parametrize("steps", [300, 1200])
def test_parts_have_a_bounded_length(parse: Parse, steps: int) -> None:
    text = _core.emit(parse(entry_point(steps)), "llvm", *SKYLAKE, 3).decode()
    parts = functions(text)
    entry = parts.pop("tw_main")
    assert len(parts) >= steps // 300
    assert max(body.count("\n") for body in parts.values()) < 3000
    assert entry.count("\n") < 10 * len(parts) + 30
    # All is there, once: the first step in the entry itself, which ends with its check.
    assert entry.count("call i1 @work") == 1
    assert sum(body.count("call i1 @work") for body in parts.values()) == steps - 1
    assert len(re.findall(r"call \w+ @tw_main\.part", entry)) == len(parts)


def test_parts_load_arguments_and_own_slots(parse: Parse) -> None:
    parts = functions(_core.emit(parse(entry_point(600)), "llvm", *SKYLAKE, 3).decode())
    entry = parts.pop("tw_main")
    assert entry.count("alloca [2 x ptr]") == 1
    assert entry.count("load ptr") <= 3
    assert sum(body.count("alloca [2 x ptr]") for body in parts.values()) == 599
    for body in parts.values():
        # Slots belong to the first block: elsewhere they are taken from the stack at run time.
        assert "alloca" not in body.split("br ", 1)[1]
        assert body.split(")")[0].count("ptr") == 1  # the records
    assert entry.count("alloca { ptr }") == len(parts)


def test_masks_that_parts_share_go_through_memory(parse: Parse) -> None:
    """LLVM ended the process: "Cannot emit physreg copy instruction" for a vector of booleans."""
    text = entry_point(600).replace(
        "%all = ",
        """%ones = llvm.load %records : !llvm.ptr -> vector<16xi32>
        %none = llvm.mlir.constant(dense<0> : vector<16xi32>) : vector<16xi32>
        %mask = llvm.icmp "slt" %ones, %none : vector<16xi32>
        %all = """,
    )
    last = "llvm.return %good"
    assert text.count(last) == 1
    text = text.replace(
        last,
        """%chosen = llvm.select %mask, %ones, %none : vector<16xi1>, vector<16xi32>
        llvm.store %chosen, %records : vector<16xi32>, !llvm.ptr
        llvm.br ^last
      ^last:
        """
        + last,
    )
    parts = functions(_core.emit(parse(text), "llvm", *SKYLAKE, 3).decode())
    assert "tw_main.part1" in parts
    assert any("<16 x i1>" in body for body in parts.values())
    for body in parts.values():
        assert "<16 x i1>" not in body.split(")")[0]


def test_short_entry_points_stay_whole(parse: Parse) -> None:
    text = _core.emit(parse(entry_point(40)), "llvm", *SKYLAKE, 3).decode()
    assert [*functions(text)] == ["tw_main"]
