/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A host in a program of its own, for code that the tests' own process cannot run: reads one call
 * from a file, makes it, and writes what came of it to another. See emulated_cpu.py for the files.
 *
 *   emulated_host CALL ANSWER
 */
#include "tilewright/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern int32_t tw_main(tw_context *ctx, int64_t *const *args);
extern int32_t tw_init(tw_context *ctx, int64_t *const *args) __attribute__((weak));
extern const int64_t tw_arena_bytes, tw_init_arena_bytes, tw_scratch_bytes;

static FILE *call_file, *answer_file;

static void die(const char *message) {
  fprintf(stderr, "%s\n", message);
  exit(1);
}

static int64_t get(void) {
  int64_t word;
  if (fread(&word, sizeof word, 1, call_file) != 1)
    die("the call ends too early");
  return word;
}

static void put_bytes(const void *bytes, size_t count) {
  if (count && fwrite(bytes, 1, count, answer_file) != count)
    die("the answer cannot be written");
}

static void put(int64_t word) { put_bytes(&word, sizeof word); }

/* The data of a tensor begins at a multiple of what its type needs, and of no more than that. */
static char *allocate(int64_t bytes, int64_t element_bytes) {
  char *memory;
  if (posix_memalign((void **)&memory, 128, (size_t)(bytes + 128)))
    die("out of memory");
  return memory + element_bytes;
}

int main(int argc, char **argv) {
  if (argc != 3 || !(call_file = fopen(argv[1], "rb")) || !(answer_file = fopen(argv[2], "wb")))
    die("usage: emulated_host CALL ANSWER");
  tw_entry_fn entry = get() ? tw_init : tw_main;
  if (!entry)
    die("the module has no tw_init");
  tw_runtime_options options = {0};
  options.num_threads = get();
  options.num_outputs = get();
  int64_t element_bytes[64];
  for (int64_t i = 0; i < options.num_outputs && i < 64; ++i)
    element_bytes[i] = get();
  options.output_element_bytes = element_bytes;
  options.arena_bytes = tw_arena_bytes > tw_init_arena_bytes ? tw_arena_bytes : tw_init_arena_bytes;
  options.scratch_bytes = tw_scratch_bytes;

  int64_t count = get();
  int64_t **args = calloc((size_t)count + 1, sizeof *args);
  int64_t *bytes = calloc((size_t)count + 1, sizeof *bytes);
  for (int64_t i = 0; i < count; ++i) {
    int64_t rank = get(), element = get();
    bytes[i] = get();
    int is_given = get() != 0;
    args[i] = calloc((size_t)rank + 1, sizeof **args);
    for (int64_t dim = 1; dim <= rank; ++dim)
      args[i][dim] = get();
    if (bytes[i] < 0) /* the module asks for it */
      continue;
    char *data = allocate(bytes[i], element);
    args[i][0] = (int64_t)(intptr_t)data;
    if (!is_given)
      memset(data, 0xff, (size_t)bytes[i]);
    else if (bytes[i] && fread(data, (size_t)bytes[i], 1, call_file) != 1)
      die("the call ends too early");
    if (is_given)
      bytes[i] = -1; /* not part of the answer */
  }

  tw_error error;
  tw_runtime *runtime = tw_runtime_create(&options, &error);
  if (!runtime)
    die(error.message);
  if (tw_runtime_call(runtime, entry, args) != TW_OK) {
    const char *message = tw_runtime_error(runtime);
    put(message ? (int64_t)strlen(message) : 0);
    put_bytes(message, message ? strlen(message) : 0);
    return fclose(answer_file);
  }
  put(-1);
  for (int64_t i = 0; i < count; ++i)
    if (bytes[i] >= 0)
      put_bytes((const void *)(intptr_t)args[i][0], (size_t)bytes[i]);
  for (int64_t i = 0; i < options.num_outputs && entry == tw_main; ++i) {
    const tw_output *output = tw_runtime_output(runtime, i);
    if (!output)
      continue;
    put(i);
    int64_t size = element_bytes[i];
    for (int64_t dim = 1; dim <= output->rank; ++dim) {
      put(output->record[dim]);
      size *= output->record[dim];
    }
    put_bytes((const void *)(intptr_t)output->record[0], (size_t)size);
  }
  tw_runtime_destroy(runtime);
  return fclose(answer_file);
}
