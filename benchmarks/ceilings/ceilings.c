// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What this machine can do at most, as JSON:
//
//   ceilings CPU,CPU,... THREADS,THREADS,... NAME=BYTES ...
//
// For each number of threads, pinned to the first of the CPUs: multiply-adds a second of each
// kind, null for one that the processor lacks; and bytes read a second where each thread reads its
// own BYTES, for each NAME of a cache or of memory. __init__.py runs it.
#include "peaks.h"
#include "reading.h"
#include "team.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CPUS = 4096, PEAK_ROUNDS = 60 };
static const double SECONDS_PER_ROUND = 0.008;

typedef struct {
  const peak *of;
  int64_t iterations;
} computation;

static void compute(void *argument, int thread, int round) {
  const computation *all = argument;
  (void)thread, (void)round;
  all->of->run(all->iterations);
}

static double measure_peak(const peak *of, int threads, const int *cpus) {
  computation all = {of, 1000};
  while (run_team(1, cpus, compute, &all, 2) < SECONDS_PER_ROUND)
    all.iterations *= 2;
  double seconds = run_team(threads, cpus, compute, &all, PEAK_ROUNDS);
  return threads * (double)all.iterations * of->flops_per_iteration / seconds;
}

static void report(const peak *peaks, int threads, const int *cpus, char **levels, int num_levels) {
  printf("{\"threads\": %d, \"flops\": {", threads);
  for (int i = 0; i < NUM_PEAKS; ++i) {
    printf("%s\"%s\": ", i ? ", " : "", peaks[i].name);
    if (peaks[i].run)
      printf("%.4g", measure_peak(&peaks[i], threads, cpus));
    else
      printf("null");
  }
  printf("}, \"reading\": {");
  for (int i = 0; i < num_levels; ++i) {
    char *size = strchr(levels[i], '=');
    double rate = measure_reading(threads, cpus, strtoll(size + 1, NULL, 10));
    printf("%s\"%.*s\": %.4g", i ? ", " : "", (int)(size - levels[i]), levels[i], rate);
  }
  printf("}}");
}

static int parse_list(const char *text, int *numbers) {
  int count = 0;
  char *end;
  for (const char *at = text; count < MOST_CPUS; at = end + 1) {
    numbers[count++] = (int)strtol(at, &end, 10);
    if (end == at || (*end != ',' && *end != '\0'))
      return 0;
    if (*end == '\0')
      return count;
  }
  return 0;
}

static int usage(void) {
  fprintf(stderr, "usage: ceilings CPU,... THREADS,... NAME=BYTES ...\n");
  return 2;
}

int main(int argc, char **argv) {
  static int cpus[MOST_CPUS], threads[MOST_CPUS];
  int num_cpus = argc > 2 ? parse_list(argv[1], cpus) : 0;
  int num_threads = argc > 2 ? parse_list(argv[2], threads) : 0;
  if (!num_cpus || !num_threads)
    return usage();
  for (int i = 3; i < argc; ++i)
    if (!strchr(argv[i], '=') || strtoll(strchr(argv[i], '=') + 1, NULL, 10) < 1024)
      return usage();
  for (int i = 0; i < num_threads; ++i)
    if (threads[i] < 1 || threads[i] > num_cpus)
      return usage();

  peak peaks[NUM_PEAKS];
  find_peaks(peaks);
  printf("{\"clock\": %.4g, \"instructions\": {", measure_clock());
  for (int i = 0; i < NUM_PEAKS; ++i)
    printf("%s\"%s\": \"%s\"", i ? ", " : "", peaks[i].name, peaks[i].instruction);
  printf("}, \"rates\": [");
  for (int i = 0; i < num_threads; ++i) {
    if (i)
      printf(", ");
    report(peaks, threads[i], cpus, argv + 3, argc - 3);
  }
  printf("]}\n");
  return 0;
}
