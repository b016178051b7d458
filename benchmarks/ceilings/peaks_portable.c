// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Peaks of processors other than x86-64: NEON on aarch64, and none elsewhere.
#include "peaks.h"

#if !defined(__x86_64__)

#include <stddef.h>

#if defined(__aarch64__)

// A line of assembly is a line here.
// clang-format off

// Four pipes of four cycles need sixteen chains.
#define SIXTEEN(OP) \
  OP(0) OP(1) OP(2) OP(3) OP(4) OP(5) OP(6) OP(7) \
  OP(16) OP(17) OP(18) OP(19) OP(20) OP(21) OP(22) OP(23)
#define CLEAR(N) "movi v" #N ".4s, #0\n\t"
#define FMLA(N) "fmla v" #N ".4s, v30.4s, v31.4s\n\t"

static void run_fmla(int64_t iterations) {
  __asm__ volatile(
      "fmov v30.4s, #0.5\n\t"
      "fmov v31.4s, #0.125\n\t"
      SIXTEEN(CLEAR)
      "1:\n\t"
      SIXTEEN(FMLA)
      "subs %0, %0, #1\n\t"
      "b.ne 1b"
      : "+r"(iterations)
      :
      : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17", "v18", "v19", "v20", "v21",
        "v22", "v23", "v30", "v31", "cc", "memory");
}

// clang-format on

#define F32_FMA run_fmla
#define F32_INSTRUCTION "fmla v.4s"
#else
#define F32_FMA NULL
#define F32_INSTRUCTION "none known"
#endif

void find_peaks(peak peaks[NUM_PEAKS]) {
  peaks[0] = (peak){"f32_fma", F32_INSTRUCTION, F32_FMA, 16 * 4 * 2};
  peaks[1] = (peak){"bf16_dot", "vdpbf16ps zmm", NULL, 0};
  peaks[2] = (peak){"bf16_amx", "tdpbf16ps", NULL, 0};
}

double measure_clock(void) { return 0; }

#endif
