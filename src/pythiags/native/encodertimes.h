/* avenc_mpeg4 of GStreamer 1.22 gives every frame the same time, 2^63 ns, and muxers refuse it. */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

/* Has the frames of an avenc_mpeg4 carry the times of the pictures that they were made of, where it gives
 * them none. May be called again. With max-bframes, where frames are in another order than pictures, they
 * stay without, and a warning on the bus says so. */
void pt_encoder_mend_times (GstElement * encoder);

G_END_DECLS
