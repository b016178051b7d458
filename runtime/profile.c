/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "context.h"

#include <time.h>

static int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void timed_parallel_for(tw_context *ctx, tw_task_fn task, void *args, int64_t count) {
  tw_runtime *rt = (tw_runtime *)ctx;
  int64_t site = ctx->site;
  if (site < 0 || site >= rt->num_sites) {
    rt->unprofiled(ctx, task, args, count);
    return;
  }
  int64_t start = now_ns();
  rt->unprofiled(ctx, task, args, count);
  rt->sites[site].ns += now_ns() - start;
  rt->sites[site].regions += 1;
}

void tw_runtime_profile(tw_runtime *rt, tw_site_time *sites, int64_t num_sites) {
  if (rt->sites)
    rt->ctx.parallel_for = rt->unprofiled;
  rt->sites = num_sites > 0 ? sites : NULL;
  rt->num_sites = rt->sites ? num_sites : 0;
  if (!rt->sites)
    return;
  rt->unprofiled = rt->ctx.parallel_for;
  rt->ctx.parallel_for = timed_parallel_for;
}
