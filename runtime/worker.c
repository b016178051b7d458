/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define _GNU_SOURCE /* pthread_setname_np */
#include "worker.h"

#include "cpu_state.h"

#include <signal.h>
#include <stdio.h>

enum { IDLE, ASLEEP, READY, BUSY, AWAITED, STOP };

/* Generated code keeps small buffers on the stack; musl's default stack is 128 KiB. */
#define MIN_STACK_BYTES ((size_t)2 << 20)

/* Watches the mailbox until there is something in it or patience is over; returns its state. */
static uint32_t watch(tw_worker *worker) {
  const tw_team *team = worker->team;
  uint32_t state = tw_word_spin(&worker->state, IDLE, team->idle_ns);
  for (int64_t watched_ns = team->idle_ns; state == IDLE && watched_ns < team->region_ns;
       watched_ns += team->idle_ns) {
    if (atomic_load_explicit(&team->region_owner, memory_order_relaxed) == 0)
      break;
    state = tw_word_spin(&worker->state, IDLE, team->idle_ns);
  }
  return state;
}

static void run(const tw_region *region, tw_span span, int64_t worker) {
  /* The end of the last grain may lie beyond what int64_t holds. */
  uint64_t end = (uint64_t)span.end * (uint64_t)region->grain;
  region->task(region->ctx, region->args, span.begin * region->grain,
               end < (uint64_t)region->count ? (int64_t)end : region->count, worker);
}

void tw_worker_work(tw_worker *worker) {
  const tw_team *team = worker->team;
  const tw_region region = worker->region;
  tw_span span;
  while (tw_share_take_front(&worker->share, &span))
    run(&region, span, worker->index);
  /* From the next one on, so that those who are done first do not all turn to the same one. */
  for (int64_t i = 1; i < team->num_workers; ++i) {
    tw_worker *other = &team->workers[(worker->index + i) % team->num_workers];
    while (tw_share_take_back(&other->share, &span))
      run(&region, span, worker->index);
  }
}

static void *worker_main(void *argument) {
  tw_worker *worker = argument;
  uint32_t float_control = tw_float_control();
  for (;;) {
    uint32_t state = watch(worker);
    if (state == IDLE) {
      if (atomic_compare_exchange_strong_explicit(&worker->state.value, &state, ASLEEP,
                                                  memory_order_release, memory_order_relaxed))
        tw_word_sleep(&worker->state, ASLEEP);
      continue;
    }
    if (state == STOP)
      return NULL;
    /* READY, unless the caller was faster. */
    if (!atomic_compare_exchange_strong_explicit(&worker->state.value, &state, BUSY,
                                                 memory_order_acquire, memory_order_relaxed))
      continue;
    if (worker->float_control != float_control) {
      float_control = worker->float_control;
      tw_set_float_control(float_control);
    }
    tw_worker_work(worker);
    if (atomic_exchange_explicit(&worker->state.value, IDLE, memory_order_acq_rel) == AWAITED)
      tw_word_wake(&worker->state);
  }
}

void tw_worker_init(tw_team *team, int64_t index) {
  tw_worker *worker = &team->workers[index];
  tw_word_init(&worker->state, IDLE);
  atomic_init(&worker->share, 0);
  worker->index = index;
  worker->team = team;
}

void tw_worker_destroy(tw_worker *worker) { tw_word_destroy(&worker->state); }

int tw_worker_start(tw_worker *worker) {
  pthread_attr_t attributes;
  int failure = pthread_attr_init(&attributes);
  if (failure)
    return failure;
  size_t stack_bytes = 0;
  if (pthread_attr_getstacksize(&attributes, &stack_bytes) != 0 || stack_bytes < MIN_STACK_BYTES)
    pthread_attr_setstacksize(&attributes, MIN_STACK_BYTES);
  /* Signals, Ctrl-C among them, are for the host's threads. A new thread inherits the mask. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  failure = pthread_create(&worker->thread, &attributes, worker_main, worker);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
#ifdef __GLIBC__
  if (!failure) {
    char name[16];
    snprintf(name, sizeof name, "tw-worker-%d", (int)(worker->index % 10000));
    pthread_setname_np(worker->thread, name);
  }
#endif
  return failure;
}

static void change_state(tw_worker *worker, uint32_t state) {
  if (atomic_exchange_explicit(&worker->state.value, state, memory_order_acq_rel) == ASLEEP)
    tw_word_wake(&worker->state);
}

void tw_worker_ask_to_stop(tw_worker *worker) { change_state(worker, STOP); }

void tw_worker_join(tw_worker *worker) { pthread_join(worker->thread, NULL); }

void tw_worker_hold(tw_worker *worker, const tw_region *region, tw_span share) {
  worker->region = *region;
  tw_share_set(&worker->share, share);
}

void tw_worker_post(tw_worker *worker, const tw_region *region, tw_span share) {
  worker->float_control = tw_float_control();
  tw_worker_hold(worker, region, share);
  change_state(worker, READY);
}

void tw_worker_await(tw_worker *worker) {
  uint32_t state = READY;
  if (atomic_compare_exchange_strong_explicit(&worker->state.value, &state, IDLE,
                                              memory_order_relaxed, memory_order_relaxed))
    return;
  state = tw_word_spin(&worker->state, BUSY, worker->team->region_ns);
  if (state == BUSY &&
      atomic_compare_exchange_strong_explicit(&worker->state.value, &state, AWAITED,
                                              memory_order_acquire, memory_order_acquire))
    tw_word_sleep(&worker->state, AWAITED);
}
