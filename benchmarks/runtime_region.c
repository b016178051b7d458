/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a parallel region costs by itself, in nanoseconds: a task that does nothing but wait until
 * all workers have begun, at 1, 2, ... threads, with workers that still watch for work, and with
 * workers that sleep.
 *
 *   cmake -S runtime -B build -DTW_RUNTIME_BENCHMARKS=ON && cmake --build build
 *   build/runtime_region [MAX_THREADS]
 *
 * Prints JSON: the median and the 10th and 90th percentile of batches. With more threads than free
 * CPUs the numbers say what the scheduler does.
 */
#define _GNU_SOURCE /* nanosleep */
#include "tilewright/runtime.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCHES = 201, REGIONS_PER_BATCH = 500 };

static double now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Over all regions: how many iterations have begun. */
static atomic_int_fast64_t begun;

/* Nobody may be done before all have begun: they would do the iterations of the late ones. */
static void meet(tw_context *ctx, void *args, int64_t begin, int64_t end, int64_t worker) {
  (void)args, (void)begin, (void)end, (void)worker;
  int_fast64_t threads = ctx->num_threads;
  int_fast64_t before = atomic_fetch_add_explicit(&begun, 1, memory_order_relaxed);
  int_fast64_t all = (before / threads + 1) * threads;
  while (atomic_load_explicit(&begun, memory_order_relaxed) < all)
    ;
}

static int compare_doubles(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void report(const char *state, double *ns) {
  qsort(ns, BATCHES, sizeof *ns, compare_doubles);
  printf(", \"%s\": {\"median\": %.1f, \"p10\": %.1f, \"p90\": %.1f}", state, ns[BATCHES / 2],
         ns[BATCHES / 10], ns[BATCHES * 9 / 10]);
}

/* Regions back to back. */
static void measure_spinning(tw_context *ctx) {
  double ns[BATCHES];
  for (int batch = 0; batch < BATCHES; ++batch) {
    double start = now_ns();
    for (int region = 0; region < REGIONS_PER_BATCH; ++region)
      ctx->parallel_for(ctx, meet, NULL, ctx->num_threads);
    ns[batch] = (now_ns() - start) / REGIONS_PER_BATCH;
  }
  report("spinning_ns", ns);
}

/* A region after a pause that is longer than any worker watches. */
static void measure_asleep(tw_context *ctx) {
  double ns[BATCHES];
  for (int batch = 0; batch < BATCHES; ++batch) {
    nanosleep(&(struct timespec){0, 2000000}, NULL);
    double start = now_ns();
    ctx->parallel_for(ctx, meet, NULL, ctx->num_threads);
    ns[batch] = now_ns() - start;
  }
  report("asleep_ns", ns);
}

int main(int argc, char **argv) {
  int64_t max_threads = argc > 1 ? strtoll(argv[1], NULL, 10) : tw_available_cpus();
  for (int64_t threads = 1; threads <= max_threads; threads *= 2) {
    tw_error error;
    tw_runtime_options options = {0};
    options.num_threads = threads;
    tw_runtime *rt = tw_runtime_create(&options, &error);
    if (!rt) {
      fprintf(stderr, "runtime_region: %s\n", error.message);
      return 1;
    }
    atomic_store(&begun, 0);
    printf("%s{\"threads\": %lld", threads > 1 ? ", " : "[", (long long)threads);
    measure_spinning(tw_runtime_context(rt));
    measure_asleep(tw_runtime_context(rt));
    printf("}");
    tw_runtime_destroy(rt);
  }
  printf("]\n");
  return 0;
}
