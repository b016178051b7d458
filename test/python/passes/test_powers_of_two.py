# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Multiplying by powers of two: by the instruction of AVX-512 as by the bits of the exponent."""

from __future__ import annotations

import numpy as np
import pytest
from vector_kernels import Kernel, Kernels

from tilewright.targets.cpu import CpuTarget

_TARGET = (
    '#tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, '
    "l2_bytes = 1048576, scalef = true>"
)
_KERNELS = {
    "exp": Kernel("math.exp %x"),
    "exp2": Kernel("math.exp2 %x"),
    "exp2_of_two_registers": Kernel("math.exp2 %x", "vector<32xf32>"),
    "cosh": Kernel("math.cosh %x"),
    "powf": Kernel("math.powf %y, %x"),
}


@pytest.mark.skipif(not CpuTarget.host().scalef, reason="needs AVX-512")
@pytest.mark.parametrize("name", _KERNELS)
def test_the_instruction_gives_the_same_bits(name: str) -> None:
    """On numbers of all exponents and signs, NaN, and where results are subnormal or infinite."""
    portable, native = Kernels(_KERNELS), Kernels(_KERNELS, _TARGET)
    every = (np.arange(1 << 18, dtype=np.uint64) * 16411).astype(np.uint32).view(np.float32)
    edges = [np.linspace(*ends, 1 << 14, dtype=np.float32) for ends in ((-152, -80), (87, 130))]
    x = np.concatenate([every, *edges])
    y = np.resize(np.linspace(0.1, 9, 1 << 10, dtype=np.float32), x.shape)
    wanted, got = portable(name, x, y), native(name, x, y)
    assert np.array_equal(np.isnan(wanted), np.isnan(got))
    number = ~np.isnan(wanted)
    assert np.array_equal(wanted[number].view(np.uint32), got[number].view(np.uint32))
