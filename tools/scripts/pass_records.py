# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The passes of the project as TableGen knows them.

Everything that has to list passes (the repository's rules, the reference pages, the scaffold)
reads them from here, so that `passes/<Phase>/Passes.td` stays the only list.
"""

import json
import re
import shutil
import subprocess
import sysconfig
import textwrap
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class PassOption:
    """One option of a pass: `argument` is its name on the command line.

    `default` is C++, as is `type`, that of an element if the option is a list.
    """

    argument: str
    type: str
    is_list: bool
    default: str
    description: str


@dataclass(frozen=True)
class PassRecord:
    """One `def` of a Passes.td.

    `phase` is the folder that holds it, and `anchor` the C++ type of the operation that it runs
    on, without namespaces of MLIR: `ModuleOp`, `func::FuncOp`, or nothing for any.
    """

    phase: str
    name: str
    argument: str
    anchor: str
    summary: str
    description: str
    options: tuple[PassOption, ...]


def kebab(name: str) -> str:
    """`FoldBatchNorm` → `fold-batch-norm`; a run of capitals is one word."""
    words = re.sub(r"([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])", r"\1\3-\2", name)
    return words.lower()


def find_tool(name: str) -> Path:
    """An LLVM or MLIR tool: of the wheels if they are installed, else from PATH.

    Raises FileNotFoundError when there is none.
    """
    site = Path(sysconfig.get_path("purelib"))
    for folder in (site / "llvm" / "bin", site / "mlir" / "bin"):
        if (folder / name).exists():
            return folder / name
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name}: neither in the xtc-* wheels of this Python nor on PATH")
    return Path(found)


@cache
def mlir_include() -> Path:
    """The folder that has `mlir/Pass/PassBase.td`. Raises FileNotFoundError when there is none."""
    for prefix in (find_tool("mlir-tblgen").parents[1], find_tool("llvm-tblgen").parents[1]):
        if (prefix / "include" / "mlir" / "Pass" / "PassBase.td").exists():
            return prefix / "include"
    raise FileNotFoundError("mlir/Pass/PassBase.td: install xtc-mlir-dev, or MLIR's headers")


def load_phase(td: Path) -> list[PassRecord]:
    """The passes of one Passes.td, in the order of the file.

    Raises subprocess.CalledProcessError when TableGen rejects the file.
    """
    includes = [f"-I{mlir_include()}", f"-I{td.parents[2]}"]
    command = [str(find_tool("llvm-tblgen")), "--dump-json", *includes, str(td)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    records = json.loads(run.stdout)
    passes = [records[name] for name in records["!instanceof"].get("Pass", [])]
    passes.sort(key=lambda record: int(record["!locs"][-1].rsplit(":", 1)[1]))
    return [
        PassRecord(
            phase=td.parent.name,
            name=record["!name"],
            argument=record["argument"],
            anchor=re.sub(r".*?<(?:::mlir::)?(.*)>", r"\1", record["baseClass"]),
            summary=record["summary"],
            description=textwrap.dedent(record["description"]).strip(),
            options=tuple(_option(records[option["def"]]) for option in record["options"]),
        )
        for record in passes
    ]


def load_passes(repo: Path = REPO) -> list[PassRecord]:
    """All passes, by folder in the order in which `passes/CMakeLists.txt` lists them, which is
    that of the pipeline, and then in the order of its Passes.td."""
    listed = re.findall(r"add_subdirectory\((\w+)\)", (repo / "passes/CMakeLists.txt").read_text())
    files = [repo / "passes" / folder / "Passes.td" for folder in listed]
    return [record for td in files if td.exists() for record in load_phase(td)]


def _option(record: dict[str, Any]) -> PassOption:
    return PassOption(
        argument=record["argument"],
        type=record["type"],
        is_list="ListOption" in record["!superclasses"],
        default=record.get("defaultValue", ""),
        description=record["description"],
    )
