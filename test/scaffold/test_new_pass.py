# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What `new_pass.py` writes keeps the repository's rules, compiles, and passes its own test."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lit_rules
import naming_rules
import source_rules
from new_pass import add_pass
from pass_records import REPO, load_passes

BUILD = Path(os.environ.get("TW_BUILD_DIR", REPO / "build"))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what is tracked (or would be): the scaffold never writes into the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (REPO / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPO / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("phase", ["Input", "Experiment"])
def test_output_keeps_the_rules(tree: Path, phase: str) -> None:
    written = add_pass(tree, phase, "FoldSample")
    records = load_passes(tree)
    (record,) = [r for r in records if r.name == "FoldSample"]
    findings = naming_rules.check_argument(record) + naming_rules.check_documented(record)
    findings += naming_rules.check_source(tree, record) + naming_rules.check_test(tree, record)
    findings += naming_rules.check_strays(tree, records) + naming_rules.check_listed(tree)
    lit_test = (tree / "test/passes" / phase / "fold-sample.mlir").read_text()
    findings += lit_rules.check_cases(lit_test) + lit_rules.check_prefixes(lit_test)
    for path in written:
        name = path.relative_to(tree).as_posix()
        if source_rules.is_source(name):
            findings += source_rules.check_header(name, path.read_text())
    assert findings == []
    formatted = subprocess.run(
        [
            "clang-format",
            "--dry-run",
            "-Werror",
            *(p for p in written if p.suffix in (".cpp", ".h")),
        ],
        cwd=tree,
        capture_output=True,
        text=True,
    )
    assert formatted.returncode == 0, formatted.stderr


@pytest.mark.parametrize(
    ("phase", "name", "word"),
    [
        ("Input", "AttachTarget", "exists already"),
        ("Input", "fold_sample", "CamelCase"),
        ("../Input", "FoldSample", "CamelCase"),
        ("Pipelines", "FoldSample", "no Passes.td"),
    ],
)
def test_bad_names_are_refused(tree: Path, phase: str, name: str, word: str) -> None:
    before = sorted(tree.rglob("*"))
    with pytest.raises(ValueError, match=word):
        add_pass(tree, phase, name)
    assert sorted(tree.rglob("*")) == before


@pytest.mark.slow
def test_output_compiles_and_passes(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    add_pass(tree, "Experiment", "FoldSample")
    build = tmp_path_factory.mktemp("build")
    # Only the new pass and the registration are compiled; all other objects are the
    # repository's own. Two files do not repay a precompiled header.
    run(
        *("cmake", "-S", tree, "-B", build, "-G", "Ninja", "-DTW_ENABLE_PYTHON=OFF"),
        *("-DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON", f"-DPython_EXECUTABLE={sys.executable}"),
    )
    core = "CMakeFiles/TilewrightCore.dir"
    objects = [
        f"{core}/passes/Register.cpp.o",
        f"{core}/passes/Experiment/FoldSample.cpp.o",
    ]
    run("ninja", "-C", build, *objects)
    link(build, objects)
    run(
        *(sys.executable, "-m", "lit.main", "-v", "--filter=fold-sample", tree / "test"),
        env={**os.environ, "TW_BUILD_DIR": str(build)},
    )


def link(build: Path, objects: list[str]) -> None:
    """Links `build`/bin/tw-opt as the repository's, with `objects` of `build` in place of or
    beside those that it has."""
    commands = run("ninja", "-C", BUILD, "-t", "commands", "bin/tw-opt").splitlines()
    (command,) = [line for line in commands if " -o bin/tw-opt " in line]
    command = command.split("&&")[-2] if "&&" in command else command
    words = [word for word in shlex.split(command) if word not in objects]
    words[words.index("bin/tw-opt")] = str(build / "bin" / "tw-opt")
    (build / "bin").mkdir(exist_ok=True)
    run(*words, *(build / name for name in objects), cwd=BUILD)


def run(*command: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, cwd=cwd, env=env)
    assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}\n{done.stderr}"
    return done.stdout
