# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Targets: the machines that Tilewright compiles for. One file each, behind one interface."""

from __future__ import annotations

from tilewright.errors import InputError
from tilewright.targets.base import EmitKind, LoadedModule, Phase, Target

__all__ = ["EmitKind", "LoadedModule", "Phase", "Target", "resolve_target"]

# From the kind, which is what stands before the colon, to "module:class".
_KINDS = {
    "cpu": "tilewright.targets.cpu:CpuTarget",
    "cuda": "tilewright.targets.cuda:CudaTarget",
}


def resolve_target(target: str | Target) -> Target:
    """A target from its name: ``"cpu"`` is this machine, ``"cpu:znver4"`` another processor,
    ``"cpu:aarch64"`` any of an architecture (see :meth:`CpuTarget.parse
    <tilewright.targets.cpu.CpuTarget.parse>`), ``"cuda:sm_90"`` a GPU.

    Raises:
        InputError: there is no such target.
    """
    if isinstance(target, Target):
        return target
    kind, _, rest = str(target).partition(":")
    if kind not in _KINDS:
        raise InputError(f"unknown target {target!r}; known: {', '.join(_KINDS)}")
    from importlib import import_module

    module, _, name = _KINDS[kind].partition(":")
    resolved = getattr(import_module(module), name).parse(rest)
    assert isinstance(resolved, Target)
    return resolved
