// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A task on several pinned threads at once, timed.
#ifndef TILEWRIGHT_BENCHMARKS_TEAM_H
#define TILEWRIGHT_BENCHMARKS_TEAM_H

// Called once by each thread in each round; round -1 is there to allocate and to warm up.
typedef void (*team_task)(void *argument, int thread, int round);

// Runs `rounds` rounds on threads[0] pinned to cpus[0] and so on. Returns the seconds of the
// shortest one, from when the first thread begins to when the last ends: a moment in which
// something else ran on these CPUs says nothing of the machine. Ends the program if a thread
// cannot be started.
double run_team(int threads, const int *cpus, team_task task, void *argument, int rounds);

// Monotonic, and the same on all CPUs.
double now_seconds(void);

#endif
