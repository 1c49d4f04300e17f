/* The bounded queue behind a Channel: limits, policy, counters, waking both ends.
 *
 * No Python and no GStreamer in here, so that any thread may use it, with or without the GIL. One
 * lock guards everything; a snapshot is taken under it, therefore at every moment
 *
 *     produced == delivered + dropped + queued + on disk + in flight
 *
 * An item is tagged with what its data is. What holds a Python reference cannot be released by a
 * thread without the GIL: an evicted item of that kind goes to a list of its own, which whoever has
 * the GIL empties (pt_ring_take_evicted). That list never outgrows the queue, since only what was
 * queued can be evicted between two visits of the side that puts Python objects in. Records hold
 * none: who evicts one frees it at once.
 *
 * Control items keep their place in the order, but are neither counted nor dropped.
 */
#pragma once
#include <stdint.h>
#include <stddef.h>

typedef enum {
  PT_ITEM_OBJECT,                  /* data is a Python reference */
  PT_ITEM_CONTROL,                 /* the same, but neither counted nor dropped */
  PT_ITEM_RECORD,                  /* data is `bytes` bytes of the item's own memory */
} PtItemKind;

typedef struct _PtItem PtItem;
struct _PtItem {
  PtItem *next;
  PtItemKind kind;
  size_t bytes;                    /* what it counts against the limit */
  void *data;
};

typedef enum {
  PT_ON_FULL_BLOCK,
  PT_ON_FULL_DROP_OLDEST,
  PT_ON_FULL_DROP_NEWEST,
  PT_ON_FULL_LATEST,
  PT_ON_FULL_SPILL,                /* see spill.h */
} PtOnFull;

typedef enum {
  PT_DROP_OLDEST,                  /* evicted by the policy of the same name */
  PT_DROP_NEWEST,
  PT_DROP_LATEST,                  /* a newer item took its place */
  PT_DROP_CLOSED,                  /* put after the channel was closed */
  PT_DROP_TIMEOUT,                 /* the time to wait for room was over */
  PT_DROP_REFUSED,                 /* not fit for the queue: live metadata */
  PT_DROP_CONSUMER_ERROR,          /* taken out, but the consumer raised */
  PT_DROP_DEAD_LETTER,             /* taken out, but its worker died of it too often */
  PT_DROP_UNPICKLABLE,             /* cannot leave the process */
  PT_DROP_SPILL_FULL,              /* evicted: memory and disk were full */
  PT_DROP_SPILL_SLOW,              /* evicted: memory was full before the disk had taken it */
  PT_DROP_SPILL_ERROR,             /* it could not be read from disk */
  PT_DROP_REASONS,
} PtDrop;

typedef enum { PT_RING_OK, PT_RING_DROPPED, PT_RING_CLOSED, PT_RING_TIMEOUT } PtRingResult;

typedef struct {
  uint64_t produced, delivered, dropped[PT_DROP_REASONS];
  size_t queued, in_flight, bytes; /* now */
  size_t peak_items, peak_bytes;   /* the most that was ever queued */
  size_t waiting;                  /* threads that wait for room, each with an item not yet produced */
  uint64_t blocked_ns;             /* how long producers have waited for room, all together */
  uint64_t redelivered;            /* how often an item in flight was handed over once more */
  size_t on_disk;                  /* now; not part of queued */
  uint64_t spilled;                /* how many ever went to disk */
} PtRingStats;

typedef struct _PtRing PtRing;

/* A record and its memory are one allocation, aligned to 16 bytes; what is in them is up to who
 * writes. NULL: no memory. Freed with pt_record_free unless a ring has taken it. */
PtItem *pt_record_new (size_t bytes);
void pt_record_free (PtItem * record);

PtRing *pt_ring_new (size_t max_items, size_t max_bytes, PtOnFull on_full);
PtRing *pt_ring_ref (PtRing * ring);
/* The last one frees the ring and the records in it; whoever owns Python objects in it takes them
 * out before (pt_ring_take_all, once it is stopped). */
void pt_ring_unref (PtRing * ring);

/* Puts an item in, which belongs to the ring from then on. TIMEOUT: it was neither taken nor counted;
 * with 0 it would have had to wait, for whatever.
 * An item larger than the byte limit waits for an empty queue, not forever. */
PtRingResult pt_ring_put (PtRing * ring, PtItem * item, int64_t timeout_ns);
void pt_ring_put_control (PtRing * ring, PtItem * item);

/* Counts an item that never got in. */
void pt_ring_count_drop (PtRing * ring, PtDrop reason);

/* Waits for the first item and takes out what is there, up to the limit, as a list; the items are in
 * flight until settled. A control item comes alone and needs no settling. CLOSED: there is none and
 * there will be none. */
PtRingResult pt_ring_get (PtRing * ring, PtItem ** items, size_t limit, int64_t timeout_ns);
void pt_ring_delivered (PtRing * ring, size_t count);
void pt_ring_failed (PtRing * ring, PtDrop reason, size_t count);
void pt_ring_redelivered (PtRing * ring, size_t count);

/* Nothing more goes in; what is queued can still be taken out. */
void pt_ring_close (PtRing * ring);
/* Nothing more comes out either; what is queued stays counted as pending. */
void pt_ring_stop (PtRing * ring);

void pt_ring_snapshot (PtRing * ring, PtRingStats * stats);

/* The evicted items, and all items there are: the caller owns the list. */
PtItem *pt_ring_take_evicted (PtRing * ring);
PtItem *pt_ring_take_all (PtRing * ring);
