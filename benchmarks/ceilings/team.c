// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define _GNU_SOURCE // pthread_setaffinity_np
#include "team.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double now_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

typedef struct {
  int threads, rounds;
  team_task task;
  void *argument;
  atomic_int arrived; // counts up through all rounds
  double *begins, *ends;
} team;

typedef struct {
  team *all;
  int thread, cpu;
} member;

// All threads leave together, within the time that a cache line takes to travel.
static void wait_for_all(team *all, int generation) {
  atomic_fetch_add(&all->arrived, 1);
  while (atomic_load(&all->arrived) < generation * all->threads)
    sched_yield();
}

static void *work(void *argument) {
  member *self = argument;
  team *all = self->all;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(self->cpu, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
  all->task(all->argument, self->thread, -1);
  for (int round = 0; round < all->rounds; ++round) {
    wait_for_all(all, round + 1);
    int place = round * all->threads + self->thread;
    all->begins[place] = now_seconds();
    all->task(all->argument, self->thread, round);
    all->ends[place] = now_seconds();
  }
  return NULL;
}

static double shortest_round(const team *all) {
  double best = 1e30;
  for (int round = 0; round < all->rounds; ++round) {
    const double *begins = all->begins + round * all->threads;
    const double *ends = all->ends + round * all->threads;
    double begin = begins[0], end = ends[0];
    for (int thread = 1; thread < all->threads; ++thread) {
      begin = begins[thread] < begin ? begins[thread] : begin;
      end = ends[thread] > end ? ends[thread] : end;
    }
    best = end - begin < best ? end - begin : best;
  }
  return best;
}

double run_team(int threads, const int *cpus, team_task task, void *argument, int rounds) {
  size_t places = (size_t)threads * (size_t)rounds;
  team all = {.threads = threads, .rounds = rounds, .task = task, .argument = argument};
  all.begins = calloc(places, sizeof(double));
  all.ends = calloc(places, sizeof(double));
  member *members = calloc((size_t)threads, sizeof(member));
  pthread_t *handles = calloc((size_t)threads, sizeof(pthread_t));
  if (!all.begins || !all.ends || !members || !handles) {
    fprintf(stderr, "ceilings: out of memory\n");
    exit(1);
  }
  for (int thread = 0; thread < threads; ++thread) {
    members[thread] = (member){&all, thread, cpus[thread]};
    int error = pthread_create(&handles[thread], NULL, work, &members[thread]);
    if (error) {
      fprintf(stderr, "ceilings: cannot start thread %d: %s\n", thread, strerror(error));
      exit(1);
    }
  }
  for (int thread = 0; thread < threads; ++thread)
    pthread_join(handles[thread], NULL);
  double best = shortest_round(&all);
  free(all.begins), free(all.ends), free(members), free(handles);
  return best;
}
