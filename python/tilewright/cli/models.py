# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models as the command line names them."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tilewright import dtypes
from tilewright.errors import InputError

if TYPE_CHECKING:
    from tilewright.runtime.module import CompiledModule
    from tilewright.targets.base import Target

# What a size that may vary is, where nobody says.
_DYNAMIC_SIZE = 8
MODEL_HELP = "zoo:NAME, zoo:NAME:small, a .pt2 file of torch.export.save, or a .mlir file"


@dataclass(frozen=True)
class Model:
    """A model that was named on the command line.

    Attributes:
        name: for tables.
        text: MLIR text, for .mlir files.
        exported: what ``torch.export.load`` gave, for .pt2 files.
        module: a torch module, for zoo models.
        args: example inputs.
        kwargs: example inputs by keyword.
    """

    name: str
    text: str | None = None
    exported: Any = None
    module: Any = None
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)

    def compile(self, **options: Any) -> CompiledModule:
        """Compile with the options of :func:`tilewright.compile`."""
        import tilewright as tw

        if self.text is not None:
            return tw.compile_mlir(self.text, **options)
        model = self.module if self.exported is None else self.exported
        return tw.compile(model, self.args, example_kwargs=self.kwargs, **options)

    def imported_text(self, target: Target) -> str:
        """The model as MLIR, before the first phase of a target."""
        if self.text is not None:
            return self.text
        from tilewright.frontend import import_torch

        model = self.module if self.exported is None else self.exported
        return import_torch(model, self.args, self.kwargs, sorts=target.sorts).text

    def inputs(self, compiled: CompiledModule) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """Inputs of a call: the example's, or random ones for MLIR."""
        return (self.args, self.kwargs) if self.text is None else (_random_inputs(compiled), {})

    def eager(self) -> Any:
        """The model as PyTorch runs it; None for MLIR."""
        return self.module if self.exported is None else self.exported.module()


def load_model(name: str) -> Model:
    """The model called ``name``; see :data:`MODEL_HELP`.

    Raises:
        InputError: there is no such model, or the file cannot be read.
    """
    if name.startswith("zoo:"):
        return _load_zoo(name)
    path = Path(name)
    if path.suffix not in (".mlir", ".pt2"):
        raise InputError(f"{name!r} is no model", hint=f"pass {MODEL_HELP}")
    try:
        if path.suffix == ".mlir":
            return Model(path.name, text=path.read_text())
        path.open("rb").close()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {name}: {error}") from None
    return _load_exported(path)


def _load_zoo(name: str) -> Model:
    from tilewright import zoo

    _, _, rest = name.partition(":")
    model, _, size = rest.partition(":")
    try:
        built = zoo.build(model, size or "full")  # type: ignore[arg-type]  # checked there
    except ValueError as error:
        raise InputError(str(error)) from None
    return Model(name, module=built.model, args=built.example_args, kwargs=built.example_kwargs)


def _load_exported(path: Path) -> Model:
    import torch

    reason = "it is no zip archive"
    if zipfile.is_zipfile(path):
        log = logging.getLogger("torch.export")
        level = log.level
        log.setLevel(logging.CRITICAL)  # it prints tracebacks of its own
        try:
            exported = torch.export.load(path)
            args, kwargs = exported.example_inputs or ((), {})
            return Model(path.name, exported=exported, args=tuple(args), kwargs=dict(kwargs))
        except Exception as error:  # torch raises nearly anything for a broken file
            reason = str(error)
        finally:
            log.setLevel(level)
    raise InputError(
        f"{path} is no exported program of this PyTorch ({torch.__version__}): {reason}",
        hint="save it with torch.export.save(torch.export.export(model, args), path)",
    )


def _random_inputs(compiled: CompiledModule) -> list[Any]:
    generator = np.random.default_rng(0)
    inputs = []
    for spec in compiled.signature.inputs:
        shape = [_DYNAMIC_SIZE if size is None else size for size in spec.shape]
        values = generator.standard_normal(shape)
        inputs.append(np.asarray(values).astype(dtypes.numpy_dtype(spec.dtype)))
    return inputs
