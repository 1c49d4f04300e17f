/* See ring.h. */
#include "ring.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <errno.h>
#include <time.h>

typedef struct { PtItem *head, *tail; } Fifo;

struct _PtRing {
  atomic_int refs;
  pthread_mutex_t lock;
  pthread_cond_t room, items, idle;
  size_t max_items, max_bytes;
  PtOnFull on_full;
  bool closed, stopped;
  Fifo queue, evicted;
  PtRingStats stats;
};

static void
fifo_append (Fifo * fifo, PtItem * item)
{
  item->next = NULL;
  if (fifo->tail)
    fifo->tail->next = item;
  else
    fifo->head = item;
  fifo->tail = item;
}

static void
fifo_unlink (Fifo * fifo, PtItem * before, PtItem * item)
{
  if (before)
    before->next = item->next;
  else
    fifo->head = item->next;
  if (fifo->tail == item)
    fifo->tail = before;
}

static uint64_t
now_ns (void)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return (uint64_t) now.tv_sec * 1000000000u + (uint64_t) now.tv_nsec;
}

/* Waits for a signal until the deadline; false once it has passed. */
static bool
wait_until (PtRing * ring, pthread_cond_t * condition, uint64_t deadline_ns)
{
  struct timespec deadline = {
    .tv_sec = (time_t) (deadline_ns / 1000000000u),
    .tv_nsec = (long) (deadline_ns % 1000000000u),
  };
  return pthread_cond_timedwait (condition, &ring->lock, &deadline) != ETIMEDOUT;
}

/* The item and its data; the union aligns the data as malloc would. */
typedef union { PtItem item; max_align_t alignment; } Head;

PtItem *
pt_record_new (size_t bytes)
{
  Head *head = bytes <= SIZE_MAX - sizeof *head ? malloc (sizeof *head + bytes) : NULL;
  if (!head)
    return NULL;
  head->item = (PtItem) { .kind = PT_ITEM_RECORD, .bytes = bytes, .data = head + 1 };
  return &head->item;
}

void
pt_record_free (PtItem * record)
{
  free (record);
}

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
  pthread_cond_init (&ring->idle, &monotonic);
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
  pthread_cond_destroy (&ring->idle);
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

static bool
is_idle (const PtRing * ring)
{
  const PtRingStats *now = &ring->stats;
  return ring->stopped || (now->queued == 0 && now->in_flight == 0 && now->waiting == 0);
}

static void
signal_if_idle (PtRing * ring)
{
  if (is_idle (ring))
    pthread_cond_broadcast (&ring->idle);
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

static void
evict_oldest (PtRing * ring, PtDrop reason)
{
  PtItem *before = NULL, *item = ring->queue.head;
  while (item->kind == PT_ITEM_CONTROL) {
    before = item;
    item = item->next;
  }
  fifo_unlink (&ring->queue, before, item);
  ring->stats.queued--;
  ring->stats.bytes -= item->bytes;
  ring->stats.dropped[reason]++;
  discard (ring, item);
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
        evict_oldest (ring, PT_DROP_OLDEST);
      return PT_RING_OK;
    case PT_ON_FULL_LATEST:
      while (ring->stats.queued)
        evict_oldest (ring, PT_DROP_LATEST);
      return PT_RING_OK;
  }
  return PT_RING_OK;
}

static PtRingResult
put_unlocked (PtRing * ring, PtItem * item, int64_t timeout_ns)
{
  PtRingStats *stats = &ring->stats;
  const PtRingResult room =
      ring->closed ? PT_RING_CLOSED : make_room (ring, item->bytes, timeout_ns);
  if (room == PT_RING_CLOSED)
    return drop_unlocked (ring, item, PT_DROP_CLOSED, room);
  if (room == PT_RING_DROPPED)
    return drop_unlocked (ring, item, PT_DROP_NEWEST, room);
  if (room == PT_RING_TIMEOUT)
    return room;
  fifo_append (&ring->queue, item);
  stats->produced++;
  stats->queued++;
  stats->bytes += item->bytes;
  if (stats->queued > stats->peak_items)
    stats->peak_items = stats->queued;
  if (stats->bytes > stats->peak_bytes)
    stats->peak_bytes = stats->bytes;
  pthread_cond_signal (&ring->items);
  return PT_RING_OK;
}

PtRingResult
pt_ring_put (PtRing * ring, PtItem * item, int64_t timeout_ns)
{
  pthread_mutex_lock (&ring->lock);
  const PtRingResult result = put_unlocked (ring, item, timeout_ns);
  signal_if_idle (ring);
  pthread_mutex_unlock (&ring->lock);
  return result;
}

void
pt_ring_put_control (PtRing * ring, PtItem * item)
{
  pthread_mutex_lock (&ring->lock);
  fifo_append (&ring->queue, item);
  pthread_cond_signal (&ring->items);
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
  return first;
}

PtRingResult
pt_ring_get (PtRing * ring, PtItem ** items, size_t limit, int64_t timeout_ns)
{
  const uint64_t deadline = now_ns () + (uint64_t) timeout_ns;
  PtRingResult result = PT_RING_OK;
  bool in_time = true;
  *items = NULL;
  pthread_mutex_lock (&ring->lock);
  while (!ring->queue.head && !ring->closed && in_time)
    in_time = wait_until (ring, &ring->items, deadline);
  if (ring->stopped || (ring->closed && !ring->queue.head))
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
  *counter += count;
  signal_if_idle (ring);
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

PtRingResult
pt_ring_wait_idle (PtRing * ring, int64_t timeout_ns)
{
  const uint64_t deadline = now_ns () + (uint64_t) timeout_ns;
  bool in_time = true;
  pthread_mutex_lock (&ring->lock);
  while (!is_idle (ring) && in_time)
    in_time = wait_until (ring, &ring->idle, deadline);
  const bool idle = is_idle (ring);
  pthread_mutex_unlock (&ring->lock);
  return idle ? PT_RING_OK : PT_RING_TIMEOUT;
}

static void
shut (PtRing * ring, bool stop)
{
  pthread_mutex_lock (&ring->lock);
  ring->closed = true;
  ring->stopped = ring->stopped || stop;
  pthread_cond_broadcast (&ring->room);
  pthread_cond_broadcast (&ring->items);
  signal_if_idle (ring);
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

static PtItem *
take (Fifo * fifo)
{
  PtItem *head = fifo->head;
  fifo->head = fifo->tail = NULL;
  return head;
}

PtItem *
pt_ring_take_evicted (PtRing * ring)
{
  pthread_mutex_lock (&ring->lock);
  PtItem *items = take (&ring->evicted);
  pthread_mutex_unlock (&ring->lock);
  return items;
}

PtItem *
pt_ring_take_all (PtRing * ring)
{
  pthread_mutex_lock (&ring->lock);
  for (PtItem *item = take (&ring->queue), *next; item; item = next) {
    next = item->next;
    fifo_append (&ring->evicted, item);
  }
  PtItem *items = take (&ring->evicted);
  pthread_mutex_unlock (&ring->lock);
  return items;
}
