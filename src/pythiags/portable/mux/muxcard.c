/* See muxcard.h. */
#include "muxcard.h"

gboolean
pt_mux_stays_on_card (GstBuffer * buffer, const GstVideoInfo * info)
{
  PtNvMap map;
  if (!pt_nv_is_surface (buffer, info) || !pt_nv_is_on_card (buffer)
      || !pt_nv_map (&map, buffer))
    return FALSE;
  const PtNvPicture *picture = map.surface->pictures;
  const gboolean stays = map.surface->filled == 1
      && pt_nv_format (picture->format) == GST_VIDEO_INFO_FORMAT (info)
      && picture->width == (guint) GST_VIDEO_INFO_WIDTH (info)
      && picture->height == (guint) GST_VIDEO_INFO_HEIGHT (info);
  pt_nv_unmap (&map);
  return stays;
}

static guint
gpu_of (const PtMuxFrame * frame)
{
  PtNvMap map;
  if (!pt_nv_map (&map, frame->buffer))
    return 0;
  const guint gpu = map.surface->gpu_id;
  pt_nv_unmap (&map);
  return gpu;
}

static gboolean
are_on_card (const PtMuxFrame * frames, guint count)
{
  for (guint i = 0; i < count; i++)
    if (!frames[i].on_card)
      return FALSE;
  return TRUE;
}

/* What the first picture that is on another card is told; NULL: there is none. */
static char *
wrong_card (const PtMuxOutput * output, const PtMuxFrame * frames, guint count)
{
  for (guint i = 0; i < count; i++) {
    const guint gpu = frames[i].on_card ? gpu_of (&frames[i]) : output->gpu_id;
    if (gpu != output->gpu_id)
      return g_strdup_printf ("a picture of sink_%u is in the memory of GPU %u and gpu-id is %u; set "
          "gpu-id to the same number on all elements of a pipeline", frames[i].source_id, gpu,
          output->gpu_id);
  }
  return NULL;
}

/* On a card all pictures of a batch have one size. */
static gboolean
are_of_the_size (const PtMuxOutput * output, const PtMuxFrame * frames, guint count)
{
  for (guint i = 0; i < count; i++)
    if (GST_VIDEO_INFO_WIDTH (&frames[i].info) != GST_VIDEO_INFO_WIDTH (&output->info)
        || GST_VIDEO_INFO_HEIGHT (&frames[i].info) != GST_VIDEO_INFO_HEIGHT (&output->info))
      return FALSE;
  return TRUE;
}

gboolean
pt_mux_place (PtMuxOutput * output, PtMuxFrame * frames, guint count, char **problem)
{
  *problem = wrong_card (output, frames, count);
  if (*problem)
    return FALSE;
  output->on_card = are_on_card (frames, count)
      && (!output->keeps_sizes || are_of_the_size (output, frames, count));
  for (guint i = 0; i < count && !output->on_card; i++) {
    PtMuxFrame *frame = &frames[i];
    if (!frame->on_card)
      continue;
    GstBuffer *plain = pt_nv_read (&output->input.reader, frame->buffer, &output->input.pool,
        &frame->info, problem);
    if (!plain)
      return FALSE;
    gst_buffer_unref (frame->buffer);
    frame->buffer = plain;
    frame->on_card = FALSE;
  }
  return TRUE;
}

/* ---- one surface ---- */

/* A surface that names the pictures of the frames: mapped as long as the maps are. */
typedef struct
{
  PtNvSurface surface;
  PtNvMap *maps;
  PtNvPicture9 *pictures;
  PtNvRect *areas;
  gboolean borders;
} Sources;

static void
sources_clear (Sources * self)
{
  for (guint i = 0; i < self->surface.filled; i++)
    pt_nv_unmap (&self->maps[i]);
  g_free (self->maps);
  g_free (self->pictures);
  g_free (self->areas);
}

static gboolean
sources_init (Sources * self, const PtMuxOutput * output, const PtMuxFrame * frames, guint count)
{
  *self = (Sources) {
    .maps = g_new0 (PtNvMap, count),
    .pictures = g_new0 (PtNvPicture9, count),
    .areas = g_new0 (PtNvRect, count),
  };
  for (guint i = 0; i < count; i++) {
    PtArea area = pt_area_or_whole (NULL, &output->info);
    if (!pt_nv_map (&self->maps[i], frames[i].buffer))
      return FALSE;
    if (i == 0)
      self->surface = *self->maps[0].surface;
    self->surface.filled = i + 1;
    self->pictures[i] = *(PtNvPicture9 *) pt_nv_picture_at (&self->maps[i], 0);
    if (output->padding)
      area = pt_area_letterbox (&frames[i].info, &output->info);
    self->areas[i] = (PtNvRect) {area.y, area.x, area.width, area.height, {NULL}};
    self->borders |= area.width < GST_VIDEO_INFO_WIDTH (&output->info)
        || area.height < GST_VIDEO_INFO_HEIGHT (&output->info);
  }
  self->surface.batch_size = count;
  self->surface.pictures = self->pictures;
  return TRUE;
}

/* NV12 in the first picture's matrix and range. */
static PtNvLayout
layout_of (const PtMuxOutput * output, const Sources * sources)
{
  const gboolean yuv = GST_VIDEO_INFO_FORMAT (&output->info) == GST_VIDEO_FORMAT_NV12;
  const guint32 first = sources->pictures[0].picture.format;
  return (PtNvLayout) {
    .gpu_id = sources->surface.gpu_id,.batch_size = output->batch_size,
    .width = GST_VIDEO_INFO_WIDTH (&output->info),.height = GST_VIDEO_INFO_HEIGHT (&output->info),
    .format = !yuv ? PT_NV_RGBA : pt_nv_format (first) == GST_VIDEO_FORMAT_NV12 ? first : PT_NV_NV12,
    .memory = PT_NV_DEVICE,
  };
}

static gboolean
make_black (const PtMuxOutput * output, PtNvSurface * surface)
{
  if (GST_VIDEO_INFO_FORMAT (&output->info) == GST_VIDEO_FORMAT_RGBA)
    return pt_nv_fill (surface, 0, 0);
  const guint8 black = pt_is_full_range (&output->info.colorimetry) ? 0 : 16;
  return pt_nv_fill (surface, 0, black) && pt_nv_fill (surface, 1, 128);
}

static char *
convert (const PtMuxOutput * output, Sources * sources, PtNvSurface * surface)
{
  if (sources->borders && !make_black (output, surface))
    return g_strdup ("NvBufSurfaceMemSet failed");
  const int error = pt_nv_transform (&sources->surface, surface,
      sources->borders ? sources->areas : NULL, output->method);
  return error ? g_strdup_printf ("NvBufSurfTransform failed with %d", error) : NULL;
}

GstBuffer *
pt_mux_gather_on_card (PtMuxOutput * output, const PtMuxFrame * frames, guint count, char **problem)
{
  Sources sources;
  PtNvSurface *surface;
  GstBuffer *buffer = NULL;
  if (!sources_init (&sources, output, frames, count)) {
    *problem = g_strdup ("a picture's surface cannot be mapped");
    goto out;
  }
  const PtNvLayout layout = layout_of (output, &sources);
  buffer = pt_nv_pool_acquire (&output->card, &layout, &surface);
  *problem = buffer ? convert (output, &sources, surface)
      : g_strdup_printf ("the card has no memory for %u pictures of %ux%u", layout.batch_size,
      layout.width, layout.height);
  if (*problem)
    gst_clear_buffer (&buffer);
out:
  sources_clear (&sources);
  return buffer;
}
