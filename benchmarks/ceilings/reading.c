// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define _GNU_SOURCE // madvise
#include "reading.h"
#include "team.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ROUNDS = 40, HUGE_PAGE = 2 << 20, LEAST_BYTES_PER_ROUND = 64 << 20 };
// What one turn of any loop below reads, so that all sizes are multiples of it.
enum { STEP = 1024 };

typedef void (*reader)(const char *begin, const char *end);

#if defined(__x86_64__)

#define LOADS_8(WIDTH, REGISTER, AT)                                                               \
  "vmovaps " #AT "+0*" #WIDTH "(%0), %%" #REGISTER "0\n\t"                                         \
  "vmovaps " #AT "+1*" #WIDTH "(%0), %%" #REGISTER "1\n\t"                                         \
  "vmovaps " #AT "+2*" #WIDTH "(%0), %%" #REGISTER "2\n\t"                                         \
  "vmovaps " #AT "+3*" #WIDTH "(%0), %%" #REGISTER "3\n\t"                                         \
  "vmovaps " #AT "+4*" #WIDTH "(%0), %%" #REGISTER "4\n\t"                                         \
  "vmovaps " #AT "+5*" #WIDTH "(%0), %%" #REGISTER "5\n\t"                                         \
  "vmovaps " #AT "+6*" #WIDTH "(%0), %%" #REGISTER "6\n\t"                                         \
  "vmovaps " #AT "+7*" #WIDTH "(%0), %%" #REGISTER "7\n\t"

#define LOOP(LOADS)                                                                                \
  __asm__ volatile(".p2align 5\n"                                                                  \
                   "1:\n\t" LOADS "add $1024, %0\n\t"                                              \
                   "cmp %1, %0\n\t"                                                                \
                   "jb 1b\n\t"                                                                     \
                   "vzeroupper"                                                                    \
                   : "+r"(begin)                                                                   \
                   : "r"(end)                                                                      \
                   : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "cc",         \
                     "memory")

__attribute__((target("avx512f"))) static void read_zmm(const char *begin, const char *end) {
  LOOP(LOADS_8(64, zmm, 0) LOADS_8(64, zmm, 512));
}

__attribute__((target("avx2"))) static void read_ymm(const char *begin, const char *end) {
  LOOP(LOADS_8(32, ymm, 0) LOADS_8(32, ymm, 256) LOADS_8(32, ymm, 512) LOADS_8(32, ymm, 768));
}

#endif

static void read_portable(const char *begin, const char *end) {
  typedef uint64_t lanes __attribute__((vector_size(16)));
  const lanes *from = (const lanes *)begin, *to = (const lanes *)end;
  lanes sums[8] = {{0}};
  for (; from < to; from += 8)
    for (int i = 0; i < 8; ++i)
      sums[i] ^= from[i];
  for (int i = 1; i < 8; ++i)
    sums[0] ^= sums[i];
  volatile uint64_t kept = sums[0][0] ^ sums[0][1];
  (void)kept;
}

static reader widest_reader(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f"))
    return read_zmm;
  if (__builtin_cpu_supports("avx2"))
    return read_ymm;
#endif
  return read_portable;
}

typedef struct {
  reader read;
  int64_t bytes, passes;
  char **buffers; // of each thread, which it allocates itself, so that the pages are near it
} reading;

static void allocate(reading *all, int thread) {
  size_t size = ((size_t)all->bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
  char *buffer = aligned_alloc(HUGE_PAGE, size);
  if (!buffer) {
    fprintf(stderr, "ceilings: no memory for %zu bytes\n", size);
    exit(1);
  }
  madvise(buffer, size, MADV_HUGEPAGE); // a system that will not loses little
  memset(buffer, 1, size);
  all->buffers[thread] = buffer;
}

static void read_again(void *argument, int thread, int round) {
  reading *all = argument;
  if (round < 0)
    allocate(all, thread);
  const char *buffer = all->buffers[thread];
  for (int64_t pass = 0; pass < all->passes; ++pass)
    all->read(buffer, buffer + all->bytes);
}

double measure_reading(int threads, const int *cpus, int64_t bytes) {
  bytes = bytes / STEP * STEP;
  int64_t passes = (LEAST_BYTES_PER_ROUND + bytes - 1) / bytes;
  reading all = {widest_reader(), bytes, passes, calloc((size_t)threads, sizeof(char *))};
  if (!all.buffers) {
    fprintf(stderr, "ceilings: out of memory\n");
    exit(1);
  }
  double seconds = run_team(threads, cpus, read_again, &all, ROUNDS);
  for (int thread = 0; thread < threads; ++thread)
    free(all.buffers[thread]);
  free(all.buffers);
  return (double)threads * (double)bytes * (double)passes / seconds;
}
