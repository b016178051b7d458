# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Phases run one by one: selection, dumps, failures with a reproducer."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

import tilewright as tw
from tilewright.pipeline import run_phases, select_phases, to_text
from tilewright.targets.cpu import CpuTarget
from tilewright.tools import find_tool

HOST = CpuTarget.host()
IDENTITY = "func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> { return %x : tensor<4xf32> }"
# tw-attach-target refuses a target that is none.
FAILING = f"module attributes {{tw.target = 3 : i32}} {{ {IDENTITY} }}"


def test_phases_come_from_the_compiler() -> None:
    phases = HOST.phases()
    assert phases[0].name == "input"
    assert all(phase.summary.endswith(".") for phase in phases)
    assert select_phases(HOST, stop_after="input") == phases[:1]
    assert select_phases(HOST, start_from=phases[1].name) == phases[1:]


def test_unknown_phases() -> None:
    with pytest.raises(tw.InputError, match="unknown phase 'inptu' of target 'cpu'; known: input"):
        select_phases(HOST, stop_after="inptu")
    second = HOST.phases()[1].name
    with pytest.raises(tw.InputError, match=f"'{second}' comes after phase 'input'"):
        select_phases(HOST, start_from=second, stop_after="input")


def test_dumps_are_numbered(tmp_path: Path) -> None:
    names = [phase.name for phase in HOST.phases()]
    seen = []
    run = run_phases(
        IDENTITY,
        HOST,
        stop_after=names[1],
        dump_dir=tmp_path / "new" / "dumps",
        observe=lambda phase, _: seen.append(phase),
    )
    files = sorted(path.name for path in (tmp_path / "new" / "dumps").iterdir())
    assert files == ["00-import.mlir", "01-input.mlir", f"02-{names[1]}.mlir"]
    assert (tmp_path / "new" / "dumps" / files[2]).read_text() == to_text(run.module)
    assert list(run.seconds) == names[:2]
    assert seen == ["", *names[:2]]


def test_start_from_a_dump(tmp_path: Path) -> None:
    first, second = (phase.name for phase in HOST.phases()[:2])
    run_phases(IDENTITY, HOST, stop_after=second, dump_dir=tmp_path)
    dumped = (tmp_path / f"01-{first}.mlir").read_text()
    rest = run_phases(dumped, HOST, start_from=second, stop_after=second, dump_dir=tmp_path / "b")
    assert to_text(rest.module) == (tmp_path / f"02-{second}.mlir").read_text()
    assert [path.name for path in (tmp_path / "b").iterdir()] == [f"02-{second}.mlir"]


def test_dump_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(tw.InputError, match="cannot create the dump folder"):
        run_phases(IDENTITY, HOST, stop_after="input", dump_dir=tmp_path / "file" / "dumps")


def test_bad_text() -> None:
    with pytest.raises(tw.InputError, match=r"(?s)not a valid MLIR module.*line 1, column"):
        run_phases("func.func @main(", HOST)
    with pytest.raises(tw.InputError, match="takes MLIR text, got a int"):
        tw.compile_mlir(3)  # type: ignore[arg-type]


def test_failure_writes_a_reproducer_that_replays(tmp_path: Path) -> None:
    with pytest.raises(tw.CompileError) as caught:
        run_phases(FAILING, HOST, dump_dir=tmp_path)
    error = caught.value
    assert error.phase == "input"
    assert "phase 'input' failed: 'tw.target' must be a #tw.target attribute" in str(error)
    assert error.reproducer == str(tmp_path / "reproduce-input.mlir")
    assert error.command is not None
    assert f"Replay: {error.command}" in str(error)
    assert Path(error.reproducer).read_text().startswith(f"// {error.command}\n")

    words = shlex.split(error.command)
    assert words[0] == "tw-opt"
    tool = find_tool("tw-opt")
    assert tool is not None
    replay = subprocess.run([tool, *words[1:]], capture_output=True, text=True, check=False)
    assert replay.returncode == 1
    assert "must be a #tw.target attribute" in replay.stderr


def test_reproducer_goes_to_a_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(tw.CompileError) as caught:
        tw.compile_mlir(FAILING)
    assert caught.value.reproducer is not None
    assert Path(caught.value.reproducer).is_relative_to(tmp_path)


def test_reproducer_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(tw.CompileError, match="reproducer could not be written") as caught:
        tw.compile_mlir(FAILING)
    assert caught.value.reproducer is None


def test_interrupt_between_phases_leaves_whole_files(tmp_path: Path) -> None:
    def interrupt(number: int, count: int, name: str) -> None:
        if number == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_phases(IDENTITY, HOST, dump_dir=tmp_path, report=interrupt)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["00-import.mlir", "01-input.mlir"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("func.func @other() { return }", "no function @main"),
        (
            "func.func @main(%x: f32) -> f32 { return %x : f32 }",
            "type f32; only ranked tensors",
        ),
        (
            "func.func @main(%x: tensor<*xf32>) -> tensor<*xf32> { return %x : tensor<*xf32> }",
            "only ranked tensors",
        ),
        (
            "func.func @main(%x: tensor<2xi4>) -> tensor<2xi4> { return %x : tensor<2xi4> }",
            "elements of type i4",
        ),
    ],
)
def test_modules_that_no_host_can_call(text: str, message: str) -> None:
    with pytest.raises(tw.CompileError, match=message):
        tw.compile_mlir(text)
