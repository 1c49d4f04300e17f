/* Waking many readers one after the other: a thread that holds the GIL for a while puts into many rings,
 * and readers that it wakes all at once only wait for the GIL together.
 *
 * Between pt_wakes_hold and pt_wakes_release the calling thread's puts wake one reader and note the
 * rings of the others. A reader that was woken passes the next wake-up on as soon as it has the GIL:
 * at most one of them waits for it. So nobody sleeps for longer than the GIL is held, by whatever code,
 * and who holds wake-ups back has nothing to make up for.
 */
#pragma once

/* May be nested. */
void pt_wakes_hold (void);
void pt_wakes_release (void);

/* For readers: each time when they are back from a pt_ring_get that waited, and have the GIL. */
void pt_wakes_pass_on (void);
