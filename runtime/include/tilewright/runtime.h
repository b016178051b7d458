/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Host side of the module ABI: makes the tw_context that a compiled module runs in.
 *
 *   tw_error error;
 *   tw_runtime_options options = {0};
 *   options.arena_bytes = tw_arena_bytes;
 *   options.scratch_bytes = tw_scratch_bytes;
 *   options.num_threads = 4;
 *   tw_runtime *rt = tw_runtime_create(&options, &error);
 *   if (!rt) { puts(error.message); ... }
 *   if (tw_runtime_call(rt, tw_main, args) != TW_OK) puts(tw_runtime_error(rt));
 *   tw_runtime_destroy(rt);
 *
 * Nothing here aborts, and nothing prints. A runtime serves one call at a time: give each host
 * thread its own. Several runtimes may share one thread pool; their regions then take turns.
 *
 * fork(): a runtime that is idle at the time of a fork may be used in the child; its pool starts
 * new workers at the first region there.
 */
#ifndef TILEWRIGHT_RUNTIME_H
#define TILEWRIGHT_RUNTIME_H

#include "tilewright/module.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bounds that are checked, not silently applied. */
#define TW_MAX_THREADS 4096
#define TW_MAX_RANK 32
#define TW_MESSAGE_BYTES 512

typedef enum tw_status {
  TW_OK = 0,
  /** An argument is outside what its comment allows. */
  TW_INVALID_ARGUMENT = 1,
  TW_OUT_OF_MEMORY = 2,
  /** The system would not start a worker thread. */
  TW_NO_THREAD = 3,
  /** The module returned nonzero, or reported a failure. */
  TW_CALL_FAILED = 4,
  /** The processor or the system does not have it. */
  TW_NOT_SUPPORTED = 5
} tw_status;

/** Why a function failed, as one sentence for the user. Untouched on success. */
typedef struct tw_error {
  tw_status status;
  char message[TW_MESSAGE_BYTES];
} tw_error;

/* ---- thread pool ------------------------------------------------------------------------- */

/**
 * num_threads - 1 workers, plus the thread that calls parallel_for. An idle worker watches for
 * work for a short while, then sleeps until it is needed.
 */
typedef struct tw_thread_pool tw_thread_pool;

/** CPUs this process may use (affinity mask and cgroup quota), at least 1. */
int64_t tw_available_cpus(void);

/**
 * `num_threads`: 1 .. TW_MAX_THREADS, or 0 for tw_available_cpus().
 * `spin_ns`: how long an idle worker watches before it sleeps, in nanoseconds; 0 for the default
 * (80 us; 2 us when there are fewer CPUs than threads), negative to sleep at once. While others
 * still work on a region it watches up to 25 times as long, if there is a CPU for each thread.
 * Returns NULL on failure, with the reason in *error (which may be NULL).
 */
tw_thread_pool *tw_thread_pool_create(int64_t num_threads, int64_t spin_ns, tw_error *error);

/** Joins the workers. No region may be running. NULL is allowed. */
void tw_thread_pool_destroy(tw_thread_pool *pool);

int64_t tw_thread_pool_num_threads(const tw_thread_pool *pool);

/**
 * Runs task over [0, count). Worker w has the w-th of num_threads contiguous shares that differ by
 * at most one iteration; it takes half of what is left of it at a time, and workers that are done
 * take from the ends of the others' shares. Returns when all are done. Nested calls run inline;
 * calls from several host threads take turns.
 */
void tw_thread_pool_run(tw_thread_pool *pool, tw_context *ctx, tw_task_fn task, void *args,
                        int64_t count);

/**
 * Asks the system, for all threads of the process, that it may use the tile registers of AMX.
 * Needed once before the first call of a module that was compiled for a processor with AMX and
 * precision bf16; may be repeated. TW_NOT_SUPPORTED, with the reason in *error (which may be NULL),
 * where there are none: such a module would be killed there.
 */
tw_status tw_allow_tiles(tw_error *error);

/* ---- runtime ----------------------------------------------------------------------------- */

/** A context with its memory and its threads. */
typedef struct tw_runtime tw_runtime;

/** All zero is valid: no arena, no scratch, all available CPUs. */
typedef struct tw_runtime_options {
  /** Bytes of ctx->arena: the larger of tw_arena_bytes and tw_init_arena_bytes. */
  int64_t arena_bytes;
  /** Bytes of scratch for each worker: tw_scratch_bytes. */
  int64_t scratch_bytes;
  /** 0 .. TW_MAX_THREADS; 0 is tw_available_cpus(), or the size of `pool`. */
  int64_t num_threads;
  /** As in tw_thread_pool_create; unused with `pool` or `parallel_for`. */
  int64_t spin_ns;
  /** Number of outputs of the module; needed only when one has a dynamic shape. */
  int64_t num_outputs;
  /** Bytes of one element of each output; copied. */
  const int64_t *output_element_bytes;
  /** Use this pool, which must outlive the runtime, instead of an own one. */
  tw_thread_pool *pool;
  /** Or use this function in place of any pool. It obeys tw_context::parallel_for. */
  void (*parallel_for)(tw_context *ctx, tw_task_fn task, void *args, int64_t count);
  /** Becomes tw_context::host. */
  void *host;
} tw_runtime_options;

/** An output that the module asked for with ctx->output. */
typedef struct tw_output {
  int64_t rank;
  /** Tensor record {data address, sizes...}, overwritten by the next call. */
  const int64_t *record;
} tw_output;

/** Returns NULL on failure, with the reason in *error (which may be NULL). */
tw_runtime *tw_runtime_create(const tw_runtime_options *options, tw_error *error);

/** Frees everything, the outputs included. NULL is allowed. */
void tw_runtime_destroy(tw_runtime *rt);

/** The context to call a module with. Valid as long as the runtime. */
tw_context *tw_runtime_context(tw_runtime *rt);

/** Starts a call: forgets the last one's error and outputs, and takes its workspace back. */
void tw_runtime_begin(tw_runtime *rt);

/** tw_runtime_begin, then the module's function. TW_OK, or TW_CALL_FAILED with a message. */
tw_status tw_runtime_call(tw_runtime *rt, tw_entry_fn entry, int64_t *const *args);

/** First failure reported since tw_runtime_begin, or NULL. */
const char *tw_runtime_error(const tw_runtime *rt);

/**
 * Output `index` of the last call, or NULL when the module did not ask for it. The buffer stays
 * the runtime's, and the next call writes to it again.
 */
const tw_output *tw_runtime_output(const tw_runtime *rt, int64_t index);

/**
 * Like tw_runtime_output, but hands over the buffer: the caller frees it with tw_free, and the
 * next call gets a new one. Returns NULL when the module did not ask for the output.
 */
void *tw_runtime_take_output(tw_runtime *rt, int64_t index);

/** Frees what tw_runtime_take_output gave. NULL is allowed. */
void tw_free(void *buffer);

/**
 * Changes the number of threads between calls. On failure the runtime is as before. A runtime on a
 * pool of the host's cannot change it.
 */
tw_status tw_runtime_set_threads(tw_runtime *rt, int64_t num_threads, tw_error *error);

/* ---- profiling --------------------------------------------------------------------------- */

/** What the parallel regions of one site (tw_context::site) took. */
typedef struct tw_site_time {
  int64_t regions;
  /** From launching to the return of all tasks, added up. */
  int64_t ns;
} tw_site_time;

/**
 * From the next call on, adds the time of each region to sites[ctx->site]; regions of other sites
 * are run as ever. NULL ends it. Costs two readings of the clock a region, and nothing when off.
 */
void tw_runtime_profile(tw_runtime *rt, tw_site_time *sites, int64_t num_sites);

#ifdef __cplusplus
}
#endif
#endif /* TILEWRIGHT_RUNTIME_H */
