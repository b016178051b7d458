# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Passes run by hand from Python."""

from __future__ import annotations

import pytest

from tilewright import CompileError, InputError, passes

MODULE = "module { func.func @f(%x: f32) -> f32 { return %x : f32 } }"


def test_options_reach_the_pass() -> None:
    result = passes.run(MODULE, passes.attach_target(vector_bits=256, kind="cpu"))
    assert "vector_bits = 256" in result
    assert "vector_registers = 32" in result


def test_passes_run_in_order_on_what_they_run_on() -> None:
    calls = [passes.attach_target(l1_bytes=1), passes.guard_asserts()]
    text = passes.pipeline(calls)
    assert text == "builtin.module(tw-attach-target{l1-bytes=1},func.func(tw-guard-asserts))"
    assert "l1_bytes = 1" in passes.run(MODULE, *calls)


def test_lists_and_booleans_are_spelt_as_tw_opt_does() -> None:
    from tilewright.pass_pipeline import make_pass

    call = make_pass("tw-x", "", tile_sizes=[4, 8], packed=True, left_out=None)
    assert str(call) == "tw-x{tile-sizes=4,8 packed=true}"


def test_a_bad_module_is_the_callers_error() -> None:
    with pytest.raises(InputError, match="line 1"):
        passes.run("module { nonsense }", passes.guard_asserts())


def test_a_failed_pass_says_why() -> None:
    with pytest.raises(CompileError, match=r"must be a #tw\.target"):
        passes.run('module attributes {tw.target = "zen"} {}', passes.attach_target())
