# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tw-lower-copies-and-fills moves every element once and nothing else: copies into the middle of
larger buffers whose frame must keep its value, at sizes around the width of a vector."""

from typing import Any

import numpy as np
import pytest
from run_mlir import run_mlir

_TARGET = (
    'module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 256, '
    "vector_registers = 16, l1_bytes = 32768, l2_bytes = 1048576>} {\n"
)
_LOOPS = ("func.func(tw-lower-copies-and-fills)",)
_BITS = {"f32": np.float32, "f64": np.float64, "i8": np.int8, "i1": np.bool_}


def _insert(shape: tuple[int, ...], frame: int, element: str, dynamic: bool) -> str:
    """@main copies its argument into a buffer of the argument `fill`, `frame` wider on each side of
    every dimension."""

    def tensor(sizes: list[int]) -> str:
        return f"tensor<{''.join('?x' if dynamic else f'{size}x' for size in sizes)}{element}>"

    small, large = tensor(list(shape)), tensor([size + 2 * frame for size in shape])
    lines, sizes, total = [f"%frame = arith.constant {2 * frame} : index"], [], []
    for dim, size in enumerate(shape):
        lines.append(f"%c{dim} = arith.constant {dim} : index")
        lines.append(f"%s{dim} = tensor.dim %x, %c{dim} : {small}")
        lines.append(f"%l{dim} = arith.addi %s{dim}, %frame : index")
        sizes.append(f"%s{dim}" if dynamic else str(size))
        total.append(f"%l{dim}")
    offsets, steps = [str(frame)] * len(shape), ["1"] * len(shape)
    place = f"[{','.join(offsets)}] [{','.join(sizes)}] [{','.join(steps)}]"
    return (
        _TARGET
        + f"func.func @main(%x: {small}, %fill: tensor<{element}>) -> {large} {{\n"
        + "\n".join(lines)
        + f"""
  %v = tensor.extract %fill[] : tensor<{element}>
  %e = tensor.empty({", ".join(total) if dynamic else ""}) : {large}
  %f = linalg.fill ins(%v : {element}) outs(%e : {large}) -> {large}
  %r = tensor.insert_slice %x into %f{place} : {small} into {large}
  return %r : {large}
}} }}"""
    )


@pytest.mark.parametrize("dynamic", [False, True])
@pytest.mark.parametrize(
    ("shape", "frame", "element"),
    [
        ((), 0, "f32"),
        ((1,), 0, "f32"),
        ((7,), 3, "f32"),
        ((8,), 0, "f32"),
        ((19,), 1, "f32"),
        ((19,), 1, "f64"),
        ((5, 3), 2, "i8"),
        ((5, 70), 0, "i8"),
        ((2, 1, 9), 1, "i1"),
        ((3, 4, 13), 1, "f32"),
        ((2, 0, 13), 1, "f32"),
        ((1, 1, 1), 0, "f32"),
        # 256 KiB and more: loops that would be parallel.
        ((2, 200, 250), 1, "f32"),
        ((1, 70001), 0, "f32"),
        ((3, 70001), 1, "i8"),
    ],
)
def test_framed_copies(shape: tuple[int, ...], frame: int, element: str, dynamic: bool) -> None:
    rng = np.random.default_rng(0)
    x: Any = rng.integers(0, 2 if element == "i1" else 100, shape).astype(_BITS[element])
    fill: Any = np.array(1, _BITS[element])
    (result,) = run_mlir(
        _insert(shape, frame, element, dynamic), "", [x, fill], buffer_passes=_LOOPS
    )
    expected = np.pad(x, frame, constant_values=fill) if shape else x
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("shape", [(6, 9), (300, 301)])
def test_strided_copies(shape: tuple[int, int]) -> None:
    """Every second column: elements, not vectors."""
    rows, columns = shape
    half = (columns + 1) // 2
    module = f"""{_TARGET}
func.func @main(%x: tensor<{rows}x{columns}xf32>) -> tensor<{rows}x{half}xf32> {{
  %e = tensor.empty() : tensor<{rows}x{half}xf32>
  %s = tensor.extract_slice %x[0, 0] [{rows}, {half}] [1, 2]
      : tensor<{rows}x{columns}xf32> to tensor<{rows}x{half}xf32>
  %r = linalg.copy ins(%s : tensor<{rows}x{half}xf32>) outs(%e : tensor<{rows}x{half}xf32>)
      -> tensor<{rows}x{half}xf32>
  return %r : tensor<{rows}x{half}xf32>
}} }}"""
    x = np.random.default_rng(1).standard_normal(shape, dtype=np.float32)
    (result,) = run_mlir(module, "", [x], buffer_passes=_LOOPS)
    np.testing.assert_array_equal(result, x[:, ::2])
