/* Input in NVIDIA's memory, as its decoder and our muxer give it, for elements that work in the
 * system's. */
#pragma once
#include "nvmemory.h"

#include <gst/base/gstbasetransform.h>

G_BEGIN_DECLS

/* Zeroed, it is empty. Not for two threads at once. */
typedef struct
{
  PtNvReader reader;
  PtPool pool;
} PtNvInput;

/* Takes the buffer, whose caps say `info`, over, and gives it back where it is plain; else a plain
 * copy. NULL after posting an error. */
GstBuffer *pt_nv_input_take (PtNvInput * input, GstElement * element, GstBuffer * buffer,
    const GstVideoInfo * info);

/* The same for a filter, which calls it where its parent class would submit the buffer to it. `stays`:
 * it is on a card, and passes as it is. */
GstFlowReturn pt_nv_input_submit (PtNvInput * input, GstBaseTransform * filter, gpointer parent_class,
    gboolean discont, GstBuffer * buffer, const GstVideoInfo * info, gboolean stays);

/* Whether the element's nvbuf-memory-type leaves the output on a card: not where the CPU is to see it. */
gboolean pt_nv_stays_on_card (GstElement * element);

void pt_nv_input_clear (PtNvInput * input);

G_END_DECLS
