/* Conversions of pictures in the memory of a card that stay there. */
#pragma once
#include "nvpool.h"
#include "plan.h"

G_BEGIN_DECLS

/* Whether the card converts as the CPU does: it knows no other formats, and flips are left to the CPU. */
gboolean pt_convert_can_stay (const GstVideoInfo * in, const GstVideoInfo * out, PtFlip flip);

/* Room for all pictures of `in`, as `out` says. NULL: the card has no memory for it. */
GstBuffer *pt_convert_room_on_card (PtNvSurfacePool * pool, GstBuffer * in, const GstVideoInfo * out);

/* Converts all pictures of `in`. FALSE: `*problem` says why, and must be freed. */
gboolean pt_convert_on_card (GstBuffer * in, GstBuffer * to, const PtPlan * plan,
    const GstVideoInfo * out, char **problem);

G_END_DECLS
