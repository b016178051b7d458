/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What nobody has begun of a worker's share of a region: a span of the region's grains. The worker
 * takes from its front, and who has nothing left of its own takes from its back, each time half of
 * what is there. So a worker is late by one grain at most, and the calls of the task are few:
 * each costs what the task does before its loop, as loading the configuration of tiles.
 */
#ifndef TILEWRIGHT_RUNTIME_SHARE_H
#define TILEWRIGHT_RUNTIME_SHARE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** Begin in the low half, end in the high one: one word, so that a taker changes both or none. */
typedef _Atomic uint64_t tw_share;

typedef struct tw_span {
  uint32_t begin, end;
} tw_span;

void tw_share_set(tw_share *share, tw_span span);

/** Half of what is left, at least one grain; false if nothing is. */
bool tw_share_take_front(tw_share *share, tw_span *taken);
bool tw_share_take_back(tw_share *share, tw_span *taken);

#endif /* TILEWRIGHT_RUNTIME_SHARE_H */
