/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A region does each iteration once at any thread count, in few contiguous pieces, and what one
 * worker is late with is done by the others.
 */
#define _GNU_SOURCE /* nanosleep */
#include "check.h"
#include "tilewright/runtime.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

enum { MAX_COUNT = 1100, MAX_THREADS = 17 };

typedef struct trace {
  int64_t threads, count;
  atomic_int visits[MAX_COUNT];
  atomic_int calls;
} trace;

static void record(tw_context *ctx, void *opaque, int64_t begin, int64_t end, int64_t worker) {
  (void)ctx;
  trace *t = opaque;
  CHECK(begin < end && worker >= 0 && worker < t->threads);
  /* Half of a worker's share at most, unless it is alone. */
  CHECK(t->threads == 1 || end - begin <= ((t->count - 1) / t->threads + 2) / 2);
  atomic_fetch_add(&t->calls, 1);
  for (int64_t i = begin; i < end; ++i)
    atomic_fetch_add(&t->visits[i], 1);
}

static void check_region(tw_thread_pool *pool, int64_t threads, int64_t count) {
  trace t;
  memset(&t, 0, sizeof t);
  t.threads = threads;
  t.count = count;
  tw_thread_pool_run(pool, NULL, record, &t, count);
  for (int64_t i = 0; i < MAX_COUNT; ++i)
    CHECK(atomic_load(&t.visits[i]) == (i < count));
  /* Halves of halves: as many calls as a share has binary digits. */
  int64_t digits = 1;
  for (int64_t share = count > 0 ? (count - 1) / threads + 1 : 0; share > 1; share /= 2)
    ++digits;
  CHECK(atomic_load(&t.calls) <= (threads == 1 ? 1 : threads * digits));
}

typedef struct blockade {
  atomic_llong done;
  int64_t count;
} blockade;

/* The last worker goes on only when everything that it has not begun is done: by the others. */
static void await_the_others(tw_context *ctx, void *opaque, int64_t begin, int64_t end,
                             int64_t worker) {
  (void)ctx;
  blockade *b = opaque;
  if (worker == 2)
    for (int ms = 0; atomic_load(&b->done) < b->count - (end - begin); ++ms) {
      CHECK(ms < 20000);
      nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
  atomic_fetch_add(&b->done, end - begin);
}

static void check_late_worker(void) {
  tw_thread_pool *pool = tw_thread_pool_create(3, 0, NULL);
  CHECK(pool);
  for (int64_t count = 1; count < 40; ++count) {
    blockade b = {.count = count};
    tw_thread_pool_run(pool, NULL, await_the_others, &b, count);
    CHECK(atomic_load(&b.done) == count);
  }
  tw_thread_pool_destroy(pool);
}

typedef struct extent {
  atomic_llong total, end;
} extent;

static void add_range(tw_context *ctx, void *opaque, int64_t begin, int64_t end, int64_t worker) {
  (void)ctx, (void)worker;
  extent *e = opaque;
  CHECK(0 <= begin && begin < end);
  atomic_fetch_add(&e->total, end - begin);
  long long last = atomic_load(&e->end);
  while (last < end && !atomic_compare_exchange_weak(&e->end, &last, end))
    ;
}

int main(void) {
  static const int64_t counts[] = {-5, 0, 1, 2, 3, 7, 15, 16, 17, 18, 100, 1023, 1024, 1100};
  for (int64_t threads = 1; threads <= MAX_THREADS; threads += threads < 5 ? 1 : 4) {
    tw_error error;
    tw_thread_pool *pool = tw_thread_pool_create(threads, 0, &error);
    CHECK(pool && tw_thread_pool_num_threads(pool) == threads);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; ++i)
      check_region(pool, threads, counts[i]);
    for (int repeat = 0; repeat < 300; ++repeat)
      check_region(pool, threads, repeat % 40);

    /* The split does not overflow at the end of the range. */
    static const int64_t long_counts[] = {INT64_MAX, INT64_MAX - 1, (int64_t)1 << 31, INT32_MAX};
    for (int i = 0; i < 4; ++i) {
      extent e = {0};
      tw_thread_pool_run(pool, NULL, add_range, &e, long_counts[i]);
      CHECK(atomic_load(&e.total) == long_counts[i] && atomic_load(&e.end) == long_counts[i]);
    }
    tw_thread_pool_destroy(pool);
  }

  check_late_worker();

  tw_error error;
  CHECK(!tw_thread_pool_create(-1, 0, &error) && error.status == TW_INVALID_ARGUMENT);
  CHECK(!tw_thread_pool_create(TW_MAX_THREADS + 1, 0, NULL));
  tw_thread_pool *pool = tw_thread_pool_create(0, 0, NULL);
  CHECK(pool && tw_thread_pool_num_threads(pool) == tw_available_cpus());
  tw_thread_pool_destroy(pool);
  tw_thread_pool_destroy(NULL);
  return 0;
}
