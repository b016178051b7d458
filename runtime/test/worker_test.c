/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A chunk is done once: by the worker, or by who posted it and took it back. */
#define _GNU_SOURCE /* nanosleep */
#include "cpu_state.h"
#include "worker.h"

#include "check.h"

#include <stdatomic.h>
#include <time.h>

static tw_patience patience = {.idle_ns = 1000, .region_ns = 1000};

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
  ++*(int64_t *)opaque; /* plain: posting, taking back and awaiting must order it */
}

/* As one whose CPU does something else: its thread never runs. */
static void check_absent_worker(void) {
  static tw_worker worker;
  int64_t count = 0;
  tw_chunk chunk = {count_up, NULL, &count, 0, 1};
  tw_worker_init(&worker, 1, &patience);
  tw_worker_post(&worker, &chunk, tw_float_control());
  CHECK(tw_worker_take_back(&worker));
  CHECK(!tw_worker_take_back(&worker));
  tw_worker_await(&worker); /* nothing to wait for */
  tw_worker_destroy(&worker);
}

static void check_begun_chunk(tw_worker *worker) {
  gate g = {0};
  tw_chunk chunk = {pass_gate, NULL, &g, 0, 1};
  tw_worker_post(worker, &chunk, tw_float_control());
  while (!atomic_load(&g.begun))
    nanosleep(&(struct timespec){0, 1000}, NULL);
  CHECK(!tw_worker_take_back(worker));
  atomic_store(&g.open, 1);
  tw_worker_await(worker);
}

static void check_race(tw_worker *worker) {
  enum { ROUNDS = 3000 };
  int64_t count = 0;
  tw_chunk chunk = {count_up, NULL, &count, 0, 1};
  for (int round = 0; round < ROUNDS; ++round) {
    tw_worker_post(worker, &chunk, tw_float_control());
    /* The worker watches, is about to sleep, or sleeps. */
    for (volatile int wait = 0; wait < round % 100; ++wait)
      ;
    if (tw_worker_take_back(worker))
      count_up(NULL, &count, 0, 1, 0);
    else
      tw_worker_await(worker);
  }
  CHECK(count == ROUNDS);
}

int main(void) {
  check_absent_worker();
  static tw_worker worker;
  tw_worker_init(&worker, 1, &patience);
  CHECK(tw_worker_start(&worker) == 0);
  check_begun_chunk(&worker);
  check_race(&worker);
  tw_worker_ask_to_stop(&worker);
  tw_worker_join(&worker);
  tw_worker_destroy(&worker);
  return 0;
}
