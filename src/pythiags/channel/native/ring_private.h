/* What ring.c and spill.c share: the ring's inside. */
#pragma once
#include "ring.h"
#include "spill.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

typedef struct { PtItem *head, *tail; } Fifo;

/* In order: head (what readers take), then what is on disk, then moving, then tail. Without the policy
 * "spill" there is only the head. With it, each of head and tail may hold half of the bounds. */
struct _PtRing {
  atomic_int refs;
  pthread_mutex_t lock;
  pthread_cond_t room, items, spill;
  size_t max_items, max_bytes;
  PtOnFull on_full;
  bool closed, stopped;
  Fifo queue, evicted;
  Fifo tail;                       /* what waits for the disk */
  Fifo moving;                     /* what is being written, in memory still and counted as such */
  size_t tail_items, tail_bytes;   /* events of tail and moving, of those that the stats count */
  size_t disk_controls;            /* control items on disk, which nothing else counts */
  uint64_t settled;                /* events taken out and settled */
  bool has_thread;                 /* a spill thread has come */
  atomic_bool wants_thread;        /* something waits for it, and it has not */
  bool disk_failing;               /* the last write failed */
  bool patient;                    /* puts wait for the disk as long as it takes */
  uint64_t patience_ns;            /* how long puts may wait for the disk from now on ... */
  uint64_t patience_at;            /* ... as of this moment; 0 is long ago */
  bool read_last;                  /* what the spill thread did last: it takes turns */
  size_t sleepers;                 /* readers that wait for items */
  bool must_pass_on;               /* one of them has to, see wakes.h */
  bool is_due;                     /* wakes.c's, under its own lock: linked there */
  PtRing *next_due;
  PtRingStats stats;
};

static inline void
fifo_append (Fifo * fifo, PtItem * item)
{
  item->next = NULL;
  if (fifo->tail)
    fifo->tail->next = item;
  else
    fifo->head = item;
  fifo->tail = item;
}

static inline void
fifo_unlink (Fifo * fifo, PtItem * before, PtItem * item)
{
  if (before)
    before->next = item->next;
  else
    fifo->head = item->next;
  if (fifo->tail == item)
    fifo->tail = before;
}

static inline PtItem *
fifo_take_all (Fifo * fifo)
{
  PtItem *head = fifo->head;
  fifo->head = fifo->tail = NULL;
  return head;
}

static inline uint64_t
now_ns (void)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return (uint64_t) now.tv_sec * 1000000000u + (uint64_t) now.tv_nsec;
}

/* Waits for a signal until the deadline; false once it has passed. */
static inline bool
wait_until (PtRing * ring, pthread_cond_t * condition, uint64_t deadline_ns)
{
  struct timespec deadline = {
    .tv_sec = (time_t) (deadline_ns / 1000000000u),
    .tv_nsec = (long) (deadline_ns % 1000000000u),
  };
  return pthread_cond_timedwait (condition, &ring->lock, &deadline) != ETIMEDOUT;
}

/* ring.c; all are called with the lock held */
bool pt_ring_is_idle (const PtRing * ring);
void pt_ring_wake_spill_at_end (PtRing * ring);
/* Drops the first event of a fifo; false: it holds none. */
bool pt_ring_evict (PtRing * ring, Fifo * fifo, PtDrop reason);
void pt_ring_count_queued (PtRing * ring, const PtItem * item);

/* wakes.c; called with the lock held: an item is there for a reader */
void pt_wake_reader (PtRing * ring);

/* spill.c; all are called with the lock held */
PtRingResult pt_spill_make_room (PtRing * ring, size_t bytes, int64_t timeout_ns);
PtDrop pt_spill_drop_reason (const PtRing * ring);
Fifo *pt_spill_place (PtRing * ring, const PtItem * item); /* not yet counted */
void pt_spill_joined_tail (PtRing * ring, const PtItem * item);
void pt_spill_left_tail (PtRing * ring, const PtItem * item);
bool pt_spill_refill (PtRing * ring);
bool pt_spill_holds_more (const PtRing * ring);
void pt_spill_wake_if_low (PtRing * ring);
