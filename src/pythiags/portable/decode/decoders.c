/* See decoders.h. */
#include "decoders.h"
#include <string.h>

/* NVIDIA's and V4L2's names are hardware even where their class does not say so. */
static gboolean
is_software (GstElementFactory * factory)
{
  const gchar *klass = gst_element_factory_get_metadata (factory, GST_ELEMENT_METADATA_KLASS);
  const gchar *name = GST_OBJECT_NAME (factory);
  return !strstr (klass, "Hardware") && !g_str_has_prefix (name, "nv")
      && !g_str_has_prefix (name, "v4l2") && !g_str_has_prefix (name, "omx");
}

GList *
pt_decoders_for (const GstCaps * caps, gboolean all_of_them)
{
  GList *all = gst_element_factory_list_get_elements (GST_ELEMENT_FACTORY_TYPE_DECODER
      | GST_ELEMENT_FACTORY_TYPE_MEDIA_VIDEO | GST_ELEMENT_FACTORY_TYPE_MEDIA_IMAGE,
      GST_RANK_MARGINAL);
  GList *found = gst_element_factory_list_filter (all, caps, GST_PAD_SINK, all_of_them);
  gst_plugin_feature_list_free (all);
  for (GList * link = found; link;) {
    GList *next = link->next;
    if (!is_software (link->data)) {
      gst_object_unref (link->data);
      found = g_list_delete_link (found, link);
    }
    link = next;
  }
  return g_list_sort (found, (GCompareFunc) gst_plugin_feature_rank_compare_func);
}

const char *
pt_codec_name (const GstCaps * caps)
{
  static const struct { const char *media, *name; } names[] = {
    {"video/x-h264", "H.264"}, {"video/x-h265", "H.265"}, {"video/x-vp8", "VP8"},
    {"video/x-vp9", "VP9"}, {"video/x-av1", "AV1"}, {"image/jpeg", "JPEG"},
    {"video/mpeg", "MPEG video"}, {"video/x-divx", "DivX"},
  };
  const char *media = gst_structure_get_name (gst_caps_get_structure (caps, 0));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (media, names[i].media))
      return names[i].name;
  return media;
}

static GstCaps *
merge_sink_caps (GstCaps * caps, GstElementFactory * factory)
{
  const GList *link = gst_element_factory_get_static_pad_templates (factory);
  for (; link; link = link->next) {
    GstStaticPadTemplate *template = link->data;
    if (template->direction == GST_PAD_SINK)
      caps = gst_caps_merge (caps, gst_static_caps_get (&template->static_caps));
  }
  return caps;
}

GstCaps *
pt_decodable_caps (const GstCaps * all)
{
  GstCaps *result = gst_caps_new_empty ();
  for (guint i = 0; i < gst_caps_get_size (all); i++) {
    GstCaps *codec = gst_caps_copy_nth (all, i);
    GList *factories = pt_decoders_for (codec, FALSE);
    if (factories) {
      GstCaps *taken = gst_caps_new_empty ();
      for (GList * link = factories; link; link = link->next)
        taken = merge_sink_caps (taken, link->data);
      GstCaps *both = gst_caps_intersect (codec, taken);
      gst_caps_unref (taken);
      gst_caps_unref (codec);
      codec = both;
    }
    gst_plugin_feature_list_free (factories);
    result = gst_caps_merge (result, codec);
  }
  return result;
}
