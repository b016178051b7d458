/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define _GNU_SOURCE /* syscall */
#include "parking.h"

#include "cpu_state.h"

#include <time.h>

#ifndef TW_PORTABLE_PARKING
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

/* Looks at the word between two looks at the clock, which costs about as much as some of them. */
#define LOOKS_PER_CLOCK 32

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

uint32_t tw_word_spin(tw_word *word, uint32_t value, int64_t spin_ns) {
  uint32_t seen = atomic_load_explicit(&word->value, memory_order_acquire);
  if (seen != value || spin_ns <= 0)
    return seen;
  int64_t start = -1;
  for (;;) {
    for (int look = 0; look < LOOKS_PER_CLOCK; ++look) {
      tw_cpu_relax();
      seen = atomic_load_explicit(&word->value, memory_order_acquire);
      if (seen != value)
        return seen;
    }
    int64_t now = now_ns();
    if (start < 0)
      start = now;
    else if (now - start >= spin_ns)
      return seen;
  }
}

#ifndef TW_PORTABLE_PARKING

void tw_word_init(tw_word *word, uint32_t value) { atomic_init(&word->value, value); }

void tw_word_destroy(tw_word *word) { (void)word; }

void tw_word_sleep(tw_word *word, uint32_t value) {
  /* The call also returns for signals and for no reason: look again. */
  while (atomic_load_explicit(&word->value, memory_order_acquire) == value)
    syscall(SYS_futex, &word->value, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

void tw_word_wake(tw_word *word) {
  syscall(SYS_futex, &word->value, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

#else

void tw_word_init(tw_word *word, uint32_t value) {
  atomic_init(&word->value, value);
  pthread_mutex_init(&word->mutex, NULL);
  pthread_cond_init(&word->changed, NULL);
}

void tw_word_destroy(tw_word *word) {
  pthread_cond_destroy(&word->changed);
  pthread_mutex_destroy(&word->mutex);
}

void tw_word_sleep(tw_word *word, uint32_t value) {
  pthread_mutex_lock(&word->mutex);
  while (atomic_load_explicit(&word->value, memory_order_acquire) == value)
    pthread_cond_wait(&word->changed, &word->mutex);
  pthread_mutex_unlock(&word->mutex);
}

void tw_word_wake(tw_word *word) {
  /* The value changed before the lock: a sleeper either saw that, or waits by now. */
  pthread_mutex_lock(&word->mutex);
  pthread_cond_signal(&word->changed);
  pthread_mutex_unlock(&word->mutex);
}

#endif

/* 0 free, 1 held, 2 held and somebody may sleep: Drepper's "Futexes Are Tricky", mutex 2. */
bool tw_lock_try(tw_word *lock) {
  uint32_t expected = 0;
  return atomic_compare_exchange_strong_explicit(&lock->value, &expected, 1, memory_order_acquire,
                                                 memory_order_relaxed);
}

void tw_lock(tw_word *lock) {
  if (tw_lock_try(lock))
    return;
  while (atomic_exchange_explicit(&lock->value, 2, memory_order_acquire) != 0)
    tw_word_sleep(lock, 2);
}

void tw_unlock(tw_word *lock) {
  if (atomic_exchange_explicit(&lock->value, 0, memory_order_release) == 2)
    tw_word_wake(lock);
}
