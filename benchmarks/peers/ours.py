# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tilewright."""

from typing import Any

import tilewright as tw
from peers import Inputs, Prepared


def prepare(model: Any, inputs: Inputs, threads: int, precision: str) -> Prepared:
    """Compiles; the cache is not asked, so that the seconds are those of a compilation."""
    options: dict[str, Any] = {} if precision == "f32" else {"precision": precision}
    args, kwargs = inputs
    compiled = tw.compile(
        model, args, example_kwargs=kwargs, threads=threads, cache=False, progress=False, **options
    )
    timings = compiled.timings
    facts = {
        "version": tw.__version__,
        "target": compiled.target.description,
        "import": timings.import_seconds,
        "compile": timings.compile_seconds,
        "load": timings.load_seconds,
    }
    return Prepared(lambda: compiled(*args, **kwargs), facts)
