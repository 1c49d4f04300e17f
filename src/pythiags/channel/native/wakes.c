/* Waking the readers of many rings one after the other: see wakes.h. */
#include "ring_private.h"
#include "wakes.h"

static _Thread_local unsigned held;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool on_their_way;    /* a reader was woken that passes the next wake-up on */
static PtRing *due, *last_due;      /* rings with a reader to wake, linked; each holds a reference */

static void
append_due (PtRing * ring)
{
  if (ring->is_due)
    return;
  ring->is_due = true;
  ring->next_due = NULL;
  if (due)
    last_due->next_due = ring;
  else
    due = ring;
  last_due = pt_ring_ref (ring);
}

static PtRing *
take_due (void)
{
  pthread_mutex_lock (&lock);
  PtRing *ring = due;
  if (ring) {
    due = ring->next_due;
    ring->is_due = false;
  } else
    on_their_way = false;
  pthread_mutex_unlock (&lock);
  return ring;
}

/* Notes the ring for later; false: its reader is the first to be woken. */
static bool
put_off (PtRing * ring)
{
  pthread_mutex_lock (&lock);
  const bool later = on_their_way;
  on_their_way = true;
  if (later)
    append_due (ring);
  pthread_mutex_unlock (&lock);
  return later;
}

void
pt_wake_reader (PtRing * ring)
{
  if (!ring->sleepers)
    return;
  if (held) {
    if (put_off (ring))
      return;
    ring->must_pass_on = true;
  }
  pthread_cond_signal (&ring->items);
}

void
pt_wakes_pass_on (void)
{
  bool passed_on = !on_their_way;
  while (!passed_on) {
    PtRing *ring = take_due ();
    if (!ring)
      return;
    pthread_mutex_lock (&ring->lock);
    if (ring->sleepers) {           /* even one that wakes at this moment sees it */
      ring->must_pass_on = passed_on = true;
      pthread_cond_signal (&ring->items);
    }
    pthread_mutex_unlock (&ring->lock);
    pt_ring_unref (ring);
  }
}

void
pt_wakes_hold (void)
{
  held++;
}

void
pt_wakes_release (void)
{
  held--;
}
