/* See histogram.h. */
#include "histogram.h"

#define STEP_BITS 3 /* 2^3 is PT_HISTOGRAM_STEPS */

/* There is one writer: no value is lost without a locked instruction, and no reader sees half of one. */
static uint64_t
load (const uint64_t * counter)
{
  return __atomic_load_n (counter, __ATOMIC_RELAXED);
}

static void
store (uint64_t * counter, uint64_t value)
{
  __atomic_store_n (counter, value, __ATOMIC_RELAXED);
}

static void
add (uint64_t * counter, uint64_t value)
{
  store (counter, load (counter) + value);
}

/* Values below 8 have a bucket each; from there on its top four bits select the bucket. */
static int
bucket_of (uint64_t value)
{
  if (value < PT_HISTOGRAM_STEPS)
    return (int) value;
  const int shift = 63 - __builtin_clzll (value) - STEP_BITS;
  const int bucket = shift * PT_HISTOGRAM_STEPS + (int) (value >> shift);
  return bucket < PT_HISTOGRAM_BUCKETS ? bucket : PT_HISTOGRAM_BUCKETS - 1;
}

static double
lower_edge (int bucket)
{
  if (bucket < PT_HISTOGRAM_STEPS)
    return bucket;
  const int shift = bucket / PT_HISTOGRAM_STEPS - 1;
  const uint64_t top = PT_HISTOGRAM_STEPS + bucket % PT_HISTOGRAM_STEPS;
  return (double) (top << shift);
}

void
pt_histogram_add (PtHistogram * histogram, int64_t nanoseconds)
{
  const uint64_t value = nanoseconds > 0 ? (uint64_t) nanoseconds : 0;
  add (&histogram->count, 1);
  add (&histogram->total, value);
  add (&histogram->buckets[bucket_of (value)], 1);
  if (value > load (&histogram->longest))
    store (&histogram->longest, value);
}

void
pt_histogram_merge (PtHistogram * into, const PtHistogram * from)
{
  add (&into->count, load (&from->count));
  add (&into->total, load (&from->total));
  for (int i = 0; i < PT_HISTOGRAM_BUCKETS; i++)
    add (&into->buckets[i], load (&from->buckets[i]));
  if (load (&from->longest) > load (&into->longest))
    store (&into->longest, load (&from->longest));
}

double
pt_histogram_quantile (const PtHistogram * histogram, double share)
{
  uint64_t total = 0, below = 0;
  for (int i = 0; i < PT_HISTOGRAM_BUCKETS; i++)
    total += load (&histogram->buckets[i]);
  for (int i = 0; i < PT_HISTOGRAM_BUCKETS; i++) {
    below += load (&histogram->buckets[i]);
    if (below && (double) below >= share * (double) total) {
      const double middle = (lower_edge (i) + lower_edge (i + 1)) / 2;
      const double longest = (double) load (&histogram->longest);
      return middle < longest ? middle : longest;
    }
  }
  return 0;
}

uint64_t
pt_histogram_below (const PtHistogram * histogram, uint64_t limit)
{
  const int last = bucket_of (limit);
  uint64_t below = 0;
  for (int i = 0; i < last; i++)
    below += load (&histogram->buckets[i]);
  return below;
}
