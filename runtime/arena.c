/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define _GNU_SOURCE /* madvise */
#include "arena.h"

#include "tilewright/module.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>

#define HUGE_PAGE_BYTES ((int64_t)2 << 20)
/* From two huge pages on, rounding up to whole ones costs at most a third more. */
#define HUGE_MIN_BYTES (2 * HUGE_PAGE_BYTES)
/* A small first block, so that shapes that shrink and grow a little do not chain at each size. */
#define BLOCK_MIN_BYTES ((int64_t)64 << 10)

bool tw_checked_multiply(int64_t a, int64_t b, int64_t *product) {
  if (a < 0 || b < 0 || (b > 0 && a > INT64_MAX / b))
    return false;
  *product = a * b;
  return true;
}

bool tw_checked_round_up(int64_t bytes, int64_t unit, int64_t *rounded) {
  if (bytes < 0 || bytes > INT64_MAX - (unit - 1))
    return false;
  *rounded = (bytes + unit - 1) & ~(unit - 1);
  return true;
}

void *tw_aligned_alloc(int64_t bytes) {
  bool huge = bytes >= HUGE_MIN_BYTES;
  int64_t unit = huge ? HUGE_PAGE_BYTES : TW_ALIGNMENT;
  if (!tw_checked_round_up(bytes, unit, &bytes) || (uint64_t)bytes > SIZE_MAX / 2)
    return NULL;
  void *memory = NULL;
  if (posix_memalign(&memory, (size_t)unit, bytes ? (size_t)bytes : TW_ALIGNMENT) != 0)
    return NULL;
#ifdef MADV_HUGEPAGE
  /* A wish: matrices walked by rows and columns otherwise miss the TLB on every line. */
  if (huge)
    (void)madvise(memory, (size_t)bytes, MADV_HUGEPAGE);
#endif
  return memory;
}

/* Header of a block, as long as its alignment; the memory to hand out follows. */
typedef struct tw_workspace_block {
  _Alignas(TW_ALIGNMENT) struct tw_workspace_block *next;
} tw_workspace_block;

static bool push_block(tw_workspace *workspace, int64_t bytes) {
  if (bytes > INT64_MAX - (int64_t)sizeof(tw_workspace_block))
    return false;
  tw_workspace_block *block = tw_aligned_alloc(bytes + (int64_t)sizeof(tw_workspace_block));
  if (!block)
    return false;
  block->next = workspace->newest;
  workspace->newest = block;
  workspace->used = 0;
  workspace->capacity = bytes;
  return true;
}

static void free_blocks(tw_workspace *workspace) {
  while (workspace->newest) {
    tw_workspace_block *block = workspace->newest;
    workspace->newest = block->next;
    free(block);
  }
  workspace->used = workspace->capacity = 0;
}

void tw_workspace_init(tw_workspace *workspace) {
  workspace->newest = NULL;
  workspace->used = workspace->capacity = workspace->demand = 0;
  atomic_flag_clear(&workspace->busy);
}

void tw_workspace_destroy(tw_workspace *workspace) { free_blocks(workspace); }

static void *bump(tw_workspace *workspace, int64_t bytes) {
  if (bytes > workspace->capacity - workspace->used) {
    /* Doubling keeps the number of blocks small; when memory is short, exactly enough will do. */
    int64_t grown = workspace->demand > BLOCK_MIN_BYTES ? workspace->demand : BLOCK_MIN_BYTES;
    if ((grown <= bytes || !push_block(workspace, grown)) && !push_block(workspace, bytes))
      return NULL;
  }
  char *memory = (char *)(workspace->newest + 1) + workspace->used;
  workspace->used += bytes;
  workspace->demand += bytes;
  return memory;
}

void *tw_workspace_alloc(tw_workspace *workspace, int64_t bytes) {
  /* An empty buffer still has an address of its own. */
  if (!tw_checked_round_up(bytes ? bytes : 1, TW_ALIGNMENT, &bytes))
    return NULL;
  while (atomic_flag_test_and_set_explicit(&workspace->busy, memory_order_acquire))
    sched_yield();
  void *memory = bump(workspace, bytes);
  atomic_flag_clear_explicit(&workspace->busy, memory_order_release);
  return memory;
}

void tw_workspace_reset(tw_workspace *workspace) {
  if (workspace->newest && workspace->newest->next) {
    int64_t demand = workspace->demand;
    free_blocks(workspace);
    /* If this fails, the call will chain blocks again, or say that there is no memory. */
    (void)push_block(workspace, demand);
  }
  workspace->used = 0;
  workspace->demand = 0;
}
