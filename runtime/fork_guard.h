/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Tells cheaply whether the process has forked since: a child has none of its parent's workers,
 * and would wait for them for ever. getpid() is a system call, which would cost a third of a
 * region, and pthread_atfork handlers outlive a dlclose on some systems. Linux can zero a page in
 * the child (MADV_WIPEONFORK), so one load answers; elsewhere getpid() it is.
 */
#ifndef TILEWRIGHT_RUNTIME_FORK_GUARD_H
#define TILEWRIGHT_RUNTIME_FORK_GUARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tw_fork_guard {
  /** In a page that a child finds zeroed; NULL where that does not exist. */
  _Atomic int64_t *wiped_owner;
  size_t page_bytes;
  /** Used when there is no such page. */
  _Atomic int64_t owner;
} tw_fork_guard;

void tw_fork_guard_init(tw_fork_guard *guard);
void tw_fork_guard_destroy(tw_fork_guard *guard);

/** True in a child until tw_fork_guard_rearm. */
bool tw_fork_guard_tripped(tw_fork_guard *guard);

/**
 * Of the child's threads that found the guard tripped, true for the one that is to repair and
 * rearm; the others return false once that is done.
 */
bool tw_fork_guard_claim(tw_fork_guard *guard);
void tw_fork_guard_rearm(tw_fork_guard *guard);

#endif /* TILEWRIGHT_RUNTIME_FORK_GUARD_H */
