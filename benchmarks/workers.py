# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Processes of contenders, as the one that measures sees them."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from peers import CONTENDERS, ENVIRONMENT

WORKER = Path(__file__).parent / "worker.py"
_REPO = Path(__file__).resolve().parents[1]
# Autotuning takes minutes; what takes longer is stuck.
_MOST_SECONDS = 900.0
_MOST_SECONDS_TO_END = 3.0
_MESSAGE_LENGTH = 400


class Failed(Exception):
    """A contender cannot do what it was asked; the message is for the table."""


class Worker:
    """One process; see worker.py for what it is asked."""

    def __init__(self, contender: str, threads: int, precision: str) -> None:
        """Starts the process.

        Raises Failed when its environment is not installed.
        """
        python = sys.executable
        if CONTENDERS[contender].own_environment:
            python = str(ENVIRONMENT / "bin" / "python")
            if not Path(python).exists():
                raise Failed("not installed: run `make peers`")
        self._log = tempfile.TemporaryFile("w+", errors="replace")
        self._process = subprocess.Popen(
            [python, str(WORKER), contender, str(threads), precision],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            # Ctrl-C is for the process that measures; and compilers that it starts end with it.
            start_new_session=True,
        )

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked something."""
        return self._process.poll() is None

    def ask(self, do: str, **arguments: Any) -> Any:
        """The answer to one command.

        Raises Failed with the contender's message, or with how its process ended.
        """
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # _answer says how it ended
            self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self._process.stdin.flush()
        answer = json.loads(self._answer())
        if isinstance(answer, dict) and "failure" in answer:
            raise Failed(shorten(answer["failure"]))
        return answer

    def dismiss(self) -> None:
        """Lets the process end by itself when it has answered."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    def close(self) -> None:
        """Ends the process and all that it started."""
        assert self._process.stdout is not None
        self.dismiss()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_MOST_SECONDS_TO_END)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process.stdout.close()
        self._log.close()

    def _answer(self) -> str:
        # One line for each command, so that nothing of it can be in Python's buffer yet.
        stdout = self._process.stdout
        assert stdout is not None
        if not select.select([stdout], [], [], _MOST_SECONDS)[0]:
            self.close()
            raise Failed(f"no answer within {_MOST_SECONDS:.0f} s")
        line = stdout.readline()
        if not line:
            raise Failed(self._ending())
        return line

    def _ending(self) -> str:
        status = self._process.wait()
        ending = f"exited with status {status}"
        if status < 0:
            ending = f"ended by {signal.Signals(-status).name}"
        self._log.seek(0)
        said = [line.strip() for line in self._log.read().splitlines() if line.strip()]
        return shorten(f"its process {ending}" + (f": {said[-1]}" if said else ""))


class Pool:
    """Workers of some contenders, started when they are first asked for."""

    def __init__(self, threads: int, precision: str) -> None:
        self.threads, self.precision = threads, precision
        self._workers: dict[str, Worker] = {}

    def get(self, contender: str) -> Worker:
        """The contender's worker; a new one if the last ended. `eager` also describes cases."""
        worker = self._workers.get(contender)
        if worker is None or not worker.is_alive:
            if worker is not None:
                worker.close()
            worker = Worker(contender, self.threads, self.precision)
            self._workers[contender] = worker
        return worker

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends all workers; the next to be asked for are new ones."""
        for worker in self._workers.values():
            worker.dismiss()
        for worker in self._workers.values():
            worker.close()
        self._workers.clear()


def shorten(message: str) -> str:
    """The first lines of a message as one line, without paths of this machine."""
    line = " ".join(message.split()).replace(f"{_REPO}/", "").replace(str(Path.home()), "~")
    return line if len(line) <= _MESSAGE_LENGTH else f"{line[: _MESSAGE_LENGTH - 2]} …"
