/* See spill.h. */
#include "ring_private.h"

static size_t
at_least_one (size_t number)
{
  return number ? number : 1;
}

static uint64_t
smaller (uint64_t one, uint64_t other)
{
  return one < other ? one : other;
}

static size_t
head_items (const PtRing * ring)
{
  return ring->stats.queued - ring->tail_items;
}

static size_t
head_bytes (const PtRing * ring)
{
  return ring->stats.bytes - ring->tail_bytes;
}

/* Each half takes one event of whatever size. */
static bool
half_has_room (const PtRing * ring, size_t items, size_t max_items, size_t bytes, size_t more)
{
  const size_t max_bytes = ring->max_bytes / 2;
  return items == 0 || (items < max_items && more <= max_bytes && bytes <= max_bytes - more);
}

static bool
head_has_room (const PtRing * ring, size_t bytes)
{
  const size_t max_items = ring->max_items - ring->max_items / 2;
  return half_has_room (ring, head_items (ring), max_items, head_bytes (ring), bytes);
}

static bool
tail_has_room (const PtRing * ring, size_t bytes)
{
  return half_has_room (ring, ring->tail_items, ring->max_items / 2, ring->tail_bytes, bytes);
}

static bool
disk_is_empty (const PtRing * ring)
{
  return ring->stats.on_disk == 0 && ring->disk_controls == 0;
}

/* Something lies between the end of the head and whatever comes next. */
bool
pt_spill_holds_more (const PtRing * ring)
{
  return ring->tail.head || ring->moving.head || !disk_is_empty (ring);
}

static bool
fits (const PtRing * ring, size_t bytes)
{
  return tail_has_room (ring, bytes)
      || (!pt_spill_holds_more (ring) && head_has_room (ring, bytes));
}

static bool
has_patience (PtRing * ring)
{
  const uint64_t now = now_ns ();
  ring->patience_ns += (now - ring->patience_at) / PT_SPILL_PATIENCE_SHARE;
  ring->patience_ns = smaller (ring->patience_ns, PT_SPILL_ALL_PATIENCE_NS);
  ring->patience_at = now;
  return ring->patience_ns >= PT_SPILL_LEAST_PATIENCE_NS;
}

/* There is no room until the disk has written something. */
static bool
must_wait (const PtRing * ring, size_t bytes)
{
  return !ring->closed && !ring->disk_failing && !fits (ring, bytes);
}

static void
wait_for_disk (PtRing * ring, size_t bytes, uint64_t deadline_ns)
{
  const uint64_t start = now_ns ();
  const bool patient = ring->patient;
  bool in_time = true;
  ring->stats.waiting++;
  pthread_cond_signal (&ring->spill);
  while (must_wait (ring, bytes) && ring->patient == patient && in_time)
    in_time = wait_until (ring, &ring->room, deadline_ns);
  ring->stats.waiting--;
  ring->stats.blocked_ns += now_ns () - start;
}

/* As long as there is patience with it. */
static void
wait_a_little (PtRing * ring, size_t bytes, uint64_t limit_ns)
{
  const uint64_t start = ring->patience_at;
  limit_ns = smaller (limit_ns, smaller (ring->patience_ns, PT_SPILL_PATIENCE_NS));
  wait_for_disk (ring, bytes, start + limit_ns);
  ring->patience_at = now_ns ();
  ring->patience_ns -= smaller (ring->patience_at - start, ring->patience_ns);
}

void
pt_ring_be_patient (PtRing * ring, bool patient)
{
  pthread_mutex_lock (&ring->lock);
  ring->patient = patient;
  pthread_cond_broadcast (&ring->room);
  pthread_mutex_unlock (&ring->lock);
}

/* Why an event without room is dropped. */
PtDrop
pt_spill_drop_reason (const PtRing * ring)
{
  return ring->disk_failing ? PT_DROP_SPILL_FULL : PT_DROP_SPILL_SLOW;
}

PtRingResult
pt_spill_make_room (PtRing * ring, size_t bytes, int64_t timeout_ns)
{
  if (must_wait (ring, bytes) && (ring->patient || has_patience (ring))) {
    if (timeout_ns == 0)
      return PT_RING_TIMEOUT;
    if (ring->patient)
      wait_for_disk (ring, bytes, now_ns () + (uint64_t) timeout_ns);
    else
      wait_a_little (ring, bytes, (uint64_t) timeout_ns);
  }
  if (ring->closed)
    return PT_RING_CLOSED;
  if (ring->patient && must_wait (ring, bytes))
    return PT_RING_TIMEOUT;
  while (!fits (ring, bytes))
    if (!pt_ring_evict (ring, &ring->tail, pt_spill_drop_reason (ring)))
      return PT_RING_DROPPED; /* all others of the tail are being written */
  return PT_RING_OK;
}

Fifo *
pt_spill_place (PtRing * ring, const PtItem * item)
{
  if (pt_spill_holds_more (ring))
    return &ring->tail;
  if (item->kind == PT_ITEM_CONTROL || head_has_room (ring, item->bytes))
    return &ring->queue;
  return &ring->tail;
}

/* Batches, not single events: half of what the tail may hold. */
static bool
tail_is_worth_a_write (const PtRing * ring)
{
  return ring->tail.head && (ring->stats.waiting
      || ring->tail_items >= at_least_one (ring->max_items / 4)
      || ring->tail_bytes >= at_least_one (ring->max_bytes / 4));
}

/* There is room in the head for what one write may have been. */
static bool
head_is_low (const PtRing * ring)
{
  return head_items (ring) <= ring->max_items / 4 && head_bytes (ring) <= ring->max_bytes / 4;
}

void
pt_spill_joined_tail (PtRing * ring, const PtItem * item)
{
  if (item->kind != PT_ITEM_CONTROL) {
    ring->tail_items++;
    ring->tail_bytes += item->bytes;
  }
  ring->wants_thread = !ring->has_thread;
  if (tail_is_worth_a_write (ring))
    pthread_cond_signal (&ring->spill);
}

bool
pt_ring_wants_spill_thread (PtRing * ring)
{
  return ring->wants_thread;
}

void
pt_spill_left_tail (PtRing * ring, const PtItem * item)
{
  if (item->kind != PT_ITEM_CONTROL) {
    ring->tail_items--;
    ring->tail_bytes -= item->bytes;
  }
}

/* Makes the tail the head if nothing lies between; false: there is nothing to take out now. */
bool
pt_spill_refill (PtRing * ring)
{
  if (ring->queue.head)
    return true;
  if (!ring->tail.head || ring->moving.head || !disk_is_empty (ring))
    return false;
  ring->queue = ring->tail;
  ring->tail = (Fifo) { NULL, NULL };
  ring->tail_items = ring->tail_bytes = 0;
  pthread_cond_broadcast (&ring->room);
  return true;
}

void
pt_spill_wake_if_low (PtRing * ring)
{
  if (!disk_is_empty (ring) && head_is_low (ring))
    pthread_cond_signal (&ring->spill);
}

static PtSpillTask
next_task (PtRing * ring, bool may_write)
{
  if (ring->stopped || (ring->closed && pt_ring_is_idle (ring) && !ring->disk_controls))
    return PT_SPILL_END;
  const bool write = may_write && tail_is_worth_a_write (ring);
  const bool read = !disk_is_empty (ring) && head_is_low (ring);
  if (!write && !read)
    return PT_SPILL_NOTHING;
  ring->read_last = read && !(write && ring->read_last);
  return ring->read_last ? PT_SPILL_READ : PT_SPILL_WRITE;
}

PtSpillTask
pt_ring_spill_next (PtRing * ring, bool may_write, int64_t timeout_ns)
{
  const uint64_t deadline = now_ns () + (uint64_t) timeout_ns;
  PtSpillTask task;
  bool in_time = true;
  pthread_mutex_lock (&ring->lock);
  ring->has_thread = true;
  ring->wants_thread = false;
  while ((task = next_task (ring, may_write)) == PT_SPILL_NOTHING && in_time)
    in_time = wait_until (ring, &ring->spill, deadline);
  pthread_mutex_unlock (&ring->lock);
  return task;
}

const PtItem *
pt_ring_spill_take (PtRing * ring, size_t max_bytes)
{
  const size_t max_items = at_least_one (ring->max_items / 4);
  size_t items = 0, bytes = 0;
  pthread_mutex_lock (&ring->lock);
  for (PtItem *item; (item = ring->tail.head); items++) {
    if (items && (items == max_items || item->bytes > max_bytes - bytes
            || item->kind == PT_ITEM_CONTROL))
      break;
    fifo_unlink (&ring->tail, NULL, item);
    fifo_append (&ring->moving, item);
    if (item->kind == PT_ITEM_CONTROL || item->bytes > max_bytes)
      break;
    bytes += item->bytes;
  }
  const PtItem *moving = ring->moving.head;
  pthread_mutex_unlock (&ring->lock);
  return moving;
}

/* Memory or disk has changed: whoever waits for one of them looks again. */
static void
wake_all (PtRing * ring)
{
  pthread_cond_broadcast (&ring->room);
  pthread_cond_broadcast (&ring->items);
  pt_ring_wake_spill_at_end (ring);
}

PtItem *
pt_ring_spill_written (PtRing * ring, size_t dropped, PtDrop reason)
{
  size_t events = 0;
  pthread_mutex_lock (&ring->lock);
  for (const PtItem *item = ring->moving.head; item; item = item->next) {
    pt_spill_left_tail (ring, item);
    if (item->kind == PT_ITEM_CONTROL) {
      ring->disk_controls++;
      continue;
    }
    ring->stats.bytes -= item->bytes;
    events++;
  }
  ring->stats.queued -= events;
  ring->stats.dropped[reason] += dropped;
  ring->stats.on_disk += events - dropped;
  ring->stats.spilled += events - dropped;
  ring->disk_failing = false;
  PtItem *items = fifo_take_all (&ring->moving);
  wake_all (ring);
  pthread_mutex_unlock (&ring->lock);
  return items;
}

void
pt_ring_spill_back (PtRing * ring)
{
  pthread_mutex_lock (&ring->lock);
  if (ring->moving.head) {
    ring->moving.tail->next = ring->tail.head;
    if (!ring->tail.head)
      ring->tail.tail = ring->moving.tail;
    ring->tail.head = fifo_take_all (&ring->moving);
  }
  ring->disk_failing = true;
  wake_all (ring);
  pthread_mutex_unlock (&ring->lock);
}

uint64_t
pt_ring_spill_loaded (PtRing * ring, PtItem * items, size_t lost, PtDrop reason)
{
  pthread_mutex_lock (&ring->lock);
  for (PtItem *item = items, *next; item; item = next) {
    next = item->next;
    fifo_append (&ring->queue, item);
    if (item->kind == PT_ITEM_CONTROL) {
      ring->disk_controls--;
      continue;
    }
    ring->stats.on_disk--;
    pt_ring_count_queued (ring, item);
  }
  ring->stats.on_disk -= lost;
  ring->stats.dropped[reason] += lost;
  const uint64_t last = ring->settled + ring->stats.in_flight + head_items (ring);
  wake_all (ring);
  pthread_mutex_unlock (&ring->lock);
  return last;
}

uint64_t
pt_ring_spill_settled (PtRing * ring)
{
  pthread_mutex_lock (&ring->lock);
  const uint64_t settled = ring->settled;
  pthread_mutex_unlock (&ring->lock);
  return settled;
}

void
pt_ring_spill_lost (PtRing * ring, size_t count, PtDrop reason)
{
  pthread_mutex_lock (&ring->lock);
  ring->stats.on_disk -= count;
  ring->stats.dropped[reason] += count;
  wake_all (ring);
  pthread_mutex_unlock (&ring->lock);
}

void
pt_ring_spill_found (PtRing * ring, size_t count)
{
  pthread_mutex_lock (&ring->lock);
  ring->stats.produced += count;
  ring->stats.on_disk += count;
  pthread_cond_signal (&ring->spill);
  pthread_mutex_unlock (&ring->lock);
}
