/* One picture through the converter, or through GStreamer's: called by the tests. */
#include <string.h>

#include "convert.h"

/* Every converter of GStreamer's is made by way of this: the linker has it so. */
static int made;
gpointer __real_gst_video_converter_new (gpointer from, gpointer to, gpointer options);

gpointer
__wrap_gst_video_converter_new (gpointer from, gpointer to, gpointer options)
{
  made++;
  return __real_gst_video_converter_new (from, to, options);
}

typedef struct
{
  GstVideoFrame frame;
  guint8 *planes[GST_VIDEO_MAX_PLANES];
} Padded;

static gboolean
info_of (GstVideoInfo * info, const char *text)
{
  GstCaps *caps = gst_caps_from_string (text);
  const gboolean known = caps && gst_video_info_from_caps (info, caps);
  if (caps)
    gst_caps_unref (caps);
  return known;
}

/* Rows are `extra` bytes longer than GStreamer's, and what lies between them is filled with 0xee. */
static void
padded_init (Padded * padded, const GstVideoInfo * info, gint extra)
{
  memset (padded, 0, sizeof *padded);
  padded->frame.info = *info;
  for (guint plane = 0; plane < GST_VIDEO_INFO_N_PLANES (info); plane++) {
    gint components[GST_VIDEO_MAX_COMPONENTS];
    gst_video_format_info_component (info->finfo, plane, components);
    const gsize rows = GST_VIDEO_INFO_COMP_HEIGHT (info, components[0]);
    padded->frame.info.stride[plane] += extra;
    const gsize size = rows * padded->frame.info.stride[plane];
    padded->planes[plane] = g_malloc (size);
    memset (padded->planes[plane], 0xee, size);
    padded->frame.data[plane] = padded->planes[plane];
  }
}

static void
padded_clear (Padded * padded)
{
  for (guint plane = 0; plane < GST_VIDEO_MAX_PLANES; plane++)
    g_free (padded->planes[plane]);
}

static void
wrap (GstVideoFrame * frame, const GstVideoInfo * info, guint8 * data)
{
  memset (frame, 0, sizeof *frame);
  frame->info = *info;
  for (guint plane = 0; plane < GST_VIDEO_INFO_N_PLANES (info); plane++)
    frame->data[plane] = data + GST_VIDEO_INFO_PLANE_OFFSET (info, plane);
}

/* TRUE: what lies between the rows is as it was. */
static gboolean
margins_are_whole (const Padded * padded)
{
  const GstVideoInfo *info = &padded->frame.info;
  for (guint plane = 0; plane < GST_VIDEO_INFO_N_PLANES (info); plane++) {
    gint components[GST_VIDEO_MAX_COMPONENTS];
    gst_video_format_info_component (info->finfo, plane, components);
    const gsize used = (gsize) GST_VIDEO_INFO_COMP_WIDTH (info, components[0])
        * GST_VIDEO_INFO_COMP_PSTRIDE (info, components[0]);
    for (gint y = 0; y < GST_VIDEO_INFO_COMP_HEIGHT (info, components[0]); y++)
      for (gsize x = used; x < (gsize) info->stride[plane]; x++)
        if (padded->planes[plane][y * (gsize) info->stride[plane] + x] != 0xee)
          return FALSE;
  }
  return TRUE;
}

/* Pictures in GStreamer's layout. 0: done; 1: unknown caps; 2: no way; 3: it wrote beside the rows. */
int
pixels_convert (const char *from_caps, const char *to_caps, guint8 * in, guint8 * out, int extra,
    int method)
{
  GstVideoInfo from_info, to_info;
  GstVideoFrame source, target;
  Padded from, to;
  PtConverter converter = { 0 };
  if (!info_of (&from_info, from_caps) || !info_of (&to_info, to_caps))
    return 1;
  wrap (&source, &from_info, in);
  wrap (&target, &to_info, out);
  padded_init (&from, &from_info, extra);
  padded_init (&to, &to_info, extra);
  gst_video_frame_copy (&from.frame, &source);
  const gboolean done = pt_converter_run (&converter, &from.frame, NULL, &to.frame, NULL, method,
      FALSE);
  const gboolean whole = margins_are_whole (&to);
  gst_video_frame_copy (&target, &to.frame);
  pt_converter_clear (&converter);
  padded_clear (&from);
  padded_clear (&to);
  return !done ? 2 : whole ? 0 : 3;
}

/* A part of a picture into a part of another, widened to whole cells of chroma, `times` times: how many
 * converters of GStreamer's that took. What `out` has outside of the part stays, or becomes black. -1: unknown caps; -2: no way. */
int
pixels_convert_part (const char *from_caps, const char *to_caps, guint8 * in, guint8 * out,
    const int *parts, int method, int fill, int times)
{
  GstVideoInfo from_info, to_info;
  GstVideoFrame from, to;
  PtConverter converter = { 0 };
  PtArea source = { parts[0], parts[1], parts[2], parts[3] };
  PtArea target = { parts[4], parts[5], parts[6], parts[7] };
  gboolean done = TRUE;
  if (!info_of (&from_info, from_caps) || !info_of (&to_info, to_caps))
    return -1;
  source = pt_area_on_cells (source, &from_info);
  target = pt_area_on_cells (target, &to_info);
  wrap (&from, &from_info, in);
  wrap (&to, &to_info, out);
  made = 0;
  for (int i = 0; i < times; i++)
    done &= pt_converter_run (&converter, &from, &source, &to, &target, method, fill);
  pt_converter_clear (&converter);
  return done ? made : -2;
}

/* The same by GStreamer, whose converter has no method but the nearest pixel here. */
int
pixels_reference (const char *from_caps, const char *to_caps, guint8 * in, guint8 * out)
{
  GstVideoInfo from_info, to_info;
  GstVideoFrame source, target;
  if (!info_of (&from_info, from_caps) || !info_of (&to_info, to_caps))
    return 1;
  wrap (&source, &from_info, in);
  wrap (&target, &to_info, out);
  GstVideoConverter *converter = gst_video_converter_new (&from_info, &to_info,
      gst_structure_new ("options", GST_VIDEO_CONVERTER_OPT_RESAMPLER_METHOD,
          GST_TYPE_VIDEO_RESAMPLER_METHOD, GST_VIDEO_RESAMPLER_METHOD_NEAREST,
          GST_VIDEO_CONVERTER_OPT_DITHER_METHOD, GST_TYPE_VIDEO_DITHER_METHOD,
          GST_VIDEO_DITHER_NONE, NULL));
  if (!converter)
    return 2;
  gst_video_converter_frame (converter, &source, &target);
  gst_video_converter_free (converter);
  return 0;
}
