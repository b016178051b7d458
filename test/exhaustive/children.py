# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Cases in processes of their own: one that crashes or hangs takes nothing with it."""

from __future__ import annotations

import os
import pickle
import select
import signal
import sys
import tempfile
import time
import warnings
from functools import cache
from importlib import import_module

import torch
from case import Case, Function, Verdict, judge
from emulated_cpu import MACHINES, make_target, prepare

_MEMORY = 12 << 30


def run(case: Case, target: str = "cpu", seconds: float = 120.0) -> Verdict:
    """The verdict on a case, from a fork of this process.

    ``target`` is what :func:`tilewright.compile` takes, or a machine of emulated_cpu.py.

    Everything a compilation needs is loaded before the fork, so a case costs its own work only.
    """
    _load()
    if target in MACHINES:
        prepare(target)
    reader, writer = os.pipe()
    with tempfile.TemporaryFile() as stderr:
        with warnings.catch_warnings():
            # Python warns of locks that other threads hold; no thread of this process holds any.
            warnings.simplefilter("ignore")
            child = os.fork()
        if child == 0:
            _judge_and_exit(case, target, writer, stderr.fileno())
        os.close(writer)
        started = time.perf_counter()
        answer, late = _read(reader, seconds)
        os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        taken = time.perf_counter() - started
        if answer:
            verdict: Verdict = pickle.loads(answer)
            return verdict
        stderr.seek(0)
        last = stderr.read()[-4000:].decode(errors="replace").strip()
    if late:
        return Verdict("timeout", last[-300:], seconds=taken)
    name = signal.Signals(status & 127).name if status & 127 else f"exit {status >> 8}"
    return Verdict("crash", f"{name}: {_gist(last)}", seconds=taken)


@cache
def _load() -> None:
    """What the children would each load otherwise. No thread may be started here."""
    # The compiler first, as in any compilation: of two LLVMs in a process the first sets the names
    # of the functions that code calls.
    for name in ("_core", "api", "frontend", "pipeline", "targets"):
        import_module(f"tilewright.{name}")
    import_module("torch_mlir.fx")

    # Much of PyTorch is loaded when a first model is exported.
    torch.set_num_threads(1)
    example = torch.export.export(Function(lambda x: torch.softmax(x @ x, 0)), (torch.ones(2, 2),))
    example.run_decompositions()


def _judge_and_exit(case: Case, target: str, writer: int, stderr: int) -> None:
    import resource

    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        os.dup2(stderr, 2)
        os.dup2(stderr, 1)
        warnings.simplefilter("ignore")
        verdict = judge(case, make_target(target) if target in MACHINES else target)
    except BaseException as error:  # the case itself is broken
        verdict = Verdict("broken", f"{type(error).__name__}: {error}")
    with os.fdopen(writer, "wb") as pipe:
        pickle.dump(verdict, pipe)
    sys.stderr.flush()
    os._exit(0)


def _read(reader: int, seconds: float) -> tuple[bytes, bool]:
    deadline = time.perf_counter() + seconds
    pieces: list[bytes] = []
    try:
        while True:
            left = deadline - time.perf_counter()
            if left <= 0 or not select.select([reader], [], [], left)[0]:
                return b"", True
            piece = os.read(reader, 1 << 16)
            if not piece:
                return b"".join(pieces), False
            pieces.append(piece)
    finally:
        os.close(reader)


def _gist(text: str) -> str:
    """The line of a crash's output that says why."""
    lines = [line for line in text.splitlines() if line.strip()]
    for word in ("Assertion", "LLVM ERROR", "UNREACHABLE", "error:", "Error"):
        for line in lines:
            if word in line:
                return line.strip()[:400]
    return " | ".join(lines[-3:])[:400]
