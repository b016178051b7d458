/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What stands behind the tw_context that runtime.c gives to modules. */
#ifndef TILEWRIGHT_RUNTIME_CONTEXT_H
#define TILEWRIGHT_RUNTIME_CONTEXT_H

#include "arena.h"
#include "tilewright/runtime.h"

/** A buffer that ctx->output gave, kept for the next call. */
typedef struct tw_output_buffer {
  int64_t element_bytes;
  void *data;
  int64_t capacity;
  /** Whether the module asked for it in this call. */
  bool produced;
  tw_output view;
  int64_t record[1 + TW_MAX_RANK];
} tw_output_buffer;

/** Who runs parallel regions. */
typedef enum tw_region_runner { TW_OWN_POOL, TW_HOST_POOL, TW_HOST_FUNCTION } tw_region_runner;

enum { TW_NO_FAILURE, TW_FAILURE_BEING_WRITTEN, TW_FAILED };

struct tw_runtime {
  /** First, so that the tw_context * which a module passes back is a tw_runtime * too. */
  tw_context ctx;
  tw_region_runner runner;
  /** NULL with TW_HOST_FUNCTION. */
  tw_thread_pool *pool;
  int64_t spin_ns;
  tw_workspace workspace;
  int64_t num_outputs;
  tw_output_buffer *outputs;
  /** One of the enum above. */
  _Atomic int failure;
  char message[TW_MESSAGE_BYTES];
  /** Of tw_runtime_profile; NULL when off. `unprofiled` is then what parallel_for was. */
  tw_site_time *sites;
  int64_t num_sites;
  void (*unprofiled)(tw_context *ctx, tw_task_fn task, void *args, int64_t count);
};

/** Sets the context's functions; parallel_for is the pool's. */
void tw_context_bind(tw_context *ctx);

#endif /* TILEWRIGHT_RUNTIME_CONTEXT_H */
