/* What a coded H.264 picture says of itself, without decoding it. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* Whether other pictures may refer to the one in `data`, an access unit. `length_size` is the number
 * of bytes before each NAL unit that hold its length (avc), or 0 where start codes part them
 * (byte-stream). TRUE where no slice is found. */
gboolean pt_h264_is_reference (const guint8 * data, gsize size, guint length_size);

/* The length size that avc's codec_data declares; 0 if it is too short to tell. */
guint pt_h264_length_size (const guint8 * codec_data, gsize size);

G_END_DECLS
