# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The whole catalogue, half an hour of it: ``make check-slow``. Not collected unless named."""

from __future__ import annotations

import catalogue
import pytest
from case import Case
from children import run


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in catalogue.cases()])
def test_error_is_that_of_eager(case: Case) -> None:
    verdict = run(case)
    assert verdict.status == "ok", str(verdict)
