/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The host API: what it refuses, outputs, thread counts, and the host's own threads. */
#include "check.h"
#include "tilewright/runtime.h"

#include <string.h>

static const int64_t element_bytes[] = {4, 1, 8};

static tw_runtime_options with_outputs(void) {
  tw_runtime_options options = {0};
  options.num_threads = 2;
  options.num_outputs = 3;
  options.output_element_bytes = element_bytes;
  return options;
}

static void check_refused(const tw_runtime_options *options, tw_status status, const char *word) {
  tw_error error = {TW_OK, ""};
  CHECK(!tw_runtime_create(options, &error));
  CHECK(error.status == status && strstr(error.message, word));
  CHECK(!tw_runtime_create(options, NULL));
}

static void run_sequentially(tw_context *ctx, tw_task_fn task, void *args, int64_t count) {
  ++*(int *)ctx->host;
  if (count > 0)
    task(ctx, args, 0, count, 0);
}

static void check_refusals(void) {
  tw_runtime_options options = {0};
  check_refused(NULL, TW_INVALID_ARGUMENT, "options");
  options.num_threads = -2;
  check_refused(&options, TW_INVALID_ARGUMENT, "-2 threads");
  options.num_threads = 2;
  options.arena_bytes = -1;
  check_refused(&options, TW_INVALID_ARGUMENT, "arena");
  options.arena_bytes = (int64_t)1 << 60;
  check_refused(&options, TW_OUT_OF_MEMORY, "1152921504606846976");
  options.arena_bytes = INT64_MAX;
  check_refused(&options, TW_OUT_OF_MEMORY, "arena");
  options.arena_bytes = 0;
  options.scratch_bytes = (int64_t)1 << 62; /* times two threads: overflow */
  check_refused(&options, TW_OUT_OF_MEMORY, "scratch");
  options.scratch_bytes = INT64_MAX;
  check_refused(&options, TW_OUT_OF_MEMORY, "scratch");
  options = with_outputs();
  options.output_element_bytes = NULL;
  check_refused(&options, TW_INVALID_ARGUMENT, "output_element_bytes");
  options.output_element_bytes = (int64_t[]){4, 0, 8};
  check_refused(&options, TW_INVALID_ARGUMENT, "output 1");
  options.output_element_bytes = element_bytes;
  options.num_outputs = INT64_MAX / 2;
  check_refused(&options, TW_OUT_OF_MEMORY, "outputs");
  tw_thread_pool *pool = tw_thread_pool_create(2, 0, NULL);
  options = with_outputs();
  options.pool = pool;
  options.parallel_for = run_sequentially;
  check_refused(&options, TW_INVALID_ARGUMENT, "at most one");
  options.parallel_for = NULL;
  options.num_threads = 3;
  check_refused(&options, TW_INVALID_ARGUMENT, "has 2");
  tw_thread_pool_destroy(pool);
  tw_runtime_destroy(NULL);
}

static void check_call_refused(tw_runtime *rt, int64_t index, int64_t rank, const int64_t *sizes,
                               const char *word) {
  tw_context *ctx = tw_runtime_context(rt);
  tw_runtime_begin(rt);
  CHECK(!ctx->output(ctx, index, rank, sizes));
  CHECK(tw_runtime_error(rt) && strstr(tw_runtime_error(rt), word));
  CHECK(!tw_runtime_output(rt, index));
}

static void check_outputs(void) {
  tw_runtime_options options = with_outputs();
  tw_runtime *rt = tw_runtime_create(&options, NULL);
  CHECK(rt);
  tw_context *ctx = tw_runtime_context(rt);
  check_call_refused(rt, 3, 0, NULL, "3 outputs");
  check_call_refused(rt, -1, 0, NULL, "output -1");
  check_call_refused(rt, 0, TW_MAX_RANK + 1, NULL, "rank 33");
  check_call_refused(rt, 0, 2, (int64_t[]){3, -4}, "size -4 in dimension 1");
  check_call_refused(rt, 2, 2, (int64_t[]){INT64_MAX / 4, 2}, "cannot have size");
  check_call_refused(rt, 2, 1, (int64_t[]){(int64_t)1 << 57}, "no memory");

  tw_runtime_begin(rt);
  CHECK(!ctx->alloc(ctx, (int64_t)1 << 60) && strstr(tw_runtime_error(rt), "no memory"));
  tw_runtime_begin(rt);
  CHECK(!tw_runtime_error(rt) && !tw_runtime_output(rt, 0));

  float *scalar = ctx->output(ctx, 0, 0, NULL);
  CHECK(scalar && tw_runtime_output(rt, 0)->rank == 0);
  char *empty = ctx->output(ctx, 1, 2, (int64_t[]){0, 5});
  CHECK(empty && tw_runtime_output(rt, 1)->record[2] == 5);
  double *large = ctx->output(ctx, 2, 1, (int64_t[]){1000});
  CHECK(large && (uintptr_t)large % TW_ALIGNMENT == 0);
  CHECK((void *)(intptr_t)tw_runtime_output(rt, 2)->record[0] == large);
  memset(large, 0, 8000);

  tw_runtime_begin(rt); /* a smaller size keeps the buffer */
  CHECK(ctx->output(ctx, 2, 1, (int64_t[]){10}) == large);
  CHECK(tw_runtime_take_output(rt, 2) == large);
  CHECK(!tw_runtime_output(rt, 2) && !tw_runtime_take_output(rt, 2));
  tw_runtime_begin(rt); /* what was taken is not written to again */
  double *next = ctx->output(ctx, 2, 1, (int64_t[]){10});
  CHECK(next && next != large);
  tw_runtime_destroy(rt);
  large[999] = 1; /* and outlives the runtime */
  tw_free(large);
}

static void touch_scratch(tw_context *ctx, void *opaque, int64_t begin, int64_t end,
                          int64_t worker) {
  memset(ctx->scratch + worker * ctx->scratch_stride, 1, 1000);
  for (int64_t i = begin; i < end; ++i)
    ((int64_t *)opaque)[i] = worker;
}

static void check_threads(void) {
  tw_runtime_options options = {0};
  options.scratch_bytes = 1000;
  tw_runtime *rt = tw_runtime_create(&options, NULL);
  CHECK(rt);
  tw_context *ctx = tw_runtime_context(rt);
  CHECK(ctx->num_threads == tw_available_cpus());
  for (int64_t threads = 1; threads <= 5; ++threads) {
    CHECK(tw_runtime_set_threads(rt, threads, NULL) == TW_OK && ctx->num_threads == threads);
    int64_t workers[5] = {-1, -1, -1, -1, -1};
    ctx->parallel_for(ctx, touch_scratch, workers, threads);
    for (int64_t i = 0; i < threads; ++i)
      CHECK(0 <= workers[i] && workers[i] < threads);
  }
  tw_error error;
  CHECK(tw_runtime_set_threads(rt, -1, &error) == TW_INVALID_ARGUMENT);
  CHECK(tw_runtime_set_threads(rt, TW_MAX_THREADS + 1, NULL) == TW_INVALID_ARGUMENT);
  CHECK(ctx->num_threads == 5);
  CHECK(tw_runtime_set_threads(rt, 0, &error) == TW_OK);
  CHECK(ctx->num_threads == tw_available_cpus());
  tw_runtime_destroy(rt);
}

static void check_host_threads(void) {
  int regions = 0;
  int64_t workers[4];
  tw_runtime_options options = {0};
  options.scratch_bytes = 1000;
  options.num_threads = 3;
  options.parallel_for = run_sequentially;
  options.host = &regions;
  tw_runtime *rt = tw_runtime_create(&options, NULL);
  CHECK(rt);
  tw_context *ctx = tw_runtime_context(rt);
  ctx->parallel_for(ctx, touch_scratch, workers, 4);
  CHECK(regions == 1 && workers[3] == 0 && ctx->num_threads == 3);
  CHECK(tw_runtime_set_threads(rt, 2, NULL) == TW_OK && ctx->num_threads == 2);
  tw_runtime_destroy(rt);

  /* Two runtimes on one pool. */
  options.parallel_for = NULL;
  options.num_threads = 0;
  options.pool = tw_thread_pool_create(2, 0, NULL);
  tw_runtime *first = tw_runtime_create(&options, NULL);
  tw_runtime *second = tw_runtime_create(&options, NULL);
  CHECK(first && second);
  tw_error error;
  CHECK(tw_runtime_set_threads(first, 3, &error) == TW_INVALID_ARGUMENT);
  CHECK(strstr(error.message, "pool"));
  CHECK(tw_runtime_set_threads(first, 2, &error) == TW_OK);
  tw_context *contexts[] = {tw_runtime_context(first), tw_runtime_context(second)};
  for (int i = 0; i < 2; ++i) {
    contexts[i]->parallel_for(contexts[i], touch_scratch, workers, 2);
    CHECK(contexts[i]->num_threads == 2);
    for (int j = 0; j < 2; ++j)
      CHECK(0 <= workers[j] && workers[j] < 2);
  }
  tw_runtime_destroy(first);
  tw_runtime_destroy(second);
  tw_thread_pool_destroy(options.pool);
}

/* Either answer is right here; a second time it is the same. */
static void check_tiles(void) {
  tw_error error = {TW_OK, ""};
  tw_status status = tw_allow_tiles(&error);
  CHECK(status == tw_allow_tiles(NULL) && status == error.status);
  CHECK(status == TW_OK || (status == TW_NOT_SUPPORTED && strstr(error.message, "tile registers")));
}

int main(void) {
  check_tiles();
  check_refusals();
  check_outputs();
  check_threads();
  check_host_threads();
  return 0;
}
