/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The few things about a CPU that C has no word for. */
#ifndef TILEWRIGHT_RUNTIME_CPU_STATE_H
#define TILEWRIGHT_RUNTIME_CPU_STATE_H

#include <stdint.h>

#if defined(__x86_64__) || defined(__SSE__)
#include <xmmintrin.h>
#endif

/** Tells the core that this is a waiting loop: it saves power and leaves room for a sibling. */
static inline void tw_cpu_relax(void) {
#if defined(__x86_64__) || defined(__SSE__)
  _mm_pause();
#elif defined(__aarch64__)
  /* `yield` is a no-op on nearly all cores; `isb` really holds the pipeline for some cycles. */
  __asm__ __volatile__("isb" ::: "memory");
#elif defined(__arm__)
  __asm__ __volatile__("yield" ::: "memory");
#endif
}

/**
 * Rounding and denormal mode of this thread. A region hands the caller's to its workers: otherwise
 * a host that flushes denormals on its own thread only would get other bits from each chunk.
 */
static inline uint32_t tw_float_control(void) {
#if defined(__x86_64__) || defined(__SSE__)
  return _mm_getcsr() & ~0x3fu; /* without the sticky exception flags */
#elif defined(__aarch64__)
  uint64_t fpcr;
  __asm__ __volatile__("mrs %0, fpcr" : "=r"(fpcr));
  return (uint32_t)fpcr;
#else
  return 0;
#endif
}

static inline void tw_set_float_control(uint32_t control) {
#if defined(__x86_64__) || defined(__SSE__)
  _mm_setcsr(control);
#elif defined(__aarch64__)
  uint64_t fpcr = control;
  __asm__ __volatile__("msr fpcr, %0" ::"r"(fpcr));
#else
  (void)control;
#endif
}

#endif /* TILEWRIGHT_RUNTIME_CPU_STATE_H */
