# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One side of a comparison, in a process of its own: `worker.py SIDE MODEL SIZE THREADS`.

SIDE is `tilewright` or `eager`. Prints one line of JSON when the model is ready, and one for each
command that it reads from its standard input:

- `time SECONDS`: calls for about that long; the seconds of each call;
- `error`: largest error relative to float64, ours and float32 eager's (SIDE `tilewright` only).
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

# A round has at least and at most so many calls, however slow or fast they are.
_LEAST_CALLS, _MOST_CALLS = 2, 1000
_WARM_UP_CALLS = 3


def main(side: str, model: str, size: str, threads: int) -> None:
    """Runs the worker until its standard input ends."""
    os.environ["OMP_NUM_THREADS"] = str(threads)  # before torch is imported
    call, facts, errors = (_tilewright if side == "tilewright" else _eager)(model, size, threads)
    for _ in range(_WARM_UP_CALLS):
        call()
    _say(facts)
    for line in sys.stdin:
        command, *arguments = line.split()
        _say(_timed(call, float(arguments[0])) if command == "time" else errors())


def _tilewright(
    model: str, size: str, threads: int
) -> tuple[Callable[[], Any], dict[str, Any], Callable[[], Any]]:
    from tilewright.cli.measure import measure
    from tilewright.cli.models import load_model

    loaded = load_model(f"zoo:{model}:{size}")
    # The seconds in the table are those of a compilation, not of a look-up.
    compiled = loaded.compile(threads=threads, cache=False)
    timings = compiled.timings

    def errors() -> dict[str, float | None]:
        result = measure(loaded, compiled, 1, with_eager=True)
        return {"error": result.error, "eager_error": result.eager_error}

    facts = {
        "target": compiled.target.description,
        "import": timings.import_seconds,
        "compile": timings.compile_seconds,
        "load": timings.load_seconds,
    }
    return lambda: compiled(*loaded.args, **loaded.kwargs), facts, errors


def _eager(
    model: str, size: str, threads: int
) -> tuple[Callable[[], Any], dict[str, Any], Callable[[], Any]]:
    import torch

    from tilewright import zoo

    torch.set_num_threads(threads)
    built = zoo.build(model, size)  # type: ignore[arg-type]  # checked there

    @torch.inference_mode()
    def call() -> Any:
        return built.model(*built.example_args, **built.example_kwargs)

    parameters = sum(p.numel() for p in built.model.parameters())
    return call, {"torch": torch.__version__, "parameters": parameters}, dict


def _timed(call: Callable[[], Any], seconds: float) -> list[float]:
    samples: list[float] = []
    start_of_round = time.perf_counter()
    while len(samples) < _LEAST_CALLS or (
        len(samples) < _MOST_CALLS and time.perf_counter() - start_of_round < seconds
    ):
        start = time.perf_counter()
        call()
        samples.append(time.perf_counter() - start)
    return samples


def _say(answer: Any) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
