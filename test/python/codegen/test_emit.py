# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""From a module in the LLVM dialect to LLVM IR, assembly and object files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tilewright import _core

Parse = Callable[[str], Any]
Host = tuple[str, str, str]
SKYLAKE = ("x86_64-unknown-linux-gnu", "skylake-avx512", "")


def test_llvm_ir_is_prepared_for_the_machine(parse: Parse) -> None:
    text = _core.emit(parse("axpy.mlir"), "llvm-unoptimized", *SKYLAKE, 3).decode()
    assert 'target triple = "x86_64-unknown-linux-gnu"' in text
    assert '"target-cpu"="skylake-avx512"' in text
    assert "fmul contract float" in text
    # Only the module ABI is exported.
    assert "define internal ptr @data" in text
    assert "define internal void @task" in text
    assert "define i32 @tw_main" in text


@pytest.mark.parametrize("opt_level", [0, 1, 2, 3])
def test_optimisation_levels(parse: Parse, opt_level: int) -> None:
    text = _core.emit(parse("axpy.mlir"), "llvm", *SKYLAKE, opt_level).decode()
    assert ("call ptr @data" in text) == (opt_level == 0)  # inlined from O1 on
    assert ("<16 x float>" in text) == (opt_level >= 2)  # vectorized from O2 on, 512 bits wide


def test_multiply_and_add_are_contracted(parse: Parse) -> None:
    text = _core.emit(parse("axpy.mlir"), "asm", *SKYLAKE, 3).decode()
    assert "vfmadd" in text
    assert "zmm" in text


def test_other_machines(parse: Parse) -> None:
    arm = _core.emit(parse("axpy.mlir"), "asm", "aarch64-linux-gnu", "cortex-a76", "", 2).decode()
    assert "fmla" in arm
    ptx = _core.emit(
        parse("llvm.func @f(%a: f32) -> f32 { llvm.return %a : f32 }"),
        "asm",
        "nvptx64-nvidia-cuda",
        "sm_80",
        "",
        2,
    ).decode()
    assert ".target sm_80" in ptx


def test_same_module_gives_the_same_bytes(parse: Parse) -> None:
    objects = {_core.emit(parse("axpy.mlir"), "object", *SKYLAKE, 3) for _ in range(3)}
    assert len(objects) == 1


@pytest.mark.parametrize(
    ("triple", "cpu", "features", "opt_level", "message"),
    [
        ("foo-bar", "", "", 3, "no code generator for 'foo-bar'"),
        ("x86_64-linux-gnu", "skylakes", "", 3, "did you mean skylake"),
        ("x86_64-linux-gnu", "", "+avx512ff", 3, "avx512f"),
        ("x86_64-linux-gnu", "", "avx2", 3, "must begin with + or -"),
        ("x86_64-linux-gnu", "", "", 4, "0 to 3, got 4"),
        # LLVM would end the process on these.
        ("nvptx64-nvidia-cuda", "sm_50", "", 3, "the oldest is sm_80"),
        ("nvptx64-nvidia-cuda", "", "", 3, "the oldest is sm_80"),
        ("nvptx64-nvidia-cuda", "sm_90", "+ptx60", 3, "features of a GPU follow from its name"),
    ],
)
def test_unknown_names_are_errors(
    parse: Parse, triple: str, cpu: str, features: str, opt_level: int, message: str
) -> None:
    with pytest.raises(RuntimeError, match=message.replace("+", r"\+")):
        _core.emit(parse("axpy.mlir"), "object", triple, cpu, features, opt_level)


def test_unknown_kind_is_an_error(parse: Parse, host: Host) -> None:
    with pytest.raises(RuntimeError, match="known: llvm-unoptimized, llvm, asm, object"):
        _core.emit(parse("axpy.mlir"), "obj", *host, 3)


def test_module_that_is_not_lowered_is_an_error(parse: Parse, host: Host) -> None:
    with pytest.raises(RuntimeError, match=r"(?s)not in a form that LLVM IR.*func.func"):
        _core.emit(parse("func.func @f() { return }"), "object", *host, 3)


def test_another_llvm_loaded_first_is_refused() -> None:
    """Not a crash in what is compiled: calls of memset would go to some other function."""
    code = (
        "import torch, torch_mlir._mlir_libs, tilewright as tw\n"
        "try:\n"
        "    tw.compile(torch.nn.ReLU().eval(), (torch.ones(3),), cache=False)\n"
        "except tw.CompileError as error:\n"
        "    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "torch_mlir was imported before" in run.stdout
