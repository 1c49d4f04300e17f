/* Which objects a secondary network runs on, and what it said of tracked ones before.
 *
 * A tracked object is classified again only once it has grown by a fifth, or after
 * secondary-reinfer-interval frames; until then it is given what was found last. The streaming thread
 * decides, in the order of the frames; the output thread remembers, in the same order.
 */
#pragma once
#include "engine.h"

G_BEGIN_DECLS

typedef struct _PtInferHistory PtInferHistory;
typedef struct _PtInferPast PtInferPast;       /* of one tracked object */

typedef enum
{
  PT_TARGET_NONE,                  /* not this object */
  PT_TARGET_INFER,
  PT_TARGET_RECALL,                /* it is given what was found before */
  PT_TARGET_UNTRACKED,             /* nor this one, as nothing tracks it */
} PtTarget;

PtInferHistory *pt_infer_history_new (void);
void pt_infer_history_free (PtInferHistory * self);

/* `past` is set to what is kept of the object, NULL if nothing is; a reference for pt_infer_past_unref. */
PtTarget pt_infer_history_ask (PtInferHistory * self, const PtInferPlan * plan,
    const PtObject * object, PtInferPast ** past);

/* A batch has been asked about; now and then what was long not asked for is forgotten. */
void pt_infer_history_tick (PtInferHistory * self);

/* Nothing comes of this source any more. */
void pt_infer_history_forget (PtInferHistory * self, guint source);
void pt_infer_history_forget_all (PtInferHistory * self);

/* The labels (of PtInferLabel) of an object: kept from now on, and given to later frames. */
void pt_infer_past_keep (PtInferPast * past, const PtInferLabel * labels, guint count);
const PtInferLabel *pt_infer_past_labels (const PtInferPast * past, guint * count);
void pt_infer_past_unref (PtInferPast * past);

G_END_DECLS
