# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""lit configuration: `lit test` after a build, or TW_BUILD_DIR=... lit test."""

import os
import shutil
import sysconfig
from pathlib import Path

import lit.formats

config.name = "tilewright"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir"]
config.excludes = ["python"]  # pytest has those
config.test_source_root = os.path.dirname(__file__)
repo = Path(__file__).resolve().parent.parent
build = Path(os.environ.get("TW_BUILD_DIR", repo / "build"))
config.test_exec_root = str(build / "test")

site = Path(sysconfig.get_path("purelib"))


def tool_dir(name: str, *candidates: Path) -> str:
    """The folder that holds `name`: the wheels' or build's first, then PATH."""
    for folder in candidates:
        if (folder / name).exists():
            return str(folder)
    found = shutil.which(name)
    if not found:
        lit_config.fatal(f"{name} not found in {[str(c) for c in candidates]} nor on PATH")
    return os.path.dirname(found)


folders = [
    tool_dir("tw-opt", build / "bin", site / "tilewright" / "bin"),
    tool_dir("FileCheck", site / "llvm" / "bin"),
    tool_dir("mlir-translate", site / "mlir" / "bin"),
]
config.environment["PATH"] = os.pathsep.join([*folders, os.environ.get("PATH", "")])
if shutil.which("ptxas"):
    config.available_features.add("ptxas")
