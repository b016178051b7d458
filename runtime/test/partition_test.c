/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A region does each iteration once, in contiguous chunks of fixed place, at any thread count. */
#include "check.h"
#include "tilewright/runtime.h"

#include <string.h>

enum { MAX_COUNT = 1100, MAX_THREADS = 17 };

typedef struct trace {
  int visits[MAX_COUNT];
  int calls[MAX_THREADS];
  int64_t begin[MAX_THREADS], end[MAX_THREADS];
} trace;

static void record(tw_context *ctx, void *opaque, int64_t begin, int64_t end, int64_t worker) {
  (void)ctx;
  trace *t = opaque;
  t->calls[worker]++;
  t->begin[worker] = begin;
  t->end[worker] = end;
  for (int64_t i = begin; i < end; ++i)
    t->visits[i]++;
}

static void check_region(tw_thread_pool *pool, int64_t threads, int64_t count) {
  trace t;
  memset(&t, 0, sizeof t);
  tw_thread_pool_run(pool, NULL, record, &t, count);
  for (int64_t i = 0; i < MAX_COUNT; ++i)
    CHECK(t.visits[i] == (i < count));
  int64_t next = 0;
  for (int64_t w = 0; w < threads; ++w) {
    CHECK(t.calls[w] == (w < count));
    if (w >= count)
      continue;
    int64_t size = t.end[w] - t.begin[w];
    CHECK(t.begin[w] == next && size >= count / threads && size <= (count - 1) / threads + 1);
    next = t.end[w];
  }
  CHECK(next == (count > 0 ? count : 0));
}

static void add_range(tw_context *ctx, void *opaque, int64_t begin, int64_t end, int64_t worker) {
  (void)ctx, (void)worker;
  int64_t *ends = opaque;
  ends[2 * worker] = begin;
  ends[2 * worker + 1] = end;
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
    int64_t ends[2 * MAX_THREADS];
    tw_thread_pool_run(pool, NULL, add_range, ends, INT64_MAX);
    CHECK(ends[0] == 0 && ends[2 * threads - 1] == INT64_MAX);
    tw_thread_pool_destroy(pool);
  }

  tw_error error;
  CHECK(!tw_thread_pool_create(-1, 0, &error) && error.status == TW_INVALID_ARGUMENT);
  CHECK(!tw_thread_pool_create(TW_MAX_THREADS + 1, 0, NULL));
  tw_thread_pool *pool = tw_thread_pool_create(0, 0, NULL);
  CHECK(pool && tw_thread_pool_num_threads(pool) == tw_available_cpus());
  tw_thread_pool_destroy(pool);
  tw_thread_pool_destroy(NULL);
  return 0;
}
