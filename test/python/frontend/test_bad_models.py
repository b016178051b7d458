# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models that cannot be compiled: one clear message with the line and what to try."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
from imported_numerics import Call
from torch import Tensor, nn

from tilewright.errors import (
    ControlFlowError,
    ImportFailed,
    InputError,
    MutationError,
    TrainingModeError,
    TwError,
    UnsupportedDtypeError,
    UnsupportedOpError,
)
from tilewright.frontend import import_torch

X = torch.randn(4, 6)


def refuse(kind: type[TwError], function: Any, *args: Any) -> TwError:
    model = function if isinstance(function, nn.Module) else Call(function).eval()
    with pytest.raises(kind) as caught:
        import_torch(model, args)
    error = caught.value
    assert "Traceback" not in str(error) and "\n\n" not in str(error)
    assert error.hint
    return error


def line_of(function: Any, offset: int = 1) -> str:
    return f"{__file__}:{inspect.getsourcelines(function)[1] + offset}"


def test_dropout_in_training_mode() -> None:
    error = refuse(TrainingModeError, nn.Sequential(nn.Linear(6, 6), nn.Dropout(0.1)).train(), X)
    assert "call model.eval()" in str(error)
    # The model has no line of its own: the module is named.
    assert "aten.dropout.default is active at 1" in str(error)


def test_batch_norm_in_training_mode() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).train()
    refuse(TrainingModeError, model, torch.randn(1, 3, 8, 8))


def test_training_mode_that_changes_nothing_is_fine() -> None:
    import_torch(nn.Sequential(nn.Linear(6, 6), nn.ReLU(), nn.Dropout(0.0)).train(), (X,))


def test_branch_on_a_value() -> None:
    def branch(x: Tensor) -> Tensor:
        return x + 1 if x.sum() > 0 else x - 1

    error = refuse(ControlFlowError, branch, X)
    assert line_of(branch) in str(error) and "torch.where" in str(error)


def test_loop_over_a_value() -> None:
    def loop(x: Tensor) -> Tensor:
        for _ in range(int(x[0, 0])):
            x = x * 2
        return x

    assert line_of(loop) in str(refuse(ControlFlowError, loop, X))


def test_size_that_depends_on_values() -> None:
    def select(x: Tensor) -> Tensor:
        return x[x > 0]

    error = refuse(ControlFlowError, select, X)
    assert line_of(select) in str(error) and "depends on the values" in str(error)


def test_nothing_is_printed_on_failure(capfd: pytest.CaptureFixture[str]) -> None:
    refuse(ControlFlowError, lambda x: x if x.sum() > 0 else -x, X)
    refuse(UnsupportedOpError, torch.special.bessel_j0, X)
    assert capfd.readouterr() == ("", "")


def test_parameter_changed() -> None:
    class Learns(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rate = nn.Parameter(torch.zeros(1))

        def forward(self, x: Tensor) -> Tensor:
            self.rate.add_(1)
            return x + self.rate

    assert "parameters in a forward pass: rate" in str(refuse(MutationError, Learns().eval(), X))


def test_complex_inside_and_outside() -> None:
    def spectrum(x: Any) -> Any:
        return torch.fft.fft(x).abs()

    error = refuse(UnsupportedDtypeError, spectrum, X)
    assert "complex64" in str(error) and line_of(spectrum) in str(error)
    refuse(UnsupportedDtypeError, lambda x: x.abs(), torch.randn(4, dtype=torch.complex64))


@pytest.mark.filterwarnings("ignore")
def test_quantised_input() -> None:
    value = torch.quantize_per_tensor(X, 0.1, 0, torch.qint8)
    assert "qint8" in str(refuse(UnsupportedDtypeError, nn.Linear(6, 6).eval(), value))


def test_sparse_input() -> None:
    assert "to_dense" in str(refuse(InputError, lambda x: x * 2, X.to_sparse()))


def test_not_a_module_not_a_tuple() -> None:
    with pytest.raises(InputError, match=r"torch\.nn\.Module or an ExportedProgram, got int"):
        import_torch(3, (X,))  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"\(x,\)"):
        import_torch(nn.Linear(6, 6), X)  # type: ignore[arg-type]


def test_nothing_to_compute() -> None:
    refuse_without_hint = pytest.raises(InputError, match="computes nothing")
    with refuse_without_hint:
        import_torch(Call(lambda x: x).eval(), (X,))


def test_model_that_fails_in_eager() -> None:
    def wrong(x: Any) -> Any:
        return x @ x

    error = refuse(ImportFailed, wrong, X)
    assert line_of(wrong) in str(error)
    assert isinstance(error, ImportFailed) and error.diagnostics


def test_dynamic_shape_that_the_model_fixes() -> None:
    with pytest.raises(ImportFailed, match="dynamic_shapes does not fit") as caught:
        dims = ({1: torch.export.Dim("width")},)
        import_torch(nn.Linear(6, 6).eval(), (X,), dynamic_shapes=dims)
    assert "width = 6" in str(caught.value)


def unsupported(x: Any) -> Any:
    y = torch.special.bessel_j0(x)
    z = torch.linalg.svdvals(x).sum()
    w = torch.special.bessel_j0(x.int())
    return y * z + w + torch.special.bessel_j0(y)


def test_all_unsupported_operations_are_listed_at_once() -> None:
    error = refuse(UnsupportedOpError, unsupported, X)
    assert isinstance(error, UnsupportedOpError)
    found = {(op.name, op.types): op for op in error.ops}
    assert set(found) == {
        ("aten.special_bessel_j0.default", "float32[4, 6]"),
        ("aten._linalg_svd.default", "float32[4, 6]"),
        ("aten.special_bessel_j0.default", "int32[4, 6]"),
    }
    bessel = found["aten.special_bessel_j0.default", "float32[4, 6]"]
    assert bessel.count == 2
    assert bessel.locations == (line_of(unsupported), line_of(unsupported, 4))
    assert "3 operations are not supported (4 uses)" in str(error)
    assert "backend='tilewright'" in str(error)
    # Not a word of MLIR.
    assert "legalize" not in str(error) and "vtensor" not in str(error)


def test_random_numbers_are_refused_with_advice() -> None:
    error = refuse(UnsupportedOpError, lambda x: x + torch.randn(4, 6), X)
    assert "pass random numbers as an input" in str(error)


def test_arithmetic_on_uint8() -> None:
    error = refuse(UnsupportedOpError, lambda x: x + x, X.to(torch.uint8))
    assert "write x.float() or x.int()" in str(error)
    import_torch(Call(lambda x: x.flip(0).float() / 255).eval(), (X.to(torch.uint8),))


def test_operation_that_crashes_torch_mlir() -> None:
    # It ends the process when lowered here.
    refuse(UnsupportedOpError, lambda x: x // 2, X.to(torch.int8))


def test_custom_operation_is_named() -> None:
    @torch.library.custom_op("tilewright_test::twice", mutates_args=())
    def twice(x: Tensor) -> Tensor:
        return x * 2

    @twice.register_fake
    def _(x: Tensor) -> Tensor:
        return torch.empty_like(x)

    error = refuse(UnsupportedOpError, lambda x: twice(x) + 1, X)
    assert "tilewright_test.twice.default(float32[4, 6]), 1x" in str(error)
