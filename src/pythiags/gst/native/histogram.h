/* How long calls took: sums, and counts in buckets that grow with the value, so that a quantile is
 * off by at most 6 %.
 *
 * Written by one thread at a time without the GIL, read by any at any moment. Values are
 * nanoseconds; what took more than four minutes counts in the last bucket.
 */
#pragma once
#include <stdint.h>

#define PT_HISTOGRAM_STEPS 8                 /* buckets for each doubling */
#define PT_HISTOGRAM_BUCKETS (36 * PT_HISTOGRAM_STEPS)

typedef struct {
  uint64_t count, total, longest;
  uint64_t buckets[PT_HISTOGRAM_BUCKETS];
} PtHistogram;

void pt_histogram_add (PtHistogram * histogram, int64_t nanoseconds);
void pt_histogram_merge (PtHistogram * into, const PtHistogram * from);

/* The value below which `share` (0 to 1) of all values are; 0: there are none. */
double pt_histogram_quantile (const PtHistogram * histogram, double share);

/* How many values are below `limit`: exact where that is a power of two, else off by a bucket. */
uint64_t pt_histogram_below (const PtHistogram * histogram, uint64_t limit);
