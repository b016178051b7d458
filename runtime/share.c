/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "share.h"

static uint64_t packed(tw_span span) { return (uint64_t)span.end << 32 | span.begin; }

static tw_span unpacked(uint64_t word) { return (tw_span){(uint32_t)word, (uint32_t)(word >> 32)}; }

void tw_share_set(tw_share *share, tw_span span) {
  atomic_store_explicit(share, packed(span), memory_order_relaxed);
}

/*
 * Relaxed: the word carries no data but itself. What tasks read was ordered before them by the
 * mailbox through which their worker got the region. No value comes back within a region, since
 * its begin only grows and its end only shrinks.
 */
static bool take(tw_share *share, bool front, tw_span *taken) {
  uint64_t word = atomic_load_explicit(share, memory_order_relaxed);
  tw_span left;
  do {
    left = unpacked(word);
    if (left.begin >= left.end)
      return false;
    uint32_t half = (left.end - left.begin + 1) / 2;
    *taken = left;
    if (front)
      taken->end = left.begin += half;
    else
      taken->begin = left.end -= half;
  } while (!atomic_compare_exchange_weak_explicit(share, &word, packed(left), memory_order_relaxed,
                                                  memory_order_relaxed));
  return true;
}

bool tw_share_take_front(tw_share *share, tw_span *taken) { return take(share, true, taken); }

bool tw_share_take_back(tw_share *share, tw_span *taken) { return take(share, false, taken); }
