/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A worker and its mailbox: one cache line, which carries the whole of a region. The caller writes
 * a chunk and READY into it, the worker writes IDLE when it is done. So a region moves that line
 * over and back and touches nothing else, workers without a chunk are left asleep, and no worker
 * waits on a line that another one writes. Who waits too long sleeps on the same word.
 *
 *   IDLE   -> READY                by the caller: a chunk is in the box
 *   IDLE   -> ASLEEP -> READY      by the worker, then by the caller, who also wakes it
 *   READY  -> BUSY -> IDLE         by the worker: begun, done
 *   READY  -> IDLE                 by the caller: it does the chunk itself
 *   BUSY   -> AWAITED -> IDLE      by the caller, who sleeps; then by the worker, who wakes it
 *   IDLE or ASLEEP -> STOP         by the pool's end
 */
#ifndef TILEWRIGHT_RUNTIME_WORKER_H
#define TILEWRIGHT_RUNTIME_WORKER_H

#include "parking.h"
#include "tilewright/module.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdbool.h>

typedef struct tw_chunk {
  tw_task_fn task;
  tw_context *ctx;
  void *args;
  int64_t begin, end;
} tw_chunk;

/** How long to watch before sleeping; one for all threads of a pool. */
typedef struct tw_patience {
  /** Between regions. */
  int64_t idle_ns;
  /** During one, for the others: the next chunk comes as soon as the slowest is done. */
  int64_t region_ns;
  /** The thread whose region is in progress, or 0. */
  _Atomic uintptr_t region_owner;
} tw_patience;

typedef struct tw_worker {
  /* Two lines from the next worker's, since x86 fetches lines in pairs. */
  alignas(128) tw_word state;
  /* Rounding and denormal mode of the caller. */
  uint32_t float_control;
  tw_chunk chunk;
  /* Constant while the thread runs. */
  alignas(64) int64_t index;
  const tw_patience *patience;
  pthread_t thread;
} tw_worker;

/** Sets the mailbox to IDLE, whatever a fork left in it. */
void tw_worker_init(tw_worker *worker, int64_t index, const tw_patience *patience);
void tw_worker_destroy(tw_worker *worker);

/** Starts the thread; returns pthread_create's error, 0 when it runs. */
int tw_worker_start(tw_worker *worker);

/** Asks the idle thread to end, and waits until it has. */
void tw_worker_ask_to_stop(tw_worker *worker);
void tw_worker_join(tw_worker *worker);

/** Gives the idle worker a chunk. What this thread wrote before is seen by the task. */
void tw_worker_post(tw_worker *worker, const tw_chunk *chunk, uint32_t float_control);

/**
 * Takes back a chunk that the worker has not begun, as one that has to wake up, or whose CPU does
 * something else. False if it has begun.
 */
bool tw_worker_take_back(tw_worker *worker);

/**
 * Waits until a chunk that the worker has begun is done; not at all if it was taken back. What the
 * task wrote is seen after.
 */
void tw_worker_await(tw_worker *worker);

#endif /* TILEWRIGHT_RUNTIME_WORKER_H */
