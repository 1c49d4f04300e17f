/* A sink pad of nvdsmetamux: the batches of one branch, until no frame of the active pad is closest to them. */
#pragma once
#include <gst/base/gstaggregator.h>

#include "model.h"

G_BEGIN_DECLS

#define PT_MOST_KEPT 4          /* batches that a branch keeps, for each frame of a batch */

typedef struct
{
  GstAggregatorPad parent;
  GMutex lock;
  GPtrArray *kept;              /* of GstBuffer, in their order; under the lock, for flushes */
  GHashTable *sources;          /* ids of those in the branch; of the source pad's streaming thread */
  GHashTable *gone;             /* ids of those that have ended on the active pad; likewise */
} PtMetaBranch;

typedef GstAggregatorPadClass PtMetaBranchClass;

GType pt_meta_branch_get_type (void);

#define PT_META_BRANCH(object) ((PtMetaBranch *) (object))

/* Takes batches from the pad until it has a frame as late as each one of `active` whose source it has. FALSE: it
 * has to wait for more. An end, and PT_MOST_KEPT, end the waiting. */
gboolean pt_meta_branch_ready (PtMetaBranch * branch, const PtBatch * active);

/* Adds to each frame of `active` copies of what the closest one of its source has, if that is no further away
 * than `tolerance` microseconds. */
void pt_meta_branch_merge (PtMetaBranch * branch, PtBatch * active, gint64 tolerance);

/* Lets go of batches of which no frame can be closest to one that comes after those of `active`. */
void pt_meta_branch_forget (PtMetaBranch * branch, const PtBatch * active);

/* A source has ended on the active pad: no frame of it is waited for. */
void pt_meta_branch_lose (PtMetaBranch * branch, guint source_id);

/* It begins again. FALSE: it was not lost. */
gboolean pt_meta_branch_regain (PtMetaBranch * branch, guint source_id);

/* Whether there is no source whose frames are waited for. */
gboolean pt_meta_branch_is_idle (const PtMetaBranch * branch);

/* Lets go of all that it keeps, and of what waits at the pad. */
void pt_meta_branch_drain (PtMetaBranch * branch);

/* The same, and it forgets which sources it has. */
void pt_meta_branch_stop (PtMetaBranch * branch);

G_END_DECLS
