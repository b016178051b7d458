/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "failure.h"

#include <stdarg.h>
#include <stdio.h>

tw_status tw_failure(tw_error *error, tw_status status, const char *format, ...) {
  if (error) {
    error->status = status;
    va_list values;
    va_start(values, format);
    vsnprintf(error->message, sizeof error->message, format, values);
    va_end(values);
  }
  return status;
}
