/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The module ABI: what a compiled module exports, and what it is called with.
 *
 * A module is plain machine code. All it knows of the outside is the tw_context it is handed:
 * workspace, and function pointers for the four things it cannot do alone (run a parallel region,
 * get workspace of a size known only at run time, get an output buffer of such a size, report a
 * failure). So an object file or shared library has no undefined symbol but libc's and libm's, and
 * any host may fill the context in itself. `tilewright/runtime.h` is the implementation that we
 * ship.
 *
 * A module exports
 *
 *   int32_t tw_main(tw_context *ctx, int64_t *const *args);   computes the model
 *   int32_t tw_init(tw_context *ctx, int64_t *const *args);   prepares weights, once after loading
 *   const int64_t tw_arena_bytes;        what ctx->arena must hold during tw_main
 *   const int64_t tw_init_arena_bytes;   the same during tw_init
 *   const int64_t tw_scratch_bytes;      scratch of one worker
 *
 * Both functions return 0 when they succeeded; otherwise ctx->fail was told why. One context serves
 * both when its arena has the larger size.
 *
 * args[i] is a tensor record: int64_t[1 + rank] = {data address, size 0, ..., size rank-1}, the
 * data contiguous and row-major. Inputs and weights of @main come first, then the outputs, in
 * order. Inputs need the alignment of their element type; 64 bytes is faster. For an output of
 * static shape the caller gives the buffer. For one of dynamic shape the record's data is 0, and
 * the module asks ctx->output once it knows the sizes.
 */
#ifndef TILEWRIGHT_MODULE_H
#define TILEWRIGHT_MODULE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Value of tw_context::abi_version. A change to anything in this file raises it. */
#define TW_ABI_VERSION 2

/** Alignment in bytes of arena, scratch, workspace and output buffers: one cache line. */
#define TW_ALIGNMENT 64

typedef struct tw_context tw_context;

/**
 * Body of a parallel region: does iterations [begin, end) as worker `worker`, which alone may use
 * the scratch at ctx->scratch + worker * ctx->scratch_stride meanwhile.
 */
typedef void (*tw_task_fn)(tw_context *ctx, void *args, int64_t begin, int64_t end, int64_t worker);

/** Type of tw_main and tw_init. */
typedef int32_t (*tw_entry_fn)(tw_context *ctx, int64_t *const *args);

/** What a module sees of its host. The order of the fields is ABI; generated code uses offsets. */
struct tw_context {
  /** TW_ABI_VERSION of the host. */
  int64_t abi_version;
  /** Workers that parallel_for uses at most; they are numbered 0 .. num_threads-1. */
  int64_t num_threads;
  /** Static workspace, TW_ALIGNMENT-aligned, at least the module's arena bytes. */
  char *arena;
  /** Worker w's scratch begins at scratch + w * scratch_stride. */
  char *scratch;
  int64_t scratch_stride;
  /**
   * Splits [0, count) into contiguous pieces, runs the task on each, as any of num_threads workers
   * and on any thread, but never two pieces as the same worker at once, and returns when all are
   * done. Called from inside a task it runs the whole range at once, as the worker that it is
   * called from.
   */
  void (*parallel_for)(tw_context *ctx, tw_task_fn task, void *args, int64_t count);
  /**
   * `bytes` of TW_ALIGNMENT-aligned, uninitialised workspace, valid until the call into the module
   * ends. When there is no memory it calls `fail` and returns NULL, and the module returns nonzero
   * at once.
   */
  void *(*alloc)(tw_context *ctx, int64_t bytes);
  /**
   * Buffer of output `index` (counted among the outputs), whose sizes are now known; asked once
   * per call. NULL as for alloc.
   */
  void *(*output)(tw_context *ctx, int64_t index, int64_t rank, const int64_t *sizes);
  /** Records why the call fails. The first message is kept. May be called from any worker. */
  void (*fail)(tw_context *ctx, const char *message);
  /** The host's own data. Modules do not touch it. */
  void *host;
  /**
   * Set by the module before each parallel_for of tw_main: the number of the group of operations
   * that is about to run, in the order of the program, or -1 for other work. Only profilers read
   * it.
   */
  int64_t site;
};

#ifdef __cplusplus
#define TW_ABI_ASSERT(condition, message) static_assert(condition, message)
#else
#define TW_ABI_ASSERT(condition, message) _Static_assert(condition, message)
#endif
/* Generated code for 64-bit targets has these numbers in it. */
#if UINTPTR_MAX == UINT64_MAX
#define TW_ABI_FIELD(field, offset)                                                                \
  TW_ABI_ASSERT(offsetof(tw_context, field) == (offset), "tw_context." #field " moved")
TW_ABI_FIELD(abi_version, 0);
TW_ABI_FIELD(num_threads, 8);
TW_ABI_FIELD(arena, 16);
TW_ABI_FIELD(scratch, 24);
TW_ABI_FIELD(scratch_stride, 32);
TW_ABI_FIELD(parallel_for, 40);
TW_ABI_FIELD(alloc, 48);
TW_ABI_FIELD(output, 56);
TW_ABI_FIELD(fail, 64);
TW_ABI_FIELD(host, 72);
TW_ABI_FIELD(site, 80);
TW_ABI_ASSERT(sizeof(tw_context) == 88, "tw_context changed its size");
#undef TW_ABI_FIELD
#endif
#undef TW_ABI_ASSERT

#ifdef __cplusplus
}
#endif
#endif /* TILEWRIGHT_MODULE_H */
