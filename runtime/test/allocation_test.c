/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The linker sends the runtime's allocations here (--wrap), to be counted and to be refused. */
#define _GNU_SOURCE /* fork, alarm */
#include "check.h"
#include "tilewright/runtime.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *memory, size_t bytes);
void __real_free(void *memory);
int __real_posix_memalign(void **memory, size_t alignment, size_t bytes);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);
int __real_pthread_join(pthread_t thread, void **result);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *memory, size_t bytes);
void __wrap_free(void *memory);
int __wrap_posix_memalign(void **memory, size_t alignment, size_t bytes);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);
int __wrap_pthread_join(pthread_t thread, void **result);

/* Requests so far, and which one to refuse (0: none). Only the test's own thread allocates. */
static int requests, refused, frees;

/* LeakSanitizer does not find a pool that its own threads still point to. */
static int threads_alive;

static int refuse(void) { return ++requests == refused; }

void *__wrap_malloc(size_t bytes) { return refuse() ? NULL : __real_malloc(bytes); }

void *__wrap_calloc(size_t count, size_t bytes) {
  return refuse() ? NULL : __real_calloc(count, bytes);
}

void *__wrap_realloc(void *memory, size_t bytes) {
  return refuse() ? NULL : __real_realloc(memory, bytes);
}

void __wrap_free(void *memory) {
  ++frees;
  __real_free(memory);
}

int __wrap_posix_memalign(void **memory, size_t alignment, size_t bytes) {
  return refuse() ? ENOMEM : __real_posix_memalign(memory, alignment, bytes);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument) {
  if (refuse())
    return EAGAIN;
  ++threads_alive;
  return __real_pthread_create(thread, attributes, start, argument);
}

int __wrap_pthread_join(pthread_t thread, void **result) {
  --threads_alive;
  return __real_pthread_join(thread, result);
}

static void touch(tw_context *ctx, void *opaque, int64_t begin, int64_t end, int64_t worker) {
  ctx->scratch[worker * ctx->scratch_stride] = 1;
  memset((char *)opaque + begin, 1, (size_t)(end - begin));
}

/* args[0][0] scales the sizes. */
static int32_t module_main(tw_context *ctx, int64_t *const *args) {
  int64_t bytes = args[0][0];
  for (int64_t i = 1; i <= 20; ++i) {
    char *buffer = ctx->alloc(ctx, i * bytes);
    if (!buffer)
      return 1;
    ctx->parallel_for(ctx, touch, buffer, i * bytes);
  }
  return ctx->output(ctx, 0, 1, &bytes) ? 0 : 1;
}

static tw_runtime *create(tw_error *error) {
  static const int64_t element_bytes[] = {4};
  tw_runtime_options options = {0};
  options.arena_bytes = 1000;
  options.scratch_bytes = 100;
  options.num_threads = 3;
  options.num_outputs = 1;
  options.output_element_bytes = element_bytes;
  return tw_runtime_create(&options, error);
}

static void check_no_allocation_once_warm(void) {
  tw_runtime *rt = create(NULL);
  CHECK(rt);
  int64_t bytes = 1 << 14;
  int64_t *args[] = {&bytes};
  CHECK(tw_runtime_call(rt, module_main, args) == TW_OK);
  CHECK(tw_runtime_call(rt, module_main, args) == TW_OK); /* puts one block for the chain */
  requests = frees = 0;
  for (int call = 0; call < 100; ++call) {
    bytes = (1 << 14) - call * 100; /* smaller shapes need nothing new either */
    CHECK(tw_runtime_call(rt, module_main, args) == TW_OK);
  }
  CHECK(requests == 0 && frees == 0);
  tw_runtime_destroy(rt);
}

/* Refuses the first, the second, ... request in turn, until one run makes fewer. */
static void check_every_refusal(void) {
  tw_error error;
  int created = 0;
  for (refused = 1; !created; ++refused) {
    requests = 0;
    tw_runtime *rt = create(&error);
    created = requests < refused;
    CHECK(created == (rt != NULL));
    CHECK(created || error.status == TW_OUT_OF_MEMORY || error.status == TW_NO_THREAD);
    tw_runtime_destroy(rt);
  }
  CHECK(refused > 6);
  refused = 0;

  tw_runtime *rt = create(NULL);
  CHECK(rt);
  int64_t bytes = 1 << 14;
  int64_t *args[] = {&bytes};
  int ok = 0;
  for (refused = 1; !ok; ++refused) {
    requests = 0;
    ok = tw_runtime_call(rt, module_main, args) == TW_OK;
    CHECK(ok || strstr(tw_runtime_error(rt), "no memory"));
    ok = ok && requests < refused;
  }
  /* A thread count that cannot be had leaves the runtime as it was. */
  int changed = 0;
  for (refused = 1; !changed; ++refused) {
    requests = 0;
    tw_status status = tw_runtime_set_threads(rt, 5, &error);
    changed = status == TW_OK;
    CHECK(changed || error.status == status);
    CHECK(tw_runtime_context(rt)->num_threads == (changed ? 5 : 3));
    int still_refused = refused;
    refused = 0;
    CHECK(tw_runtime_call(rt, module_main, args) == TW_OK);
    refused = still_refused;
  }
  refused = 0;
  tw_runtime_destroy(rt);
}

/* A child of a fork that can start none, or one, of its two workers: the caller does the rest. */
static void check_child_without_workers(void) {
  tw_runtime *rt = create(NULL);
  CHECK(rt);
  int64_t bytes = 1 << 14;
  int64_t *args[] = {&bytes};
  for (int startable = 0; startable < 2; ++startable) {
#if defined(__SANITIZE_THREAD__)
    if (startable > 0)
      break; /* see fork_test.c */
#endif
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      alarm(20);
      char cells[100] = {0};
      requests = 0;
      refused = startable + 1;
      tw_context *ctx = tw_runtime_context(rt);
      for (int region = 0; region < 10; ++region)
        ctx->parallel_for(ctx, touch, cells, sizeof cells);
      for (size_t i = 0; i < sizeof cells; ++i)
        CHECK(cells[i] == 1);
      CHECK(requests == refused);
      refused = 0;
      CHECK(tw_runtime_call(rt, module_main, args) == TW_OK);
      tw_runtime_destroy(rt);
      _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  tw_runtime_destroy(rt);
}

int main(void) {
  check_no_allocation_once_warm();
  check_every_refusal();
  CHECK(threads_alive == 0);
  check_child_without_workers();
  return 0;
}
