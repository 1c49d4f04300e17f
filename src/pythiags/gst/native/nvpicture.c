/* Pictures in NVIDIA's memory that the CPU sees: see nvpicture.h. */
#include "nvpicture.h"

enum { CUDA_PINNED = 1, CUDA_UNIFIED = 3, SYSTEM = 6 };      /* NvBufSurfaceMemType */
enum { PITCH = 0 };                  /* NvBufSurfaceLayout: rows one after the other */
enum { LARGEST = 1 << 16, MOST_SLOTS = 1 << 12 };
enum { LARGEST_HEAD = 256 };         /* NvBufSurface has 64 or 72 bytes; what is longer is a picture */

typedef struct
{
  guint32 gpu_id, batch_size, filled;
  guint8 is_contiguous;
  gint32 memory;
  const char *surfaces;
} PtNvBufSurface;

typedef struct
{
  guint32 width, height, pitch;
  gint32 format, layout;
  guint64 descriptor;
  guint32 size;
  gpointer data;
  struct { guint32 count, width[4], height[4], pitch[4], offset[4]; } planes;
} PtNvSurfaceParams;

#if GLIB_SIZEOF_VOID_P == 8
G_STATIC_ASSERT (G_STRUCT_OFFSET (PtNvBufSurface, memory) == 16);
G_STATIC_ASSERT (G_STRUCT_OFFSET (PtNvBufSurface, surfaces) == 24);
G_STATIC_ASSERT (G_STRUCT_OFFSET (PtNvSurfaceParams, format) == 12);
G_STATIC_ASSERT (G_STRUCT_OFFSET (PtNvSurfaceParams, size) == 32);
G_STATIC_ASSERT (G_STRUCT_OFFSET (PtNvSurfaceParams, data) == 40);
G_STATIC_ASSERT (G_STRUCT_OFFSET (PtNvSurfaceParams, planes) == 48);
G_STATIC_ASSERT (G_STRUCT_OFFSET (PtNvSurfaceParams, planes.pitch) == 48 + 36);
G_STATIC_ASSERT (G_STRUCT_OFFSET (PtNvSurfaceParams, planes.offset) == 48 + 52);
#endif

/* NvBufSurfaceColorFormat; those that differ in the matrix and the range only are one here. */
static GstVideoFormat
format_of (gint number)
{
  switch (number) {
    case 1:
      return GST_VIDEO_FORMAT_GRAY8;
    case 2:
    case 4:
    case 31:
    case 32:
    case 35:
      return GST_VIDEO_FORMAT_I420;
    case 3:
    case 5:
      return GST_VIDEO_FORMAT_YV12;
    case 6:
    case 7:
    case 33:
    case 34:
    case 36:
      return GST_VIDEO_FORMAT_NV12;
    case 8:
    case 9:
      return GST_VIDEO_FORMAT_NV21;
    case 19:
      return GST_VIDEO_FORMAT_RGBA;
    case 20:
      return GST_VIDEO_FORMAT_BGRA;
    case 21:
      return GST_VIDEO_FORMAT_ARGB;
    case 22:
      return GST_VIDEO_FORMAT_ABGR;
    case 23:
      return GST_VIDEO_FORMAT_RGBx;
    case 24:
      return GST_VIDEO_FORMAT_BGRx;
    case 25:
      return GST_VIDEO_FORMAT_xRGB;
    case 26:
      return GST_VIDEO_FORMAT_xBGR;
    case 27:
      return GST_VIDEO_FORMAT_RGB;
    case 28:
      return GST_VIDEO_FORMAT_BGR;
    default:
      return GST_VIDEO_FORMAT_UNKNOWN;
  }
}

static const PtNvSurfaceParams *
find_slot (GstBuffer * buffer, guint slot, gsize surface_size)
{
  PtNvBufSurface head;
  if (sizeof (gpointer) != 8 || gst_buffer_get_size (buffer) > LARGEST_HEAD
      || gst_buffer_extract (buffer, 0, &head, sizeof head) < sizeof head)
    return NULL;
  if (head.memory != CUDA_PINNED && head.memory != CUDA_UNIFIED && head.memory != SYSTEM)
    return NULL;
  if (!head.surfaces || head.batch_size > MOST_SLOTS || slot >= head.batch_size)
    return NULL;
  return (const PtNvSurfaceParams *) (head.surfaces + slot * surface_size);
}

static gboolean
is_plausible (const PtNvSurfaceParams * surface, const GstVideoInfo * info)
{
  if (surface->layout != PITCH || !surface->data || !surface->size)
    return FALSE;
  if (surface->planes.count != GST_VIDEO_INFO_N_PLANES (info))
    return FALSE;
  for (guint plane = 0; plane < GST_VIDEO_INFO_N_PLANES (info); plane++)
    if (surface->planes.pitch[plane] > 4 * LARGEST
        || surface->planes.offset[plane] >= surface->size)
      return FALSE;
  return TRUE;
}

GstBuffer *
pt_nv_picture (GstBuffer * buffer, guint slot, gsize surface_size)
{
  const PtNvSurfaceParams *surface = find_slot (buffer, slot, surface_size);
  gsize offsets[GST_VIDEO_MAX_PLANES] = { 0 };
  gint strides[GST_VIDEO_MAX_PLANES] = { 0 };
  GstVideoInfo info;
  if (!surface || surface->width - 1 >= LARGEST || surface->height - 1 >= LARGEST)
    return NULL;
  const GstVideoFormat format = format_of (surface->format);
  if (format == GST_VIDEO_FORMAT_UNKNOWN
      || !gst_video_info_set_format (&info, format, surface->width, surface->height)
      || !is_plausible (surface, &info))
    return NULL;
  for (guint plane = 0; plane < GST_VIDEO_INFO_N_PLANES (&info); plane++) {
    offsets[plane] = surface->planes.offset[plane];
    strides[plane] = surface->planes.pitch[plane];
  }
  GstBuffer *picture = gst_buffer_new_wrapped_full (GST_MEMORY_FLAG_READONLY, surface->data,
      surface->size, 0, surface->size, gst_buffer_ref (buffer), (GDestroyNotify) gst_buffer_unref);
  gst_buffer_add_video_meta_full (picture, GST_VIDEO_FRAME_FLAG_NONE, format, surface->width,
      surface->height, GST_VIDEO_INFO_N_PLANES (&info), offsets, strides);
  return picture;
}
