/* What the objects of one source do: where they have been, and which rules they fulfil.
 *
 * As DeepStream's analytics: an object is where the middle of its box's bottom is; where it came from is
 * the mean of its oldest places within the window; what was not seen for eight seconds is forgotten.
 */
#pragma once
#include "rules.h"
#include "zones.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 id;                      /* G_MAXUINT64: none */
  gint class_id;
  float left, top, width, height;
  PtZonesObject *zones;            /* set by pt_watch_frame, for the caller; NULL: nothing is to be said */
} PtSighting;

typedef struct _PtWatch PtWatch;

/* Takes the rules over, which were scaled to the source's pictures. The window is in milliseconds for the
 * numbers of objects and in frames for the places that an object was in: DeepStream has one for both. */
PtWatch *pt_watch_new (PtRules * rules, guint window);
void pt_watch_free (PtWatch * self);

/* Its rules, with what they found in the last frame. */
const PtRules *pt_watch_rules (const PtWatch * self);

/* TRUE: a rule was given up in this frame, since it needs ids of a tracker and an object had none. */
gboolean pt_watch_frame (PtWatch * self, PtSighting * sightings, guint count, guint64 pts,
    PtZonesFrame * frame);

/* How many objects are remembered. */
guint pt_watch_size (const PtWatch * self);

G_END_DECLS
