/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Takers from both ends of a share get each grain once, and half of what is left each time. */
#include "share.h"

#include "check.h"

#include <pthread.h>

enum { GRAINS = 100000 };

static tw_share share;
static unsigned char taken[GRAINS];

static void mark(tw_span span) {
  CHECK(span.begin < span.end && span.end <= GRAINS);
  for (uint32_t i = span.begin; i < span.end; ++i)
    taken[i]++; /* plain: no other taker has this grain */
}

static void check_halves(void) {
  tw_span span;
  tw_share_set(&share, (tw_span){10, 19});
  CHECK(tw_share_take_front(&share, &span) && span.begin == 10 && span.end == 15);
  CHECK(tw_share_take_back(&share, &span) && span.begin == 17 && span.end == 19);
  CHECK(tw_share_take_back(&share, &span) && span.begin == 16 && span.end == 17);
  CHECK(tw_share_take_front(&share, &span) && span.begin == 15 && span.end == 16);
  CHECK(!tw_share_take_front(&share, &span) && !tw_share_take_back(&share, &span));
  /* The ends of what 32 bits hold. */
  tw_share_set(&share, (tw_span){UINT32_MAX - 1, UINT32_MAX});
  CHECK(tw_share_take_back(&share, &span) && span.begin == UINT32_MAX - 1 &&
        span.end == UINT32_MAX);
  CHECK(!tw_share_take_front(&share, &span));
}

static void *take_from_back(void *unused) {
  tw_span span;
  while (tw_share_take_back(&share, &span))
    mark(span);
  return unused;
}

/* Many short shares, so that the takers meet often. */
static void check_race(void) {
  for (uint32_t round = 0; round < 200; ++round) {
    uint32_t begin = round * (GRAINS / 200), end = begin + GRAINS / 200;
    tw_share_set(&share, (tw_span){begin, end});
    pthread_t thief;
    CHECK(pthread_create(&thief, NULL, take_from_back, NULL) == 0);
    tw_span span;
    while (tw_share_take_front(&share, &span))
      mark(span);
    pthread_join(thief, NULL);
  }
  for (int i = 0; i < GRAINS; ++i)
    CHECK(taken[i] == 1);
}

int main(void) {
  check_halves();
  check_race();
  return 0;
}
