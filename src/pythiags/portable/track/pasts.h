/* Past frames of the targets that are reported from this buffer on, as a user meta of the batch. */
#pragma once
#include "model.h"
#include "tracker.h"

G_BEGIN_DECLS

typedef struct _PtPasts PtPasts;

PtPasts *pt_pasts_new (void);
void pt_pasts_free (PtPasts * self);

/* What `track` did before; nothing where it has no past. Its boxes are multiplied to pixels of the
 * frame. */
void pt_pasts_add (PtPasts * self, const PtFrame * frame, const PtTrack * track, guint64 id,
    const char *label, float scale_x, float scale_y);

/* Attaches all that was added, and begins anew; nothing where nothing was. */
void pt_pasts_attach (PtPasts * self, PtBatch * batch);

G_END_DECLS
