/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A share is done once: by its worker, or by who has nothing left to do. */
#define _GNU_SOURCE /* nanosleep */
#include "cpu_state.h"
#include "worker.h"

#include "check.h"

#include <stdatomic.h>
#include <time.h>

/* The first stands for main's thread. */
static tw_worker workers[2];
static tw_team team = {.idle_ns = 1000, .region_ns = 1000, .workers = workers, .num_workers = 2};

static void post(tw_task_fn task, void *args) {
  tw_region region = {task, NULL, args, 1, 1};
  tw_worker_hold(&workers[0], &region, (tw_span){0, 0});
  tw_worker_post(&workers[1], &region, (tw_span){0, 1});
}

typedef struct gate {
  atomic_int begun, open;
} gate;

static void pass_gate(tw_context *ctx, void *opaque, int64_t begin, int64_t end, int64_t worker) {
  (void)ctx, (void)begin, (void)end, (void)worker;
  gate *g = opaque;
  atomic_store(&g->begun, 1);
  while (!atomic_load(&g->open))
    nanosleep(&(struct timespec){0, 1000}, NULL);
}

static void count_up(tw_context *ctx, void *opaque, int64_t begin, int64_t end, int64_t worker) {
  (void)ctx, (void)begin, (void)end, (void)worker;
  ++*(int64_t *)opaque; /* plain: posting and awaiting must order it */
}

/* As one whose CPU does something else: its thread never runs. */
static void check_absent_worker(void) {
  int64_t count = 0;
  post(count_up, &count);
  tw_worker_work(&workers[0]);
  CHECK(count == 1);
  tw_worker_work(&workers[0]); /* nothing is left */
  CHECK(count == 1);
  tw_worker_await(&workers[1]); /* nothing to wait for */
}

static void check_begun_share(void) {
  gate g = {0};
  post(pass_gate, &g);
  while (!atomic_load(&g.begun))
    nanosleep(&(struct timespec){0, 1000}, NULL);
  tw_worker_work(&workers[0]); /* would not return if it began the same grain */
  atomic_store(&g.open, 1);
  tw_worker_await(&workers[1]);
}

static void check_race(void) {
  enum { ROUNDS = 3000 };
  int64_t count = 0;
  for (int round = 0; round < ROUNDS; ++round) {
    post(count_up, &count);
    /* The worker watches, is about to sleep, or sleeps. */
    for (volatile int wait = 0; wait < round % 100; ++wait)
      ;
    tw_worker_work(&workers[0]);
    tw_worker_await(&workers[1]);
  }
  CHECK(count == ROUNDS);
}

int main(void) {
  tw_worker_init(&team, 0);
  tw_worker_init(&team, 1);
  check_absent_worker();
  CHECK(tw_worker_start(&workers[1]) == 0);
  check_begun_share();
  check_race();
  tw_worker_ask_to_stop(&workers[1]);
  tw_worker_join(&workers[1]);
  tw_worker_destroy(&workers[1]);
  tw_worker_destroy(&workers[0]);
  return 0;
}
