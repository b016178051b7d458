/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A module written by hand, of the form that the compiler emits, through the whole ABI. */
#include "check.h"
#include "tilewright/runtime.h"

#include <string.h>

/* y[i] = 2 * x[i], and `total`, of a size only this "module" knows, holds the running sums. */
typedef struct scale_args {
  const float *x;
  float *y;
} scale_args;

static void scale(tw_context *ctx, void *opaque, int64_t begin, int64_t end, int64_t worker) {
  scale_args *args = opaque;
  float *scratch = (float *)(ctx->scratch + worker * ctx->scratch_stride);
  for (int64_t i = begin; i < end; ++i) {
    scratch[0] = args->x[i];
    args->y[i] = scratch[0] + scratch[0];
  }
}

static int32_t module_main(tw_context *ctx, int64_t *const *args) {
  const float *x = (const float *)(intptr_t)args[0][0];
  int64_t size = args[0][1];
  if (size > 1000) {
    ctx->fail(ctx, "input 0 has more than 1000 elements");
    ctx->fail(ctx, "and this second reason is dropped");
    return 1;
  }
  scale_args region = {x, (float *)(intptr_t)args[1][0]};
  ctx->parallel_for(ctx, scale, &region, size);

  float *sums = ctx->alloc(ctx, size * (int64_t)sizeof(float));
  float *total = ctx->output(ctx, 1, 2, (int64_t[]){1, size});
  if (!sums || !total)
    return 1;
  float sum = 0;
  for (int64_t i = 0; i < size; ++i)
    sums[i] = sum += x[i];
  memcpy(total, sums, (size_t)size * sizeof(float));
  memset(ctx->arena, 1, 256);
  return 0;
}

static int32_t silent_failure(tw_context *ctx, int64_t *const *args) {
  (void)ctx, (void)args;
  return 7;
}

static void check_module(int64_t num_threads) {
  tw_error error;
  int64_t element_bytes[] = {sizeof(float), sizeof(float)};
  tw_runtime_options options = {0};
  options.arena_bytes = 256;
  options.scratch_bytes = sizeof(float);
  options.num_threads = num_threads;
  options.num_outputs = 2;
  options.output_element_bytes = element_bytes;
  tw_runtime *rt = tw_runtime_create(&options, &error);
  CHECK(rt);
  tw_context *ctx = tw_runtime_context(rt);
  CHECK(ctx->abi_version == TW_ABI_VERSION && ctx->num_threads == num_threads);
  CHECK((uintptr_t)ctx->arena % TW_ALIGNMENT == 0);
  CHECK((uintptr_t)ctx->scratch % TW_ALIGNMENT == 0 && ctx->scratch_stride % TW_ALIGNMENT == 0);

  float x[1001], y[1001];
  for (int64_t size = 0; size <= 1000; size += 37) {
    for (int64_t i = 0; i < size; ++i)
      x[i] = (float)i, y[i] = -1;
    int64_t x_record[] = {(int64_t)(intptr_t)x, size};
    int64_t y_record[] = {(int64_t)(intptr_t)y, size};
    int64_t total_record[] = {0, 1, 0};
    int64_t *args[] = {x_record, y_record, total_record};
    CHECK(tw_runtime_call(rt, module_main, args) == TW_OK);
    CHECK(!tw_runtime_error(rt));
    CHECK(!tw_runtime_output(rt, 0));
    const tw_output *total = tw_runtime_output(rt, 1);
    CHECK(total && total->rank == 2 && total->record[1] == 1 && total->record[2] == size);
    const float *sums = (const float *)(intptr_t)total->record[0];
    for (int64_t i = 0; i < size; ++i)
      CHECK(y[i] == (float)(2 * i) && sums[i] == (float)(i * (i + 1) / 2));
  }
  int64_t record[] = {(int64_t)(intptr_t)x, 1001};
  int64_t *args[] = {record, record, record};
  CHECK(tw_runtime_call(rt, module_main, args) == TW_CALL_FAILED);
  CHECK(!strcmp(tw_runtime_error(rt), "input 0 has more than 1000 elements"));
  CHECK(!tw_runtime_output(rt, 1));
  CHECK(tw_runtime_call(rt, silent_failure, args) == TW_CALL_FAILED);
  CHECK(strstr(tw_runtime_error(rt), "no reason"));
  tw_runtime_begin(rt);
  CHECK(!tw_runtime_error(rt));
  tw_runtime_destroy(rt);
}

int main(void) {
  for (int64_t num_threads = 1; num_threads <= 4; ++num_threads)
    check_module(num_threads);
  return 0;
}
