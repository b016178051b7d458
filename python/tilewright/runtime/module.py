# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A compiled model that can be called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from tilewright import dtypes
from tilewright.errors import LoadError, RunError
from tilewright.frontend.imported import TensorSpec
from tilewright.frontend.size_rules import check_sizes
from tilewright.inspection import GroupSchedule, Source
from tilewright.options import check_threads
from tilewright.pass_times import PassTime
from tilewright.runtime.calling import CallingConvention, as_tuple
from tilewright.runtime.tensors import Results, view_tensor
from tilewright.runtime.updates import check_apart, check_writable
from tilewright.runtime.weights import bind_weights
from tilewright.signature import HostInterface, Signature
from tilewright.targets.base import LoadedModule, Target

if TYPE_CHECKING:
    from tilewright.profiling import Profile


@dataclass(frozen=True)
class Timings:
    """Where the time of a compilation went.

    Attributes:
        import_seconds: from the framework's model to MLIR; 0 for MLIR text.
        compile_seconds: from MLIR to an object file, or to finding it in the cache.
        load_seconds: linking it into this process and preparing the weights.
        cache_hit: whether the object came from the cache.
        phases: seconds of each phase and of ``codegen``; empty after a cache hit.
        passes: time of each pass of each phase, if that was asked for with ``time_passes``.
    """

    import_seconds: float = 0.0
    compile_seconds: float = 0.0
    load_seconds: float = 0.0
    cache_hit: bool = False
    phases: Mapping[str, float] = field(default_factory=dict)
    passes: tuple[PassTime, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """All of it as what ``json.dump`` takes."""
        return asdict(self)


class CompiledModule:
    """A model as native code in this process; made by :func:`tilewright.compile`.

    Call it as the model itself: it takes NumPy arrays, torch tensors or anything that supports
    DLPack, nested as in the example, and returns tensors of the kind that it was given. Contiguous
    inputs are used where they are; others are copied. Outputs are new memory. Gradients do not flow
    through it.

    Inputs are written to only where the model itself changes them in place, as it does with a
    key-value cache: in the caller's memory, which has to be contiguous and writable. Such a tensor
    is returned as it was passed if the model returns it.

    The weights are those of the time of compilation: changing the model afterwards has no effect.
    Buffers that the model changes are shared with it.
    Several Python threads may call one module; their calls take turns.

    Attributes:
        timings: seconds of import, compilation and loading.
        remarks: what the compiler remarked on: operations that will be slow, and why. Empty after
            a cache hit.
    """

    timings: Timings
    remarks: tuple[str, ...]

    def __init__(
        self,
        loaded: LoadedModule | None,
        interface: HostInterface,
        calling: CallingConvention,
        weights: Mapping[str, Any],
        source: Source,
        *,
        result_kind: str,
        timings: Timings,
        remarks: Sequence[str] = (),
    ) -> None:
        """Made by :func:`tilewright.compile`.

        ``loaded`` is None where the target's code cannot run; ``result_kind`` is for calls without
        any input.
        """
        self._loaded = loaded
        self._interface = interface
        self._calling = calling
        self._source = source
        self._result_kind = result_kind
        self.timings = timings
        self.remarks = tuple(remarks)
        names = {spec.name: index for index, spec in enumerate(calling.inputs)}
        # Which of the caller's tensors each argument given per call is.
        self._inputs = [names[a.name] for a in interface.main if a.kind == "input"]
        self._updated = frozenset(
            names[a.name] for a in interface.main if a.kind == "input" and a.updated
        )
        self._element_bytes = [dtypes.item_bytes(spec.dtype) for spec in calling.outputs]
        # Shapes as the code has them: it asks for memory exactly where its type says `?`. Dtypes as
        # the front end has them: MLIR's integers have no sign.
        self._outputs = [
            (_static_shape(compiled), len(compiled.shape), spec.dtype)
            for compiled, spec in zip(interface.outputs, calling.outputs, strict=True)
        ]
        if loaded:
            self._bind(loaded, weights)

    def _bind(self, loaded: LoadedModule, weights: Mapping[str, Any]) -> None:
        interface = self._interface
        self._weights = bind_weights(loaded, interface, weights)
        arguments = [
            (address, [size or 0 for size in argument.shape])
            for address, argument in zip(self._weights.addresses, interface.main, strict=True)
        ]
        arguments += [(0, [size or 0 for size in spec.shape]) for spec in interface.outputs]
        per_call = [i for i, argument in enumerate(interface.main) if argument.kind == "input"]
        per_call += range(len(interface.main), len(arguments))
        loaded.bind(arguments, per_call)

    def _code(self) -> LoadedModule:
        if self._loaded is None:
            raise LoadError(
                self.target.obstacle() or "this target's code cannot run here",
                hint="asm(), llvm_ir() and ir() work; to run it, compile with target='cpu'",
            )
        return self._loaded

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the model.

        Raises:
            InputError: an input is not what the model was compiled for.
            RunError: the model failed, for instance on an index out of range.
            LoadError: this machine cannot run code of the module's target.
        """
        inputs = self._calling.flatten_inputs(args, kwargs)
        return self._calling.unflatten_outputs(self._run(inputs), inputs)

    def _run(self, inputs: Sequence[Any]) -> list[Any]:
        code = self._code()
        specs = self._calling.inputs
        views = [view_tensor(value, spec) for value, spec in zip(inputs, specs, strict=True)]
        if self._updated:
            for index in self._updated:
                check_writable(inputs[index], views[index], specs[index])
            check_apart(views, specs, self._updated)
        if self._calling.size_rules:
            names = [spec.name for spec in specs]
            check_sizes(self._calling.size_rules, names, [view.shape for view in views])
        records = [(views[i].address, views[i].shape) for i in self._inputs]
        make = Results(inputs, self._result_kind)
        outputs: list[Any] = []
        for shape, rank, dtype in self._outputs:
            if shape is None:
                records.append((0, (0,) * rank))
                outputs.append(None)
            else:
                address, output = make.empty(shape, dtype)
                records.append((address, shape))
                outputs.append(output)
        try:
            taken = code.run(records, self._element_bytes)
        except RuntimeError as error:
            raise RunError(str(error)) from None
        for index, sizes, data in taken:
            outputs[index] = make.adopt(data, sizes, self._calling.outputs[index].dtype)
        if any(output is None for output in outputs):
            raise RunError("the module did not compute all outputs")
        return make.finish(outputs)

    @property
    def signature(self) -> Signature:
        """Names, shapes and dtypes of inputs and outputs."""
        updated = tuple(self._calling.inputs[index].name for index in sorted(self._updated))
        return Signature(self._calling.inputs, self._calling.outputs, updated)

    @property
    def states(self) -> tuple[str, ...]:
        """Buffers of the model that a call changes, in the model's own memory."""
        return tuple(a.name for a in self._interface.main if a.kind == "state")

    @property
    def target(self) -> Target:
        """The machine that it was compiled for."""
        return self._source.target

    @property
    def threads(self) -> int:
        """Threads that a call uses. May be set between calls; results are the same for any."""
        return self._code().threads

    @threads.setter
    def threads(self, threads: int) -> None:
        self._code().threads = check_threads(threads)

    def ir(self, phase: str, *, locations: bool = False) -> str:
        """MLIR text after a phase (``tilewright phases`` lists them), ``"import"`` before all.

        Raises:
            InputError: there is no such phase.
        """
        return self._source.ir(phase, locations=locations)

    def llvm_ir(self, *, optimized: bool = True) -> str:
        """LLVM IR, after or before LLVM's optimiser."""
        return self._source.emit("llvm" if optimized else "llvm-unoptimized")

    def asm(self) -> str:
        """Assembly of the target."""
        return self._source.emit("asm")

    def schedule(self) -> list[GroupSchedule]:
        """Each group of operations with the schedule that it is computed by."""
        return self._source.schedule()

    def profile(
        self,
        inputs: Any = (),
        *,
        kwargs: Mapping[str, Any] | None = None,
        iterations: int = 20,
        ceilings: bool = True,
    ) -> Profile:
        """Where the time of a call goes: a row for each group of operations.

        Args:
            inputs: a tuple of positional arguments of a call; a single tensor stands for itself.
            kwargs: keyword arguments of a call.
            iterations: timed calls; the profile has their medians.
            ceilings: whether to measure first, in about a second, what the machine can do.

        Raises:
            InputError: an input is not what the model was compiled for.
            LoadError: this machine cannot run code of the module's target.
        """
        from tilewright.profiling.measure import measure_profile

        flat = self._calling.flatten_inputs(as_tuple(inputs), dict(kwargs or {}))
        code = self._code()
        return measure_profile(
            code, self._source.work(), lambda: self._run(flat), iterations, ceilings=ceilings
        )

    def __repr__(self) -> str:
        threads = "not loaded" if self._loaded is None else f"threads {self.threads}"
        return f"<CompiledModule {self.signature} for {self.target.description}, {threads}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a CompiledModule is code in this process and cannot be pickled or copied; "
            "compile again in the other process, which the cache makes quick"
        )


def _static_shape(spec: TensorSpec) -> tuple[int, ...] | None:
    sizes = tuple(size for size in spec.shape if size is not None)
    return sizes if len(sizes) == len(spec.shape) else None
