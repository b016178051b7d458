/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What threads can do to each other: many on few CPUs, nested, several hosts, asleep, ending. */
#define _GNU_SOURCE /* nanosleep, pthread_barrier */
#include "check.h"
#include "tilewright/runtime.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

static void sleep_us(long us) {
  nanosleep(&(struct timespec){us / 1000000, us % 1000000 * 1000}, NULL);
}

static void count_up(tw_context *ctx, void *opaque, int64_t begin, int64_t end, int64_t worker) {
  (void)ctx, (void)worker;
  int64_t *cells = opaque; /* plain: the region itself must order the accesses */
  for (int64_t i = begin; i < end; ++i)
    cells[i]++;
}

static void repeat_regions(tw_thread_pool *pool, int64_t regions, long pause_us) {
  enum { CELLS = 64 };
  int64_t cells[CELLS] = {0};
  for (int64_t r = 0; r < regions; ++r) {
    tw_thread_pool_run(pool, NULL, count_up, cells, CELLS);
    if (pause_us)
      sleep_us(pause_us);
  }
  for (int i = 0; i < CELLS; ++i)
    CHECK(cells[i] == regions);
}

static void check_spin_and_sleep(int64_t threads) {
  /* The last one never ends before the next region; on crowded CPUs it would only take time. */
  static const int64_t spins[] = {0, -1, 20000, 10000000};
  int num_spins = threads <= tw_available_cpus() ? 4 : 3;
  for (int i = 0; i < num_spins; ++i) {
    tw_thread_pool *pool = tw_thread_pool_create(threads, spins[i], NULL);
    CHECK(pool);
    repeat_regions(pool, 300, 0);
    repeat_regions(pool, 10, 500); /* asleep by now */
    repeat_regions(pool, 60, 20);  /* about to fall asleep, for some of the spins */
    tw_thread_pool_destroy(pool);
  }
}

/* The caller's chunk is short and the others' long, so the caller sleeps until they are done. */
static void slow_worker(tw_context *ctx, void *opaque, int64_t begin, int64_t end, int64_t worker) {
  if (worker > 0)
    sleep_us(2000);
  count_up(ctx, opaque, begin, end, worker);
}

static void check_caller_sleeps(void) {
  tw_thread_pool *pool = tw_thread_pool_create(3, 0, NULL);
  CHECK(pool);
  int64_t cells[3] = {0};
  for (int i = 0; i < 20; ++i)
    tw_thread_pool_run(pool, NULL, slow_worker, cells, 3);
  CHECK(cells[0] == 20 && cells[1] == 20 && cells[2] == 20);
  tw_thread_pool_destroy(pool);
}

typedef struct nest {
  tw_thread_pool *pool;
  int64_t outer_worker;
  int64_t inner[8];
} nest;

static void inner(tw_context *ctx, void *opaque, int64_t begin, int64_t end, int64_t worker) {
  (void)ctx;
  nest *n = opaque;
  CHECK(begin == 0 && end == 8 && worker == n->outer_worker);
  for (int64_t i = begin; i < end; ++i)
    n->inner[i]++;
}

static void outer(tw_context *ctx, void *opaque, int64_t begin, int64_t end, int64_t worker) {
  nest *nests = opaque;
  for (int64_t i = begin; i < end; ++i) {
    nests[i].outer_worker = worker;
    tw_thread_pool_run(nests[i].pool, ctx, inner, &nests[i], 8);
  }
}

static void check_nested(void) {
  tw_thread_pool *pool = tw_thread_pool_create(4, 0, NULL);
  CHECK(pool);
  for (int repeat = 0; repeat < 50; ++repeat) {
    nest nests[10];
    memset(nests, 0, sizeof nests);
    for (int i = 0; i < 10; ++i)
      nests[i].pool = pool;
    tw_thread_pool_run(pool, NULL, outer, nests, 10);
    for (int i = 0; i < 10; ++i)
      for (int j = 0; j < 8; ++j)
        CHECK(nests[i].inner[j] == 1);
  }
  tw_thread_pool_destroy(pool);
}

static void *host_main(void *pool) {
  repeat_regions(pool, 1500, 0);
  return NULL;
}

static void check_several_hosts(void) {
  tw_thread_pool *pool = tw_thread_pool_create(3, 0, NULL);
  CHECK(pool);
  pthread_t hosts[3];
  for (int i = 0; i < 3; ++i)
    CHECK(pthread_create(&hosts[i], NULL, host_main, pool) == 0);
  for (int i = 0; i < 3; ++i)
    pthread_join(hosts[i], NULL);
  tw_thread_pool_destroy(pool);
}

static void check_destroy(void) {
  for (int i = 0; i < 40; ++i) {
    tw_thread_pool *pool = tw_thread_pool_create(4, 0, NULL);
    CHECK(pool);
    if (i % 4 >= 1)
      repeat_regions(pool, 1, 0);
    if (i % 4 >= 2)
      sleep_us(i % 4 == 2 ? 80 : 1000);
    tw_thread_pool_destroy(pool);
  }
}

#if defined(__SSE__)
static void read_mode(tw_context *ctx, void *opaque, int64_t begin, int64_t end, int64_t worker) {
  (void)ctx, (void)end, (void)worker;
  ((unsigned *)opaque)[begin] = _MM_GET_FLUSH_ZERO_MODE();
}

/* A host that flushes denormals gets that from all workers, though it set it after their start. */
static void check_float_mode(void) {
  tw_thread_pool *pool = tw_thread_pool_create(2, 0, NULL);
  CHECK(pool);
  static const unsigned modes[] = {_MM_FLUSH_ZERO_OFF, _MM_FLUSH_ZERO_ON, _MM_FLUSH_ZERO_OFF};
  for (int i = 0; i < 3; ++i) {
    unsigned seen[2] = {1, 1};
    _MM_SET_FLUSH_ZERO_MODE(modes[i]);
    tw_thread_pool_run(pool, NULL, read_mode, seen, 2);
    _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_OFF);
    CHECK(seen[0] == modes[i] && seen[1] == modes[i]);
  }
  tw_thread_pool_destroy(pool);
}
#else
static void check_float_mode(void) {}
#endif

int main(void) {
  check_spin_and_sleep(2);
  check_spin_and_sleep(8); /* more than the CPUs of most machines that run this */
  check_caller_sleeps();
  check_nested();
  check_several_hosts();
  check_destroy();
  check_float_mode();
  return 0;
}
