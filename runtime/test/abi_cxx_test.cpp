// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The headers as a C++ program sees them: they compile, the static asserts hold, and it links.
#include "tilewright/runtime.h"

static int32_t entry(tw_context *ctx, int64_t *const *) { return ctx->num_threads == 2 ? 0 : 1; }

int main() {
  tw_runtime_options options{};
  options.num_threads = 2;
  tw_error error;
  tw_runtime *rt = tw_runtime_create(&options, &error);
  bool ok = rt && tw_runtime_call(rt, entry, nullptr) == TW_OK;
  tw_runtime_destroy(rt);
  return ok ? 0 : 1;
}
