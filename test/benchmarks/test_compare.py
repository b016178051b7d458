# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The benchmark harness: turns, ratios, and what it does when a side fails."""

import sys
from pathlib import Path

import pytest

import compare

FAKE_WORKER = """
import json, sys
side, model = sys.argv[1:3]
if model == "broken" and side == "tilewright":
    sys.exit(3)
facts = {"torch": "2", "parameters": 1500000, "target": "a machine"}
print(json.dumps({**facts, "import": 1, "compile": 2, "load": 3}), flush=True)
for line in sys.stdin:
    if line == "error\\n":
        print(json.dumps({"error": 8e-7, "eager_error": 1e-7 if model == "wrong" else 4e-7}))
    else:
        print(json.dumps([0.003, 0.001, 0.002] if side == "tilewright" else [0.004]))
    sys.stdout.flush()
"""


@pytest.fixture(autouse=True)
def fake_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "worker.py"
    path.write_text(FAKE_WORKER)
    monkeypatch.setattr(compare, "WORKER", path)


def test_medians_of_both_sides_make_the_ratio() -> None:
    result = compare.compare("mlp", "small", 2, rounds=3, seconds=0.1)
    assert result.ratio == pytest.approx(0.5)
    assert (len(result.ours), len(result.eager)) == (9, 3)
    assert result.is_right
    assert compare.row(result) == (
        "| mlp | 1.5 M | 2 | 1.00 | 2.00 | 3.00 | 2.00 | 4.00 | 0.50 | 8.0e-07 | 4.0e-07 |"
    )
    assert compare.row(result) in compare.page([result], "small")


def test_too_large_an_error_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not compare.compare("wrong", "small", 1, 1, 0.1).is_right
    monkeypatch.setattr("tilewright.zoo.names", lambda: ("wrong",))
    monkeypatch.setattr(sys, "argv", ["compare.py", "--threads", "1"])
    assert compare.main() == 1
    assert "over 4 times" in capsys.readouterr().err


def test_a_side_that_ends_is_reported() -> None:
    with pytest.raises(RuntimeError, match="tilewright broken: its process exited 3"):
        compare.compare("broken", "small", 1, 1, 0.1)


def test_an_interrupted_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = tmp_path / "results.jsonl"
    monkeypatch.setattr("tilewright.zoo.names", lambda: ("mlp", "broken"))
    flags = ["--threads", "1", "--rounds", "1", "--resume", str(journal)]
    monkeypatch.setattr(sys, "argv", ["compare.py", *flags])
    assert compare.main() == 1  # one is broken
    assert len(journal.read_text().splitlines()) == 1

    monkeypatch.setattr("tilewright.zoo.names", lambda: ("mlp",))
    monkeypatch.setattr(compare, "WORKER", Path("no worker is needed any more"))
    assert compare.main() == 0
    assert "| mlp |" in capsys.readouterr().out
    assert not journal.exists()
