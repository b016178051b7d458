# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Options, environment variables, targets, and what the import of the package costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tilewright as tw
from tilewright import knobs
from tilewright.cache import cache_folder
from tilewright.options import make_options
from tilewright.targets import resolve_target
from tilewright.targets.cpu import CpuTarget


def options(**changed: Any) -> tw.CompileOptions:
    return make_options(
        **{
            "target": "cpu",
            "threads": None,
            "opt_level": 3,
            "cache": None,
            "dump_dir": None,
            "precision": "f32",
        }
        | changed
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"opt_level": 4}, "opt_level is 0, 1, 2 or 3, not 4"),
        ({"threads": 0}, "threads is a number from 1 to 4096"),
        ({"precision": "bf61"}, "precision is 'f32' or 'bf16', not 'bf61'"),
        ({"precision": None}, "precision is 'f32' or 'bf16', not None"),
        (
            {"precision": "bf16", "target": "cuda:sm_80"},
            "precision='bf16' is for CPUs, not for target 'cuda'",
        ),
        ({"target": "gpu"}, "unknown target 'gpu'; known: cpu"),
        ({"target": "cpu:zvner5"}, "'zvner5' is no processor.*did you mean znver"),
        ({"target": "cpu:riscv64:generic"}, "no code for riscv64, only for aarch64 and x86_64"),
        ({"target": "cpu:aarch64:haswell"}, "'haswell' is no processor of aarch64"),
        ({"target": "cpu:aarch64,+svee"}, "'svee' is no feature of aarch64"),
        ({"target": "cpu:aarch64,sve"}, "'sve' must begin with"),
    ],
)
def test_wrong_options(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(tw.InputError, match=message):
        options(**changed)


def test_arguments_beat_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TILEWRIGHT_NUM_THREADS", "3")
    monkeypatch.setenv("TILEWRIGHT_DUMP_DIR", str(tmp_path))
    monkeypatch.setenv("TILEWRIGHT_DISABLE_CACHE", "1")
    assert options() == options(threads=3, dump_dir=tmp_path, cache=False)
    assert options(threads=1).threads == 1
    assert options(dump_dir="other").dump_dir == Path("other")
    assert options(cache=True).cache


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("TILEWRIGHT_NUM_THREADS", "two", "TILEWRIGHT_NUM_THREADS is 'two'"),
        ("TILEWRIGHT_NUM_THREADS", "0", "expected a positive number"),
        ("TILEWRIGHT_DISABLE_CACHE", "maybe", "expected 0 or 1"),
    ],
)
def test_wrong_environment(
    name: str, text: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(tw.InputError, match=message):
        options()


def test_knobs_explain_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILEWRIGHT_CACHE_BYTES", "3M")
    assert knobs.CACHE_BYTES.get() == 3 << 20
    text = knobs.help()
    for knob in knobs.KNOBS:
        assert f"{knob.name}  (" in text
        assert knob.description in text
    assert "TILEWRIGHT_CACHE_BYTES  ('3M')" in text


def test_cache_folder_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILEWRIGHT_CACHE_DIR", "~/some/where")
    assert cache_folder() == Path.home() / "some" / "where"
    monkeypatch.delenv("TILEWRIGHT_CACHE_DIR")
    assert cache_folder().parts[-2:] == ("tilewright", "objects")


def test_targets() -> None:
    host = CpuTarget.host()
    assert resolve_target("cpu") == host
    assert resolve_target(host) is host
    assert host.phase_options()["vector-bits"] == host.vector_bits
    assert host.l1_bytes > 4096
    assert host.l2_bytes > host.l1_bytes


def test_registers_of_processors() -> None:
    def registers(triple: str, cpu: str, features: str = "") -> tuple[int, int]:
        target = CpuTarget(triple, cpu, features)
        return target.vector_bits, target.vector_registers

    assert registers("x86_64-linux-gnu", "sapphirerapids") == (512, 32)
    assert registers("x86_64-linux-gnu", "haswell") == (256, 16)
    assert registers("x86_64-linux-gnu", "haswell", "-avx") == (128, 16)
    assert registers("x86_64-linux-gnu", "x86-64") == (128, 16)
    assert registers("aarch64-linux-gnu", "cortex-a76") == (128, 32)


@pytest.mark.parametrize(
    ("name", "triple", "cpu", "features"),
    [
        ("x86_64-linux-gnu:haswell", "x86_64-linux-gnu", "haswell", ""),
        ("aarch64", "aarch64-unknown-linux-gnu", "generic", ""),
        ("arm64,+sve", "aarch64-unknown-linux-gnu", "generic", "+sve"),
        ("amd64", "x86_64-unknown-linux-gnu", "x86-64", ""),
        ("aarch64-linux-gnu:neoverse-n1,-dotprod", "aarch64-linux-gnu", "neoverse-n1", "-dotprod"),
        ("neoverse-n1", "aarch64-unknown-linux-gnu", "neoverse-n1", ""),
    ],
)
def test_names_of_processors(name: str, triple: str, cpu: str, features: str) -> None:
    target = CpuTarget.parse(name)
    assert (target.triple, target.cpu, target.features) == (triple, cpu, features)


def test_this_machine_by_name() -> None:
    host = CpuTarget.host()
    assert CpuTarget.parse("native") == CpuTarget.parse(host.cpu) == host
    if "fma" in host.enabled_features:
        without = CpuTarget.parse("native,-fma")
        assert host.enabled_features - without.enabled_features >= {"fma"}
        assert without.obstacle() is None


def test_vendors_and_spellings_do_not_matter_to_what_runs() -> None:
    architecture = CpuTarget.host().triple.partition("-")[0]
    assert CpuTarget.parse(architecture).obstacle() is None
    assert CpuTarget.parse(f"{architecture}-linux-gnu").obstacle() is None


def test_bf16_of_processors() -> None:
    def dot(triple: str, cpu: str, features: str = "") -> str:
        target = CpuTarget(triple, cpu, features)
        assert target.phase_options()["bf16-dot"] == target.bf16_dot
        return target.bf16_dot

    assert dot("x86_64-linux-gnu", "sapphirerapids") == "amx"
    assert dot("x86_64-linux-gnu", "sapphirerapids", "-amx-bf16") == "vdpbf16ps"
    assert dot("x86_64-linux-gnu", "znver4") == "vdpbf16ps"
    assert dot("x86_64-linux-gnu", "znver4", "-avx512bf16") == "fma"
    assert dot("x86_64-linux-gnu", "x86-64-v4") == "fma"
    assert dot("x86_64-linux-gnu", "haswell") == "fma"
    assert dot("aarch64-linux-gnu", "cortex-a76") == "fma"


def test_powers_of_two_of_processors() -> None:
    def scalef(triple: str, cpu: str, features: str = "") -> str | int:
        return CpuTarget(triple, cpu, features).phase_options()["scalef"]

    assert scalef("x86_64-linux-gnu", "x86-64-v4") == "true"
    assert scalef("x86_64-linux-gnu", "haswell") == "false"
    assert scalef("aarch64-linux-gnu", "cortex-a76") == "false"


def test_code_for_other_machines_is_not_loaded() -> None:
    host = CpuTarget.host()
    assert host.obstacle() is None
    foreign = "aarch64-linux-gnu" if host.triple.startswith("x86_64") else "x86_64-linux-gnu"
    assert CpuTarget(foreign, "").obstacle() == f"code for {foreign} does not run on {host.triple}"
    if host.triple.startswith("x86_64") and "amx-fp16" not in host.enabled_features:
        obstacle = CpuTarget(host.triple, "graniterapids").obstacle()
        assert obstacle is not None
        assert "amx-fp16" in obstacle


def test_import_is_light() -> None:
    script = (
        "import sys, time\n"
        "start = time.perf_counter()\n"
        "import tilewright\n"
        "seconds = time.perf_counter() - start\n"
        "assert dir(tilewright)\n"
        "heavy = {'torch', 'torch_mlir', 'mlir', 'numpy', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert seconds < 0.3, seconds\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_everything_public_exists() -> None:
    for name in tw.__all__:
        assert getattr(tw, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'complie'"):
        tw.complie  # noqa: B018


def test_missing_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tilewright.api.find_spec", lambda name: None)
    with pytest.raises(tw.InputError, match=r"(?s)torch and torch_mlir.*tilewright\[torch\]"):
        tw.compile(object())  # type: ignore[arg-type]
