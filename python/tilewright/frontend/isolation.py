# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Yes-or-no questions whose asking may crash: asked in a child process."""

from __future__ import annotations

import faulthandler
import os
import select
import signal
import sys
import warnings
from collections.abc import Callable, Sequence

_SECONDS_EACH = 60.0
_MEMORY = 4 << 30


def survey(questions: Sequence[Callable[[], bool]]) -> list[bool]:
    """The answers; False for a question that crashes, hangs or eats up the memory.

    Children share the parent's memory, so nothing is copied or loaded again. Where processes cannot
    be forked, the questions are asked here.
    """
    if not hasattr(os, "fork") or sys.platform == "darwin":
        return [_ask(question) for question in questions]
    answers: list[bool] = []
    while len(answers) < len(questions):
        answers += _survey_until_crash(questions[len(answers) :])
    return answers


def _ask(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except Exception:
        return False


def _survey_until_crash(questions: Sequence[Callable[[], bool]]) -> list[bool]:
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        # Python warns of locks that other threads hold; the child takes none of them, and is
        # killed if it hangs.
        warnings.simplefilter("ignore")
        child = os.fork()
    if child == 0:
        _answer_and_exit(questions, writer)
    os.close(writer)
    answers: list[bool] = []
    try:
        while len(answers) < len(questions):
            ready, _, _ = select.select([reader], [], [], _SECONDS_EACH)
            byte = os.read(reader, 1) if ready else b""
            answers.append(byte == b"y")
            if not byte:
                break
    finally:
        os.close(reader)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return answers


def _answer_and_exit(questions: Sequence[Callable[[], bool]], writer: int) -> None:
    import resource

    try:
        # A crash is an answer: no stack trace, no core file.
        faulthandler.disable()
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        used = _address_space()
        if used:
            resource.setrlimit(resource.RLIMIT_AS, (used + _MEMORY, used + _MEMORY))
        for question in questions:
            os.write(writer, b"y" if _ask(question) else b"n")
    finally:
        # Not sys.exit: the parent's handlers and buffers are not the child's to flush.
        os._exit(0)


def _address_space() -> int:
    """Bytes of address space in use, 0 where the system does not say."""
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
