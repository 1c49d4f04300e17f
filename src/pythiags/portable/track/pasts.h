/* Frames of targets as a user meta of a batch: what they did before, or where they are while hidden. */
#pragma once
#include "model.h"
#include "tracker.h"

G_BEGIN_DECLS

typedef struct _PtPasts PtPasts;

PtPasts *pt_pasts_new (void);
void pt_pasts_free (PtPasts * self);

typedef enum                    /* NvDsMetaType, as DeepStream numbers it from 6.4 on */
{
  PT_PASTS_BEFORE = 15,         /* NVDS_TRACKER_PAST_FRAME_META */
  PT_PASTS_ENDED = 18,          /* NVDS_TRACKER_TERMINATED_LIST_META */
  PT_PASTS_SHADOW = 19,         /* NVDS_TRACKER_SHADOW_LIST_META */
} PtPastsType;

/* Nothing where it has no frames. Its boxes are multiplied to pixels of the frame. */
void pt_pasts_add (PtPasts * self, guint pad_index, const PtTrajectory * trajectory, guint64 id,
    const char *label, float scale_x, float scale_y);

/* Attaches all that was added, and begins anew; nothing where nothing was. */
void pt_pasts_attach (PtPasts * self, PtBatch * batch, PtPastsType type);

G_END_DECLS
