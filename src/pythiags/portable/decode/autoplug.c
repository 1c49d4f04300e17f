/* See autoplug.h. */
#include "autoplug.h"

#include "factories.h"

/* Who puts a decoder that its user did not ask for into itself. */
static gboolean
is_autoplugger (GstObject * parent)
{
  static const char *const types[] = { "GstDecodeBin", "GstDecodebin3", NULL };
  return parent && g_strv_contains (types, G_OBJECT_TYPE_NAME (parent));
}

/* GstIterator's: 0 for an element of DeepStream's name, other than `decoder`. */
static gint
compare (gconstpointer item, gconstpointer decoder)
{
  GstElement *element = g_value_get_object (item);
  GstElementFactory *factory = gst_element_get_factory (element);
  if (!factory || element == decoder)
    return 1;
  return g_strv_contains (pt_factories, GST_OBJECT_NAME (factory)) ? 0 : 1;
}

static gboolean
has_deepstream (GstBin * bin, GstElement * decoder)
{
  GValue found = G_VALUE_INIT;
  GstIterator *elements = gst_bin_iterate_recurse (bin);
  gboolean has = gst_iterator_find_custom (elements, compare, &found, decoder);
  if (has)
    g_value_unset (&found);
  gst_iterator_free (elements);
  return has;
}

gboolean
pt_autoplug_declines (GstElement * decoder)
{
  GstObject *parent = gst_object_get_parent (GST_OBJECT (decoder));
  gboolean declines = FALSE;
  if (is_autoplugger (parent)) {
    GstObject *top = gst_object_ref (parent), *above;
    while ((above = gst_object_get_parent (top))) {
      gst_object_unref (top);
      top = above;
    }
    declines = !has_deepstream (GST_BIN (top), decoder);
    gst_object_unref (top);
  }
  gst_clear_object (&parent);
  return declines;
}
