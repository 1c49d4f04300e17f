/* See ring.h. */
#include "ring_private.h"
#include "wakes.h"
#include <stddef.h>
#include <stdlib.h>

PtRing *
pt_ring_new (size_t max_items, size_t max_bytes, PtOnFull on_full)
{
  PtRing *ring = calloc (1, sizeof *ring);
  pthread_condattr_t monotonic;
  if (!ring)
    return NULL;
  pthread_condattr_init (&monotonic);
  pthread_condattr_setclock (&monotonic, CLOCK_MONOTONIC);
  pthread_mutex_init (&ring->lock, NULL);
  pthread_cond_init (&ring->room, &monotonic);
  pthread_cond_init (&ring->items, &monotonic);
  pthread_cond_init (&ring->spill, &monotonic);
  pthread_condattr_destroy (&monotonic);
  ring->refs = 1;
  ring->max_items = max_items;
  ring->max_bytes = max_bytes;
  ring->on_full = on_full;
  return ring;
}

PtRing *
pt_ring_ref (PtRing * ring)
{
  atomic_fetch_add (&ring->refs, 1);
  return ring;
}

static void
free_records (PtItem * item)
{
  for (PtItem *next; item; item = next) {
    next = item->next;
    if (item->kind == PT_ITEM_RECORD)
      pt_record_free (item);
  }
}

void
pt_ring_unref (PtRing * ring)
{
  if (atomic_fetch_sub (&ring->refs, 1) != 1)
    return;
  free_records (ring->queue.head);
  free_records (ring->moving.head);
  free_records (ring->tail.head);
  pthread_cond_destroy (&ring->spill);
  pthread_cond_destroy (&ring->items);
  pthread_cond_destroy (&ring->room);
  pthread_mutex_destroy (&ring->lock);
  free (ring);
}

static bool
has_room (const PtRing * ring, size_t bytes)
{
  if (ring->stats.queued == 0)
    return true;
  return ring->stats.queued < ring->max_items && bytes <= ring->max_bytes
      && ring->stats.bytes <= ring->max_bytes - bytes;
}

bool
pt_ring_is_idle (const PtRing * ring)
{
  const PtRingStats *now = &ring->stats;
  return ring->stopped
      || (now->queued == 0 && now->on_disk == 0 && now->in_flight == 0 && now->waiting == 0);
}

void
pt_ring_wake_spill_at_end (PtRing * ring)
{
  if (ring->closed && pt_ring_is_idle (ring))
    pthread_cond_signal (&ring->spill);
}

/* What is dropped goes where it can be released. */
static void
discard (PtRing * ring, PtItem * item)
{
  if (item->kind == PT_ITEM_RECORD)
    pt_record_free (item);
  else
    fifo_append (&ring->evicted, item);
}

bool
pt_ring_evict (PtRing * ring, Fifo * fifo, PtDrop reason)
{
  PtItem *before = NULL, *item = fifo->head;
  while (item && item->kind == PT_ITEM_CONTROL) {
    before = item;
    item = item->next;
  }
  if (!item)
    return false;
  fifo_unlink (fifo, before, item);
  ring->stats.queued--;
  ring->stats.bytes -= item->bytes;
  ring->stats.dropped[reason]++;
  if (fifo == &ring->tail)
    pt_spill_left_tail (ring, item);
  discard (ring, item);
  return true;
}

/* Why the policy drops an item that is put in. */
static PtDrop
drop_reason (const PtRing * ring)
{
  return ring->on_full == PT_ON_FULL_SPILL ? pt_spill_drop_reason (ring) : PT_DROP_NEWEST;
}

static PtRingResult
drop_unlocked (PtRing * ring, PtItem * item, PtDrop reason, PtRingResult result)
{
  ring->stats.produced++;
  ring->stats.dropped[reason]++;
  discard (ring, item);
  return result;
}

/* Waits for room as the policy "block" does: OK, CLOSED or TIMEOUT. */
static PtRingResult
wait_for_room (PtRing * ring, size_t bytes, int64_t timeout_ns)
{
  const uint64_t start = now_ns ();
  bool in_time = true;
  ring->stats.waiting++;
  while (!ring->closed && !has_room (ring, bytes) && in_time)
    in_time = wait_until (ring, &ring->room, start + (uint64_t) timeout_ns);
  ring->stats.waiting--;
  ring->stats.blocked_ns += now_ns () - start;
  if (ring->closed)
    return PT_RING_CLOSED;
  return has_room (ring, bytes) ? PT_RING_OK : PT_RING_TIMEOUT;
}

static PtRingResult
make_room (PtRing * ring, size_t bytes, int64_t timeout_ns)
{
  switch (ring->on_full) {
    case PT_ON_FULL_BLOCK:
      return has_room (ring, bytes) ? PT_RING_OK : wait_for_room (ring, bytes, timeout_ns);
    case PT_ON_FULL_DROP_NEWEST:
      return has_room (ring, bytes) ? PT_RING_OK : PT_RING_DROPPED;
    case PT_ON_FULL_DROP_OLDEST:
      while (!has_room (ring, bytes))
        pt_ring_evict (ring, &ring->queue, PT_DROP_OLDEST);
      return PT_RING_OK;
    case PT_ON_FULL_LATEST:
      while (ring->stats.queued)
        pt_ring_evict (ring, &ring->queue, PT_DROP_LATEST);
      return PT_RING_OK;
    case PT_ON_FULL_SPILL:
      return pt_spill_make_room (ring, bytes, timeout_ns);
  }
  return PT_RING_OK;
}

void
pt_ring_count_queued (PtRing * ring, const PtItem * item)
{
  PtRingStats *stats = &ring->stats;
  stats->queued++;
  stats->bytes += item->bytes;
  if (stats->queued > stats->peak_items)
    stats->peak_items = stats->queued;
  if (stats->bytes > stats->peak_bytes)
    stats->peak_bytes = stats->bytes;
}

/* Appends it behind all that is there; for an event the policy has made room. */
static void
append (PtRing * ring, PtItem * item)
{
  Fifo *place = ring->on_full == PT_ON_FULL_SPILL ? pt_spill_place (ring, item) : &ring->queue;
  fifo_append (place, item);
  if (item->kind != PT_ITEM_CONTROL)
    pt_ring_count_queued (ring, item);
  if (place == &ring->tail)
    pt_spill_joined_tail (ring, item);
  else
    pt_wake_reader (ring);
}

static PtRingResult
put_unlocked (PtRing * ring, PtItem * item, int64_t timeout_ns)
{
  const PtRingResult room =
      ring->closed ? PT_RING_CLOSED : make_room (ring, item->bytes, timeout_ns);
  if (room == PT_RING_CLOSED)
    return drop_unlocked (ring, item, PT_DROP_CLOSED, room);
  if (room == PT_RING_DROPPED)
    return drop_unlocked (ring, item, drop_reason (ring), room);
  if (room == PT_RING_TIMEOUT)
    return room;
  ring->stats.produced++;
  append (ring, item);
  return PT_RING_OK;
}

PtRingResult
pt_ring_put (PtRing * ring, PtItem * item, int64_t timeout_ns)
{
  pthread_mutex_lock (&ring->lock);
  const PtRingResult result = put_unlocked (ring, item, timeout_ns);
  pt_ring_wake_spill_at_end (ring);
  pthread_mutex_unlock (&ring->lock);
  return result;
}

void
pt_ring_put_control (PtRing * ring, PtItem * item)
{
  pthread_mutex_lock (&ring->lock);
  append (ring, item);
  pthread_mutex_unlock (&ring->lock);
}

void
pt_ring_count_drop (PtRing * ring, PtDrop reason)
{
  pthread_mutex_lock (&ring->lock);
  ring->stats.produced++;
  ring->stats.dropped[reason]++;
  pthread_mutex_unlock (&ring->lock);
}

static PtItem *
take_first (PtRing * ring)
{
  PtItem *item = ring->queue.head;
  fifo_unlink (&ring->queue, NULL, item);
  item->next = NULL;
  if (item->kind != PT_ITEM_CONTROL) {
    ring->stats.queued--;
    ring->stats.bytes -= item->bytes;
    ring->stats.in_flight++;
  }
  return item;
}

static PtItem *
take_many (PtRing * ring, size_t limit)
{
  PtItem *first = take_first (ring), *last = first;
  if (first->kind == PT_ITEM_CONTROL)
    return first;
  for (size_t taken = 1; taken < limit && ring->queue.head; taken++) {
    if (ring->queue.head->kind == PT_ITEM_CONTROL)
      break;
    last->next = take_first (ring);
    last = last->next;
  }
  pthread_cond_broadcast (&ring->room); /* they may wait for different numbers of bytes */
  pt_spill_wake_if_low (ring);
  return first;
}

/* Whether nothing comes out any more. */
static bool
is_over (const PtRing * ring)
{
  return ring->stopped || (ring->closed && !ring->queue.head && !pt_spill_holds_more (ring));
}

/* Waits for an item, or for nothing; false once the deadline has passed. */
static bool
sleep_until (PtRing * ring, uint64_t deadline_ns)
{
  if (ring->must_pass_on) {     /* woken, but another reader took the item */
    ring->must_pass_on = false;
    pthread_mutex_unlock (&ring->lock);
    pt_wakes_pass_on ();
    pthread_mutex_lock (&ring->lock);
    return true;
  }
  ring->sleepers++;
  const bool in_time = wait_until (ring, &ring->items, deadline_ns);
  ring->sleepers--;
  return in_time;
}

PtRingResult
pt_ring_get (PtRing * ring, PtItem ** items, size_t limit, int64_t timeout_ns)
{
  const uint64_t deadline = now_ns () + (uint64_t) timeout_ns;
  PtRingResult result = PT_RING_OK;
  bool in_time = timeout_ns > 0;
  *items = NULL;
  pthread_mutex_lock (&ring->lock);
  while (!pt_spill_refill (ring) && !is_over (ring) && in_time)
    in_time = sleep_until (ring, deadline);
  if (timeout_ns > 0)
    ring->must_pass_on = false; /* the caller does, with the GIL */
  if (is_over (ring))
    result = PT_RING_CLOSED;
  else if (ring->queue.head)
    *items = take_many (ring, limit);
  else
    result = PT_RING_TIMEOUT;
  pthread_mutex_unlock (&ring->lock);
  return result;
}

static void
settle (PtRing * ring, uint64_t * counter, size_t count)
{
  pthread_mutex_lock (&ring->lock);
  ring->stats.in_flight -= count;
  ring->settled += count;
  *counter += count;
  pt_ring_wake_spill_at_end (ring);
  pthread_mutex_unlock (&ring->lock);
}

void
pt_ring_delivered (PtRing * ring, size_t count)
{
  settle (ring, &ring->stats.delivered, count);
}

void
pt_ring_failed (PtRing * ring, PtDrop reason, size_t count)
{
  settle (ring, &ring->stats.dropped[reason], count);
}

void
pt_ring_redelivered (PtRing * ring, size_t count)
{
  pthread_mutex_lock (&ring->lock);
  ring->stats.redelivered += count;
  pthread_mutex_unlock (&ring->lock);
}

static void
shut (PtRing * ring, bool stop)
{
  pthread_mutex_lock (&ring->lock);
  ring->closed = true;
  ring->stopped = ring->stopped || stop;
  pthread_cond_broadcast (&ring->room);
  pthread_cond_broadcast (&ring->items);
  pthread_cond_signal (&ring->spill);
  pt_ring_wake_spill_at_end (ring);
  pthread_mutex_unlock (&ring->lock);
}

void
pt_ring_close (PtRing * ring)
{
  shut (ring, false);
}

void
pt_ring_stop (PtRing * ring)
{
  shut (ring, true);
}

void
pt_ring_snapshot (PtRing * ring, PtRingStats * stats)
{
  pthread_mutex_lock (&ring->lock);
  *stats = ring->stats;
  pthread_mutex_unlock (&ring->lock);
}

PtItem *
pt_ring_take_evicted (PtRing * ring)
{
  pthread_mutex_lock (&ring->lock);
  PtItem *items = fifo_take_all (&ring->evicted);
  pthread_mutex_unlock (&ring->lock);
  return items;
}

PtItem *
pt_ring_take_all (PtRing * ring)
{
  pthread_mutex_lock (&ring->lock);
  Fifo *const all[] = { &ring->queue, &ring->moving, &ring->tail };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    for (PtItem *item = fifo_take_all (all[i]), *next; item; item = next) {
      next = item->next;
      fifo_append (&ring->evicted, item);
    }
  PtItem *items = fifo_take_all (&ring->evicted);
  pthread_mutex_unlock (&ring->lock);
  return items;
}
