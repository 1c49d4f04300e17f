/* The batches of nvstreammux in the memory of a card: one surface as DeepStream's elements have it.
 *
 * Where all frames of a batch come in such memory, as NVIDIA's decoder gives them, the card scales
 * and converts them. Otherwise the batch is the system's: see muxbatch.h.
 */
#pragma once
#include "muxbatch.h"

G_BEGIN_DECLS

/* Whether a picture can stay where it is until its batch is made. */
gboolean pt_mux_stays_on_card (GstBuffer * buffer, const GstVideoInfo * info);

/* Before the frames are fitted: sets `output->on_card`. Where it is not, frames that are on a card
 * become plain. FALSE: `*problem` says why, and must be freed. */
gboolean pt_mux_place (PtMuxOutput * output, PtMuxFrame * frames, guint count, char **problem);

/* The pictures of all frames in one buffer. NULL: `*problem` says why, and must be freed. */
GstBuffer *pt_mux_gather_on_card (PtMuxOutput * output, const PtMuxFrame * frames, guint count,
    char **problem);

G_END_DECLS
