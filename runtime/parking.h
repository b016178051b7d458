/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A 32-bit word on which a thread can wait until it changes: first watching it, then asleep.
 * Linux has this as the futex; elsewhere (or with TW_PORTABLE_PARKING) a mutex and a condition
 * variable stand in for it.
 */
#ifndef TILEWRIGHT_RUNTIME_PARKING_H
#define TILEWRIGHT_RUNTIME_PARKING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#if !defined(__linux__) && !defined(TW_PORTABLE_PARKING)
#define TW_PORTABLE_PARKING 1
#endif

#ifdef TW_PORTABLE_PARKING
#include <pthread.h>
#endif

typedef struct tw_word {
  _Atomic uint32_t value;
#ifdef TW_PORTABLE_PARKING
  pthread_mutex_t mutex;
  pthread_cond_t changed;
#endif
} tw_word;

/** Also makes a word usable again in the child of a fork, whatever state it was caught in. */
void tw_word_init(tw_word *word, uint32_t value);
void tw_word_destroy(tw_word *word);

/** Watches while the word is `value`, for `spin_ns` at most. Returns the last value seen. */
uint32_t tw_word_spin(tw_word *word, uint32_t value, int64_t spin_ns);

/** Sleeps while the word is `value`. Whoever changes it must call tw_word_wake. */
void tw_word_sleep(tw_word *word, uint32_t value);

/** Wakes one thread that sleeps on the word, if there is one. */
void tw_word_wake(tw_word *word);

/** A lock on a word that starts at 0. */
bool tw_lock_try(tw_word *lock);
void tw_lock(tw_word *lock);
void tw_unlock(tw_word *lock);

#endif /* TILEWRIGHT_RUNTIME_PARKING_H */
