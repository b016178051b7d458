# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""``torch.export`` with its failures in words, and the checks of what it returned."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from typing import Any

import torch
from torch import nn
from torch.export import ExportedProgram
from torch.export.graph_signature import OutputKind
from torch.utils import _pytree as pytree

from tilewright.errors import (
    ControlFlowError,
    ImportFailed,
    InputError,
    MutationError,
    TrainingModeError,
    UnsupportedDtypeError,
)
from tilewright.frontend.containers import register_caches
from tilewright.frontend.locations import exception_line, full_stack_traces, node_place

aten = torch.ops.aten

SUPPORTED_DTYPES = frozenset(
    {
        torch.float64,
        torch.float32,
        torch.float16,
        torch.bfloat16,
        torch.int64,
        torch.int32,
        torch.int16,
        torch.int8,
        torch.uint8,
        torch.bool,
    }
)

# Operations that behave otherwise in training, and how their node tells.
_TRAINING: Mapping[Any, Callable[[torch.fx.Node], bool]] = {
    aten.dropout.default: lambda node: bool(node.args[1]) and bool(node.args[2]),
    aten.feature_dropout.default: lambda node: bool(node.args[1]) and bool(node.args[2]),
    aten.alpha_dropout.default: lambda node: bool(node.args[1]) and bool(node.args[2]),
    aten.feature_alpha_dropout.default: lambda node: bool(node.args[1]) and bool(node.args[2]),
    # Without running statistics the batch's own are used in eval mode too.
    aten.batch_norm.default: lambda node: bool(node.args[5]) and node.args[3] is not None,
    aten.lstm.input: lambda node: bool(node.args[6]) and bool(node.args[5]),
    aten.gru.input: lambda node: bool(node.args[6]) and bool(node.args[5]),
    aten.scaled_dot_product_attention.default: lambda node: (
        len(node.args) > 4 and bool(node.args[4])
    ),
}


def export(
    model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], dynamic_shapes: Any
) -> ExportedProgram:
    """Trace ``model`` with ``torch.export``.

    Raises:
        ControlFlowError: the path taken depends on tensor values.
        ImportFailed: anything else that ``torch.export`` refuses.
    """
    if not isinstance(model, nn.Module):
        raise InputError(
            f"expected a torch.nn.Module or an ExportedProgram, got {type(model).__name__}",
            hint="wrap a function in a module's forward()",
        )
    if not isinstance(args, tuple):
        raise InputError(
            f"example inputs are a tuple, got {type(args).__name__}",
            hint="write (x,) for a single input",
        )
    register_caches(model)
    for leaf in pytree.tree_leaves((args, kwargs)):
        _check_tensor("an example input", leaf)
    for name, tensor in (*model.named_parameters(), *model.named_buffers()):
        _check_tensor(name, tensor)
    try:
        with torch.no_grad(), full_stack_traces(), quiet_torch():
            return torch.export.export(
                model, args, kwargs, dynamic_shapes=dynamic_shapes, strict=False
            )
    except Exception as error:
        raise _explain(error) from error


def _check_tensor(name: str, value: Any) -> None:
    """Refuse what tracing itself would stumble over, in words about the tensor."""
    if not isinstance(value, torch.Tensor):
        return
    if value.is_quantized:
        raise UnsupportedDtypeError(
            f"{name} has the dtype {_dtype_name(value.dtype)}, which is not supported",
            phase="import",
            hint=_dtype_hint(value.dtype),
        )
    if value.layout is not torch.strided:
        raise InputError(
            f"{name} is sparse ({value.layout})", phase="import", hint="use .to_dense()"
        )
    if value.device.type != "cpu":
        raise InputError(
            f"{name} is on the device {value.device}", phase="import", hint="use .cpu()"
        )


@contextmanager
def quiet_torch() -> Iterator[None]:
    """Keep PyTorch's warnings, logs and partial graphs from the user's terminal.

    What matters in them is part of the exception, which is put in our own words.
    """
    logger = logging.getLogger("torch")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _is_value_dependent(error: BaseException) -> bool:
    from torch.fx.experimental.symbolic_shapes import GuardOnDataDependentSymNode

    return isinstance(error, GuardOnDataDependentSymNode) or "data-dependent" in str(error)


def _explain(error: Exception) -> ImportFailed:
    line = exception_line(error)
    where = f" at {line}" if line else ""
    if _is_value_dependent(error):
        return ControlFlowError(
            f"control flow or a shape depends on the values of a tensor{where}",
            hint="use torch.where or a mask in place of the branch, a fixed size in place of the "
            "value, or compile the parts before and after it",
            diagnostics=str(error),
        )
    first = next((text for text in str(error).splitlines() if text.strip()), "")
    if isinstance(error, torch._dynamo.exc.UserError) and "dynamic" in str(error).lower():
        # Then it speaks of its own tools.
        reason = str(error).split("The error above occurred")[0]
        reason = re.sub(r"\n?For more information[^\n]*", "", reason).strip()
        return ImportFailed(
            f"dynamic_shapes does not fit the model{where}: {reason}",
            hint="use the names and ranges that torch.export suggests above",
            diagnostics=str(error),
        )
    return ImportFailed(
        f"torch.export could not trace the model{where}: {type(error).__name__}: {first}",
        hint="check that the model runs on the example inputs outside Tilewright",
        diagnostics=str(error),
    )


def check_inference(program: ExportedProgram) -> None:
    """Refuse a program that was traced in training mode.

    Raises:
        TrainingModeError: names the first operation that gives it away.
    """
    for node in program.graph.nodes:
        is_training = _TRAINING.get(node.target)
        if node.op == "call_function" and is_training is not None and is_training(node):
            raise TrainingModeError(
                f"the model is in training mode: {node.target} is active{_where(node)}",
                phase="import",
                hint="call model.eval() before compiling",
            )


def check_updates(program: ExportedProgram) -> None:
    """Refuse a program that writes to its parameters.

    Raises:
        MutationError: names them.
    """
    signature = program.graph_signature
    parameters = sorted(
        str(spec.target)
        for spec in signature.output_specs
        if spec.kind == OutputKind.PARAMETER_MUTATION
    )
    if parameters:
        raise MutationError(
            f"the model changes its parameters in a forward pass: {', '.join(parameters)}",
            phase="import",
            hint="keep what changes in a buffer (register_buffer) or in an input",
        )


def check_dtypes(program: ExportedProgram) -> None:
    """Refuse element types that there is no code for: complex, quantised, float8.

    Raises:
        UnsupportedDtypeError: names the first value and its line.
    """
    for node in program.graph.nodes:
        value = node.meta.get("val")
        for tensor in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(tensor, torch.Tensor) and tensor.dtype not in SUPPORTED_DTYPES:
                dtype = _dtype_name(tensor.dtype)
                what = "input or weight" if node.op == "placeholder" else "result of"
                name = node.name if node.op == "placeholder" else node.target
                raise UnsupportedDtypeError(
                    f"{what} {name} has the dtype {dtype}, which is not supported{_where(node)}",
                    phase="import",
                    hint=_dtype_hint(tensor.dtype),
                )


def check_sizes(program: ExportedProgram) -> None:
    """Refuse results whose size depends on values: torch-mlir may run out of memory on them.

    Raises:
        ControlFlowError: names the first operation and its line.
    """
    from torch.fx.experimental.symbolic_shapes import free_unbacked_symbols

    for node in program.graph.nodes:
        value = node.meta.get("val")
        if isinstance(value, torch.Tensor) and free_unbacked_symbols(value.shape):
            raise ControlFlowError(
                f"the size of the result of {node.target} depends on the values of a tensor"
                f"{_where(node)}",
                hint="keep the full size and mask what is not wanted (torch.where)",
            )


def _where(node: torch.fx.Node) -> str:
    place = node_place(node)
    return f" at {place}" if place else ""


def _dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _dtype_hint(dtype: torch.dtype) -> str:
    if dtype.is_complex:
        return "compute with the real and imaginary parts (torch.view_as_real)"
    if dtype in (torch.qint8, torch.quint8, torch.qint32):
        return "give the float model, or express quantisation as int8 arithmetic"
    return "convert it to float32, bfloat16, int64 or bool"
