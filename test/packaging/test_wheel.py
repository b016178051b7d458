# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The wheel that `pip install .` builds and installs works on its own, wherever it lies."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from generate import BUILD
from pass_records import REPO

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built in the build folder that is there, so that nothing is compiled twice."""
    folder = tmp_path_factory.mktemp("wheel")
    flags = ["--no-deps", "--no-build-isolation", f"--config-settings=build-dir={BUILD}"]
    run(sys.executable, "-m", "pip", "wheel", "--quiet", *flags, "-w", str(folder), str(REPO))
    (built,) = folder.glob("tilewright-*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel unpacked beside the wheels that it depends on, as pip would."""
    folder = tmp_path_factory.mktemp("site-packages")
    run(sys.executable, "-m", "zipfile", "-e", str(wheel), str(folder))
    for dependency in ("mlir", "llvm"):
        (folder / dependency).symlink_to(Path(sysconfig.get_path("purelib")) / dependency)
    return folder


def test_contents(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"tilewright/py.typed", "tilewright/bin/tw-opt", "tilewright/libTilewright.so"} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    foreign = {name.split("/")[0] for name in names if not name.startswith("tilewright")}
    assert foreign == set()


def test_imports_and_knows_its_phases(site: Path) -> None:
    # -S leaves out the editable installation of the environment that runs this.
    others = sysconfig.get_path("purelib")
    code = f"""
import sys
sys.path[:0] = [{str(site)!r}, {others!r}]
import tilewright
from tilewright import _core
assert tilewright.__file__.startswith({str(site)!r}), tilewright.__file__
assert _core.__file__.startswith({str(site)!r}), _core.__file__
print([name for name, summary in _core.phases("cpu")][0])
"""
    assert run(sys.executable, "-S", "-c", code).strip() == "input"


@pytest.mark.parametrize("tool", ["tw-opt", "tw-reduce", "tw-lsp-server"])
def test_tools_find_their_libraries(site: Path, tool: str) -> None:
    path = site / "tilewright" / "bin" / tool
    path.chmod(0o755)  # zipfile drops the mode
    assert "USAGE" in run(str(path), "--help")


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout
