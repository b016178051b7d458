/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Times of parallel regions by site. */
#define _GNU_SOURCE /* nanosleep */
#include "check.h"
#include "tilewright/runtime.h"

#include <time.h>

static void sleep_a_little(tw_context *ctx, void *args, int64_t begin, int64_t end,
                           int64_t worker) {
  (void)ctx, (void)args, (void)worker;
  struct timespec time = {0, 200000 * (end - begin)};
  nanosleep(&time, NULL);
}

/* Site 0 once, site 2 twice, and two that nobody asked for. */
static int32_t run_regions(tw_context *ctx, int64_t *const *args) {
  (void)args;
  static const int64_t sites[] = {0, 2, -1, 2, 3};
  for (int i = 0; i < 5; ++i) {
    ctx->site = sites[i];
    ctx->parallel_for(ctx, sleep_a_little, NULL, 2);
  }
  return 0;
}

int main(void) {
  tw_runtime_options options = {0};
  options.num_threads = 2;
  tw_runtime *rt = tw_runtime_create(&options, NULL);
  CHECK(rt);
  tw_site_time sites[3] = {{0, 0}};
  CHECK(tw_runtime_call(rt, run_regions, NULL) == TW_OK);
  CHECK(sites[0].regions == 0);
  tw_runtime_profile(rt, sites, 3);
  tw_runtime_profile(rt, sites, 3); /* as good as once */
  for (int call = 0; call < 2; ++call)
    CHECK(tw_runtime_call(rt, run_regions, NULL) == TW_OK);
  CHECK(sites[0].regions == 2 && sites[1].regions == 0 && sites[2].regions == 4);
  CHECK(sites[0].ns >= 2 * 200000 && sites[1].ns == 0 && sites[2].ns >= 4 * 200000);
  tw_runtime_profile(rt, NULL, 0);
  CHECK(tw_runtime_call(rt, run_regions, NULL) == TW_OK);
  CHECK(sites[0].regions == 2);
  tw_runtime_destroy(rt);
  return 0;
}
