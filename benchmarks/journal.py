# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Results so far, so that an interrupted run need not begin again."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from cases import Case
from contest import Result


class Journal:
    """One result a line, with what it is the result of."""

    def __init__(self, path: Path | None) -> None:
        """Drops what an older build of the compiler was measured for."""
        from tilewright import _core

        self._path = path
        self._known: dict[str, Result] = {}
        if path is None or not path.exists():
            return
        if path.stat().st_mtime < Path(_core.__file__).stat().st_mtime:
            path.unlink()
            return
        for line in path.read_text().splitlines():
            entry = json.loads(line)
            self._known[entry["key"]] = Result.from_json(entry["result"])

    def find(
        self, case: Case, contenders: Sequence[str], threads: int, precision: str
    ) -> Result | None:
        """The result of an earlier run."""
        return self._known.get(_key(case, contenders, threads, precision))

    def add(self, case: Case, result: Result) -> None:
        """Writes a result down."""
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            key = _key(case, list(result.outcomes), result.threads, result.precision)
            with self._path.open("a") as file:
                file.write(json.dumps({"key": key, "result": result.to_json()}) + "\n")

    def finish(self) -> None:
        """The next run measures everything again."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def _key(case: Case, contenders: Sequence[str], threads: int, precision: str) -> str:
    return json.dumps([asdict(case), list(contenders), threads, precision])
