/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef TILEWRIGHT_RUNTIME_FAILURE_H
#define TILEWRIGHT_RUNTIME_FAILURE_H

#include "tilewright/runtime.h"

#if defined(__GNUC__)
#define TW_PRINTF_LIKE __attribute__((format(printf, 3, 4)))
#else
#define TW_PRINTF_LIKE
#endif

/** Fills *error, unless NULL, with a printf-style message; returns `status`. */
tw_status tw_failure(tw_error *error, tw_status status, const char *format, ...) TW_PRINTF_LIKE;

#endif /* TILEWRIGHT_RUNTIME_FAILURE_H */
