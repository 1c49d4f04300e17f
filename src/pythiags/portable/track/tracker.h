/* The targets of one source: which of a frame's detections is which of them.
 *
 * A target is tentative until it is older than the probation age, then active, and inactive while no
 * detection is its own; it ends when it was not seen for longer than the shadow tracking age, or in its
 * probation for the early termination age. Only active targets are reported. It gets its id when it
 * is reported first. All places are pixels of the tracker's size.
 */
#pragma once
#include "model.h"
#include "settings.h"

G_BEGIN_DECLS

/* Of all sources that share the settings, whose ids never repeat. */
typedef struct
{
  guint32 next;
} PtTrackIds;

typedef struct
{
  PtBbox box;
  float confidence;             /* below 0: not known, as after grouped rectangles */
  gint class_id;
} PtDetection;

typedef enum                    /* as TRACKER_STATE of nvds_tracker_meta.h */
{
  PT_TARGET_ACTIVE = 1,
  PT_TARGET_INACTIVE = 2,
  PT_TARGET_TENTATIVE = 3,
} PtTargetState;

/* A frame in which a target was tracked. */
typedef struct
{
  guint frame_num, age;
  PtBbox box;
  PtTargetState state;
} PtTargetPast;

#define PT_MOST_PAST 1024       /* frames that a target keeps of each kind, the last ones */

/* Frames of one target. */
typedef struct
{
  guint64 id;
  gint class_id;
  const PtTargetPast *frames;   /* until the next update */
  guint count;
} PtTrajectory;

typedef struct
{
  guint64 id;
  gint class_id;
  PtBbox box;
  gint detection;               /* which one is this target; -1: none is */
  PtTrajectory past;            /* what it did since it was reported last */
} PtTrack;

typedef struct _PtTracker PtTracker;

/* Both outlive the tracker. `random`: the upper half of ids, where the settings want one. */
PtTracker *pt_tracker_new (const PtTrackSettings * settings, PtTrackIds * ids, guint32 random);
void pt_tracker_free (PtTracker * self);

/* Forgets all targets. Ids go on. */
void pt_tracker_reset (PtTracker * self);

/* The same where no frame follows: they are those that ended last. */
void pt_tracker_end_all (PtTracker * self);

/* One frame of `width` times `height`. Not inferred: nothing was looked for, and targets are where they
 * are expected; `detections` does not count. `tracks` (of PtTrack) becomes what is reported. */
void pt_tracker_update (PtTracker * self, const PtDetection * detections, guint count,
    gboolean inferred, guint frame_num, float width, float height, GArray * tracks);

/* Of the last update or end, where the settings ask for them (of PtTrajectory): where inactive targets are, one
 * frame each; and all frames of those that had been reported and ended. */
const GArray *pt_tracker_shadows (const PtTracker * self);
const GArray *pt_tracker_ended (const PtTracker * self);

guint pt_tracker_count (const PtTracker * self);        /* targets, in any state */

/* The part that both have of what either has: 0 to 1. */
float pt_bbox_iou (const PtBbox * a, const PtBbox * b);

G_END_DECLS
