# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""CPUs that QEMU emulates: their code runs in a program of its own, call by call.

The program is ``emulated_host.c``, the module's object and the C runtime, linked statically by a
cross compiler. Both it and QEMU come from the system's packages; :attr:`Machine.missing` names
what is not there.
"""

from __future__ import annotations

import ctypes
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tilewright import dtypes
from tilewright.signature import HostInterface
from tilewright.targets.cpu import CpuTarget

Arguments = Sequence[tuple[int, Sequence[int]]]

_ROOT = Path(__file__).parents[2]
_HOST = Path(__file__).with_name("emulated_host.c")


@dataclass(frozen=True)
class Machine:
    """A processor, what compiles C for it, and what runs its programs.

    Attributes:
        target: as :func:`tilewright.compile` takes it.
        compiler: C compiler.
        emulator: command in front of a program's.
        packages: Debian packages that have these two.
    """

    target: str
    compiler: str
    emulator: tuple[str, ...]
    packages: str

    @property
    def missing(self) -> str | None:
        """What has to be installed, as a sentence."""
        absent = [name for name in (self.compiler, self.emulator[0]) if not shutil.which(name)]
        if not absent:
            return None
        return f"{' and '.join(absent)} not found: apt install {self.packages}"


MACHINES = {
    # An Arm core of 2018 or so: NEON with dot products, and no SVE.
    "neoverse-n1": Machine(
        "cpu:aarch64-linux-gnu:neoverse-n1",
        "aarch64-linux-gnu-gcc",
        ("qemu-aarch64", "-cpu", "neoverse-n1"),
        "gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user",
    ),
    # The least that any of them has. QEMU faults on what is newer.
    "aarch64": Machine(
        "cpu:aarch64",
        "aarch64-linux-gnu-gcc",
        ("qemu-aarch64", "-cpu", "cortex-a53"),
        "gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user",
    ),
    # AVX2 without a trace of AVX-512.
    "haswell": Machine(
        "cpu:x86_64-linux-gnu:haswell",
        "x86_64-linux-gnu-gcc",
        ("qemu-x86_64", "-cpu", "Haswell"),
        "gcc qemu-user",
    ),
}


def make_target(name: str) -> EmulatedCpu:
    """One of :data:`MACHINES` as a target whose modules can be called."""
    cpu = CpuTarget.parse(MACHINES[name].target.partition(":")[2])
    return EmulatedCpu(cpu.triple, cpu.cpu, cpu.features, machine=name)


@dataclass(frozen=True)
class EmulatedCpu(CpuTarget):
    """A CPU whose code runs in an emulator."""

    machine: str = ""

    def obstacle(self) -> str | None:
        return MACHINES[self.machine].missing

    def load(self, code: bytes, threads: int, interface: HostInterface) -> EmulatedModule:
        return EmulatedModule(MACHINES[self.machine], code, threads, interface)


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="tilewright-emulated-")


@cache
def _host_objects(compiler: str) -> tuple[Path, ...]:
    """The host program and the runtime, compiled. A forked process uses its parent's."""
    folder = Path(_folder().name) / compiler
    folder.mkdir()
    sources = [_HOST, *sorted((_ROOT / "runtime").glob("*.c"))]
    _check([compiler, "-O1", "-std=gnu11", f"-I{_ROOT}/runtime/include", "-c", *sources], folder)
    return tuple(folder / f"{source.stem}.o" for source in sources)


def prepare(name: str) -> None:
    """Compile what all modules of a machine share."""
    _host_objects(MACHINES[name].compiler)


def _check(command: Sequence[Any], folder: Path) -> None:
    done = subprocess.run([*map(str, command)], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command[:3]))} …: {done.stderr[-2000:].strip()}")


class EmulatedModule:
    """A program, run anew for each call; see :class:`tilewright.targets.base.LoadedModule`."""

    def __init__(
        self, machine: Machine, code: bytes, threads: int, interface: HostInterface
    ) -> None:
        self.threads = threads
        self._machine, self._interface = machine, interface
        self._folder = tempfile.TemporaryDirectory(prefix="tilewright-emulated-")
        folder = Path(self._folder.name)
        (folder / "module.o").write_bytes(code)
        objects = _host_objects(machine.compiler)
        libraries = ["-lm", "-lpthread", "-Wl,-z,noexecstack"]
        _check(
            [machine.compiler, "-static", "-o", "host", *objects, "module.o", *libraries], folder
        )
        self._bound: list[tuple[int, Sequence[int]]] = []
        self._per_call: list[int] = []

    @property
    def has_init(self) -> bool:
        return bool(self._interface.prepared)

    def init(self, arguments: Arguments) -> None:
        interface = self._interface
        kinds = [argument.dtype for argument in interface.init]
        kinds += [spec.dtype for spec in interface.prepared]
        answer = self._call(True, arguments, kinds, len(interface.init))
        prepared = arguments[len(interface.init) :]
        for (address, sizes), spec in zip(prepared, interface.prepared, strict=True):
            count = dtypes.item_bytes(spec.dtype) * int(np.prod(sizes))
            ctypes.memmove(address, answer[:count], count)
            answer = answer[count:]

    def bind(self, arguments: Arguments, per_call: list[int]) -> None:
        self._bound, self._per_call = list(arguments), list(per_call)

    def run(
        self, arguments: Arguments, element_bytes: list[int]
    ) -> list[tuple[int, list[int], npt.NDArray[np.uint8]]]:
        interface = self._interface
        for position, argument in zip(self._per_call, arguments, strict=True):
            self._bound[position] = argument
        kinds = [argument.dtype for argument in interface.main]
        kinds += [spec.dtype for spec in interface.outputs]
        answer = self._call(False, self._bound, kinds, len(interface.main))
        for (address, sizes), size in zip(
            self._bound[len(interface.main) :], element_bytes, strict=True
        ):
            if address:
                count = size * int(np.prod(sizes))
                ctypes.memmove(address, answer[:count], count)
                answer = answer[count:]
        taken = []
        while answer:
            (index,) = struct.unpack_from("<q", answer)
            rank = len(interface.outputs[index].shape)
            sizes = list(struct.unpack_from(f"<{rank}q", answer, 8))
            start = 8 * (1 + rank)
            end = start + element_bytes[index] * int(np.prod(sizes))
            taken.append((index, sizes, np.frombuffer(answer[start:end], np.uint8).copy()))
            answer = answer[end:]
        return taken

    def profile(self, groups: int) -> None:
        raise RuntimeError("an emulator's times say nothing")

    @property
    def group_times(self) -> list[tuple[int, int]]:
        return []

    def _call(self, is_init: bool, arguments: Arguments, kinds: list[str], num_given: int) -> bytes:
        """What the program answers to a call whose first ``num_given`` arguments have data."""
        interface = self._interface
        sizes_of_outputs = [dtypes.item_bytes(spec.dtype) for spec in interface.outputs]
        call = [struct.pack("<3q", is_init, self.threads, len(sizes_of_outputs))]
        call.append(struct.pack(f"<{len(sizes_of_outputs)}q", *sizes_of_outputs))
        call.append(struct.pack("<q", len(arguments)))
        for index, ((address, sizes), dtype) in enumerate(zip(arguments, kinds, strict=True)):
            element, given = dtypes.item_bytes(dtype), index < num_given
            count = element * int(np.prod(sizes)) if address or given else -1
            call.append(struct.pack("<4q", len(sizes), element, count, given))
            call.append(struct.pack(f"<{len(sizes)}q", *sizes))
            if given and count:
                call.append(ctypes.string_at(address, count))
        folder = Path(self._folder.name)
        (folder / "call").write_bytes(b"".join(call))
        _check([*self._machine.emulator, "./host", "call", "answer"], folder)
        answer = (folder / "answer").read_bytes()
        (length,) = struct.unpack_from("<q", answer)
        if length >= 0:
            raise RuntimeError(answer[8 : 8 + length].decode())
        return answer[8:]
