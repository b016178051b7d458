/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A worker and its mailbox: one cache line, which carries the whole of a region. The caller writes
 * the region, the worker's share of it and READY into it, the worker writes IDLE when it is done.
 * So a region moves that line over and back, and touches another only where somebody has nothing
 * left to do. Workers without a share are left asleep, and no worker waits on a line that another
 * one writes. Who waits too long sleeps on the same word.
 *
 *   IDLE   -> READY                by the caller: a share is in the box
 *   IDLE   -> ASLEEP -> READY      by the worker, then by the caller, who also wakes it
 *   READY  -> BUSY -> IDLE         by the worker: begun, done
 *   READY  -> IDLE                 by the caller: others have done the share
 *   BUSY   -> AWAITED -> IDLE      by the caller, who sleeps; then by the worker, who wakes it
 *   IDLE or ASLEEP -> STOP         by the pool's end
 */
#ifndef TILEWRIGHT_RUNTIME_WORKER_H
#define TILEWRIGHT_RUNTIME_WORKER_H

#include "parking.h"
#include "share.h"
#include "tilewright/module.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdbool.h>

/** Iterations [0, count) of a task, in grains of `grain` of them; the last one may be shorter. */
typedef struct tw_region {
  tw_task_fn task;
  tw_context *ctx;
  void *args;
  int64_t count, grain;
} tw_region;

typedef struct tw_worker tw_worker;

/** What the workers of a pool have in common. */
typedef struct tw_team {
  /* How long to watch before sleeping: between regions, */
  int64_t idle_ns;
  /* and during one, for the others: the next share comes as soon as the slowest is done. */
  int64_t region_ns;
  /** The thread whose region is in progress, or 0. */
  _Atomic uintptr_t region_owner;
  /** The first stands for the caller and has no thread. */
  tw_worker *workers;
  int64_t num_workers;
} tw_team;

struct tw_worker {
  /* Two lines from the next worker's, since x86 fetches lines in pairs. */
  alignas(128) tw_word state;
  /* Rounding and denormal mode of the caller. */
  uint32_t float_control;
  /* Empty but during a region. */
  tw_share share;
  tw_region region;
  /* Constant while the thread runs. */
  alignas(64) int64_t index;
  tw_team *team;
  pthread_t thread;
};

/** Makes team->workers[index], idle, whatever a fork left there. */
void tw_worker_init(tw_team *team, int64_t index);
void tw_worker_destroy(tw_worker *worker);

/** Starts the thread; returns pthread_create's error, 0 when it runs. */
int tw_worker_start(tw_worker *worker);

/** Asks the idle thread to end, and waits until it has. */
void tw_worker_ask_to_stop(tw_worker *worker);
void tw_worker_join(tw_worker *worker);

/**
 * Gives an idle worker its share of a region, which its thread begins if it has one; others may
 * take from the share as soon as it is there. What this thread wrote before is seen by the task.
 */
void tw_worker_post(tw_worker *worker, const tw_region *region, tw_span share);

/** The same for the calling thread itself, as which `worker` stands. */
void tw_worker_hold(tw_worker *worker, const tw_region *region, tw_span share);

/**
 * Runs what is left of the worker's share, then of the others'. On return every grain of the region
 * is done, or begun by a worker that has still to be awaited.
 */
void tw_worker_work(tw_worker *worker);

/**
 * Waits until the worker is done with what it has begun, after everything is begun; not at all if
 * its thread has not come to look, as one that has to wake up, or whose CPU does something else.
 * What the task wrote is seen after.
 */
void tw_worker_await(tw_worker *worker);

#endif /* TILEWRIGHT_RUNTIME_WORKER_H */
