/* See h264.h. ITU-T H.264, 7.3.1 (NAL unit header) and annex B (start codes). */
#include "h264.h"

#define AVC_LENGTH_SIZE_AT 4    /* its place in codec_data */

/* Slices have types 1 to 5; nal_ref_idc says whether they are referred to. */
static gboolean
is_slice (guint8 header)
{
  guint type = header & 0x1f;
  return type >= 1 && type <= 5;
}

static gboolean
is_referred_to (guint8 header)
{
  return (header >> 5 & 3) != 0;
}

static gboolean
first_slice_in_stream (const guint8 * data, gsize size)
{
  for (gsize at = 0; at + 3 < size; at++)
    if (data[at] == 0 && data[at + 1] == 0 && data[at + 2] == 1 && is_slice (data[at + 3]))
      return is_referred_to (data[at + 3]);
  return TRUE;
}

static gboolean
first_slice_in_units (const guint8 * data, gsize size, guint length_size)
{
  for (gsize at = 0; at + length_size < size;) {
    gsize length = 0;
    for (guint i = 0; i < length_size; i++)
      length = length << 8 | data[at + i];
    at += length_size;
    if (is_slice (data[at]))
      return is_referred_to (data[at]);
    if (length > size - at)
      break;
    at += length;
  }
  return TRUE;
}

gboolean
pt_h264_is_reference (const guint8 * data, gsize size, guint length_size)
{
  return length_size ? first_slice_in_units (data, size, length_size)
      : first_slice_in_stream (data, size);
}

guint
pt_h264_length_size (const guint8 * codec_data, gsize size)
{
  return size > AVC_LENGTH_SIZE_AT ? (codec_data[AVC_LENGTH_SIZE_AT] & 3) + 1u : 0;
}
