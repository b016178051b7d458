/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Aligned memory, and the bump allocator behind ctx->alloc. */
#ifndef TILEWRIGHT_RUNTIME_ARENA_H
#define TILEWRIGHT_RUNTIME_ARENA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** Sets *product to a * b and returns true, or returns false when a factor is negative or the
    product does not fit. */
bool tw_checked_multiply(int64_t a, int64_t b, int64_t *product);

/** Sets *rounded to `bytes` rounded up to a multiple of `unit`, a power of two; else as above. */
bool tw_checked_round_up(int64_t bytes, int64_t unit, int64_t *rounded);

/**
 * TW_ALIGNMENT-aligned, uninitialised memory, on huge pages where it is large and the system has
 * them. Never NULL for 0 bytes; NULL when `bytes` is negative or there is not as much. Free it
 * with free().
 */
void *tw_aligned_alloc(int64_t bytes);

/**
 * Memory that is all given back at once. It grows by chaining blocks; the next reset puts one
 * block of the size that was needed in their place, so repeated calls of the same sizes allocate
 * nothing.
 */
typedef struct tw_workspace {
  struct tw_workspace_block *newest;
  /* Bytes in use of the newest block, and its size. */
  int64_t used, capacity;
  /* Bytes handed out since the last reset. */
  int64_t demand;
  /* Held for one bump: tasks may allocate too. */
  atomic_flag busy;
} tw_workspace;

void tw_workspace_init(tw_workspace *workspace);
void tw_workspace_destroy(tw_workspace *workspace);

/** Valid until the next reset. NULL as for tw_aligned_alloc. Safe from several threads. */
void *tw_workspace_alloc(tw_workspace *workspace, int64_t bytes);

/** Not while another thread allocates. */
void tw_workspace_reset(tw_workspace *workspace);

#endif /* TILEWRIGHT_RUNTIME_ARENA_H */
