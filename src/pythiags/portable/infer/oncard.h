/* The pictures of a batch on a card as a network takes them: where they are. */
#pragma once
#include "nvapi.h"
#include "preprocess.h"

G_BEGIN_DECLS

/* Describes the first `count` pictures of a buffer with a surface; `slots` are the wanted ones, `info` is its
 * caps'. The card's own scaling is not used: it samples pictures elsewhere than the CPU does, which
 * moves boxes. FALSE: they are of another kind. */
gboolean pt_on_card_describe (PtInferSurface * surface, const PtTensorSpec * spec,
    GstBuffer * buffer, const GstVideoInfo * info, const guint * slots, guint count);

/* What a batch that is in the memory of another card than this one is told, to be freed. NULL: it is not. */
char *pt_on_card_refuse (GstBuffer * buffer, guint gpu_id);

G_END_DECLS
