/* Which target is which detection: pairs chosen from those that are possible. */
#pragma once
#include <glib.h>

#include "settings.h"

G_BEGIN_DECLS

typedef struct
{
  guint target, detection;
  float score;                  /* the higher the better; >= 0 */
} PtCandidate;

typedef struct _PtAssigner PtAssigner;

/* Its memory grows to what was needed so far, and is kept. */
PtAssigner *pt_assigner_new (void);
void pt_assigner_free (PtAssigner * self);

/* Chooses among `candidates` (of PtCandidate, in the order of their targets), so that no target and no
 * detection is in two pairs, and leaves the chosen ones in it. Cascaded: those with the highest sum of
 * scores. Greedy, or more than 256 that compete for each other: the best first. Equal scores: the first
 * target, then the first detection. `targets` and `detections` are how many there are. */
void pt_assigner_choose (PtAssigner * self, GArray * candidates, guint targets, guint detections,
    PtMatcher matcher);

G_END_DECLS
