# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The rules of this folder can fail: each is shown small samples that break it, and one that
keeps it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import lit_rules
import naming_rules
import source_rules
from pass_records import PassRecord

GOOD_PASS = PassRecord(
    phase="Graph",
    name="FoldNegation",
    argument="tw-fold-negation",
    anchor="",
    summary="Fold pairs of negations",
    description="Replaces a negation of a negation by its operand.\n```mlir\n%1 = ...\n```",
    options=(),
)
GOOD_SOURCE = """// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Graph/Passes.h"

namespace tw {
#define GEN_PASS_DEF_FOLDNEGATION
#include "passes/Graph/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-fold-negation"
"""
GOOD_LIT = """// RUN: tw-opt %s -tw-fold-negation | FileCheck %s

// CHECK-LABEL: @twice
func.func @twice(%x: tensor<?x4xf32>)
// CHECK-LABEL: @no_single
// CHECK-NEXT: return
func.func @no_single(%x: tensor<4xf32>)
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of one pass that keeps all naming rules."""
    for name, text in {
        "passes/Graph/FoldNegation.cpp": GOOD_SOURCE,
        "passes/Graph/CMakeLists.txt": "tw_add_passes(Graph SOURCES FoldNegation.cpp)\n",
        "passes/Graph/Passes.td": "",
        "passes/Register.cpp": "registerGraphPasses();\n",
        "passes/CMakeLists.txt": "tw_add_sources(Register.cpp)\n",
        "test/passes/Graph/fold-negation.mlir": GOOD_LIT,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_good_samples_are_clean(tree: Path) -> None:
    assert naming_rules.check_argument(GOOD_PASS) == []
    assert naming_rules.check_documented(GOOD_PASS) == []
    assert naming_rules.check_source(tree, GOOD_PASS) == []
    assert naming_rules.check_test(tree, GOOD_PASS) == []
    assert naming_rules.check_strays(tree, [GOOD_PASS]) == []
    assert naming_rules.check_listed(tree) == []
    assert lit_rules.check_cases(GOOD_LIT) == []
    assert lit_rules.check_prefixes(GOOD_LIT) == []
    assert lit_rules.check_runs(GOOD_LIT) == []


def test_argument_must_mirror_the_name() -> None:
    assert naming_rules.check_argument(replace(GOOD_PASS, argument="tw-fold-neg"))


@pytest.mark.parametrize(
    "change",
    [
        {"summary": ""},
        {"summary": "Fold pairs of negations."},
        {"description": "```mlir\n```"},
        {"description": "Replaces a negation of a negation by its own operand."},
    ],
)
def test_documentation_must_be_there(change: dict[str, Any]) -> None:
    assert naming_rules.check_documented(replace(GOOD_PASS, **change))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("FOLDNEGATION", "FOLDNEG"),
        ('DEBUG_TYPE "tw-fold-negation"', 'DEBUG_TYPE "fold-negation"'),
        ("namespace tw {", "static int count;\nnamespace tw {"),
        ("} // namespace", "#define GEN_PASS_DEF_OTHER\n} // namespace"),
    ],
)
def test_source_must_mirror_the_name(tree: Path, old: str, new: str) -> None:
    path = tree / "passes/Graph/FoldNegation.cpp"
    path.write_text(GOOD_SOURCE.replace(old, new))
    assert naming_rules.check_source(tree, GOOD_PASS)


def test_source_and_test_must_exist(tree: Path) -> None:
    (tree / "passes/Graph/FoldNegation.cpp").unlink()
    (tree / "test/passes/Graph/fold-negation.mlir").rename(tree / "test/passes/Graph/fold.mlir")
    assert naming_rules.check_source(tree, GOOD_PASS)
    assert naming_rules.check_test(tree, GOOD_PASS)
    assert naming_rules.check_strays(tree, [GOOD_PASS])


def test_test_must_run_its_pass(tree: Path) -> None:
    path = tree / "test/passes/Graph/fold-negation.mlir"
    path.write_text(GOOD_LIT.replace("-tw-fold-negation", "-tw-fold-negation-twice"))
    assert naming_rules.check_test(tree, GOOD_PASS)


def test_pass_without_def_is_found(tree: Path) -> None:
    assert naming_rules.check_strays(tree, [])


def test_uncompiled_and_unregistered_files_are_found(tree: Path) -> None:
    (tree / "passes/Graph/CMakeLists.txt").write_text("tw_add_passes(Graph SOURCES)\n")
    (tree / "passes/Register.cpp").write_text("registerInputPasses();\n")
    assert len(naming_rules.check_listed(tree)) == 2


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("tensor<?x4xf32>", "tensor<8x4xf32>", "dynamic"),
        ("@no_single", "@single", "leaves alone"),
        ("// CHECK-LABEL: @twice\n", "", "shows"),
    ],
)
def test_each_required_case_is_missed(old: str, new: str, word: str) -> None:
    (finding,) = lit_rules.check_cases(GOOD_LIT.replace(old, new))
    assert word in finding


def test_a_missing_case_may_be_excused_with_a_reason() -> None:
    text = GOOD_LIT.replace("tensor<?x4xf32>", "i32")
    assert lit_rules.check_cases(text)
    assert not lit_rules.check_cases(text + "// No dynamic-shape case: it reads no shape at all.\n")
    assert lit_rules.check_cases(text + "// No dynamic-shape case: none.\n")


@pytest.mark.parametrize(
    "line",
    [
        "// CHECH: arith.negf",
        "// CHECK-NEX: arith.negf",
        "// CHECK-NEXT arith.negf",
        "// OTHER: arith.negf",
        "// CHECK-CANONICAL: arith.negf",
    ],
)
def test_misspelt_prefixes_are_found(line: str) -> None:
    (finding,) = lit_rules.check_prefixes(GOOD_LIT + line + "\n")
    assert f"line {GOOD_LIT.count(chr(10)) + 1}" in finding


def test_an_unused_prefix_is_found() -> None:
    text = GOOD_LIT.replace("FileCheck %s", "FileCheck %s --check-prefixes=CHECK,STATIC")
    assert "STATIC" in lit_rules.check_prefixes(text)[0]


@pytest.mark.parametrize(
    "text",
    [
        "// RUN: tw-opt %s\n",
        "// RUN: tw-opt %s | FileCheck %s\n// expected-error @below {{no}}\n",
        "// XFAIL: *\n// RUN: tw-opt %s | FileCheck %s\n",
    ],
)
def test_tests_that_test_nothing_are_found(text: str) -> None:
    assert lit_rules.check_runs(text)


def test_headers_and_sizes() -> None:
    assert source_rules.check_header("a.py", '"""No licence."""\n')
    header = "# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception\n"
    assert not source_rules.check_header("a.py", header)
    assert not source_rules.check_header("a.py", "#!/usr/bin/env python3\n" + header)
    for path, lines in {
        "passes/Graph/A.cpp": 401,
        "passes/Graph/Passes.td": 301,
        "python/a.py": 351,
        "test/passes/Graph/a.mlir": 201,
        "tools/tw-opt/tw-opt.cpp": 41,
    }.items():
        assert source_rules.check_size(path, "\n" * lines)
        assert not source_rules.check_size(path, "\n" * (lines - 1))


@pytest.mark.parametrize(
    "path", ["passes/Utils/Match.cpp", "passes/TileUtils.h", "python/x/misc.py", "a/common.py"]
)
def test_junk_drawers_are_found(path: str) -> None:
    assert source_rules.check_name(path)
    assert not source_rules.check_name("passes/Tile/ContractionMatch.cpp")


def test_host_paths_are_found() -> None:
    sample = "/ho" + "me/someone/x"
    assert source_rules.check_host_paths("a.py", f'open("{sample}")')
    assert not source_rules.check_host_paths("a.py", f'open("${{ROOT}}{sample}"), "$HOME{sample}"')


@pytest.mark.parametrize(
    "code", ["static llvm::cl::opt<bool> fast(0);", "  if (bad) exit(1);", "std::abort();"]
)
def test_libraries_keep_off_the_process(code: str) -> None:
    assert source_rules.check_library("passes/Graph/A.cpp", code)
    assert not source_rules.check_library("tools/tw-opt/tw-opt.cpp", code)
    assert not source_rules.check_library("passes/Graph/A.cpp", f"// {code}")


def test_wordless_refusals_are_found() -> None:
    body = "LogicalResult matchAndRewrite(Op op) const {\n  if (a) {\n  }\n  return %s;\n}\n"
    other = "LogicalResult check() {\n  return failure();\n}\n"
    (finding,) = source_rules.check_refusals("passes/Graph/A.cpp", body % "failure()" + other)
    assert "A.cpp:4" in finding
    worded = body % 'rewriter.notifyMatchFailure(op, "no")'
    assert not source_rules.check_refusals("passes/Graph/A.cpp", worded + other)


@pytest.mark.parametrize("line", ["// TODO: later", "# FIXME", "raise NotImplementedError"])
def test_leftovers_are_found(line: str) -> None:
    assert source_rules.check_leftovers("passes/Graph/A.cpp", line)


def test_own_registration_is_found() -> None:
    good = "tw::registerAllDialects(registry);\ntw::registerAllPasses();\n"
    assert not source_rules.check_tool_registration("tools/tw-opt/tw-opt.cpp", good)
    assert source_rules.check_tool_registration("tools/tw-opt/tw-opt.cpp", "")
    for extra in ("registry.insert<tw::TwDialect>();", "tw::registerInputPasses();"):
        assert source_rules.check_tool_registration("tools/tw-opt/tw-opt.cpp", good + extra)
