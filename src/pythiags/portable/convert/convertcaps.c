/* The negotiation of nvvideoconvert: see convertcaps.h. */
#include "convertcaps.h"

#include "surface.h"

/* ---- what is possible ---- */

static void
append (GstCaps * caps, const GstStructure * structure, gboolean nvmm, gboolean keep_batch)
{
  GstStructure *copy = gst_structure_copy (structure);
  if (!keep_batch)
    gst_structure_remove_field (copy, "batch-size");
  gst_caps_append_structure_full (caps, copy,
      nvmm ? gst_caps_features_new (PT_FEATURE_NVMM, NULL) : NULL);
}

static void
append_both (GstCaps * caps, const GstStructure * structure, gboolean nvmm_first,
    gboolean keep_batch)
{
  append (caps, structure, nvmm_first, keep_batch && nvmm_first);
  append (caps, structure, !nvmm_first, keep_batch && !nvmm_first);
}

static GstStructure *
any_picture (const GstStructure * structure)
{
  GstStructure *any = gst_structure_copy (structure);
  gst_structure_set (any, "width", GST_TYPE_INT_RANGE, 1, G_MAXINT,
      "height", GST_TYPE_INT_RANGE, 1, G_MAXINT, NULL);
  gst_structure_remove_fields (any, "format", "colorimetry", "chroma-site",
      "pixel-aspect-ratio", NULL);
  return any;
}

/* A batch's size is kept in NVMM memory only, and says nothing about the input. The same picture
 * in either memory comes first, unless it is turned; then any other. */
GstCaps *
pt_convert_caps (GstPadDirection direction, GstCaps * caps, GstCaps * filter, gboolean turned)
{
  const gboolean forward = direction == GST_PAD_SINK;
  GstCaps *all = gst_caps_new_empty ();
  for (guint pass = turned; pass < 2; pass++)
    for (guint i = 0; i < gst_caps_get_size (caps); i++) {
      const GstStructure *structure = gst_caps_get_structure (caps, i);
      gboolean nvmm = gst_caps_features_contains (gst_caps_get_features (caps, i),
          PT_FEATURE_NVMM);
      GstStructure *any = pass ? any_picture (structure) : NULL;
      append_both (all, any ? any : structure, nvmm, forward && nvmm);
      g_clear_pointer (&any, gst_structure_free);
    }
  if (filter) {
    GstCaps *both = gst_caps_intersect_full (filter, all, GST_CAPS_INTERSECT_FIRST);
    gst_caps_unref (all);
    all = both;
  }
  return all;
}

/* ---- which is best ---- */

/* What a change of format costs: much where something is lost, little where it is only work. */
static guint
loss (const GstVideoFormatInfo * from, const GstVideoFormatInfo * to)
{
  if (from == to)
    return 0;
  guint cost = 1;
  if (GST_VIDEO_FORMAT_INFO_IS_GRAY (to) && !GST_VIDEO_FORMAT_INFO_IS_GRAY (from))
    cost += 1000;
  if (GST_VIDEO_FORMAT_INFO_BITS (to) < GST_VIDEO_FORMAT_INFO_BITS (from))
    cost += 500;
  if (GST_VIDEO_FORMAT_INFO_IS_YUV (to) != GST_VIDEO_FORMAT_INFO_IS_YUV (from))
    cost += 100;
  if (!GST_VIDEO_FORMAT_INFO_IS_RGB (from) != !GST_VIDEO_FORMAT_INFO_IS_RGB (to))
    cost += 100;
  if (GST_VIDEO_FORMAT_INFO_W_SUB (to, 1) > GST_VIDEO_FORMAT_INFO_W_SUB (from, 1)
      || GST_VIDEO_FORMAT_INFO_H_SUB (to, 1) > GST_VIDEO_FORMAT_INFO_H_SUB (from, 1))
    cost += 50;
  if (GST_VIDEO_FORMAT_INFO_HAS_ALPHA (from) && !GST_VIDEO_FORMAT_INFO_HAS_ALPHA (to))
    cost += 20;
  return cost + GST_VIDEO_FORMAT_INFO_BITS (to) / 8;
}

static const GstVideoFormatInfo *
format_named (const char *name)
{
  GstVideoFormat format = name ? gst_video_format_from_string (name) : GST_VIDEO_FORMAT_UNKNOWN;
  return format == GST_VIDEO_FORMAT_UNKNOWN ? NULL : gst_video_format_get_info (format);
}

static void
fixate_format (const GstStructure * in, GstStructure * out)
{
  const GstVideoFormatInfo *from = format_named (gst_structure_get_string (in, "format"));
  const GValue *list = gst_structure_get_value (out, "format");
  if (!from || !list || !GST_VALUE_HOLDS_LIST (list))
    return;
  const char *best = NULL;
  guint least = G_MAXUINT;
  for (guint i = 0; i < gst_value_list_get_size (list); i++) {
    const char *name = g_value_get_string (gst_value_list_get_value (list, i));
    const GstVideoFormatInfo *to = format_named (name);
    if (to && loss (from, to) < least) {
      least = loss (from, to);
      best = name;
    }
  }
  if (best) {
    GstStructure *fixed = gst_structure_copy (out);     /* `best` points into `out` */
    gst_structure_set (fixed, "format", G_TYPE_STRING, best, NULL);
    gst_structure_set_value (out, "format", gst_structure_get_value (fixed, "format"));
    gst_structure_free (fixed);
  }
}

/* A size of which only one side is asked for keeps the shape. */
static void
fixate_size (const GstStructure * in, GstStructure * out, gboolean turned)
{
  gint width, height, fixed;
  if (!gst_structure_get_int (in, turned ? "height" : "width", &width)
      || !gst_structure_get_int (in, turned ? "width" : "height", &height))
    return;
  if (gst_structure_get_int (out, "width", &fixed))
    height = MAX (1, gst_util_uint64_scale_int_round (height, fixed, width));
  else if (gst_structure_get_int (out, "height", &fixed))
    width = MAX (1, gst_util_uint64_scale_int_round (width, fixed, height));
  if (gst_structure_has_field (out, "width"))
    gst_structure_fixate_field_nearest_int (out, "width", width);
  if (gst_structure_has_field (out, "height"))
    gst_structure_fixate_field_nearest_int (out, "height", height);
}

static void
prefer (GstStructure * out, const char *field, const char *value)
{
  if (gst_structure_has_field (out, field))
    gst_structure_fixate_field_string (out, field, value);
  else
    gst_structure_set (out, field, G_TYPE_STRING, value, NULL);
}

/* YUV to YUV keeps its colours and chroma site. Both are written down, also where the input has but
 * the defaults of its size: those of the output's size may be others. */
static void
keep_colours (const GstCaps * caps, GstStructure * out)
{
  GstVideoInfo in;
  const GstVideoFormatInfo *to = format_named (gst_structure_get_string (out, "format"));
  if (!to || !GST_VIDEO_FORMAT_INFO_IS_YUV (to) || !gst_video_info_from_caps (&in, caps)
      || !GST_VIDEO_INFO_IS_YUV (&in))
    return;
  char *colours = gst_video_colorimetry_to_string (&in.colorimetry);
  if (colours)
    prefer (out, "colorimetry", colours);
  char *site = in.chroma_site == GST_VIDEO_CHROMA_SITE_UNKNOWN ? NULL
      : gst_video_chroma_site_to_string (in.chroma_site);
  if (site)
    prefer (out, "chroma-site", site);
  g_free (site);
  g_free (colours);
}

GstCaps *
pt_convert_fixate (const GstCaps * caps, GstCaps * other, gboolean turned)
{
  other = gst_caps_make_writable (gst_caps_truncate (other));
  const GstStructure *in = gst_caps_get_structure (caps, 0);
  GstStructure *out = gst_caps_get_structure (other, 0);
  fixate_format (in, out);
  fixate_size (in, out, turned);
  keep_colours (caps, out);
  return gst_caps_fixate (other);
}
