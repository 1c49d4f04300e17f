/* The branches of nvurisrcbin: see nvurisrcbin.h. */
#include "nvurisrcbin.h"

#include <gst/video/video.h>

#include "inert.h"

#define GST_CAT_DEFAULT pt_uri_debug

static const struct
{
  const char *factory, *name, *rtsp_name;       /* DeepStream's names */
} video_elements[] = {
  {"queue", "nvurisrc_bin_queue", "queue"},
  {"nvvideoconvert", "nvurisrc_bin_nvvidconv_elem", "nvvidconv"},
  {"capsfilter", "nvurisrc_bin_src_cap_filter_nvvidconv", "src_cap_filter_nvvidconv"},
}, audio_elements[] = {
  {"queue", "nvurisrc_bin_audio_queue", "nvurisrc_bin_audio_queue"},    /* not DeepStream's */
  {"audioconvert", "nvurisrc_bin_audioconvert", "nvurisrc_bin_audioconvert"},
  {"audioresample", "nvurisrc_bin_audioresample", "nvurisrc_bin_audioresample"},
};

static GstPadProbeReturn
log_buffer (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GST_LOG_OBJECT (data, "%s: %" GST_PTR_FORMAT, GST_OBJECT_NAME (pad),
      GST_PAD_PROBE_INFO_BUFFER (info));
  return GST_PAD_PROBE_OK;
}

static void
set_up (GstNvurisrcbin * self, GstElement * element, const char *factory)
{
  if (g_str_equal (factory, "nvvideoconvert"))
    g_object_set (element, "disable-passthrough",
        (gboolean) PT_URI_NUM (self, "disable-passthrough"), NULL);
  else if (g_str_equal (factory, "capsfilter"))
    gst_util_set_object_arg (G_OBJECT (element), "caps", "video/x-raw(memory:NVMM)");
}

/* What the converter answers, without its turn in the queue: a decoder that waits for it there while
 * nothing moves downstream cannot be taken down. */
static GstPadProbeReturn
answer_allocation (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION)
    return GST_PAD_PROBE_OK;
  if (((PtUriBranch *) data)->is_video)
    gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  return GST_PAD_PROBE_HANDLED;
}

static void
answer_at_entry (PtUriBranch * branch)
{
  GstPad *pad = gst_element_get_static_pad (g_ptr_array_index (branch->elements, 0), "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM | GST_PAD_PROBE_TYPE_PUSH,
      answer_allocation, branch, NULL);
  gst_object_unref (pad);
}

static gboolean
add_element (PtUriBranch * branch, const char *factory, const char *name)
{
  GstNvurisrcbin *self = branch->owner;
  GstElement *element = gst_element_factory_make (factory, name);
  if (!element) {
    GST_ELEMENT_ERROR (self, CORE, MISSING_PLUGIN,
        ("%s is missing; install the Debian package gstreamer1.0-plugins-base", factory), (NULL));
    return FALSE;
  }
  set_up (self, element, factory);
  gst_bin_add (GST_BIN (self), element);
  if (branch->elements->len)
    gst_element_link (g_ptr_array_index (branch->elements, branch->elements->len - 1), element);
  g_ptr_array_add (branch->elements, gst_object_ref (element));
  return TRUE;
}

static gboolean
add_elements (PtUriBranch * branch)
{
  gboolean added = TRUE;
  branch->elements = g_ptr_array_new_with_free_func (gst_object_unref);
  for (guint i = 0; branch->is_video && added && i < G_N_ELEMENTS (video_elements); i++)
    added = add_element (branch, video_elements[i].factory,
        branch->owner->is_rtsp ? video_elements[i].rtsp_name : video_elements[i].name);
  for (guint i = 0; !branch->is_video && added && i < G_N_ELEMENTS (audio_elements); i++)
    added = add_element (branch, audio_elements[i].factory, audio_elements[i].name);
  return added;
}

static void
add_ghost (PtUriBranch * branch)
{
  GstElement *self = GST_ELEMENT (branch->owner);
  GstElement *last = g_ptr_array_index (branch->elements, branch->elements->len - 1);
  GstPad *target = gst_element_get_static_pad (last, "src");
  GstPadTemplate *template =
      gst_element_get_pad_template (self, branch->is_video ? "vsrc_%u" : "asrc_%u");
  branch->ghost = gst_ghost_pad_new_from_template (branch->is_video ? "vsrc_0" : "asrc_0", target,
      template);
  gst_object_unref (target);
  gst_pad_add_probe (branch->ghost, GST_PAD_PROBE_TYPE_BUFFER, log_buffer, self, NULL);
  gst_pad_set_active (branch->ghost, TRUE);
  gst_element_add_pad (self, branch->ghost);
  GST_INFO_OBJECT (self, "has %" GST_PTR_FORMAT, branch->ghost);
}

static gboolean
open_branch (PtUriBranch * branch)
{
  if (!add_elements (branch))
    return FALSE;
  answer_at_entry (branch);
  add_ghost (branch);
  for (guint i = branch->elements->len; i-- > 0;)
    gst_element_sync_state_with_parent (g_ptr_array_index (branch->elements, i));
  return TRUE;
}

static GstPad *
entry_of (PtUriBranch * branch)
{
  return branch->ghost ? gst_element_get_static_pad (g_ptr_array_index (branch->elements, 0), "sink")
      : NULL;
}

void
pt_uri_branch_take (PtUriBranch * branch, GstPad * pad)
{
  GstNvurisrcbin *self = branch->owner;
  g_mutex_lock (&self->lock);
  const gboolean taken = branch->pad || self->stopping;
  if (!taken)
    branch->pad = gst_object_ref (pad);
  g_mutex_unlock (&self->lock);
  if (taken) {
    GST_DEBUG_OBJECT (self, "another stream is left out: %" GST_PTR_FORMAT, pad);
    return;
  }
  if (!branch->ghost && !open_branch (branch))
    return;
  if (self->loops)
    pt_uri_loop_watch (branch, pad);
  GstPad *entry = entry_of (branch);
  if (GST_PAD_LINK_FAILED (gst_pad_link (pad, entry)))
    GST_ELEMENT_ERROR (self, STREAM, FORMAT,
        ("A stream cannot be linked: it is neither raw video nor raw audio"),
        ("%" GST_PTR_FORMAT, pad));
  gst_object_unref (entry);
}

static const char *const limits[] = { "max-size-buffers", "max-size-bytes", "max-size-time" };

void
pt_uri_branch_lift_limits (PtUriBranch * branch, gboolean lifted)
{
  if (!branch->ghost)
    return;
  GObject *queue = g_ptr_array_index (branch->elements, 0);
  for (guint i = 0; i < G_N_ELEMENTS (limits); i++) {
    GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (queue), limits[i]);
    if (lifted)
      gst_util_set_object_arg (queue, limits[i], "0");
    else
      g_object_set_property (queue, limits[i], g_param_spec_get_default_value (spec));
  }
}

void
pt_uri_branch_send_eos (PtUriBranch * branch)
{
  GstPad *entry = entry_of (branch);
  if (entry)
    gst_pad_send_event (entry, gst_event_new_eos ());
  gst_clear_object (&entry);
}

void
pt_uri_branches_send_eos (GstNvurisrcbin * self)
{
  pt_uri_branch_send_eos (&self->video);
  pt_uri_branch_send_eos (&self->audio);
}

void
pt_uri_branch_close (PtUriBranch * branch)
{
  GstNvurisrcbin *self = branch->owner;
  if (branch->ghost) {
    gst_pad_set_active (branch->ghost, FALSE);
    gst_element_remove_pad (GST_ELEMENT (self), branch->ghost);
    branch->ghost = NULL;
  }
  for (guint i = 0; branch->elements && i < branch->elements->len; i++) {
    GstElement *element = g_ptr_array_index (branch->elements, i);
    gst_element_set_locked_state (element, TRUE);
    gst_element_set_state (element, GST_STATE_NULL);
    gst_bin_remove (GST_BIN (self), element);
  }
  g_clear_pointer (&branch->elements, g_ptr_array_unref);
  branch->started = FALSE;
}
