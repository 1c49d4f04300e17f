/* See nvmemory.h. */
#include "nvmemory.h"

#include "runtime.h"

#include <string.h>

#define MAX_PLANES 4

typedef struct                  /* NvBufSurfacePlaneParams */
{
  guint32 num_planes, width[MAX_PLANES], height[MAX_PLANES], pitch[MAX_PLANES], offset[MAX_PLANES];
  guint32 psize[MAX_PLANES], bytes_per_pixel[MAX_PLANES];
} NvPlanes;

typedef struct                  /* the beginning of NvBufSurfaceParams */
{
  guint32 width, height, pitch, format, layout;
  guint64 descriptor;
  guint32 data_size;
  guint8 *data;
  NvPlanes planes;
} NvPicture;

typedef struct                  /* the beginning of NvBufSurface */
{
  guint32 gpu_id, batch_size, num_filled;
  guint8 contiguous;
  guint32 memory;
  NvPicture *pictures;          /* the size of one depends on the version */
} NvSurface;

typedef struct                  /* NvBufSurfaceCreateParams */
{
  guint32 gpu_id, width, height, size;
  guint8 contiguous;
  guint32 format, layout, memory;
  gpointer reserved[4];
} NvCreate;

typedef struct                  /* NvBufSurfTransformParams */
{
  guint32 flags, flip, filter;
  gpointer from, to;
  gpointer reserved[4];
} NvTransform;

/* NvBufSurfaceMemType, NvBufSurfaceLayout */
enum
{ NV_PINNED = 1, NV_UNIFIED = 3, NV_SYSTEM = 6 };
#define NV_PITCH 0

static struct
{
  int (*create) (NvSurface ** surface, guint32 batch_size, NvCreate * params);
  int (*destroy) (NvSurface * surface);
  int (*transform) (NvSurface * from, NvSurface * to, NvTransform * params);
} nv;

/* ---- what is there ---- */

static gboolean
find_functions (void)
{
  static gsize once = 0;
  if (g_once_init_enter (&once)) {
    nv.create = pt_known_function ("libnvbufsurface.so", "NvBufSurfaceCreate");
    nv.destroy = pt_known_function ("libnvbufsurface.so", "NvBufSurfaceDestroy");
    nv.transform = pt_known_function ("libnvbufsurftransform.so", "NvBufSurfTransform");
    g_once_init_leave (&once, nv.create && nv.destroy && nv.transform ? 1 : 2);
  }
  return once == 1;
}

/* The header's size: up to DeepStream 8, and from 9 on. No plain picture is smaller than its caps say. */
gboolean
pt_nv_is_surface (GstBuffer * buffer, const GstVideoInfo * info)
{
  const gsize size = gst_buffer_get_size (buffer);
  return (size == 64 || size == 72) && size < GST_VIDEO_INFO_SIZE (info)
      && gst_buffer_n_memory (buffer) == 1;
}

/* NvBufSurfaceColorFormat: 8 bits a sample, by matrix and range. */
static gboolean
is_nv12 (guint32 format)
{
  return format == 6 || format == 7 || format == 33 || format == 34 || format == 36;
}

static char *
fault (const NvSurface * surface, const GstVideoInfo * info)
{
  if (surface->num_filled != 1 || !surface->pictures)
    return g_strdup_printf ("it has %u pictures, expected 1", surface->num_filled);
  const NvPicture *picture = surface->pictures;
  if (!is_nv12 (picture->format) || picture->planes.num_planes != 2)
    return g_strdup_printf ("its colour format is number %u, expected NV12", picture->format);
  if (picture->width != (guint) GST_VIDEO_INFO_WIDTH (info)
      || picture->height != (guint) GST_VIDEO_INFO_HEIGHT (info))
    return g_strdup_printf ("it has %ux%u pixels, but its caps say %dx%d", picture->width,
        picture->height, GST_VIDEO_INFO_WIDTH (info), GST_VIDEO_INFO_HEIGHT (info));
  return NULL;
}

/* ---- copying ---- */

static gboolean
is_visible (const NvSurface * surface)
{
  return (surface->memory == NV_PINNED || surface->memory == NV_UNIFIED
      || surface->memory == NV_SYSTEM) && surface->pictures->layout == NV_PITCH;
}

/* Why the rows cannot be copied; NULL: they can. */
static char *
fault_of_rows (const NvPicture * picture)
{
  if (!picture->data)
    return g_strdup ("its pixels have no address");
  for (guint plane = 0; plane < 2; plane++) {
    const guint32 pitch = picture->planes.pitch[plane];
    const guint32 least = plane ? GST_ROUND_UP_2 (picture->width) : picture->width;
    if (pitch < least)
      return g_strdup_printf ("its rows have %u bytes, expected %u at least", pitch, least);
  }
  return NULL;
}

static void
copy_rows (const NvPicture * from, GstVideoFrame * to)
{
  for (guint plane = 0; plane < 2; plane++) {
    const guint8 *source = from->data + from->planes.offset[plane];
    guint8 *target = GST_VIDEO_FRAME_PLANE_DATA (to, plane);
    const gint rows = GST_VIDEO_FRAME_COMP_HEIGHT (to, plane);
    const gsize bytes = GST_ROUND_UP_2 (GST_VIDEO_FRAME_WIDTH (to));
    for (gint row = 0; row < rows; row++) {
      memcpy (target, source, plane ? bytes : (gsize) GST_VIDEO_FRAME_WIDTH (to));
      source += from->planes.pitch[plane];
      target += GST_VIDEO_FRAME_PLANE_STRIDE (to, plane);
    }
  }
}

static GstBuffer *
copy_to_plain (const NvPicture * from, PtPool * pool, const GstVideoInfo * info)
{
  GstVideoFrame to;
  GstBuffer *picture = pt_pool_acquire (pool, info);
  if (!picture || !gst_video_frame_map (&to, info, picture, GST_MAP_WRITE)) {
    gst_clear_buffer (&picture);
    return NULL;
  }
  copy_rows (from, &to);
  gst_video_frame_unmap (&to);
  return picture;
}

/* ---- from a card ---- */

void
pt_nv_reader_clear (PtNvReader * reader)
{
  if (reader->staging)
    nv.destroy (reader->staging);
  reader->staging = NULL;
}

static NvSurface *
staging (PtNvReader * reader, const NvSurface * source, guint width, guint height)
{
  const guint32 format = source->pictures->format;
  if (reader->staging && reader->width == width && reader->height == height
      && reader->format == format)
    return reader->staging;
  pt_nv_reader_clear (reader);
  NvCreate wanted = {.gpu_id = source->gpu_id,.width = width,.height = height,.format = format,
    .layout = NV_PITCH,.memory = NV_PINNED
  };
  NvSurface *made = NULL;
  if (nv.create (&made, 1, &wanted) != 0)
    return NULL;
  made->num_filled = 1;
  *reader = (PtNvReader) {
  .staging = made,.width = width,.height = height,.format = format};
  return made;
}

/* Not scaled: what a card makes of it is not what the CPU makes of it. */
static const NvSurface *
download (PtNvReader * reader, NvSurface * source, char **problem)
{
  NvTransform how = { 0 };
  const guint width = source->pictures->width, height = source->pictures->height;
  if (!find_functions ()) {
    *problem = g_strdup ("NvBufSurfTransform is not in this process");
    return NULL;
  }
  NvSurface *target = staging (reader, source, width, height);
  if (!target) {
    *problem = g_strdup_printf ("NvBufSurfaceCreate has no memory for %ux%u", width, height);
    return NULL;
  }
  const int error = nv.transform (source, target, &how);
  if (error != 0)
    *problem = g_strdup_printf ("NvBufSurfTransform failed with %d", error);
  return error ? NULL : target;
}

/* ---- both ---- */

static GstBuffer *
read_surface (PtNvReader * reader, NvSurface * surface, PtPool * pool, const GstVideoInfo * info,
    char **problem)
{
  if ((*problem = fault (surface, info)))
    return NULL;
  const NvSurface *visible = is_visible (surface) ? surface : download (reader, surface, problem);
  if (!visible || (*problem = fault_of_rows (visible->pictures)))
    return NULL;
  GstBuffer *picture = copy_to_plain (visible->pictures, pool, info);
  if (!picture)
    *problem = g_strdup ("there is no memory for it");
  return picture;
}

/* Reference timestamps too: they are a source's own clock. */
static void
copy_times (GstBuffer * to, GstBuffer * from)
{
  gpointer state = NULL;
  GstMeta *meta;
  gst_buffer_copy_into (to, from, GST_BUFFER_COPY_TIMESTAMPS | GST_BUFFER_COPY_FLAGS, 0, -1);
  while ((meta = gst_buffer_iterate_meta_filtered (from, &state,
              GST_REFERENCE_TIMESTAMP_META_API_TYPE))) {
    GstReferenceTimestampMeta *time = (GstReferenceTimestampMeta *) meta;
    gst_buffer_add_reference_timestamp_meta (to, time->reference, time->timestamp, time->duration);
  }
}

GstBuffer *
pt_nv_read (PtNvReader * reader, GstBuffer * buffer, PtPool * pool, const GstVideoInfo * info,
    char **problem)
{
  GstMapInfo map;
  *problem = NULL;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    *problem = g_strdup ("it cannot be mapped");
    return NULL;
  }
  GstBuffer *picture = read_surface (reader, (NvSurface *) map.data, pool, info, problem);
  gst_buffer_unmap (buffer, &map);
  if (picture)
    copy_times (picture, buffer);
  return picture;
}
