/* See muxcard.h. */
#include "muxcard.h"

#include "nvgather.h"

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

/* Where the pictures of the frames go. */
typedef struct
{
  PtNvSources sources;
  PtNvRect *areas;
  gboolean borders;
} Fit;

static void
fit_clear (Fit * fit)
{
  pt_nv_sources_clear (&fit->sources);
  g_free (fit->areas);
}

static gboolean
fit_init (Fit * fit, const PtMuxOutput * output, const PtMuxFrame * frames, guint count)
{
  GstBuffer **buffers = g_newa (GstBuffer *, count);
  *fit = (Fit) {.areas = g_new0 (PtNvRect, count) };
  for (guint i = 0; i < count; i++) {
    PtArea area = pt_area_or_whole (NULL, &output->info);
    buffers[i] = frames[i].buffer;
    if (output->padding)
      area = pt_area_letterbox (&frames[i].info, &output->info);
    fit->areas[i] = (PtNvRect) {area.y, area.x, area.width, area.height, {NULL}};
    fit->borders |= area.width < GST_VIDEO_INFO_WIDTH (&output->info)
        || area.height < GST_VIDEO_INFO_HEIGHT (&output->info);
  }
  return pt_nv_sources_init (&fit->sources, buffers, count);
}

static char *
convert (const PtMuxOutput * output, Fit * fit, PtNvSurface * surface)
{
  if (fit->borders && !pt_nv_fill_black (surface, &output->info))
    return g_strdup ("NvBufSurfaceMemSet failed");
  const int error = pt_nv_transform (&fit->sources.surface, surface, NULL,
      fit->borders ? fit->areas : NULL, output->method);
  if (error && output->method == PT_INTER_ALGO2)
    return g_strdup_printf ("NvBufSurfTransform failed with %d: interpolation-method=3 only makes "
        "pictures smaller; set another one", error);
  return error ? g_strdup_printf ("NvBufSurfTransform failed with %d", error) : NULL;
}

GstBuffer *
pt_mux_gather_on_card (PtMuxOutput * output, const PtMuxFrame * frames, guint count, char **problem)
{
  Fit fit;
  PtNvSurface *surface;
  GstBuffer *buffer = NULL;
  if (!fit_init (&fit, output, frames, count)) {
    *problem = g_strdup ("a picture's surface cannot be mapped");
    goto out;
  }
  const PtNvLayout layout = pt_nv_layout_like (&fit.sources.surface, &output->info, output->batch_size);
  buffer = pt_nv_pool_acquire (&output->card, &layout, &surface);
  *problem = buffer ? convert (output, &fit, surface)
      : g_strdup_printf ("the card has no memory for %u pictures of %ux%u", layout.batch_size,
      layout.width, layout.height);
  if (*problem)
    gst_clear_buffer (&buffer);
out:
  fit_clear (&fit);
  return buffer;
}
