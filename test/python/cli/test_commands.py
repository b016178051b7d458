# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The command `tilewright`, as a user runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

IDENTITY = "func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> { return %x : tensor<4xf32> }"

PRODUCT = """
func.func @main(%x: tensor<4x8xf32>, %y: tensor<8x16xf32>, %o: tensor<4x16xf32>)
    -> tensor<4x16xf32> {
  %r = linalg.matmul ins(%x, %y : tensor<4x8xf32>, tensor<8x16xf32>) outs(%o : tensor<4x16xf32>)
      -> tensor<4x16xf32>
  return %r : tensor<4x16xf32>
}
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "TILEWRIGHT_CACHE_DIR": str(tmp_path / "cache"), "COLUMNS": "120"}


def run(
    environment: dict[str, str], *arguments: str, code: int = 0
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "tilewright", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.mark.parametrize("command", [[], ["compile"], ["run"], ["profile"], ["phases"], ["doctor"]])
def test_help_is_short(environment: dict[str, str], command: list[str]) -> None:
    text = run(environment, *command, "--help").stdout
    assert 3 < len(text.splitlines()) < 45


def test_phases(environment: dict[str, str]) -> None:
    lines = run(environment, "phases").stdout.splitlines()
    assert lines[1].split()[:2] == ["1", "input"]
    assert "known: cpu" in run(environment, "phases", "-t", "gpu", code=1).stderr


def test_doctor(environment: dict[str, str], tmp_path: Path) -> None:
    text = run(environment, "doctor").stdout
    for word in ("tilewright", "LLVM", "torch", "cpu:", "features", "tw-opt", "no problem found"):
        assert word in text
    assert str(tmp_path / "cache") in text.replace("\n", "")
    (tmp_path / "cache").rmdir()
    (tmp_path / "cache").write_text("in the way")
    assert "cannot be written" in run(environment, "doctor").stdout.replace("\n", " ")


def test_emit_mlir(environment: dict[str, str], tmp_path: Path) -> None:
    source = tmp_path / "m.mlir"
    source.write_text(IDENTITY)
    text = run(environment, "compile", str(source), "--stop-after", "input").stdout
    assert "func.func @main" in text
    assert "#tw.target" in text
    out = tmp_path / "out.mlir"
    run(environment, "compile", str(source), "--stop-after", "input", "-o", str(out))
    assert out.read_text() == text
    unwritable = str(tmp_path / "missing" / "out.mlir")
    done = run(
        environment, "compile", str(source), "--stop-after", "input", "-o", unwritable, code=1
    )
    assert "cannot write" in done.stderr


def test_precision(environment: dict[str, str], tmp_path: Path) -> None:
    source = tmp_path / "m.mlir"
    source.write_text(PRODUCT)
    graph = ["compile", str(source), "--stop-after", "graph"]
    assert "tw.bf16_dot" in run(environment, *graph, "--precision", "bf16").stdout
    assert "tw.bf16_dot" not in run(environment, *graph).stdout
    assert "bf61" in run(environment, *graph, "-p", "bf61", code=2).stderr
    refused = run(environment, *graph, "-p", "bf16", "-t", "cuda:sm_80", code=1)
    assert "is for CPUs, not for target 'cuda'" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compile", "nothing.mlir"], "cannot read nothing.mlir"),
        (["compile", "model.onnx"], "'model.onnx' is no model"),
        (["compile", "zoo:resnet5000"], "no zoo model is called 'resnet5000'; there are: "),
        (["compile", "zoo:mlp:tiny"], "size is 'full' or 'small'"),
        (["compile", "zoo:mlp", "--start-from", "tile"], "--start-from needs a .mlir file"),
        (
            ["compile", "zoo:mlp", "--emit", "asm", "--stop-after", "tile"],
            "--stop-after gives MLIR",
        ),
        (["run", "zoo:mlp", "-n", "0"], "--iterations is a positive number"),
    ],
)
def test_wrong_arguments(environment: dict[str, str], arguments: list[str], message: str) -> None:
    done = run(environment, *arguments, code=1)
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_broken_files(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "m.mlir").write_text("this is neither")
    (tmp_path / "m.pt2").write_text("this is neither")
    with zipfile.ZipFile(tmp_path / "zip.pt2", "w") as archive:
        archive.writestr("data", "nor this")
    for name, message in (
        ("m.mlir", "not a valid MLIR module"),
        ("m.pt2", "no exported program"),
        ("zip.pt2", "no exported program"),
    ):
        done = run(environment, "compile", str(tmp_path / name), code=1)
        assert message in done.stderr
        assert "Traceback" not in done.stderr


def test_refused_models(environment: dict[str, str], tmp_path: Path) -> None:
    import torch

    class Bessel(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return torch.special.bessel_j0(x)

    dropout = torch.nn.Sequential(torch.nn.Linear(6, 6), torch.nn.Dropout(0.5)).train()
    for model, code, message in (
        (Bessel().eval(), 2, "aten.special_bessel_j0.default(float32[4, 6]), 1x"),
        (dropout, 1, "call model.eval()"),
    ):
        program, out = tmp_path / "model.pt2", tmp_path / "model.s"
        torch.export.save(torch.export.export(model, (torch.randn(4, 6),)), program)
        done = run(environment, "compile", str(program), "-o", str(out), code=code)
        assert message in done.stderr
        assert "Traceback" not in done.stderr
        assert not out.exists() and not (tmp_path / "cache").exists()


def test_interrupt(environment: dict[str, str], tmp_path: Path) -> None:
    command = ["compile", "zoo:mlp", "--dump-dir", str(tmp_path / "dumps")]
    process = subprocess.Popen(
        [sys.executable, "-m", "tilewright", *command],
        env={**environment, "TILEWRIGHT_PROGRESS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert "import" in process.stderr.readline()  # the first line of progress
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "interrupted; nothing was stored" in err
    assert "Traceback" not in err
    assert not (tmp_path / "cache").exists()


def test_profile(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "profile.json"
    text = run(
        environment, "profile", "zoo:simple_cnn:small", "-n", "2", "--json", str(file)
    ).stdout
    assert "of ceiling" in text and "us a call" in text and "GB/s from memory" in text
    groups = json.loads(file.read_text())["groups"]
    assert len(groups) > 3 and any(group["seconds"] > 0 for group in groups)
    refused = run(environment, "profile", "zoo:simple_cnn:small", "-n", "0", code=1)
    assert "--iterations" in refused.stderr


def test_timing(environment: dict[str, str], tmp_path: Path) -> None:
    source = tmp_path / "m.mlir"
    source.write_text(IDENTITY)
    file = tmp_path / "times.json"
    done = run(environment, "compile", str(source), "--timing", "--timing-json", str(file))
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["phase", "and", "pass", "s", "%", "runs"] in lines
    assert any(line[:1] == ["codegen"] for line in lines)
    assert "outside of passes" in done.stdout
    times = json.loads(file.read_text())
    assert {"input", "codegen"} <= times["phases"].keys()
    assert {row["phase"] for row in times["passes"]} == times["phases"].keys()
    refused = run(environment, "compile", str(source), "--timing", "--emit", "asm", code=1)
    assert "--timing" in refused.stderr
