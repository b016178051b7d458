/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define _GNU_SOURCE /* CPU_ALLOC, sched_getaffinity */
#include "tilewright/runtime.h"

#include <stdio.h>
#include <unistd.h>

#ifdef __linux__
#include <errno.h>
#include <sched.h>

/* 0 when unknown. The mask must be as large as the kernel's, whose size is not told. */
static int64_t cpus_in_affinity_mask(void) {
  for (int cpus = 1024; cpus <= 1 << 16; cpus *= 4) {
    cpu_set_t *mask = CPU_ALLOC((size_t)cpus);
    if (!mask)
      return 0;
    size_t bytes = CPU_ALLOC_SIZE((size_t)cpus);
    int failed = sched_getaffinity(0, bytes, mask) != 0;
    int too_small = failed && errno == EINVAL;
    int64_t count = failed ? 0 : CPU_COUNT_S(bytes, mask);
    CPU_FREE(mask);
    if (!too_small)
      return count;
  }
  return 0;
}

/*
 * CPUs' worth of time that a container may use, rounded up; 0 when unlimited. More threads than
 * that are all stopped in the middle of a region once the quota of the period is spent.
 */
static int64_t cpus_in_cgroup_quota(void) {
  FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re"); /* cgroup v2: "QUOTA PERIOD" or "max ..." */
  if (!file)
    return 0;
  long long quota = 0, period = 0;
  int fields = fscanf(file, "%lld %lld", &quota, &period);
  fclose(file);
  if (fields != 2 || quota <= 0 || period <= 0)
    return 0;
  return (int64_t)((quota - 1) / period + 1);
}
#else
static int64_t cpus_in_affinity_mask(void) { return 0; }
static int64_t cpus_in_cgroup_quota(void) { return 0; }
#endif

int64_t tw_available_cpus(void) {
  int64_t count = cpus_in_affinity_mask();
  if (count <= 0)
    count = (int64_t)sysconf(_SC_NPROCESSORS_ONLN);
  int64_t quota = cpus_in_cgroup_quota();
  if (quota > 0 && quota < count)
    count = quota;
  if (count < 1)
    return 1;
  return count < TW_MAX_THREADS ? count : TW_MAX_THREADS;
}
