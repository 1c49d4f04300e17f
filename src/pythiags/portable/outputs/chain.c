/* See chain.h. */
#include "chain.h"

static gchar *
name_of (const PtChain * chain, const char *part)
{
  const gchar *bin = GST_OBJECT_NAME (chain->bin);
  return chain->stem ? g_strdup_printf ("%s-%s_%s", bin, chain->stem, part)
      : g_strdup_printf ("%s-%s", bin, part);
}

GstElement *
pt_chain_append (PtChain * chain, const char *factory, const char *part, const char *package)
{
  if (chain->failed)
    return NULL;
  gchar *name = name_of (chain, part);
  GstElement *made = gst_element_factory_make (factory, name);
  g_free (name);
  if (!made) {
    chain->failed = TRUE;
    GST_ELEMENT_ERROR (chain->bin, CORE, MISSING_PLUGIN,
        ("%s is missing; install the Debian package %s", factory, package), (NULL));
    return NULL;
  }
  gst_bin_add (chain->bin, made);
  if (!chain->first)
    chain->first = made;
  else if (!gst_element_link (chain->last, made)) {
    chain->failed = TRUE;
    GST_ELEMENT_ERROR (chain->bin, CORE, NEGOTIATION, ("%s cannot be linked to %s",
            GST_OBJECT_NAME (chain->last), GST_OBJECT_NAME (made)), (NULL));
    gst_bin_remove (chain->bin, made);
    return NULL;
  }
  chain->last = made;
  return made;
}

void
pt_chain_filter (PtChain * chain, const char *part, const char *text)
{
  GstElement *filter = pt_chain_append (chain, "capsfilter", part, "libgstreamer1.0-0");
  if (!filter)
    return;
  GstCaps *caps = gst_caps_from_string (text);
  g_object_set (filter, "caps", caps, NULL);
  gst_caps_unref (caps);
}

static GstElement *
next_of (GstElement * element)
{
  GstPad *src = gst_element_get_static_pad (element, "src");
  GstPad *sink = src ? gst_pad_get_peer (src) : NULL;
  GstElement *next = sink ? gst_pad_get_parent_element (sink) : NULL;
  gst_clear_object (&src);
  gst_clear_object (&sink);
  return next;
}

void
pt_chain_remove (GstBin * bin, GstElement * first)
{
  GList *elements = NULL;       /* the last one first: the others may wait for it */
  for (GstElement * each = first ? gst_object_ref (first) : NULL; each; each = next_of (each))
    elements = g_list_prepend (elements, each);
  for (GList * item = elements; item; item = item->next)
    gst_element_set_state (item->data, GST_STATE_NULL);
  for (GList * item = elements; item; item = item->next)
    gst_bin_remove (bin, item->data);
  g_list_free_full (elements, gst_object_unref);
}

void
pt_chain_empty (GstBin * bin)
{
  while (GST_BIN_CHILDREN (bin)) {
    GstElement *child = gst_object_ref (GST_BIN_CHILDREN (bin)->data);
    gst_bin_remove (bin, child);
    gst_element_set_state (child, GST_STATE_NULL);
    gst_object_unref (child);
  }
}
