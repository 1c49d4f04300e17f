/* The policy "spill": what does not fit in memory goes to disk, by a thread of its own.
 *
 * The ring decides and counts; that one thread, which may be Python, only moves items.
 * Order: the head, from which readers take; what is on disk; the tail, where puts go once there is
 * anything to wait behind. As long as nothing is on disk, a reader who has emptied the head takes the
 * tail over, so that an overflow that is soon caught up never touches the disk.
 *
 * A put that a live source depends on does not wait for a slow disk, but it has a little patience with
 * a thread that has not had its turn: behind a burst, or a busy interpreter. All puts together have half
 * a second of it, and get a fiftieth of the time that passes back; one takes 50 ms at most, and none that
 * is too short to sleep for. When it is used up, the oldest event of the tail is dropped. Puts that
 * are marked as patient wait as long as it takes instead. If the last write failed none waits: there
 * is nothing to wait for.
 */
#pragma once
#include "ring.h"
#include <stdbool.h>

#define PT_SPILL_PATIENCE_NS 50000000
#define PT_SPILL_LEAST_PATIENCE_NS 1000000
#define PT_SPILL_ALL_PATIENCE_NS 500000000
#define PT_SPILL_PATIENCE_SHARE 50

typedef enum { PT_SPILL_NOTHING, PT_SPILL_WRITE, PT_SPILL_READ, PT_SPILL_END } PtSpillTask;

/* Puts wait for a slow disk as long as it takes, or are patient no more; not so at first. */
void pt_ring_be_patient (PtRing * ring, bool patient);

/* Whether it is time to start the thread; costs nothing to ask. */
bool pt_ring_wants_spill_thread (PtRing * ring);

/* Waits for something to do. END: there will be nothing any more, and what is on disk can go. */
PtSpillTask pt_ring_spill_next (PtRing * ring, bool may_write, int64_t timeout_ns);

/* WRITE: lends a list of items, events or else one control item; then exactly one of these two. */
const PtItem *pt_ring_spill_take (PtRing * ring, size_t max_bytes);
/* They are on disk, but for so many that were dropped; gives them back to be released. */
PtItem *pt_ring_spill_written (PtRing * ring, size_t dropped, PtDrop reason);
/* The disk does not take them: they go back, and until a write succeeds no put waits for it. */
void pt_ring_spill_back (PtRing * ring);

/* READ: puts a list that was on disk into the head; so many more were lost with it. Gives the number
 * that pt_ring_spill_settled has reached once the last of them is settled. */
uint64_t pt_ring_spill_loaded (PtRing * ring, PtItem * items, size_t lost, PtDrop reason);
uint64_t pt_ring_spill_settled (PtRing * ring);

/* Events that are on disk no longer. */
void pt_ring_spill_lost (PtRing * ring, size_t count, PtDrop reason);
/* Events that were on disk before there was a ring. */
void pt_ring_spill_found (PtRing * ring, size_t count);
