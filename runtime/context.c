/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The functions that a module calls. */
#include "context.h"

#include "failure.h"

#include <stdlib.h>
#include <string.h>

static void fail(tw_context *ctx, const char *message) {
  tw_runtime *rt = (tw_runtime *)ctx;
  int expected = TW_NO_FAILURE;
  if (!atomic_compare_exchange_strong(&rt->failure, &expected, TW_FAILURE_BEING_WRITTEN))
    return;
  strncpy(rt->message, message ? message : "the module gave no reason", TW_MESSAGE_BYTES - 1);
  rt->message[TW_MESSAGE_BYTES - 1] = '\0';
  atomic_store(&rt->failure, TW_FAILED);
}

static void parallel_for(tw_context *ctx, tw_task_fn task, void *args, int64_t count) {
  tw_thread_pool_run(((tw_runtime *)ctx)->pool, ctx, task, args, count);
}

static void *alloc(tw_context *ctx, int64_t bytes) {
  void *memory = tw_workspace_alloc(&((tw_runtime *)ctx)->workspace, bytes);
  if (!memory) {
    tw_error error;
    tw_failure(&error, TW_OUT_OF_MEMORY,
               "no memory for a workspace of %lld bytes: try a smaller input", (long long)bytes);
    fail(ctx, error.message);
  }
  return memory;
}

/* Makes room for the output; false with the reason when that cannot be. */
static bool prepare_output(tw_runtime *rt, int64_t index, int64_t rank, const int64_t *sizes,
                           tw_error *error) {
  if (index < 0 || index >= rt->num_outputs || rank < 0 || rank > TW_MAX_RANK) {
    tw_failure(error, TW_INVALID_ARGUMENT,
               "the module asked for output %lld of rank %lld, but the runtime was made for %lld "
               "outputs, of rank %d at most",
               (long long)index, (long long)rank, (long long)rt->num_outputs, TW_MAX_RANK);
    return false;
  }
  tw_output_buffer *output = &rt->outputs[index];
  int64_t bytes = output->element_bytes;
  for (int64_t i = 0; i < rank; ++i) {
    if (!tw_checked_multiply(bytes, sizes[i], &bytes)) {
      tw_failure(error, TW_INVALID_ARGUMENT, "output %lld cannot have size %lld in dimension %lld",
                 (long long)index, (long long)sizes[i], (long long)i);
      return false;
    }
  }
  if (!output->data || bytes > output->capacity) {
    /* The old contents are not wanted: free them first, so that both need not fit. */
    free(output->data);
    output->data = tw_aligned_alloc(bytes);
    output->capacity = output->data ? bytes : 0;
    if (!output->data) {
      tw_failure(error, TW_OUT_OF_MEMORY,
                 "no memory for output %lld of %lld bytes: try a smaller input", (long long)index,
                 (long long)bytes);
      return false;
    }
  }
  output->record[0] = (int64_t)(intptr_t)output->data;
  for (int64_t i = 0; i < rank; ++i)
    output->record[1 + i] = sizes[i];
  output->view.rank = rank;
  output->produced = true;
  return true;
}

static void *output(tw_context *ctx, int64_t index, int64_t rank, const int64_t *sizes) {
  tw_runtime *rt = (tw_runtime *)ctx;
  tw_error error;
  if (!prepare_output(rt, index, rank, sizes, &error)) {
    fail(ctx, error.message);
    return NULL;
  }
  return rt->outputs[index].data;
}

void tw_context_bind(tw_context *ctx) {
  ctx->parallel_for = parallel_for;
  ctx->alloc = alloc;
  ctx->output = output;
  ctx->fail = fail;
}
