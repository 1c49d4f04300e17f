/* A line of a recording, read as portable metadata without Python's values in between. */
#pragma once
#include "model.h"

G_BEGIN_DECLS

/* Reads a line whose frames and objects have numbers, boxes, texts and styles only, which is what most lines have:
 * see pythiags.recording.fields. `pts` is set where the line has one. NULL: it has something else, or something is
 * wrong with it, or it is cut off; whoever reads it field by field knows what. */
PtBatch *pt_batch_of_line (const char *line, gsize size, guint64 * pts);

G_END_DECLS
