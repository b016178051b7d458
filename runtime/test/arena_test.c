/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "arena.h"
#include "check.h"
#include "tilewright/runtime.h"

#include <string.h>

static void check_arithmetic(void) {
  int64_t n;
  CHECK(tw_checked_multiply(3, 5, &n) && n == 15);
  CHECK(tw_checked_multiply(0, INT64_MAX, &n) && n == 0);
  CHECK(tw_checked_multiply(INT64_MAX, 1, &n) && n == INT64_MAX);
  CHECK(!tw_checked_multiply(INT64_MAX / 2 + 1, 2, &n));
  CHECK(!tw_checked_multiply(-1, 2, &n) && !tw_checked_multiply(2, -1, &n));
  CHECK(tw_checked_round_up(1, 64, &n) && n == 64);
  CHECK(tw_checked_round_up(64, 64, &n) && n == 64);
  CHECK(!tw_checked_round_up(INT64_MAX - 10, 64, &n) && !tw_checked_round_up(-1, 64, &n));
}

static void check_aligned_alloc(void) {
  static const int64_t sizes[] = {0, 1, 63, 64, 1000, (4 << 20) - 1, 4 << 20, (5 << 20) + 7};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
    char *memory = tw_aligned_alloc(sizes[i]);
    CHECK(memory && (uintptr_t)memory % TW_ALIGNMENT == 0);
    memset(memory, 1, (size_t)sizes[i]);
    tw_free(memory);
  }
  CHECK(!tw_aligned_alloc(-1));
  CHECK(!tw_aligned_alloc(INT64_MAX));
  CHECK(!tw_aligned_alloc((int64_t)1 << 60));
}

/* Buffers of a call are aligned and do not overlap, through chaining and coalescing. */
static void check_workspace(void) {
  tw_workspace workspace;
  tw_workspace_init(&workspace);
  for (int call = 0; call < 4; ++call) {
    enum { BUFFERS = 200 };
    char *buffers[BUFFERS];
    int64_t sizes[BUFFERS];
    for (int i = 0; i < BUFFERS; ++i) {
      sizes[i] = (int64_t)i * i * 7 % 30011;
      buffers[i] = tw_workspace_alloc(&workspace, sizes[i]);
      CHECK(buffers[i] && (uintptr_t)buffers[i] % TW_ALIGNMENT == 0);
      CHECK(i == 0 || buffers[i] != buffers[i - 1]);
      memset(buffers[i], i, (size_t)sizes[i]);
    }
    for (int i = 0; i < BUFFERS; ++i)
      for (int64_t j = 0; j < sizes[i]; ++j)
        CHECK(buffers[i][j] == (char)i);
    CHECK(!tw_workspace_alloc(&workspace, -1));
    CHECK(!tw_workspace_alloc(&workspace, INT64_MAX));
    CHECK(!tw_workspace_alloc(&workspace, (int64_t)1 << 60));
    CHECK(tw_workspace_alloc(&workspace, 100)); /* a refusal does not spoil the rest */
    tw_workspace_reset(&workspace);
  }
  tw_workspace_destroy(&workspace);
}

static void allocate(tw_context *ctx, void *opaque, int64_t begin, int64_t end, int64_t worker) {
  (void)ctx, (void)worker;
  for (int64_t i = begin; i < end; ++i) {
    char *memory = tw_workspace_alloc(opaque, 100 + i * 10);
    CHECK(memory);
    memset(memory, (int)i, (size_t)(100 + i * 10)); /* a race, if another task has it too */
  }
}

static void check_workspace_in_tasks(void) {
  tw_workspace workspace;
  tw_workspace_init(&workspace);
  tw_thread_pool *pool = tw_thread_pool_create(4, 0, NULL);
  CHECK(pool);
  for (int call = 0; call < 5; ++call) {
    tw_thread_pool_run(pool, NULL, allocate, &workspace, 400);
    tw_workspace_reset(&workspace);
  }
  tw_thread_pool_destroy(pool);
  tw_workspace_destroy(&workspace);
}

int main(void) {
  check_arithmetic();
  check_aligned_alloc();
  check_workspace();
  check_workspace_in_tasks();
  return 0;
}
