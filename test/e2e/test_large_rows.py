# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operations on the rows of tensors that no cache holds: rows of the next task are fetched."""

from collections.abc import Callable

import pytest
import torch
from small_models import Function
from torch import Tensor, nn
from torch.export import Dim
from torch.nn import functional as F

import tilewright as tw

ROWS: dict[str, Callable[[Tensor], Tensor]] = {
    "softmax": lambda x: F.softmax(x, -1),
    "log-softmax": lambda x: F.log_softmax(x, -1),
    "layer-norm": lambda x: F.layer_norm(x, x.shape[-1:]),
    "rms-norm": lambda x: F.rms_norm(x, x.shape[-1:]),
}


def check(compiled: tw.CompiledModule, model: nn.Module, x: Tensor) -> None:
    eager, exact = model(x), model(x.double())
    scale = float(exact.abs().max())
    loss = float((eager - exact).abs().max()) / scale
    assert float((compiled(x) - exact).abs().max()) / scale <= 4 * loss + 2e-7


def fetches(compiled: tw.CompiledModule) -> bool:
    return "llvm.intr.prefetch" in compiled.ir("lower-cpu")


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("shape", [(1500, 1024), (3, 501, 1000), (2, 3, 300, 777)])
def test_rows_of_a_tensor(name: str, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    model, x = Function(ROWS[name]), torch.randn(shape) * 3 + 1
    compiled = tw.compile(model, (x,), progress=False)
    assert fetches(compiled)
    check(compiled, model, x)


@pytest.mark.parametrize("name", ROWS)
def test_any_number_of_rows(name: str) -> None:
    """A tensor of fewer rows than a task has is no reason to fetch from before it."""
    torch.manual_seed(0)
    model = Function(ROWS[name])
    rows = (({0: Dim("rows", min=1)},),)
    compiled = tw.compile(model, (torch.randn(64, 768),), dynamic_shapes=rows, progress=False)
    assert fetches(compiled)
    for count in (1, 2, 3, 4, 5, 9, 1031):
        check(compiled, model, torch.randn(count, 768) * 2)


def test_rows_in_the_caches_are_not_fetched() -> None:
    model, x = Function(ROWS["softmax"]), torch.randn(128, 768)
    compiled = tw.compile(model, (x,), progress=False)
    assert not fetches(compiled)
    check(compiled, model, x)


def test_nan_and_infinities_stay_in_their_rows() -> None:
    x = torch.randn(1500, 1024)
    x[3, 17], x[700, 1023], x[1499, 0] = torch.nan, torch.inf, -torch.inf
    model = Function(ROWS["softmax"])
    found, wanted = tw.compile(model, (x,), progress=False)(x), model(x)
    assert torch.equal(found.isnan(), wanted.isnan())
    torch.testing.assert_close(found, wanted, equal_nan=True)


@pytest.mark.parametrize("function", [torch.amax, torch.amin])
@pytest.mark.parametrize("columns", [3, 16, 31, 100])
def test_extrema_keep_nan(function: Callable[..., Tensor], columns: int) -> None:
    """In each lane of a vector, and in what does not fill one."""
    x = torch.randn(columns + 1, columns)
    x[range(columns), range(columns)] = torch.nan
    model = Function(lambda x: (function(x, -1), function(x, 0)))
    for found, wanted in zip(tw.compile(model, (x,), progress=False)(x), model(x), strict=True):
        assert torch.equal(found.isnan(), wanted.isnan())
        torch.testing.assert_close(found, wanted, equal_nan=True)


@pytest.mark.parametrize("dim", [0, 1, 2])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_logarithms_along_any_dimension(dim: int, dtype: torch.dtype) -> None:
    """Where the result is near 0, where it is large, and where a row is -inf or infinite.

    Eager rounds logarithms of sums to bfloat16; here it is the result alone.
    """
    x = (torch.randn(5, 19, 33) * 30).to(dtype)
    x[0, :, 0], x[1, 2, 3], x[:, 4, 4] = -torch.inf, torch.inf, -torch.inf
    x[2, 7, :] = torch.tensor(-torch.inf)
    model = Function(lambda x: F.log_softmax(x, dim))
    compiled = tw.compile(model, (x,), progress=False)
    assert f"tw.softmax dimension({dim}) logarithm" in compiled.ir("input")
    exact = model(x.double())
    # The difference from the maximum, up to 200, is rounded as what is computed in.
    computed = torch.float32 if dtype is torch.bfloat16 else dtype
    torch.testing.assert_close(
        compiled(x).double(),
        exact,
        rtol=torch.finfo(dtype).eps,
        atol=400 * torch.finfo(computed).eps,
        equal_nan=True,
    )
