# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What this machine can do: arithmetic and memory, measured with kernels of our own.

The kernels are written in MLIR, so that they exist for every processor that LLVM knows, and need
no C compiler. The benchmarks measure more limits, in assembly (benchmarks/ceilings).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from tilewright.targets.cpu import CpuTarget

_ITERATIONS = 20000
# Chains that do not depend on each other: two for each of two units with a latency of four or
# five cycles, and enough loads in flight.
_CHAINS = 16
# Larger than the last-level cache that one tenant of a large machine gets.
_STREAM_BYTES = 256 << 20
_ROUNDS = 7
# Sides of a tile of a matrix unit, in numbers or words, and tiles that are added to in turns.
_TILE = 16
_TILES = 4


@dataclass(frozen=True)
class Ceilings:
    """The best of a few rounds.

    Attributes:
        threads: that took part.
        flops: float32 operations a second, in fused multiply-adds on whole vectors.
        bandwidth: bytes a second read from memory.
        bf16_flops: operations a second on products of bfloat16 that are added up in float32, on
            whole vectors, or on whole tiles where a matrix unit does them.
    """

    threads: int
    flops: float
    bandwidth: float
    bf16_flops: float | None = None


@cache
def measure_ceilings(threads: int) -> Ceilings:
    """Measure, in about a second; remembered for the process."""
    host = CpuTarget.host()
    lanes = host.vector_bits // 32
    tasks = 8 * threads
    step = _CHAINS * lanes
    piece = _STREAM_BYTES // 4 // tasks // step * step
    loop = partial(_kernel, tasks, lanes, lanes, _ITERATIONS, 1)
    arithmetic = _compile(loop(_multiply_add), threads)
    stream = _compile(_kernel(tasks, lanes, tasks * piece, piece, step, _read), threads)
    flops = 2.0 * tasks * _CHAINS * lanes * _ITERATIONS
    factor = np.full(lanes, 0.5, np.float32)
    data = np.ones(tasks * piece, np.float32)
    operand: np.ndarray = factor
    if host.bf16_dot == "amx":
        rounded, operand = _compile(_tiles(tasks), threads), np.ones((2 * _TILE, _TILE), np.int32)
        # Two products and two sums a word.
        rounded_flops = 4.0 * tasks * _TILES * _TILE**3 * _ITERATIONS
    else:
        rounded = _compile(loop(_dot), threads)
        rounded_flops = 2 * flops
    return Ceilings(
        threads,
        flops / _best(lambda: arithmetic(factor)),
        data.nbytes / _best(lambda: stream(data)),
        rounded_flops / _best(lambda: rounded(operand)),
    )


def _compile(kernel: str, threads: int) -> Callable[..., object]:
    import tilewright as tw

    return tw.compile_mlir(kernel, start_from="bufferize", threads=threads)


def _best(call: Callable[[], object]) -> float:
    seconds = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _multiply_add(chain: int, lanes: int, elements: int) -> str:
    return f"%b{chain} = vector.fma %a{chain}, %s, %s : vector<{lanes}xf32>"


def _dot(chain: int, lanes: int, elements: int) -> str:
    words, vector = f"vector<{lanes}xi32>", f"vector<{lanes}xf32>"
    return f"""%w{chain} = vector.bitcast %s : {vector} to {words}
        %b{chain} = tw.bf16_dot %w{chain}, %w{chain}, %a{chain} : {words}, {vector}"""


def _read(chain: int, lanes: int, elements: int) -> str:
    vector = f"vector<{lanes}xf32>"
    return f"""%o{chain} = arith.constant {chain * lanes} : index
        %p{chain} = arith.addi %i, %o{chain} : index
        %x{chain} = vector.transfer_read %data[%p{chain}], %zero {{in_bounds = [true]}}
          : tensor<{elements}xf32>, {vector}
        %b{chain} = arith.addf %a{chain}, %x{chain} : {vector}"""


def _tiles(tasks: int) -> str:
    """Each task multiplies tiles that stay in registers."""
    words, sums = f"vector<{_TILE}x{_TILE}xi32>", f"vector<{_TILE}x{_TILE}xf32>"
    vector, out = f"vector<{_TILE}xf32>", f"tensor<{tasks}x{_TILE}xf32>"
    row, tiles = f"tensor<1x{_TILE}xf32>", range(_TILES)
    newline = "\n        "
    dots = [f"%b{i} = tw.tile_dot %lhs, %rhs, %a{i} : {words}, {words}, {sums}" for i in tiles]
    rows = [f"%x{i} = vector.extract %r#{i}[0] : {vector} from {sums}" for i in tiles]
    rows += [f"%t0 = arith.addf %x0, %x1 : {vector}"]
    rows += [f"%t{i} = arith.addf %t{i - 1}, %x{i + 1} : {vector}" for i in range(1, _TILES - 1)]
    return f"""
{_target()} {{
func.func @main(%data: tensor<{2 * _TILE}x{_TILE}xi32>) -> {out} {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %half = arith.constant {_TILE} : index
  %piece = arith.constant {_ITERATIONS} : index
  %pad = arith.constant 0 : i32
  %zero = arith.constant dense<0.0> : {sums}
  %e = tensor.empty() : {out}
  %result = scf.forall (%task) in ({tasks}) shared_outs(%o = %e) -> {out} {{
      %lhs = vector.transfer_read %data[%c0, %c0], %pad {{in_bounds = [true, true]}}
        : tensor<{2 * _TILE}x{_TILE}xi32>, {words}
      %rhs = vector.transfer_read %data[%half, %c0], %pad {{in_bounds = [true, true]}}
        : tensor<{2 * _TILE}x{_TILE}xi32>, {words}
      %r:{_TILES} = scf.for %i = %c0 to %piece step %c1
          iter_args({", ".join(f"%a{i} = %zero" for i in tiles)})
          -> ({", ".join([sums] * _TILES)}) {{
        {newline.join(dots)}
        scf.yield {", ".join(f"%b{i}" for i in tiles)} : {", ".join([sums] * _TILES)}
      }}
        {newline.join(rows)}
      %slice = tensor.extract_slice %o[%task, 0] [1, {_TILE}] [1, 1] : {out} to {row}
      %w = vector.transfer_write %t{_TILES - 2}, %slice[%c0, %c0] {{in_bounds = [true]}}
        : {vector}, {row}
      scf.forall.in_parallel {{
        tensor.parallel_insert_slice %w into %o[%task, 0] [1, {_TILE}] [1, 1] : {row} into {out}
      }}
  }}
  return %result : {out}
}}
}}
"""


def _target() -> str:
    host = CpuTarget.host()
    return f"""module attributes {{tw.target = #tw.target<kind = "cpu",
  vector_bits = {host.vector_bits}, vector_registers = {host.vector_registers},
  l1_bytes = {host.l1_bytes}, l2_bytes = {host.l2_bytes}, bf16_dot = "{host.bf16_dot}">}}"""


def _kernel(
    tasks: int,
    lanes: int,
    elements: int,
    piece: int,
    step: int,
    body: Callable[[int, int, int], str],
) -> str:
    """Each task runs its ``piece`` of a loop, by ``step``, over chains of vectors.

    ``body`` gives what makes ``%b`` of ``%a`` in one chain, from the number of the chain, the
    lanes of a vector and the elements of ``%data``.
    """
    chains = range(_CHAINS)
    vector, out = f"vector<{lanes}xf32>", f"tensor<{tasks}x{lanes}xf32>"
    row = f"tensor<1x{lanes}xf32>"
    types = ", ".join([vector] * _CHAINS)
    lines = [body(chain, lanes, elements) for chain in chains]
    sums = [f"%t0 = arith.addf %r#0, %r#1 : {vector}"]
    sums += [f"%t{i} = arith.addf %t{i - 1}, %r#{i + 1} : {vector}" for i in range(1, _CHAINS - 1)]
    newline = "\n        "
    return f"""
{_target()} {{
func.func @main(%data: tensor<{elements}xf32>) -> {out} {{
  %c0 = arith.constant 0 : index
  %step = arith.constant {step} : index
  %piece = arith.constant {piece} : index
  %zero = arith.constant 0.0 : f32
  %s = vector.transfer_read %data[%c0], %zero {{in_bounds = [true]}}
    : tensor<{elements}xf32>, {vector}
  %e = tensor.empty() : {out}
  %result = scf.forall (%task) in ({tasks}) shared_outs(%o = %e) -> {out} {{
      %first = arith.muli %task, %piece : index
      %end = arith.addi %first, %piece : index
      %r:{_CHAINS} = scf.for %i = %first to %end step %step
          iter_args({", ".join(f"%a{i} = %s" for i in chains)}) -> ({types}) {{
        {newline.join(lines)}
        scf.yield {", ".join(f"%b{i}" for i in chains)} : {types}
      }}
        {newline.join(sums)}
      %slice = tensor.extract_slice %o[%task, 0] [1, {lanes}] [1, 1] : {out} to {row}
      %w = vector.transfer_write %t{_CHAINS - 2}, %slice[%c0, %c0] {{in_bounds = [true]}}
        : {vector}, {row}
      scf.forall.in_parallel {{
        tensor.parallel_insert_slice %w into %o[%task, 0] [1, {lanes}] [1, 1] : {row} into {out}
      }}
  }}
  return %result : {out}
}}
}}
"""
