# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""From a model to a function in this process: import, phases, code, load."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from tilewright.cache import Entry, default_cache, make_key
from tilewright.errors import InputError, LoadError
from tilewright.inspection import Source
from tilewright.options import CompileOptions, Precision, make_options
from tilewright.pass_times import CODEGEN, PassTime, PassTimes
from tilewright.pipeline import phase_options, run_phases
from tilewright.progress import Progress
from tilewright.runtime.calling import CallingConvention, PositionalCalling, as_tuple
from tilewright.runtime.module import CompiledModule, Timings
from tilewright.signature import HostInterface, read_interface
from tilewright.targets.base import LoadedModule, Target

if TYPE_CHECKING:
    from torch import nn
    from torch.export import ExportedProgram


def compile(
    model: nn.Module | ExportedProgram,
    example_inputs: Any = (),
    *,
    example_kwargs: Mapping[str, Any] | None = None,
    target: str | Target = "cpu",
    threads: int | None = None,
    precision: Precision = "f32",
    opt_level: int = 3,
    dynamic_shapes: Any = None,
    cache: bool | None = None,
    dump_dir: str | os.PathLike[str] | None = None,
    time_passes: bool = False,
    progress: bool | None = None,
) -> CompiledModule:
    """Compile a PyTorch model to native code in this process.

    The weights are copied: what becomes of the model's own later (training, ``load_state_dict``)
    has no effect on the compiled module. Compile again for that; the code comes from the cache.

    What the model changes in place is changed in place: an input in the caller's own memory, such
    as a key-value cache, a buffer in the model's. `index_copy_` and `index_put_` of one row write
    that row alone.

    Args:
        model: a module in eval mode, or what ``torch.export.export`` returned.
        example_inputs: a tuple of positional arguments; a single tensor stands for itself. Not
            needed for an exported program. Only shapes, dtypes and non-tensor values matter.
        example_kwargs: keyword arguments.
        target: ``"cpu"`` for this machine, another processor (``"cpu:x86-64-v3"``,
            ``"cpu:aarch64"``, ``"cpu:aarch64-linux-gnu:neoverse-n1,-dotprod"``), or a target;
            ``"cuda:sm_80"`` gives kernels as PTX (``asm()``), which cannot be called yet.
        threads: threads that a call uses; all CPUs of the process when None.
        precision: ``"bf16"`` rounds what contractions, convolutions and attention of float32
            multiply to bfloat16, and adds up in float32; norms, softmax and all else stay float32.
            For speed where that loss is acceptable: about three digits are left.
        opt_level: 0 to 3, of LLVM.
        dynamic_shapes: which sizes may vary between calls, as ``torch.export.export`` takes it.
        cache: whether to use the cache on disk; None for yes, unless TILEWRIGHT_DISABLE_CACHE.
        dump_dir: folder for the IR after each phase; None for what TILEWRIGHT_DUMP_DIR says. The
            model is then compiled even if it is in the cache.
        time_passes: whether to measure the time of each pass, for ``timings.passes``. The model is
            then compiled even if it is in the cache.
        progress: whether to report progress on stderr; None for long compilations only.

    Raises:
        InputError: the model or an argument cannot be accepted as it is.
        UnsupportedOpError: the model uses operations that cannot be compiled; all are listed.
        ImportFailed: PyTorch or torch-mlir failed.
        CompileError: a phase failed; it carries a reproducer and the command that replays it.
    """
    _require_torch()
    from tilewright.frontend import import_torch

    options = make_options(
        target=target,
        threads=threads,
        precision=precision,
        opt_level=opt_level,
        cache=cache,
        dump_dir=dump_dir,
        time_passes=time_passes,
    )
    with Progress(progress) as reporter:
        reporter.step("import")
        start = time.perf_counter()
        imported = import_torch(
            model,
            as_tuple(example_inputs),
            dict(example_kwargs or {}),
            dynamic_shapes=dynamic_shapes,
            sorts=options.target.sorts,
        )
        seconds = time.perf_counter() - start
        weights = {weight.name: weight.tensor for weight in imported.weights + imported.states}
        return _build(imported.text, options, weights, reporter, imported, None, seconds)


def compile_mlir(
    text: str,
    *,
    weights: Mapping[str, Any] | None = None,
    start_from: str | None = None,
    target: str | Target = "cpu",
    threads: int | None = None,
    precision: Precision = "f32",
    opt_level: int = 3,
    cache: bool | None = None,
    dump_dir: str | os.PathLike[str] | None = None,
    time_passes: bool = False,
    progress: bool | None = None,
) -> CompiledModule:
    """Compile MLIR text: a module with a function ``@main`` on tensors.

    Arguments with the attribute ``tw.weight = "name"`` are bound once, to ``weights["name"]``, and
    with ``tw.state = "name"`` to that memory itself. The others are inputs, called what ``tw.input
    = "name"`` says or ``arg0``, ``arg1``, ... With ``tw.updated_by = i`` result ``i`` is written to
    the argument's memory in place of being returned.

    Args:
        text: the module, linalg on tensors, or in the entry form of ``start_from``.
        weights: a tensor for each weight.
        start_from: first phase to run; all when None.
        target: see :func:`compile`, as for the others.
        threads: see there.
        precision: see there.
        opt_level: see there.
        cache: see there.
        dump_dir: see there.
        time_passes: see there.
        progress: see there.

    Raises:
        InputError: the text is no module, or a weight is missing.
        CompileError: a phase failed.
    """
    if not isinstance(text, str):
        raise InputError(
            f"compile_mlir takes MLIR text, got a {type(text).__name__}",
            hint="pass str(module), or the text of a .mlir file",
        )
    options = make_options(
        target=target,
        threads=threads,
        precision=precision,
        opt_level=opt_level,
        cache=cache,
        dump_dir=dump_dir,
        time_passes=time_passes,
    )
    with Progress(progress) as reporter:
        return _build(text, options, weights or {}, reporter, None, start_from, 0.0)


def _require_torch() -> None:
    missing = [name for name in ("torch", "torch_mlir") if find_spec(name) is None]
    if missing:
        raise InputError(
            f"compiling a PyTorch model needs {' and '.join(missing)}, which this Python lacks",
            hint="pip install 'tilewright[torch]'",
        )


@dataclass
class _Compiled:
    entry: Entry
    interface: HostInterface
    cache_hit: bool = False
    phases: Mapping[str, float] = field(default_factory=dict)
    passes: tuple[PassTime, ...] = ()
    remarks: Sequence[str] = ()


def _build(
    text: str,
    options: CompileOptions,
    weights: Mapping[str, Any],
    reporter: Progress,
    calling: CallingConvention | None,
    start_from: str | None,
    import_seconds: float,
) -> CompiledModule:
    source = Source(text, options.target, options.opt_level, start_from, options.precision)
    start = time.perf_counter()
    compiled = _look_up(source, options) or _compile(source, options, reporter)
    compiled_at = time.perf_counter()
    reporter.step("load")
    loaded = None
    if options.target.obstacle() is None:
        try:
            loaded = _load(compiled, options)
        except LoadError:
            if not compiled.cache_hit:
                raise
            # Whole, but of no use here: compile it as if it had not been there.
            compiled = _compile(source, options, reporter)
            loaded = _load(compiled, options)
    interface = compiled.interface
    module = CompiledModule(
        loaded,
        interface,
        calling or PositionalCalling(_inputs(interface), interface.outputs),
        weights,
        source,
        result_kind="torch" if calling else "numpy",
        timings=Timings(),
        remarks=compiled.remarks,
    )
    module.timings = Timings(
        import_seconds,
        compiled_at - start,
        time.perf_counter() - compiled_at,
        compiled.cache_hit,
        compiled.phases,
        compiled.passes,
    )
    return module


def _key(source: Source) -> str:
    return make_key(
        source.text,
        source.target.fingerprint,
        phase_options(source.target, source.precision),
        str(source.opt_level),
        source.start_from or "",
    )


def _look_up(source: Source, options: CompileOptions) -> _Compiled | None:
    if not options.cache or options.dump_dir is not None or options.time_passes:
        return None
    entry = default_cache().load(_key(source))
    if entry is None:
        return None
    try:
        return _Compiled(entry, HostInterface.from_json(entry.interface), cache_hit=True)
    except (ValueError, TypeError, KeyError):
        return None  # written by another version of this package with the same compiler


def _compile(source: Source, options: CompileOptions, reporter: Progress) -> _Compiled:
    interfaces: dict[str, HostInterface] = {}

    def observe(phase: str, module: Any) -> None:
        # After `graph` the arguments are what the code will take; later they are no tensors.
        if phase in ("", "graph"):
            interfaces["latest"] = read_interface(module)

    times = PassTimes() if options.time_passes else None
    run = run_phases(
        source.text,
        source.target,
        precision=source.precision,
        start_from=source.start_from,
        dump_dir=options.dump_dir,
        report=reporter.phase,
        observe=observe,
        pass_times=times,
    )
    reporter.step("codegen")
    with times.of_codegen() if times else nullcontext():
        start = time.perf_counter()
        code = source.target.emit(run.module, "object", source.opt_level)
        seconds = {**run.seconds, CODEGEN: time.perf_counter() - start}
    interface = interfaces["latest"]
    entry = Entry(code, interface.to_json())
    if options.cache:
        default_cache().store(_key(source), entry)
    passes = times.rows() if times else ()
    return _Compiled(entry, interface, phases=seconds, passes=passes, remarks=run.remarks)


def _load(compiled: _Compiled, options: CompileOptions) -> LoadedModule:
    return options.target.load(compiled.entry.code, options.threads, compiled.interface)


def _inputs(interface: HostInterface) -> tuple[Any, ...]:
    from tilewright.frontend.imported import TensorSpec

    return tuple(
        TensorSpec(argument.name, argument.shape, argument.dtype)
        for argument in interface.main
        if argument.kind == "input"
    )
