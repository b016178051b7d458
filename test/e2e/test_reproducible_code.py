# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A model compiles to the same bytes in every process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


# GPT-2 looks words up, which is guarded by messages; UNet has regions that are merged.
@pytest.mark.parametrize("model", ["gpt2", "unet"])
def test_same_object_in_two_processes(model: str, tmp_path: Path) -> None:
    objects = []
    for seed in (1, 2):
        out = tmp_path / f"{seed}.o"
        command = [sys.executable, "-m", "tilewright", "compile", f"zoo:{model}:small"]
        subprocess.run(
            [*command, "--emit", "object", "-o", str(out)],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            check=True,
        )
        objects.append(out.read_bytes())
    assert objects[0] == objects[1]
