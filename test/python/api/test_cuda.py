# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Target cuda through the API: PTX, schedules, refusals. Numbers are in test_cuda_numerics.py."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import torch
from torch import nn

import tilewright as tw
from tilewright.targets import resolve_target
from tilewright.targets.cuda import CudaTarget

needs_ptxas = pytest.mark.skipif(shutil.which("ptxas") is None, reason="ptxas is not installed")


def mlp() -> nn.Module:
    torch.manual_seed(0)
    layers = [nn.Linear(8, 16), nn.GELU(), nn.LayerNorm(16), nn.Linear(16, 4), nn.Softmax(-1)]
    return nn.Sequential(*layers).eval()


@pytest.fixture
def compiled() -> tw.CompiledModule:
    return tw.compile(mlp(), torch.randn(3, 8), target="cuda:sm_90")


def test_names() -> None:
    assert resolve_target("cuda") == resolve_target("cuda:sm_80") == CudaTarget()
    assert resolve_target("cuda:sm_90a").description == "cuda:sm_90a (NVIDIA GPU, PTX text)"
    assert CudaTarget("sm_80").fingerprint != CudaTarget("sm_90").fingerprint


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cuda:sm_75", r"'sm_75' is no GPU that there is code for; the oldest is sm_80"),
        ("cuda:sm_20", "the oldest is sm_80"),
        ("cuda:sm_999", "'sm_999' is no processor"),
        ("cuda:zen5", "'zen5' is no processor"),
        ("cuda:sm_90,+ptx60", "is no processor"),
    ],
)
def test_unknown_gpus(name: str, message: str) -> None:
    with pytest.raises(tw.InputError, match=message) as caught:
        resolve_target(name)
    assert "use cuda:sm_80" in str(caught.value)


def test_phases() -> None:
    names = [phase.name for phase in CudaTarget().phases()]
    assert names[:4] == ["input", "graph", "schedule", "tile"]
    assert names[-2:] == ["lower-gpu", "lower-nvvm"]


def test_ptx(compiled: tw.CompiledModule) -> None:
    text = compiled.asm()
    assert ".target sm_90" in text
    assert text.count(".visible .entry main_kernel") == 4
    assert "call.uni" not in text
    assert text == compiled.asm()


def test_looking_into_it(compiled: tw.CompiledModule) -> None:
    assert "scf.forall" in compiled.ir("tile")
    assert "gpu.launch_func" in compiled.ir("lower-gpu")
    assert "nvvm.read.ptx.sreg.tid.x" in compiled.ir("lower-nvvm")
    assert "ptx_kernel" in compiled.llvm_ir(optimized=False)
    schedules = {group.operations[-1]: group.schedule for group in compiled.schedule()}
    assert schedules["tw.softmax"] == "#tw.schedule<distribute = [1, 0], lanes = 64>"
    with pytest.raises(tw.InputError, match="unknown phase 'vectorize' of target 'cuda'"):
        compiled.ir("vectorize")


def test_calling_is_refused(compiled: tw.CompiledModule) -> None:
    with pytest.raises(tw.LoadError, match="launching kernels on a GPU is not possible yet") as e:
        compiled(torch.randn(3, 8))
    assert "asm()" in str(e.value)
    assert "not loaded" in repr(compiled)


def test_the_cache_tells_gpus_apart(compiled: tw.CompiledModule) -> None:
    again = tw.compile(mlp(), torch.randn(3, 8), target="cuda:sm_90")
    assert again.timings.cache_hit
    assert not tw.compile(mlp(), torch.randn(3, 8), target="cuda:sm_80").timings.cache_hit


class Look(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.double().exp()


def test_unsupported_operations_are_named() -> None:
    with pytest.raises(
        tw.CompileError, match=r"'math\.exp' is not supported by target cuda yet"
    ) as e:
        tw.compile(Look(), torch.randn(3, 8), target="cuda")
    assert "convert the model to float32, or compile with target cpu" in str(e.value)
    assert Path(__file__).name in str(e.value)


@needs_ptxas
@pytest.mark.parametrize("chip", ["sm_80", "sm_90"])
def test_ptxas_accepts_it(chip: str, tmp_path: Path) -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2))
    for number, (module, shape) in enumerate([(mlp(), (3, 8)), (model.eval(), (2, 3, 8, 8))]):
        source = tmp_path / f"{number}.ptx"
        source.write_text(tw.compile(module, torch.randn(shape), target=f"cuda:{chip}").asm())
        command = ["ptxas", f"-arch={chip}", str(source), "-o", str(tmp_path / "out.cubin")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
