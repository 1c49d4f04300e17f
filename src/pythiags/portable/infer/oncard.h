/* From the pictures of a batch on a card to a network's, which stay there: scaled, RGBA. */
#pragma once
#include "nvapi.h"
#include "preprocess.h"

G_BEGIN_DECLS

/* Memory that is used again. Zeroed, it is empty. */
typedef struct
{
  PtNvSurface *canvas;
  PtNvRect at;                     /* where the pictures lie in it */
} PtOnCard;

void pt_on_card_clear (PtOnCard * self);

/* Scales the pictures of some slots of a batch, and waits for it. The memory has room for a multiple of
 * `step` pictures. FALSE: `*problem` says why, and must be freed. */
gboolean pt_on_card_scale (PtOnCard * self, const PtTensorSpec * spec, guint step,
    GstBuffer * buffer, const guint * slots, guint count, PtInferSurface * scaled, char **problem);

G_END_DECLS
