/* What _ring lends to other extensions, so that C can fill a ring without the GIL.
 *
 * `_ring._C_API`, a PyCapsule of the name PT_RING_API, gives the table, which lives as long as the
 * process; look at its version first. Ring.handle gives a capsule of the name PT_RING_HANDLE with the ring: who
 * keeps the pointer takes a reference of its own. None of these functions needs the GIL.
 */
#pragma once
#include "ring.h"
#include "wakes.h"

#define PT_RING_API "pythiags.channel._ring._C_API"
#define PT_RING_API_VERSION 2
#define PT_RING_HANDLE "pythiags.channel._ring.PtRing"

typedef struct {
  unsigned version;
  PtItem *(*record_new) (size_t bytes);
  void (*record_free) (PtItem * record);
  PtRingResult (*put) (PtRing * ring, PtItem * record, int64_t timeout_ns);
  PtRing *(*ref) (PtRing * ring);
  void (*unref) (PtRing * ring);
  void (*hold_wakes) (void);
  void (*release_wakes) (void);
} PtRingApi;
