# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Add a pass: `python tools/scripts/new_pass.py Graph FoldSomething`.

Writes its TableGen def, C++ file, lit test, CMake entry, Python function and, for a new phase
folder, its registration. What it writes compiles and passes as it is: a pass that cancels pairs of
negations, to be replaced by yours.
"""

import argparse
import re
import sys
import textwrap
from pathlib import Path
from string import Template

import gen_python_passes
from pass_records import REPO, kebab

TEMPLATES = Path(__file__).parent / "templates"
_SPDX = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"


def add_pass(root: Path, phase: str, name: str) -> list[Path]:
    """Adds pass `name` to `passes/<phase>` under `root`; returns the files it wrote or changed.

    Raises ValueError, before anything is written, when a name is not in CamelCase, when the pass
    exists, or when the folder is not one of passes.
    """
    for word in (phase, name):
        if not re.fullmatch(r"(?:[A-Z][a-z0-9]*)+", word):
            raise ValueError(f"'{word}' must be in CamelCase, as in FoldBatchNorm")
    folder = root / "passes" / phase
    source = folder / f"{name}.cpp"
    test = root / "test" / "passes" / phase / f"{kebab(name)}.mlir"
    for path in (source, test):
        if path.exists():
            raise ValueError(f"{path.relative_to(root)} exists already")
    if folder.exists() and not (folder / "Passes.td").exists():
        raise ValueError(f"passes/{phase} has no Passes.td: it is not a folder of passes")

    words = {
        "phase": phase,
        "phase_upper": phase.upper(),
        "name": name,
        "upper": name.upper(),
        "argument": f"tw-{kebab(name)}",
    }
    changed = [] if folder.exists() else _add_phase(root, phase, words)
    td = folder / "Passes.td"
    td.write_text(td.read_text() + _fill("pass.td.in", words))
    source.write_text(_fill("pass.cpp.in", words))
    test.parent.mkdir(parents=True, exist_ok=True)
    test.write_text(_fill("pass.mlir.in", words))
    listed = _list_source(folder, f"{name}.cpp")
    return [*changed, td, source, listed, test, gen_python_passes.write(root)]


def _fill(template: str, words: dict[str, str]) -> str:
    return Template((TEMPLATES / template).read_text()).substitute(words)


def _add_phase(root: Path, phase: str, words: dict[str, str]) -> list[Path]:
    """Makes an empty folder of passes, built and registered."""
    folder = root / "passes" / phase
    folder.mkdir()
    header, td, lists = folder / "Passes.h", folder / "Passes.td", folder / "CMakeLists.txt"
    header.write_text(_fill("phase.h.in", words))
    td.write_text(f'// {_SPDX}\ninclude "mlir/Pass/PassBase.td"\n')
    lists.write_text(f"# {_SPDX}\ntw_add_passes({phase} SOURCES)\n")

    parent = root / "passes" / "CMakeLists.txt"
    parent.write_text(parent.read_text().rstrip("\n") + f"\nadd_subdirectory({phase})\n")
    register = root / "passes" / "Register.cpp"
    include = f'#include "passes/{phase}/Passes.h"'
    text = _insert_sorted(register.read_text(), include, r'#include "passes/\w+/Passes\.h"')
    call = f"  register{phase}Passes();"
    register.write_text(_insert_sorted(text, call, r"  register\w+Passes\(\);"))
    return [header, parent, register]


def _insert_sorted(text: str, line: str, alike: str) -> str:
    """Puts `line` among the lines that match the regular expression `alike`, in order."""
    lines = text.splitlines()
    places = [index for index, present in enumerate(lines) if re.fullmatch(alike, present)]
    place = next((i for i in places if lines[i] > line), places[-1] + 1)
    return "\n".join([*lines[:place], line, *lines[place:]]) + "\n"


def _list_source(folder: Path, source: str) -> Path:
    """Adds `source` to the SOURCES of the folder's tw_add_passes, in order."""
    path = folder / "CMakeLists.txt"
    call = re.compile(r"tw_add_passes\((\w+)\s+SOURCES([^)]*)\)")
    match = call.search(path.read_text())
    if match is None:
        raise ValueError(f"{path}: no tw_add_passes(<Phase> SOURCES …) to add {source} to")
    names = " ".join(sorted([*match[2].split(), source]))
    entry = textwrap.fill(
        f"tw_add_passes({match[1]} SOURCES {names})",
        width=100,
        subsequent_indent=" " * len("tw_add_passes("),
        break_on_hyphens=False,
    )
    path.write_text(call.sub(entry, path.read_text(), count=1))
    return path


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("phase", help="folder under passes/, as in Graph; made if new")
    parser.add_argument("name", help="name in CamelCase, as in FoldBatchNorm")
    arguments = parser.parse_args()
    try:
        written = add_pass(REPO, arguments.phase, arguments.name)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for path in written:
        print(path.relative_to(REPO))
    print(
        f"Now: make lit LITFLAGS=--filter={kebab(arguments.name)}; then replace the sample by "
        "your rewrite, add the pass to a builder in passes/Pipelines/ where it belongs, and run "
        "make generate."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
