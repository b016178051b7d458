# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The machine that numbers were measured on: processor, caches, memory, system, versions."""

import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

_CPUS = Path("/sys/devices/system/cpu")
_REPO = Path(__file__).resolve().parents[1]
_PACKAGES = ("torch", "torch-mlir", "transformers", "numpy", "xtc-mlir-python-bindings")
# Of the hundreds of a processor: what numeric code is made of. As Linux spells them.
_FEATURES = re.compile(
    r"avx2$|fma$|avx512(f|bw|vl|_bf16|_fp16|_vnni)$|avx_vnni$|amx_|asimd|sve|bf16$"
)
_SIZE_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def pinned_cpus(threads: int) -> list[int]:
    """CPUs for so many threads, one of each core before a core's second.

    Raises ValueError when this process may not use so many.
    """
    allowed = sorted(os.sched_getaffinity(0))
    if threads > len(allowed):
        raise ValueError(f"{threads} threads, but {len(allowed)} CPUs: give THREADS up to that")
    first = [cpu for cpu in allowed if min(_siblings(cpu) & {*allowed}) == cpu]
    return [*first, *(cpu for cpu in allowed if cpu not in first)][:threads]


def caches() -> dict[str, int]:
    """Bytes of the data and unified caches that one CPU sees: ``{"L1": ..., "L2": ...}``."""
    found = {}
    for index in sorted(_CPUS.glob("cpu0/cache/index*")):
        size = re.fullmatch(r"(\d+)([KMG])", _text(index / "size"))
        if size and _text(index / "type") != "Instruction":
            found[f"L{_text(index / 'level')}"] = int(size[1]) * _SIZE_UNITS[size[2]]
    return found


def memory_bytes() -> int:
    """Bytes of main memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def cpu_name() -> str:
    """LLVM's name of the processor, such as ``znver5``: where results are filed."""
    from tilewright.targets.cpu import CpuTarget

    return CpuTarget.host().cpu


def describe() -> dict[str, Any]:
    """All that a reader needs to judge numbers; see :func:`lines`."""
    info = _cpu_info()
    flags = (info.get("flags") or info.get("Features") or "").split()
    allowed = os.sched_getaffinity(0)
    return {
        "processor": info.get("model name") or platform.machine(),
        "llvm_name": cpu_name(),
        "architecture": platform.machine(),
        "family_model_stepping": [info.get(k) for k in ("cpu family", "model", "stepping")],
        "features": sorted(flag for flag in flags if _FEATURES.match(flag)),
        "hypervisor": "hypervisor" in flags,
        "cpus": len(allowed),
        "cores": len({min(_siblings(cpu)) for cpu in allowed}),
        "caches": caches(),
        "memory_bytes": memory_bytes(),
        "system": _system(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _PACKAGES},
        "revision": revision(),
    }


def lines(machine: dict[str, Any]) -> list[tuple[str, str]]:
    """The description as rows of a table."""
    sizes = ", ".join(f"{level} {_short(size)}" for level, size in machine["caches"].items())
    virtual = ", virtual machine" if machine["hypervisor"] else ""
    return [
        ("processor", f"{machine['processor']} ({machine['llvm_name']}{virtual})"),
        ("cores", f"{machine['cores']}, {machine['cpus']} CPUs"),
        ("features", " ".join(machine["features"])),
        ("caches of a core", sizes),
        ("memory", _short(machine["memory_bytes"])),
        ("system", f"{machine['system']}, Linux {machine['kernel']}"),
        (
            "versions",
            ", ".join(
                [
                    f"Python {machine['python']}",
                    *(f"{name} {number}" for name, number in machine["versions"].items()),
                ]
            ),
        ),
        ("revision", machine["revision"]),
    ]


def version(package: str) -> str:
    """Version of an installed package, or ``missing``."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "missing"


def revision() -> str:
    """The commit, with ``+`` where files differ from it."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(_REPO), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + (
        "+" if git("status", "--porcelain", "--untracked-files=no") else ""
    )


def _siblings(cpu: int) -> set[int]:
    """The CPUs that share a core with this one, itself included."""
    found = {cpu}
    for part in _text(_CPUS / f"cpu{cpu}" / "topology" / "thread_siblings_list").split(","):
        first, _, last = part.partition("-")
        if first:
            found.update(range(int(first), int(last or first) + 1))
    return found


def _cpu_info() -> dict[str, str]:
    """/proc/cpuinfo of the first CPU."""
    first = _text(Path("/proc/cpuinfo")).split("\n\n")[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _system() -> str:
    match = re.search(r'^PRETTY_NAME="?([^"\n]*)', _text(Path("/etc/os-release")), re.M)
    return match[1] if match else platform.system()


def _short(size: int) -> str:
    for unit, letter in ((1 << 30, "GiB"), (1 << 20, "MiB")):
        if size >= unit:
            return f"{size / unit:.0f} {letter}"
    return f"{size / 1024:.0f} KiB"


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
