# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""CPUs: this machine's, or another one by name."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilewright.errors import CompileError, InputError, LoadError
from tilewright.targets.base import EmitKind, LoadedModule, Target

if TYPE_CHECKING:
    from tilewright.signature import HostInterface

# Of a processor that we cannot ask: those of most cores since 2015.
_DEFAULT_L1_BYTES = 32 << 10
_DEFAULT_L2_BYTES = 512 << 10
_CACHES = Path("/sys/devices/system/cpu/cpu0/cache")

# Architectures that the phases make code for, by LLVM's name and by others in use. Pointers of 64
# bits, least significant byte first: generated code relies on both.
_ARCHITECTURES = {
    "x86_64": "x86_64",
    "amd64": "x86_64",
    "aarch64": "aarch64",
    "arm64": "aarch64",
}
_HINT = (
    "write cpu, cpu:PROCESSOR, cpu:ARCHITECTURE or cpu:TRIPLE:PROCESSOR, and features after a "
    "comma: cpu:x86-64-v3, cpu:aarch64, cpu:aarch64-linux-gnu:neoverse-n1,-dotprod"
)


@dataclass(frozen=True)
class CpuTarget(Target):
    """A CPU.

    Attributes:
        triple: LLVM's triple, as in ``x86_64-unknown-linux-gnu``.
        cpu: LLVM's name of the processor.
        features: ``+avx2,-fma``; empty for what the processor's name implies.
        l1_bytes: first-level data cache of a core.
        l2_bytes: second-level cache of a core.
    """

    triple: str
    cpu: str
    features: str = ""
    l1_bytes: int = _DEFAULT_L1_BYTES
    l2_bytes: int = _DEFAULT_L2_BYTES

    @classmethod
    def host(cls) -> CpuTarget:
        """The machine this process runs on."""
        return _host()

    @classmethod
    def parse(cls, name: str) -> CpuTarget:
        """From what follows ``cpu:``, which is ``[TRIPLE:][PROCESSOR][,+FEATURE][,-FEATURE]``.

        Nothing, or ``native``, is this machine. A processor alone is looked for among those of
        this machine's architecture, then among the others'; an architecture (``aarch64``) or a
        triple alone is what all of its processors can run.

        Raises:
            InputError: there is no code for the architecture, or LLVM does not know the
                processor or a feature.
        """
        place, _, features = name.partition(",")
        triple, _, cpu = place.rpartition(":")
        if not triple and cpu.partition("-")[0].lower() in _ARCHITECTURES:
            triple, cpu = cpu, ""
        host = cls.host()
        if not triple and cpu in ("", "native", host.cpu):
            both = ",".join(part for part in (host.features, features) if part)
            target = replace(host, features=both) if features else host
        elif triple:
            target = cls(_complete(triple, name), _oldest(cpu, triple), features)
        else:
            target = cls(_find_triple(cpu, host.triple), cpu, features)
        target.enabled_features  # noqa: B018 - raises for what LLVM does not know
        return target

    @property
    def kind(self) -> str:
        """``cpu``."""
        return "cpu"

    @property
    def fingerprint(self) -> str:
        """Processor, features and cache sizes."""
        caches = f"l1={self.l1_bytes} l2={self.l2_bytes}"
        return f"cpu {self.triple} {self.cpu} {self.features} {caches}"

    @property
    def description(self) -> str:
        """As in ``cpu:znver5 (x86_64, 512-bit vectors, L1 48 KiB, L2 1024 KiB)``."""
        return (
            f"cpu:{self.cpu} ({self.triple.partition('-')[0]}, {self.vector_bits}-bit vectors, "
            f"L1 {self.l1_bytes >> 10} KiB, L2 {self.l2_bytes >> 10} KiB)"
        )

    @property
    def enabled_features(self) -> frozenset[str]:
        """Names of all features that code for this target may use.

        Raises:
            InputError: LLVM does not know the triple, the processor or a feature.
        """
        from tilewright import _core

        try:
            return frozenset(_core.enabled_features(self.triple, self.cpu, self.features))
        except RuntimeError as error:
            raise InputError(f"target cpu:{self.cpu}: {error}", hint=_HINT) from None

    @property
    def vector_bits(self) -> int:
        """Width of a vector register."""
        features = self.enabled_features
        if "avx512f" in features:
            return 512
        return 256 if "avx" in features else 128

    @property
    def vector_registers(self) -> int:
        """Number of vector registers."""
        if self.triple.startswith(("x86_64", "i686", "i386")):
            return 32 if "avx512f" in self.enabled_features else 16
        return 32

    @property
    def bf16_dot(self) -> str:
        """How bfloat16 are multiplied: in tiles (AMX), by ``vdpbf16ps``, or widened to float32."""
        features = self.enabled_features
        if "amx-bf16" in features:
            return "amx"
        return "vdpbf16ps" if {"avx512bf16", "avx512vl"} <= features else "fma"

    @property
    def scalef(self) -> bool:
        """Whether one instruction multiplies float32 by powers of two: ``vscalefps``."""
        return "avx512f" in self.enabled_features

    def phase_options(self) -> Mapping[str, str | int]:
        """What heuristics know of the machine."""
        return {
            "target": "cpu",
            "vector-bits": self.vector_bits,
            "vector-registers": self.vector_registers,
            "l1-bytes": self.l1_bytes,
            "l2-bytes": self.l2_bytes,
            "bf16-dot": self.bf16_dot,
            "scalef": "true" if self.scalef else "false",
        }

    def emit(self, module: Any, kind: EmitKind, opt_level: int) -> bytes:
        """See :meth:`Target.emit`."""
        from tilewright import _core

        if _another_llvm_came_first():
            raise CompileError(
                "torch_mlir was imported before Tilewright's compiler was loaded, and has put its "
                "LLVM's names of library functions in place of ours",
                phase="codegen",
                hint="write `import tilewright._core` above `import torch_mlir`",
            )
        try:
            return _core.emit(module, kind, self.triple, self.cpu, self.features, opt_level)
        except RuntimeError as error:
            raise CompileError(str(error), phase="codegen") from None

    def load(self, code: bytes, threads: int, interface: HostInterface) -> LoadedModule:
        """See :meth:`Target.load`."""
        from tilewright import _core, dtypes

        if self.bf16_dot == "amx" and (refusal := _core.allow_tiles()):
            raise LoadError(
                f"the compiled module needs the tile registers of AMX: {refusal}",
                hint="compile for a processor without them, such as cpu:icelake-server",
            )
        output_bytes = [dtypes.item_bytes(spec.dtype) for spec in interface.outputs]
        try:
            return _core.Executable(code, threads, output_bytes)
        except RuntimeError as error:
            raise LoadError(f"the compiled module cannot be loaded: {error}") from None

    def obstacle(self) -> str | None:
        """See :meth:`Target.obstacle`."""
        host = self.host()
        if _platform(self.triple) != _platform(host.triple):
            return f"code for {self.triple} does not run on {host.triple}"
        # Tuning flags are features to LLVM too; the host says no only to real instructions.
        absent = {part[1:] for part in host.features.split(",") if part[:1] == "-"}
        missing = self.enabled_features & absent
        if missing:
            names = ", ".join(sorted(missing))
            return f"code for cpu:{self.cpu} needs {names}, which this machine does not have"
        return None


def _another_llvm_came_first() -> bool:
    """Whether the code would call wrong functions.

    LLVM keeps their names in a symbol that is unique in a process (STB_GNU_UNIQUE): the copy that
    is loaded first serves all, though offsets into it fit its own version only. ``sys.modules`` is
    in the order of loading.
    """
    for name in sys.modules:
        if name in ("tilewright._core", "mlir._mlir_libs"):
            return False
        if name == "torch_mlir._mlir_libs":
            return True
    return False


def _complete(triple: str, name: str) -> str:
    """A triple in LLVM's spelling, from one or from an architecture alone."""
    architecture, _, rest = triple.lower().partition("-")
    if architecture not in _ARCHITECTURES:
        known = " and ".join(sorted(set(_ARCHITECTURES.values())))
        raise InputError(
            f"target cpu:{name}: there is no code for {architecture}, only for {known}", hint=_HINT
        )
    return f"{_ARCHITECTURES[architecture]}-{rest or 'unknown-linux-gnu'}"


def _oldest(cpu: str, triple: str) -> str:
    """What every processor of an architecture can run, where none is named."""
    if cpu:
        return cpu
    return "x86-64" if _platform(triple)[0] == "x86_64" else "generic"


def _find_triple(cpu: str, host_triple: str) -> str:
    """The architecture that has a processor; the host's if none does, for LLVM's own message."""
    from tilewright import _core

    others = [f"{name}-unknown-linux-gnu" for name in sorted(set(_ARCHITECTURES.values()))]
    for triple in (host_triple, *others):
        try:
            _core.enabled_features(triple, cpu, "")
        except RuntimeError:
            continue
        return triple
    return host_triple


def _platform(triple: str) -> tuple[str, ...]:
    """A triple without what does not matter to whether its code runs: vendor, spelling."""
    architecture, *rest = triple.lower().split("-")
    known = [part for part in rest if part not in ("unknown", "pc", "none")]
    return (_ARCHITECTURES.get(architecture, architecture), *known)


@cache
def _host() -> CpuTarget:
    from tilewright import _core

    triple, cpu, features = _core.host_target()
    # A processor may have tiles that the kernel keeps from us.
    if "+amx-tile" in features.split(",") and _core.allow_tiles():
        features = re.sub(r"\+amx-", "-amx-", features)
    return CpuTarget(
        triple,
        cpu,
        features,
        _cache_bytes(1, "SC_LEVEL1_DCACHE_SIZE") or _DEFAULT_L1_BYTES,
        _cache_bytes(2, "SC_LEVEL2_CACHE_SIZE") or _DEFAULT_L2_BYTES,
    )


def _cache_bytes(level: int, sysconf_name: str) -> int | None:
    """Size of the data or unified cache of a level; None if the system does not say."""
    for index in sorted(_CACHES.glob("index*")):
        try:
            if int((index / "level").read_text()) != level:
                continue
            if (index / "type").read_text().strip() == "Instruction":
                continue
            match = re.fullmatch(r"(\d+)K", (index / "size").read_text().strip())
        except (OSError, ValueError):
            continue
        if match:
            return int(match.group(1)) << 10
    try:
        return os.sysconf(sysconf_name) or None
    except (OSError, ValueError):
        return None
