# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""NVIDIA GPUs: kernels as PTX text. Nothing is launched yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tilewright.errors import CompileError, InputError, LoadError
from tilewright.targets.base import EmitKind, LoadedModule, Target

if TYPE_CHECKING:
    from tilewright.signature import HostInterface

_TRIPLE = "nvptx64-nvidia-cuda"
# The oldest GPU that there is code for; its PTX runs on all newer ones.
_OLDEST = "sm_80"
_NOT_YET = "launching kernels on a GPU is not possible yet"


@dataclass(frozen=True)
class CudaTarget(Target):
    """An NVIDIA GPU.

    Attributes:
        chip: LLVM's name of it, as in ``sm_90``.
    """

    chip: str = _OLDEST

    @classmethod
    def parse(cls, name: str) -> CudaTarget:
        """From what follows ``cuda:``; nothing is the oldest GPU that there is code for.

        Raises:
            InputError: there is no code for such a GPU.
        """
        from tilewright import _core

        target = cls(name or _OLDEST)
        try:
            _core.enabled_features(_TRIPLE, target.chip, "")
        except RuntimeError as error:
            hint = f"use cuda:{_OLDEST}, whose code runs on all newer GPUs"
            raise InputError(f"target cuda:{name}: {error}", hint=hint) from None
        return target

    @property
    def kind(self) -> str:
        """``cuda``."""
        return "cuda"

    @property
    def sorts(self) -> bool:
        """No: a kernel compares all pairs."""
        return False

    @property
    def fingerprint(self) -> str:
        """The GPU."""
        return f"cuda {self.chip}"

    @property
    def description(self) -> str:
        """As in ``cuda:sm_90 (NVIDIA GPU, PTX text)``."""
        return f"cuda:{self.chip} (NVIDIA GPU, PTX text)"

    def phase_options(self) -> Mapping[str, str | int]:
        """The GPU; kernels have no other choice yet."""
        return {"target": "cuda", "chip": self.chip}

    def emit(self, module: Any, kind: EmitKind, opt_level: int) -> bytes:
        """See :meth:`Target.emit`. The object is PTX text too: it is what a driver loads."""
        from tilewright import _core

        kernels = next(
            (op for op in module.body.operations if op.operation.name == "gpu.module"), None
        )
        if kernels is None:
            raise CompileError("the model has nothing to compute, so there is no kernel")
        output = "asm" if kind == "object" else kind
        try:
            return _core.emit(kernels, output, _TRIPLE, self.chip, "", opt_level)
        except RuntimeError as error:
            raise CompileError(str(error), phase="codegen") from None

    def load(self, code: bytes, threads: int, interface: HostInterface) -> LoadedModule:
        """Raises LoadError: see :meth:`obstacle`."""
        raise LoadError(_NOT_YET)

    def obstacle(self) -> str:
        """See :meth:`Target.obstacle`."""
        return _NOT_YET
