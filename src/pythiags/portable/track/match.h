/* The stages in which detections find their targets. */
#pragma once
#include "assign.h"
#include "tracker.h"

G_BEGIN_DECLS

typedef struct
{
  PtBbox box;                   /* that detections are compared with */
  PtTargetState state;
  gint class_id;
} PtWanted;

typedef struct _PtMatcherStages PtMatcherStages;

PtMatcherStages *pt_stages_new (void);
void pt_stages_free (PtMatcherStages * self);

/* `target_of` gets the target of each detection, or -1. Detections below the least confidence, and those
 * without an area, have none. */
void pt_stages_run (PtMatcherStages * self, const PtTrackSettings * settings,
    const PtWanted * wanted, guint targets, const PtDetection * detections, guint count,
    gint * target_of);

/* Whether a detection counts at all, and whether a target may begin with it. */
gboolean pt_detection_counts (const PtTrackSettings * settings, const PtDetection * detection);
gboolean pt_detection_is_sure (const PtTrackSettings * settings, const PtDetection * detection);

G_END_DECLS
