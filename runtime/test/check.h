/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* assert() that stays in a release build. */
#ifndef TILEWRIGHT_RUNTIME_TEST_CHECK_H
#define TILEWRIGHT_RUNTIME_TEST_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      fprintf(stderr, "%s:%d: CHECK(%s) failed\n", __FILE__, __LINE__, #condition);                \
      exit(1);                                                                                     \
    }                                                                                              \
  } while (0)

#endif /* TILEWRIGHT_RUNTIME_TEST_CHECK_H */
