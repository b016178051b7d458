/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define _GNU_SOURCE /* posix_memalign */
#include "cpu_state.h"
#include "failure.h"
#include "fork_guard.h"
#include "worker.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_SPIN_NS 80000
/* With more threads than CPUs, a watching thread keeps the CPU from one that has work. */
#define CROWDED_SPIN_NS 2000
/* A thread that is done with a region watches for as many times longer, unless CPUs are crowded:
   waking up in the middle of a model costs more than the usual imbalance of its regions. */
#define REGION_SPIN_FACTOR 25
/* A share's bounds are counted in 32 bits. */
#define MAX_GRAINS INT32_MAX

struct tw_thread_pool {
  tw_team team;
  /* All of the team but the caller; fewer when a child of a fork could not start as many. */
  int64_t num_running;
  tw_fork_guard fork_guard;
  /* Held for the time of a region. */
  tw_word region_lock;
};

/* Also repairs what a fork left behind: any state, and locks whose holders do not exist. */
static void init_words(tw_thread_pool *pool) {
  tw_word_init(&pool->region_lock, 0);
  atomic_init(&pool->team.region_owner, 0);
  for (int64_t w = 0; w < pool->team.num_workers; ++w)
    tw_worker_init(&pool->team, w);
}

/* Starts workers until all run or one does not; returns that one's error. */
static int start_workers(tw_thread_pool *pool) {
  int failure = 0;
  for (pool->num_running = 0; pool->num_running < pool->team.num_workers - 1; ++pool->num_running) {
    failure = tw_worker_start(&pool->team.workers[pool->num_running + 1]);
    if (failure)
      break;
  }
  return failure;
}

static void revive_after_fork(tw_thread_pool *pool) {
  if (!tw_fork_guard_claim(&pool->fork_guard))
    return;
  init_words(pool);
  /* Without all of its workers the pool still does everything: the others take their shares. */
  (void)start_workers(pool);
  tw_fork_guard_rearm(&pool->fork_guard);
}

tw_thread_pool *tw_thread_pool_create(int64_t num_threads, int64_t spin_ns, tw_error *error) {
  if (num_threads < 0 || num_threads > TW_MAX_THREADS) {
    tw_failure(error, TW_INVALID_ARGUMENT,
               "cannot use %lld threads: give 1 to %d, or 0 for all CPUs", (long long)num_threads,
               TW_MAX_THREADS);
    return NULL;
  }
  int64_t cpus = tw_available_cpus();
  if (num_threads == 0)
    num_threads = cpus;
  tw_thread_pool *pool = calloc(1, sizeof *pool);
  void *workers = NULL;
  size_t workers_bytes = (size_t)num_threads * sizeof(tw_worker);
  if (!pool || posix_memalign(&workers, alignof(tw_worker), workers_bytes) != 0) {
    free(pool);
    tw_failure(error, TW_OUT_OF_MEMORY, "no memory for a pool of %lld threads",
               (long long)num_threads);
    return NULL;
  }
  memset(workers, 0, workers_bytes);
  pool->team.workers = workers;
  pool->team.num_workers = num_threads;
  bool crowded = num_threads > cpus;
  if (spin_ns == 0)
    spin_ns = crowded ? CROWDED_SPIN_NS : DEFAULT_SPIN_NS;
  pool->team.idle_ns = spin_ns;
  pool->team.region_ns =
      crowded || spin_ns > INT64_MAX / REGION_SPIN_FACTOR ? spin_ns : spin_ns * REGION_SPIN_FACTOR;
  init_words(pool);
  tw_fork_guard_init(&pool->fork_guard);
  int failure = start_workers(pool);
  if (failure) {
    tw_failure(error, TW_NO_THREAD,
               "only %lld of %lld threads could be started (error %d): ask for fewer, or raise "
               "the process's limit",
               (long long)pool->num_running + 1, (long long)num_threads, failure);
    tw_thread_pool_destroy(pool);
    return NULL;
  }
  return pool;
}

void tw_thread_pool_destroy(tw_thread_pool *pool) {
  if (!pool)
    return;
  if (tw_fork_guard_tripped(&pool->fork_guard)) {
    pool->num_running = 0; /* they were the parent's */
    init_words(pool);
  }
  for (int64_t w = 1; w <= pool->num_running; ++w)
    tw_worker_ask_to_stop(&pool->team.workers[w]);
  for (int64_t w = 1; w <= pool->num_running; ++w)
    tw_worker_join(&pool->team.workers[w]);
  for (int64_t w = 0; w < pool->team.num_workers; ++w)
    tw_worker_destroy(&pool->team.workers[w]);
  tw_word_destroy(&pool->region_lock);
  tw_fork_guard_destroy(&pool->fork_guard);
  free(pool->team.workers);
  free(pool);
}

int64_t tw_thread_pool_num_threads(const tw_thread_pool *pool) { return pool->team.num_workers; }

/* Which worker of the region in progress the calling thread is; -1 if none. */
static int64_t current_worker(tw_thread_pool *pool) {
  pthread_t self = pthread_self();
  if (atomic_load_explicit(&pool->team.region_owner, memory_order_relaxed) == (uintptr_t)self)
    return 0;
  for (int64_t w = 1; w <= pool->num_running; ++w)
    if (pthread_equal(pool->team.workers[w].thread, self))
      return w;
  return -1;
}

static void run_region(tw_thread_pool *pool, tw_region *region) {
  region->grain = region->count / MAX_GRAINS + 1;
  uint32_t grains = (uint32_t)((region->count - 1) / region->grain + 1);
  uint32_t num_shares = grains < pool->team.num_workers ? grains : (uint32_t)pool->team.num_workers;
  uint32_t length = grains / num_shares;
  uint32_t longer = grains % num_shares; /* so many first shares have one grain more */
  tw_span share = {0, length + (longer > 0)};
  tw_worker *workers = pool->team.workers;
  /* Before the others can come and take of it. */
  tw_worker_hold(&workers[0], region, share);
  for (uint32_t w = 1; w < num_shares; ++w) {
    share.begin = share.end;
    share.end += length + (w < longer);
    tw_worker_post(&workers[w], region, share);
  }
  tw_worker_work(&workers[0]);
  for (uint32_t w = 1; w < num_shares; ++w)
    tw_worker_await(&workers[w]);
}

void tw_thread_pool_run(tw_thread_pool *pool, tw_context *ctx, tw_task_fn task, void *args,
                        int64_t count) {
  if (count <= 0)
    return;
  if (pool->team.num_workers == 1) {
    task(ctx, args, 0, count, 0);
    return;
  }
  if (tw_fork_guard_tripped(&pool->fork_guard))
    revive_after_fork(pool);
  /* Only while the lock is held can this be a nested call: the usual one need not ask. */
  if (!tw_lock_try(&pool->region_lock)) {
    int64_t worker = current_worker(pool);
    if (worker >= 0) {
      task(ctx, args, 0, count, worker);
      return;
    }
    tw_lock(&pool->region_lock);
  }
  atomic_store_explicit(&pool->team.region_owner, (uintptr_t)pthread_self(), memory_order_relaxed);
  run_region(pool, &(tw_region){task, ctx, args, count, 1});
  atomic_store_explicit(&pool->team.region_owner, 0, memory_order_relaxed);
  tw_unlock(&pool->region_lock);
}
