// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loops are assembly: compilers spill accumulators of intrinsics, and report half the rate.
// Operands are ordinary numbers, since zeros let some processors clock higher than models do.
#define _GNU_SOURCE // syscall
#include "peaks.h"
#include "team.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const float factors[2] = {0.5f, 0x1.5p-7f};
// Both halves of each word are the same bfloat16, about 0.5 and 0.01.
static const uint32_t pairs[2] = {0x3f003f00u, 0x3c283c28u};

// A line of assembly is a line here.
// clang-format off

// Sixteen chains: more than latency times ports of any processor to date (4 cycles, 2 ports).
#define TWELVE(OP) \
  OP(0) OP(1) OP(2) OP(3) OP(4) OP(5) OP(6) OP(7) OP(8) OP(9) OP(10) OP(11)
#define SIXTEEN(OP) \
  TWELVE(OP) OP(12) OP(13) OP(14) OP(15)

#define CLOBBERED \
  "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", \
  "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "cc", "memory"

#define CLEAR_ZMM(N) "vpxorq %%zmm" #N ", %%zmm" #N ", %%zmm" #N "\n\t"
#define CLEAR_YMM(N) "vxorps %%ymm" #N ", %%ymm" #N ", %%ymm" #N "\n\t"
#define FMA_ZMM(N) "vfmadd231ps %%zmm16, %%zmm17, %%zmm" #N "\n\t"
#define DOT_ZMM(N) "vdpbf16ps %%zmm16, %%zmm17, %%zmm" #N "\n\t"
#define FMA_YMM(N) "vfmadd231ps %%ymm14, %%ymm15, %%ymm" #N "\n\t"

// BROADCAST reads a factor, STEP is what each chain does with the two.
#define RUN_ZMM(BROADCAST, FACTORS, STEP) \
  __asm__ volatile( \
      BROADCAST " (%1), %%zmm16\n\t" \
      BROADCAST " 4(%1), %%zmm17\n\t" \
      SIXTEEN(CLEAR_ZMM) \
      ".p2align 5\n" \
      "1:\n\t" \
      SIXTEEN(STEP) \
      "dec %0\n\t" \
      "jnz 1b\n\t" \
      "vzeroupper" \
      : "+r"(iterations) : "r"(FACTORS) : CLOBBERED, "xmm16", "xmm17")

__attribute__((target("avx512f"))) static void run_fma_zmm(int64_t iterations) {
  RUN_ZMM("vbroadcastss", factors, FMA_ZMM);
}

__attribute__((target("avx512f"))) static void run_dot_zmm(int64_t iterations) {
  RUN_ZMM("vpbroadcastd", pairs, DOT_ZMM);
}

// Sixteen registers hold twelve chains and the factors.
__attribute__((target("avx2,fma"))) static void run_fma_ymm(int64_t iterations) {
  __asm__ volatile(
      "vbroadcastss (%1), %%ymm14\n\t"
      "vbroadcastss 4(%1), %%ymm15\n\t"
      TWELVE(CLEAR_YMM)
      ".p2align 5\n"
      "1:\n\t"
      TWELVE(FMA_YMM)
      "dec %0\n\t"
      "jnz 1b\n\t"
      "vzeroupper"
      : "+r"(iterations) : "r"(factors) : CLOBBERED);
}

// clang-format on

// Palette 1: eight tiles of 16 rows of 64 bytes.
typedef struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t columns[16];
  uint8_t rows[16];
} tile_config;

// Four chains: an instruction takes 16 cycles, its result 52. Compilers do not use tile registers
// by themselves, so that none is named as clobbered.
static void run_tdp(int64_t iterations) {
  tile_config config;
  uint16_t numbers[16 * 32];
  memset(&config, 0, sizeof config);
  config.palette = 1;
  for (int tile = 0; tile < 8; ++tile) {
    config.columns[tile] = 64;
    config.rows[tile] = 16;
  }
  for (int i = 0; i < 16 * 32; ++i)
    numbers[i] = (uint16_t)(0x3c00 + i % 97);
  __asm__ volatile("ldtilecfg (%1)\n\t"
                   "tilezero %%tmm0\n\t"
                   "tilezero %%tmm1\n\t"
                   "tilezero %%tmm2\n\t"
                   "tilezero %%tmm3\n\t"
                   "tileloadd (%2,%3,1), %%tmm4\n\t"
                   "tileloadd (%2,%3,1), %%tmm5\n\t"
                   "tileloadd (%2,%3,1), %%tmm6\n\t"
                   "tileloadd (%2,%3,1), %%tmm7\n\t"
                   ".p2align 5\n"
                   "1:\n\t"
                   "tdpbf16ps %%tmm6, %%tmm4, %%tmm0\n\t"
                   "tdpbf16ps %%tmm7, %%tmm4, %%tmm1\n\t"
                   "tdpbf16ps %%tmm6, %%tmm5, %%tmm2\n\t"
                   "tdpbf16ps %%tmm7, %%tmm5, %%tmm3\n\t"
                   "dec %0\n\t"
                   "jnz 1b\n\t"
                   "tilerelease"
                   : "+r"(iterations)
                   : "r"(&config), "r"(numbers), "r"((int64_t)64)
                   : "cc", "memory");
}

static uint64_t enabled_states(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

// Whether tiles are there, and the system lets this process use them.
static bool has_amx_bf16(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
    return false;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d >> 22 & 1) || !(d >> 24 & 1))
    return false;
  if ((enabled_states() >> 17 & 3) != 3) // tile configuration and tile data
    return false;
  enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
  return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}

static bool has_avx512_bf16(void) {
  unsigned a, b, c, d;
  return __builtin_cpu_supports("avx512f") && __get_cpuid_count(7, 1, &a, &b, &c, &d) &&
         (a >> 5 & 1);
}

void find_peaks(peak peaks[NUM_PEAKS]) {
  __builtin_cpu_init();
  bool zmm = __builtin_cpu_supports("avx512f");
  bool ymm = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  peaks[0] = (peak){"f32_fma", "vfmadd231ps zmm", zmm ? run_fma_zmm : NULL, 16 * 16 * 2};
  if (!zmm && ymm)
    peaks[0] = (peak){"f32_fma", "vfmadd231ps ymm", run_fma_ymm, 12 * 8 * 2};
  peaks[1] =
      (peak){"bf16_dot", "vdpbf16ps zmm", has_avx512_bf16() ? run_dot_zmm : NULL, 16 * 16 * 2 * 2};
  peaks[2] =
      (peak){"bf16_amx", "tdpbf16ps", has_amx_bf16() ? run_tdp : NULL, 4.0 * 16 * 16 * 32 * 2};
}

// A multiplication waits three cycles for the one before, on all processors with AVX2. Chains of
// additions do not tell: recent processors fold them.
double measure_clock(void) {
  enum { CHAINS = 200000, LINKS = 8, CYCLES = 3, ROUNDS = 9 };
  double best = 0;
  for (int round = 0; round < ROUNDS; ++round) {
    int64_t count = CHAINS, value = 3;
    double start = now_seconds();
    __asm__ volatile("1:\n\t"
                     "imul %1, %1\n\timul %1, %1\n\timul %1, %1\n\timul %1, %1\n\t"
                     "imul %1, %1\n\timul %1, %1\n\timul %1, %1\n\timul %1, %1\n\t"
                     "dec %0\n\t"
                     "jnz 1b"
                     : "+r"(count), "+r"(value)
                     :
                     : "cc");
    double clock = (double)CHAINS * LINKS * CYCLES / (now_seconds() - start);
    best = clock > best ? clock : best;
  }
  return best;
}

#endif
