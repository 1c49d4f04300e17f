/* See nvmemory.h. */
#include "nvmemory.h"

#include <string.h>

#include "gstmeta.h"
#include "surface.h"

#define PITCH_LAYOUT 0          /* NvBufSurfaceLayout: rows one after the other */

/* ---- what can be read ---- */

static char *
fault (const PtNvPicture * picture, const GstVideoInfo * info)
{
  if (pt_nv_format (picture->format) != GST_VIDEO_INFO_FORMAT (info)
      || picture->planes.count != GST_VIDEO_INFO_N_PLANES (info))
    return g_strdup_printf ("its colour format is number %u, expected %s", picture->format,
        GST_VIDEO_INFO_NAME (info));
  if (picture->width != (guint) GST_VIDEO_INFO_WIDTH (info)
      || picture->height != (guint) GST_VIDEO_INFO_HEIGHT (info))
    return g_strdup_printf ("it has %ux%u pixels, but its caps say %dx%d", picture->width,
        picture->height, GST_VIDEO_INFO_WIDTH (info), GST_VIDEO_INFO_HEIGHT (info));
  return NULL;
}

static char *
any_fault (const PtNvMap * map, guint first, guint count, const GstVideoInfo * info)
{
  const PtNvSurface *surface = map->surface;
  if (!surface->pictures || surface->filled > surface->batch_size)
    return g_strdup_printf ("it has %u pictures, and room for %u", surface->filled,
        surface->batch_size);
  const guint64 least = (guint64) first + MAX (count, 1);
  if (least > surface->filled)
    return g_strdup_printf ("it has %u pictures, expected at least %" G_GUINT64_FORMAT,
        surface->filled, least);
  char *found = NULL;
  for (guint i = first; i < first + count && !found; i++)
    found = fault (pt_nv_picture_at (map, i), info);
  return found;
}

static gboolean
is_visible (const PtNvMap * map, guint first)
{
  const guint32 memory = map->surface->memory;
  return (memory == PT_NV_PINNED || memory == PT_NV_UNIFIED || memory == PT_NV_SYSTEM)
      && pt_nv_picture_at (map, first)->layout == PITCH_LAYOUT;
}

/* ---- copying ---- */

/* Why the rows cannot be copied; NULL: they can. */
static char *
fault_of_rows (const PtNvPicture * picture)
{
  if (!picture->data)
    return g_strdup ("its pixels have no address");
  for (guint plane = 0; plane < picture->planes.count; plane++) {
    const guint32 pitch = picture->planes.pitch[plane];
    const guint32 least = picture->planes.count == 1 ? 4 * picture->width
        : plane ? GST_ROUND_UP_2 (picture->width) : picture->width;
    if (pitch < least)
      return g_strdup_printf ("its rows have %u bytes, expected %u at least", pitch, least);
  }
  return NULL;
}

static void
copy_rows (const PtNvPicture * from, GstVideoFrame * to)
{
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES (to); plane++) {
    const guint component = plane;      /* of NV12 and RGBA: the first of the plane */
    const guint8 *source = from->data + from->planes.offset[plane];
    guint8 *target = GST_VIDEO_FRAME_PLANE_DATA (to, plane);
    const gsize bytes = (gsize) GST_VIDEO_FRAME_COMP_WIDTH (to, component)
        * GST_VIDEO_FRAME_COMP_PSTRIDE (to, component);
    for (gint row = 0; row < GST_VIDEO_FRAME_COMP_HEIGHT (to, component); row++) {
      memcpy (target, source, bytes);
      source += from->planes.pitch[plane];
      target += GST_VIDEO_FRAME_PLANE_STRIDE (to, plane);
    }
  }
}

static GstBuffer *
copy_to_plain (const PtNvPicture * from, PtPool * pool, const GstVideoInfo * info)
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
  pt_nv_pool_clear (&reader->staging);
}

/* Room for more pictures than there are is good, too: batches are not always full. */
static PtNvLayout
layout_for (const PtNvReader * reader, const PtNvSurface * source, const PtNvPicture * like)
{
  PtNvLayout wanted = {.gpu_id = source->gpu_id,.batch_size = source->batch_size,
    .width = like->width,.height = like->height,.format = like->format,.memory = PT_NV_PINNED
  };
  if (reader->staging.layout.batch_size > wanted.batch_size)
    wanted.batch_size = reader->staging.layout.batch_size;
  return wanted;
}

/* Not scaled: what a card makes of it is not what the CPU makes of it. */
static GstBuffer *
download (PtNvReader * reader, const PtNvMap * map, guint first, guint count, PtNvMap * visible,
    char **problem)
{
  const PtNvPicture *picture = pt_nv_picture_at (map, first);
  if (!pt_nv_is_here ()) {
    *problem = g_strdup ("NvBufSurfTransform is not in this process");
    return NULL;
  }
  if (map->picture_size != sizeof (PtNvPicture9)) {
    *problem = g_strdup ("it lies on the card as up to DeepStream 7.1: put DeepStream's own "
        "nvvideoconvert before, or use 8.0 or later");
    return NULL;
  }
  PtNvSurface part = *map->surface, *target;
  part.batch_size = part.filled = count;
  part.pictures = (gpointer) picture;
  const PtNvLayout layout = layout_for (reader, &part, picture);
  GstBuffer *buffer = pt_nv_pool_acquire (&reader->staging, &layout, &target);
  const int error = buffer ? pt_nv_transform (&part, target, NULL, NULL, 0) : 0;
  if (!buffer)
    *problem = g_strdup_printf ("NvBufSurfaceCreate has no memory for %u pictures of %ux%u", count,
        picture->width, picture->height);
  else if (error != 0)
    *problem = g_strdup_printf ("NvBufSurfTransform failed with %d", error);
  if (*problem) {
    gst_clear_buffer (&buffer);
    return NULL;
  }
  *visible = (PtNvMap) {.surface = target,.picture_size = sizeof (PtNvPicture9) };
  return buffer;
}

/* A picture in the memory of the buffer with the surface, which it keeps. */
static GstBuffer *
lend (const PtNvPicture * from, GstBuffer * staging, const GstVideoInfo * info)
{
  const PtNvPlanes *planes = &from->planes;
  gsize offsets[GST_VIDEO_MAX_PLANES] = { 0 }, size = 0;
  gint strides[GST_VIDEO_MAX_PLANES] = { 0 };
  for (guint plane = 0; plane < planes->count; plane++) {
    offsets[plane] = planes->offset[plane];
    strides[plane] = planes->pitch[plane];
    size = MAX (size, offsets[plane] + (gsize) planes->pitch[plane] * planes->height[plane]);
  }
  GstBuffer *picture = gst_buffer_new ();
  gst_buffer_append_memory (picture, gst_memory_new_wrapped (0, from->data, size, 0, size,
          gst_buffer_ref (staging), (GDestroyNotify) gst_buffer_unref));
  gst_buffer_add_video_meta_full (picture, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_INFO_FORMAT (info),
      from->width, from->height, planes->count, offsets, strides);
  return picture;
}

/* ---- both ---- */

/* Memory that a card writes to is locked into the machine's: no more than this for who keeps buffers. */
#define MOST_LENT 8

/* Appends pictures of a surface. `staging`: its buffer, where that may be lent; else NULL. FALSE: `*problem` says why. */
static gboolean
take_pictures (const PtNvMap * map, guint first, guint count, GstBuffer * staging, PtPool * pool,
    const GstVideoInfo * info, GPtrArray * pictures, char **problem)
{
  for (guint i = 0; i < count; i++) {
    const PtNvPicture *from = pt_nv_picture_at (map, first + i);
    if ((*problem = fault_of_rows (from)))
      return FALSE;
    GstBuffer *picture = staging ? lend (from, staging, info) : copy_to_plain (from, pool, info);
    if (!picture) {
      *problem = g_strdup ("there is no memory for it");
      return FALSE;
    }
    g_ptr_array_add (pictures, picture);
  }
  return TRUE;
}

/* Appends the pictures to `pictures`. FALSE: `*problem` says why. */
static gboolean
read_pictures (PtNvReader * reader, const PtNvMap * map, guint first, guint count, PtPool * pool,
    const GstVideoInfo * info, GPtrArray * pictures, char **problem)
{
  PtNvMap visible;
  if ((*problem = any_fault (map, first, count, info)))
    return FALSE;
  if (is_visible (map, first))
    return take_pictures (map, first, count, NULL, pool, info, pictures, problem);
  GstBuffer *staging = download (reader, map, first, count, &visible, problem);
  if (!staging)
    return FALSE;
  const gboolean lends = reader->lends && pt_nv_pool_used (&reader->staging) <= MOST_LENT;
  const gboolean done = take_pictures (&visible, 0, count, lends ? staging : NULL, pool, info,
      pictures, problem);
  gst_buffer_unref (staging);
  return done;
}

static gboolean
read_mapped (PtNvReader * reader, GstBuffer * buffer, guint first, guint count, PtPool * pool,
    const GstVideoInfo * info, GPtrArray * pictures, guint * capacity, char **problem)
{
  PtNvMap map;
  *problem = NULL;
  if (!pt_nv_map (&map, buffer)) {
    *problem = g_strdup ("it cannot be mapped");
    return FALSE;
  }
  *capacity = map.surface->batch_size;
  const gboolean done = read_pictures (reader, &map, first, count ? count : map.surface->filled,
      pool, info, pictures, problem);
  pt_nv_unmap (&map);
  return done;
}

void
pt_nv_copy_times (GstBuffer * to, GstBuffer * from)
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

/* Of a buffer of ours all metadata. */
static void
describe (GstBuffer * to, GstBuffer * from)
{
  if (pt_buffer_get_batch (from))
    gst_buffer_copy_into (to, from,
        GST_BUFFER_COPY_TIMESTAMPS | GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_META, 0, -1);
  else
    pt_nv_copy_times (to, from);
}

GstBuffer *
pt_nv_read_picture (PtNvReader * reader, GstBuffer * buffer, guint slot, PtPool * pool,
    const GstVideoInfo * info, char **problem)
{
  guint capacity;
  GPtrArray *pictures = g_ptr_array_new ();
  GstBuffer *picture = NULL;
  if (read_mapped (reader, buffer, slot, 1, pool, info, pictures, &capacity, problem))
    picture = g_ptr_array_index (pictures, 0);
  g_ptr_array_unref (pictures);
  return picture;
}

GstBuffer *
pt_nv_read (PtNvReader * reader, GstBuffer * buffer, PtPool * pool, const GstVideoInfo * info,
    char **problem)
{
  guint capacity;
  GPtrArray *pictures = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  GstBuffer *result = NULL;
  if (read_mapped (reader, buffer, 0, 0, pool, info, pictures, &capacity, problem)) {
    result = gst_buffer_ref (g_ptr_array_index (pictures, 0));
    if (capacity > 1) {
      gst_buffer_unref (result);
      result = gst_buffer_new ();
      for (guint i = 0; i < pictures->len; i++)
        pt_surface_append (result, gst_buffer_ref (g_ptr_array_index (pictures, i)), info);
    }
  }
  g_ptr_array_unref (pictures);
  if (result)
    describe (result, buffer);
  return result;
}

GstBuffer *
pt_nv_download (GstBuffer * buffer, guint slot, const GstCaps * caps, char **problem)
{
  static GMutex lock;
  static PtNvReader reader;     /* memory of this kind takes long to get */
  static PtPool pool;
  GstVideoInfo info;
  *problem = NULL;
  if (!caps || !gst_caps_is_fixed (caps) || !pt_caps_are_nvmm (caps)
      || !gst_video_info_from_caps (&info, caps) || !pt_nv_is_surface (buffer, &info)
      || !pt_nv_is_on_card (buffer))
    return NULL;
  g_mutex_lock (&lock);
  GstBuffer *picture = pt_nv_read_picture (&reader, buffer, slot, &pool, &info, problem);
  g_mutex_unlock (&lock);
  return picture;
}
