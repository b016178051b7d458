// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the processor can compute at most: loops of independent multiply-adds in registers.
#ifndef TILEWRIGHT_BENCHMARKS_PEAKS_H
#define TILEWRIGHT_BENCHMARKS_PEAKS_H

#include <stdint.h>

// One way to compute. `run` is NULL where the processor, or the system, lacks it.
typedef struct {
  const char *name;        // as in the JSON: "f32_fma", "bf16_dot", "bf16_amx"
  const char *instruction; // what the loop is made of
  void (*run)(int64_t iterations);
  double flops_per_iteration;
} peak;

enum { NUM_PEAKS = 3 };

// Looks at the processor, and asks the system for what it hands out on request (AMX tiles).
void find_peaks(peak peaks[NUM_PEAKS]);

// The clock in Hz from a chain of instructions of known latency; 0 where none is known.
double measure_clock(void);

#endif
