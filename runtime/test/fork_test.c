/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A pool goes on working in the child of a fork, in the parent, and in the child's child. */
#define _GNU_SOURCE /* fork, waitpid, alarm */
#include "check.h"
#include "tilewright/runtime.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ThreadSanitizer dies when a child starts threads that its parent had ("dup thread with used
   id"), so there the child only destroys; allocation_test has one that runs without workers. */
#if defined(__SANITIZE_THREAD__)
#define CHILD_STARTS_THREADS 0
#else
#define CHILD_STARTS_THREADS 1
#endif

enum { THREADS = 3, CELLS = 30 };

typedef struct cells {
  int visits[CELLS];
  pthread_t threads[THREADS];
  atomic_int begun; /* a bit for each worker */
} cells;

static void visit(tw_context *ctx, void *opaque, int64_t begin, int64_t end, int64_t worker) {
  (void)ctx;
  cells *c = opaque;
  c->threads[worker] = pthread_self();
  /* Others would do what a worker has not begun. Without workers they wait for the alarm. */
  atomic_fetch_or(&c->begun, 1 << worker);
  while (atomic_load(&c->begun) < (1 << THREADS) - 1)
    sched_yield();
  for (int64_t i = begin; i < end; ++i)
    c->visits[i]++;
}

static void check_pool(tw_thread_pool *pool) {
  for (int repeat = 0; repeat < 20; ++repeat) {
    cells c;
    memset(&c, 0, sizeof c);
    tw_thread_pool_run(pool, NULL, visit, &c, CELLS);
    for (int i = 0; i < CELLS; ++i)
      CHECK(c.visits[i] == 1);
    /* Not merely the right result: the workers are there again. */
    CHECK(pthread_equal(c.threads[0], pthread_self()));
    CHECK(!pthread_equal(c.threads[0], c.threads[1]));
    CHECK(!pthread_equal(c.threads[1], c.threads[2]));
  }
}

static void *check_pool_main(void *pool) {
  check_pool(pool);
  return NULL;
}

/* Runs `body` in a child; it must end well, and soon. */
static void in_child(void (*body)(tw_thread_pool *), tw_thread_pool *pool) {
  fflush(NULL);
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    alarm(20);
    body(pool);
    _exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void child_uses_and_destroys(tw_thread_pool *pool) {
  check_pool(pool);
  tw_thread_pool_destroy(pool);
}

static void child_only_destroys(tw_thread_pool *pool) { tw_thread_pool_destroy(pool); }

static void child_forks_again(tw_thread_pool *pool) {
  check_pool(pool);
  in_child(child_uses_and_destroys, pool);
  check_pool(pool);
}

static void child_is_forked_unused(tw_thread_pool *pool) {
  in_child(child_uses_and_destroys, pool);
  check_pool(pool);
}

/* Two threads of the child find the guard tripped at once. */
static void child_uses_from_two_threads(tw_thread_pool *pool) {
  pthread_t other;
  CHECK(pthread_create(&other, NULL, check_pool_main, pool) == 0);
  check_pool(pool);
  pthread_join(other, NULL);
  tw_thread_pool_destroy(pool);
}

static atomic_bool stop;

static void *keep_busy(void *pool) {
  while (!atomic_load(&stop)) {
    cells c;
    memset(&c, 0, sizeof c);
    tw_thread_pool_run(pool, NULL, visit, &c, CELLS);
  }
  return NULL;
}

int main(void) {
  tw_thread_pool *pool = tw_thread_pool_create(THREADS, 0, NULL);
  CHECK(pool);
  in_child(child_only_destroys, pool); /* before the first region */
  check_pool(pool);
  in_child(child_only_destroys, pool);
  if (CHILD_STARTS_THREADS) {
    in_child(child_uses_and_destroys, pool);
    in_child(child_forks_again, pool);
    in_child(child_is_forked_unused, pool);
    in_child(child_uses_from_two_threads, pool);
  }
  check_pool(pool);

  /* Another thread is in the middle of a region, and holds the pool's lock, at the fork. */
  pthread_t busy;
  CHECK(pthread_create(&busy, NULL, keep_busy, pool) == 0);
  for (int i = 0; i < 10; ++i)
    in_child(CHILD_STARTS_THREADS ? child_uses_and_destroys : child_only_destroys, pool);
  atomic_store(&stop, true);
  pthread_join(busy, NULL);
  tw_thread_pool_destroy(pool);
  return 0;
}
