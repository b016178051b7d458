# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The benchmark harness: turns, ratios, failures that become rows, and runs that go on."""

import sys
from pathlib import Path

import pytest

import compare
import workers
from cases import Case, zoo_case
from contest import Result, Rules, compete, lower_bound
from fixed_results import CEILINGS, outcome, result
from workers import Failed, Pool

# Answers at once, and knows models in which something goes wrong.
FAKE_WORKER = """
import json, sys
contender = sys.argv[1]
facts = {"flops": 2e9, "parameters": 1500000, "activation_elements": 8, "exact": True, "torch": "2"}
seconds = {"tilewright": [0.003, 0.001, 0.002], "eager": [0.004], "inductor": [0.008]}[contender]
for line in sys.stdin:
    command = json.loads(line)
    if command["do"] == "load":
        case = command["case"]["name"].partition(":")[0]
        if case == "ends" and contender == "inductor":
            print("out of luck", file=sys.stderr)
            sys.exit(3)
        answer = {"version": "9", "target": "a machine", "ready": 1, "import": 1, "compile": 2}
        answer["load"] = 3
        if case == "unsupported" and contender != "eager":
            answer = {"failure": "NotSupported: no such\\n operation"}
    if command["do"] == "describe":
        answer = facts
    if command["do"] == "error":
        wrong = case == "wrong" and contender == "tilewright"
        answer = 8e-6 if wrong else 4e-7
    if command["do"] == "time":
        answer = seconds
    print(json.dumps(answer), flush=True)
"""
RULES = Rules(rounds=3, seconds=0.01)


@pytest.fixture
def fake_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "worker.py"
    path.write_text(FAKE_WORKER)
    monkeypatch.setattr(workers, "WORKER", path)
    monkeypatch.setattr("contest._SETTLE_SECONDS", 0.0)


def contest(model: str, *contenders: str) -> Result:
    with Pool(1, "f32") as pool:
        case = zoo_case(model)
        return compete(case, ("tilewright", *contenders), pool, RULES, CEILINGS, lambda _: None)


@pytest.mark.usefixtures("fake_worker")
def test_turns_make_medians_and_ratios() -> None:
    found = contest("mlp", "eager", "inductor")
    assert [len(o.rounds) for o in found.outcomes.values()] == [3, 3, 3]
    ours = found.outcomes["tilewright"]
    assert (ours.seconds, ours.least, ours.rounds[0].calls) == (0.002, 0.001, 3)
    assert found.ratio("tilewright", "eager") == pytest.approx(0.5)
    assert found.best_peer == "eager"
    assert found.bound == pytest.approx(0.02)
    assert found.is_right
    assert Result.from_json(found.to_json()) == found


def test_the_longer_of_computing_and_reading_is_the_bound() -> None:
    case = Case("gemm", "gemm", {})
    pool = Pool(1, "f32")
    computing = {"flops": 10**10, "bytes": 10**3}
    assert lower_bound(case, computing, pool, CEILINGS) == ("flops", 0.1)
    reading = {"flops": 10**3, "bytes": 10**12}
    assert lower_bound(case, reading, pool, CEILINGS) == ("bytes", 100.0)
    assert lower_bound(zoo_case("mlp"), {**reading, "flops": None}, pool, CEILINGS)[1] is None
    twice_as_fast = {**reading, "memory_bandwidth": 2e10}
    assert lower_bound(case, twice_as_fast, pool, CEILINGS) == ("bytes", 50.0)


@pytest.mark.usefixtures("fake_worker")
def test_memory_is_read_in_turns_with_what_it_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    speeds = iter([1e10, 4e10, 2e10])
    monkeypatch.setattr("contest.memory_bandwidth", lambda threads: next(speeds))
    case = Case("small-m", "gemm", {})
    with Pool(1, "f32") as pool:
        # Without caches all comes from memory.
        monkeypatch.setattr("ceilings.caches", dict)
        found = compete(case, ("tilewright",), pool, RULES, CEILINGS, lambda _: None)
    assert found.facts["memory_bandwidth"] == 2e10


def test_ratio_is_of_rounds_that_belong_together() -> None:
    # The machine was four times slower in the last round, for both.
    found = result(tilewright=outcome(1.0, 1.0, 4.0), eager=outcome(2.0, 2.0, 8.0))
    assert found.ratio("tilewright", "eager") == 0.5


@pytest.mark.usefixtures("fake_worker")
def test_a_contender_that_fails_is_an_outcome() -> None:
    found = contest("unsupported", "eager", "inductor")
    assert found.outcomes["tilewright"].failure == "NotSupported: no such operation"
    assert found.outcomes["inductor"].rounds == []
    assert len(found.outcomes["eager"].rounds) == 3


@pytest.mark.usefixtures("fake_worker")
def test_a_process_that_ends_is_an_outcome() -> None:
    found = contest("ends", "eager", "inductor")
    failure = found.outcomes["inductor"].failure
    assert failure == "its process exited with status 3: out of luck"
    assert found.outcomes["tilewright"].failure is None


def test_a_peer_that_is_not_installed_says_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "ENVIRONMENT", tmp_path)
    with Pool(1, "f32") as pool, pytest.raises(Failed, match="make peers"):
        pool.get("openvino")


@pytest.mark.usefixtures("fake_worker")
def test_too_large_an_error_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tilewright.zoo.names", lambda: ("wrong",))
    monkeypatch.setattr(sys, "argv", ["compare.py", "--threads", "1", "--rounds", "1"])
    assert compare.main() == 1
    assert "over 4 times" in capsys.readouterr().err


@pytest.mark.usefixtures("fake_worker")
def test_an_interrupted_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    journal, page = tmp_path / "results.jsonl", tmp_path / "models.md"
    monkeypatch.setattr("tilewright.zoo.names", lambda: ("mlp", "unsupported"))
    flags = ["--threads", "1", "--rounds", "1", "--resume", str(journal), "--page", str(page)]
    monkeypatch.setattr(sys, "argv", ["compare.py", *flags])
    assert compare.main() == 1  # ours cannot do one of them
    assert len(journal.read_text().splitlines()) == 1

    monkeypatch.setattr("tilewright.zoo.names", lambda: ("mlp",))
    monkeypatch.setattr(workers, "WORKER", Path("no worker is needed any more"))
    assert compare.main() == 0
    assert "[1/1] mlp, f32, threads: 1: Tilewright 2 ms" in capsys.readouterr().out
    assert not journal.exists()
    row = "| mlp | 1.5 M | 1 | 1.00 | 2.00 | 3.00 | 2.00 | 4.00 | 0.50 | 4.0e-07 | 4.0e-07 |"
    assert row in page.read_text()


def test_real_workers_time_a_model() -> None:
    with Pool(1, "f32") as pool:
        rules = Rules(rounds=1, seconds=0.01)
        case = zoo_case("mlp", "small")
        found = compete(case, ("tilewright", "eager"), pool, rules, None, lambda _: None)
        assert {name: o.failure for name, o in found.outcomes.items()} == {
            "tilewright": None,
            "eager": None,
        }
        assert found.facts["flops"] == 2 * 2 * 5 * 37 * 75
        assert found.is_right and found.outcomes["tilewright"].error is not None
        assert found.ratio("tilewright", "eager") > 0
        # A worker that could not load a case still answers.
        worker = pool.get("eager")
        with pytest.raises(Failed, match="no zoo model"):
            worker.ask(
                "load", case={"name": "x", "kind": "zoo", "sizes": dict(model="x", size="full")}
            )
        assert worker.is_alive
