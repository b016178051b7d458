# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tables, JSON and charts of fixed results."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

import ceilings
from contest import Outcome, Result
from fixed_results import CEILINGS, outcome, result
from report import Report, summary

MACHINE = {
    "processor": "A Processor",
    "llvm_name": "znver5",
    "features": ["avx2", "avx512f"],
    "hypervisor": True,
    "cpus": 4,
    "cores": 2,
    "caches": {"L1": 49152, "L2": 1 << 20},
    "memory_bytes": 8 << 30,
    "system": "A System",
    "kernel": "6",
    "python": "3",
    "versions": {"torch": "2"},
    "revision": "abc",
}
RESULTS = [
    result(
        "mlp",
        tilewright=outcome(0.03, 0.04, 0.05, error=1e-7),
        eager=outcome(0.06, 0.08, 0.1, error=2e-7),
        openvino=outcome(0.024, 0.032, 0.04),
        iree=Outcome(failure="RuntimeError: a stack <limit>"),
    ),
    result(
        "gpt2",
        tilewright=outcome(0.2, error=1e-7),
        eager=outcome(0.1, error=2e-7),
        iree=Outcome(failure="RuntimeError: a stack <limit>"),
    ),
    result("mlp", 2, tilewright=Outcome(failure="no luck"), eager=outcome(0.1)),
]


@pytest.fixture
def report() -> Report:
    command = "python benchmarks/compare.py"
    return Report("Models, f32", command, "2026-01-02T03:04:05", MACHINE, CEILINGS, RESULTS)


def test_the_table(report: Report) -> None:
    lines = report.page("models.svg").splitlines()
    assert (
        "|  | GFLOP | Tilewright ms | rate | of ceiling | eager | OpenVINO | IREE | best peer |"
        in lines
    )
    assert (
        "| mlp | 2 | 40 | 50 GFLOP/s | 50 % | 80 (0.50) | 32 (1.25) | failed [1] "
        "| OpenVINO (1.25) |" in lines
    )
    assert (
        "| gpt2 | 2 | 200 | 10 GFLOP/s | 10 % | 100 (2.00) | - | failed [1] | eager (2.00) |"
        in lines
    )
    assert "| geometric mean |  |  |  |  | 1.00 | 1.25 | - | 1.58 |" in lines
    assert "| mlp | 2 | failed [2] | - | - | 100 | eager |" in lines


def test_what_failed_is_told_once(report: Report) -> None:
    page = report.page("models.svg")
    assert page.count("a stack <limit>") == 1
    assert "1. IREE: RuntimeError: a stack <limit>\n2. Tilewright: no luck" in page


def test_the_page_names_machine_ceilings_and_command(report: Report) -> None:
    page = report.page("models.svg")
    for text in (
        "python benchmarks/compare.py",
        "![Models, f32](models.svg)",
        "| processor | A Processor (znver5, virtual machine) |",
        "| caches of a core | L1 48 KiB, L2 1 MiB |",
        "| f32 (vfmadd231ps zmm) | 100 GFLOP/s on 1, 200 GFLOP/s on 2 |",
        "| bf16 AMX (tdp) | not on this processor |",
        "| reading memory | 10 GB/s on 1, 20 GB/s on 2 |",
        "| region, threads: 2 | 120 ns; 9000 asleep |",
        "| mlp | 1.0e-07 | 2.0e-07 | - | - |",
        "eager 1.2",
    ):
        assert text in page


def test_files(report: Report, tmp_path: Path) -> None:
    paths = report.write(tmp_path / "znver5", "models-f32")
    assert [path.name for path in paths] == ["models-f32.json", "models-f32.md", "models-f32.svg"]
    known = json.loads(paths[0].read_text())
    assert [Result.from_json(fields) for fields in known["results"]] == RESULTS
    assert ceilings.from_json(known["ceilings"]) == CEILINGS


def test_the_chart_has_a_bar_for_each_that_ran(report: Report, tmp_path: Path) -> None:
    picture = ElementTree.parse(report.write(tmp_path, "models")[2]).getroot()
    space = "{http://www.w3.org/2000/svg}"
    bars = [r for r in picture.iter(f"{space}rect") if r.get("height") == "13"]
    assert len(bars) == 6
    # The fastest peer of a case ends at the line.
    (line,) = picture.iter(f"{space}line")
    ends = [float(bar.get("x", 0)) + float(bar.get("width", 0)) for bar in bars]
    assert ends.count(float(line.get("x1", 0))) == 3
    texts = [text.text for text in picture.iter(f"{space}text")]
    assert texts.count("IREE failed") == 2
    assert "40 ms" in texts and "mlp, threads: 2" in texts


def test_summary() -> None:
    assert summary(RESULTS[0]) == (
        "Tilewright 40 ms, 50 GFLOP/s, 50 % of ceiling; best peer OpenVINO 32 ms; ratio 1.25"
    )
    assert summary(RESULTS[2]) == "Tilewright no luck; best peer eager 100 ms"
