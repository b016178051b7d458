/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "context.h"
#include "failure.h"

#include <stdlib.h>

/* x86 fetches lines in pairs: one worker's scratch must not share a pair with the next one's. */
#define SCRATCH_UNIT 128

static tw_status make_outputs(tw_runtime *rt, const tw_runtime_options *options, tw_error *error) {
  int64_t count = options->num_outputs;
  if (count < 0 || (count > 0 && !options->output_element_bytes))
    return tw_failure(error, TW_INVALID_ARGUMENT,
                      "num_outputs is %lld: it needs as many output_element_bytes",
                      (long long)count);
  if (count == 0)
    return TW_OK;
  rt->outputs = calloc((size_t)count, sizeof *rt->outputs);
  if (!rt->outputs)
    return tw_failure(error, TW_OUT_OF_MEMORY, "no memory for the records of %lld outputs",
                      (long long)count);
  rt->num_outputs = count;
  for (int64_t i = 0; i < count; ++i) {
    tw_output_buffer *output = &rt->outputs[i];
    output->element_bytes = options->output_element_bytes[i];
    output->view.record = output->record;
    if (output->element_bytes < 1)
      return tw_failure(error, TW_INVALID_ARGUMENT, "elements of output %lld have %lld bytes",
                        (long long)i, (long long)output->element_bytes);
  }
  return TW_OK;
}

static tw_status make_arena(tw_runtime *rt, const tw_runtime_options *options, tw_error *error) {
  if (options->arena_bytes < 0 || options->scratch_bytes < 0)
    return tw_failure(error, TW_INVALID_ARGUMENT,
                      "arena (%lld) and scratch (%lld) cannot have less than 0 bytes",
                      (long long)options->arena_bytes, (long long)options->scratch_bytes);
  if (options->arena_bytes > 0 && !(rt->ctx.arena = tw_aligned_alloc(options->arena_bytes)))
    return tw_failure(error, TW_OUT_OF_MEMORY, "no memory for an arena of %lld bytes",
                      (long long)options->arena_bytes);
  if (!tw_checked_round_up(options->scratch_bytes, SCRATCH_UNIT, &rt->ctx.scratch_stride))
    return tw_failure(error, TW_OUT_OF_MEMORY, "no memory for %lld bytes of scratch",
                      (long long)options->scratch_bytes);
  return TW_OK;
}

/* Gives the runtime threads and scratch for them. On failure nothing has changed. */
static tw_status resize(tw_runtime *rt, int64_t num_threads, tw_error *error) {
  tw_thread_pool *pool = rt->pool;
  tw_error pool_error;
  if (rt->runner == TW_OWN_POOL &&
      !(pool = tw_thread_pool_create(num_threads, rt->spin_ns, &pool_error)))
    return tw_failure(error, pool_error.status, "%s", pool_error.message);
  int64_t bytes;
  char *scratch = NULL;
  if (!tw_checked_multiply(rt->ctx.scratch_stride, num_threads, &bytes) ||
      (bytes > 0 && !(scratch = tw_aligned_alloc(bytes)))) {
    if (rt->runner == TW_OWN_POOL)
      tw_thread_pool_destroy(pool);
    return tw_failure(error, TW_OUT_OF_MEMORY,
                      "no memory for %lld bytes of scratch for each of %lld threads",
                      (long long)rt->ctx.scratch_stride, (long long)num_threads);
  }
  if (rt->runner == TW_OWN_POOL)
    tw_thread_pool_destroy(rt->pool);
  free(rt->ctx.scratch);
  rt->pool = pool;
  rt->ctx.scratch = scratch;
  rt->ctx.num_threads = num_threads;
  return TW_OK;
}

tw_status tw_runtime_set_threads(tw_runtime *rt, int64_t num_threads, tw_error *error) {
  if (num_threads < 0 || num_threads > TW_MAX_THREADS)
    return tw_failure(error, TW_INVALID_ARGUMENT,
                      "cannot use %lld threads: give 1 to %d, or 0 for all CPUs",
                      (long long)num_threads, TW_MAX_THREADS);
  if (num_threads == 0)
    num_threads =
        rt->runner == TW_HOST_POOL ? tw_thread_pool_num_threads(rt->pool) : tw_available_cpus();
  if (rt->runner == TW_HOST_POOL && num_threads != tw_thread_pool_num_threads(rt->pool))
    return tw_failure(error, TW_INVALID_ARGUMENT,
                      "cannot use %lld threads: the pool that the runtime was given has %lld",
                      (long long)num_threads, (long long)tw_thread_pool_num_threads(rt->pool));
  return num_threads == rt->ctx.num_threads ? TW_OK : resize(rt, num_threads, error);
}

tw_runtime *tw_runtime_create(const tw_runtime_options *options, tw_error *error) {
  if (!options || (options->pool && options->parallel_for)) {
    tw_failure(error, TW_INVALID_ARGUMENT,
               "a runtime needs options, with at most one of `pool` and `parallel_for`");
    return NULL;
  }
  tw_runtime *rt = calloc(1, sizeof *rt);
  if (!rt) {
    tw_failure(error, TW_OUT_OF_MEMORY, "no memory for a runtime");
    return NULL;
  }
  rt->ctx.abi_version = TW_ABI_VERSION;
  rt->ctx.host = options->host;
  tw_context_bind(&rt->ctx);
  rt->runner = options->parallel_for ? TW_HOST_FUNCTION
               : options->pool       ? TW_HOST_POOL
                                     : TW_OWN_POOL;
  if (options->parallel_for)
    rt->ctx.parallel_for = options->parallel_for;
  rt->pool = options->pool;
  rt->spin_ns = options->spin_ns;
  tw_workspace_init(&rt->workspace);
  atomic_init(&rt->failure, TW_NO_FAILURE);
  if (make_outputs(rt, options, error) != TW_OK || make_arena(rt, options, error) != TW_OK ||
      tw_runtime_set_threads(rt, options->num_threads, error) != TW_OK) {
    tw_runtime_destroy(rt);
    return NULL;
  }
  return rt;
}

void tw_runtime_destroy(tw_runtime *rt) {
  if (!rt)
    return;
  if (rt->runner == TW_OWN_POOL)
    tw_thread_pool_destroy(rt->pool);
  tw_workspace_destroy(&rt->workspace);
  for (int64_t i = 0; i < rt->num_outputs; ++i)
    free(rt->outputs[i].data);
  free(rt->outputs);
  free(rt->ctx.scratch);
  free(rt->ctx.arena);
  free(rt);
}

tw_context *tw_runtime_context(tw_runtime *rt) { return &rt->ctx; }

void tw_runtime_begin(tw_runtime *rt) {
  tw_workspace_reset(&rt->workspace);
  for (int64_t i = 0; i < rt->num_outputs; ++i)
    rt->outputs[i].produced = false;
  atomic_store(&rt->failure, TW_NO_FAILURE);
}

tw_status tw_runtime_call(tw_runtime *rt, tw_entry_fn entry, int64_t *const *args) {
  tw_runtime_begin(rt);
  if (entry(&rt->ctx, args) != 0)
    rt->ctx.fail(&rt->ctx, NULL); /* in case it did not say why */
  return tw_runtime_error(rt) ? TW_CALL_FAILED : TW_OK;
}

const char *tw_runtime_error(const tw_runtime *rt) {
  return atomic_load(&rt->failure) == TW_FAILED ? rt->message : NULL;
}

const tw_output *tw_runtime_output(const tw_runtime *rt, int64_t index) {
  if (index < 0 || index >= rt->num_outputs || !rt->outputs[index].produced)
    return NULL;
  return &rt->outputs[index].view;
}

void *tw_runtime_take_output(tw_runtime *rt, int64_t index) {
  if (!tw_runtime_output(rt, index))
    return NULL;
  tw_output_buffer *output = &rt->outputs[index];
  void *data = output->data;
  output->data = NULL;
  output->capacity = 0;
  output->produced = false;
  return data;
}

void tw_free(void *buffer) { free(buffer); }
