// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How fast memory and caches can be read.
#ifndef TILEWRIGHT_BENCHMARKS_READING_H
#define TILEWRIGHT_BENCHMARKS_READING_H

#include <stdint.h>

// Bytes a second that `threads` threads read together, each its own `bytes` again and again, as
// one stream. Ends the program if there is not so much memory.
double measure_reading(int threads, const int *cpus, int64_t bytes);

#endif
