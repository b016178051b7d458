/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define _GNU_SOURCE /* madvise */
#include "fork_guard.h"

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

/* Owner while one thread of the child repairs. No process has this id. */
#define REPAIRING (-1)

static _Atomic int64_t *owner_of(tw_fork_guard *guard) {
  return guard->wiped_owner ? guard->wiped_owner : &guard->owner;
}

static bool is_current(const tw_fork_guard *guard, int64_t owner) {
  /* A wiped page has no owner. So with a page, any owner is this process. */
  return guard->wiped_owner ? owner > 0 : owner == (int64_t)getpid();
}

void tw_fork_guard_init(tw_fork_guard *guard) {
  guard->wiped_owner = NULL;
  guard->page_bytes = 0;
  atomic_init(&guard->owner, 0);
#if defined(MADV_WIPEONFORK) && !defined(TW_PORTABLE_PARKING)
  long page_bytes = sysconf(_SC_PAGESIZE);
  if (page_bytes > 0) {
    size_t bytes = (size_t)page_bytes;
    void *page = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page != MAP_FAILED && madvise(page, bytes, MADV_WIPEONFORK) == 0) {
      guard->wiped_owner = page;
      guard->page_bytes = bytes;
    } else if (page != MAP_FAILED) {
      munmap(page, bytes); /* a kernel before 4.14 */
    }
  }
#endif
  tw_fork_guard_rearm(guard);
}

void tw_fork_guard_destroy(tw_fork_guard *guard) {
  if (guard->wiped_owner)
    munmap((void *)guard->wiped_owner, guard->page_bytes);
  guard->wiped_owner = NULL;
}

bool tw_fork_guard_tripped(tw_fork_guard *guard) {
  return !is_current(guard, atomic_load_explicit(owner_of(guard), memory_order_acquire));
}

bool tw_fork_guard_claim(tw_fork_guard *guard) {
  for (;;) {
    int64_t owner = atomic_load_explicit(owner_of(guard), memory_order_acquire);
    if (is_current(guard, owner))
      return false;
    if (owner == REPAIRING)
      sched_yield();
    else if (atomic_compare_exchange_strong(owner_of(guard), &owner, REPAIRING))
      return true;
  }
}

void tw_fork_guard_rearm(tw_fork_guard *guard) {
  atomic_store_explicit(owner_of(guard), (int64_t)getpid(), memory_order_release);
}
