/* The front of nvurisrcbin, which comes and goes with the source: see nvurisrcbin.h. */
#include "nvurisrcbin.h"

#include "inert.h"

#define GST_CAT_DEFAULT pt_uri_debug

/* ---- elements ---- */

GstElement *
pt_uri_front_add (GstNvurisrcbin * self, const char *factory, const char *name)
{
  GstElement *element = gst_element_factory_make (factory, name);
  if (!element) {
    GST_ELEMENT_ERROR (self, CORE, MISSING_PLUGIN,
        ("%s is missing; install the Debian packages gstreamer1.0-plugins-good and "
            "gstreamer1.0-plugins-bad", factory), (NULL));
    return NULL;
  }
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->front, gst_object_ref_sink (element));
  g_mutex_unlock (&self->lock);
  gst_bin_add (GST_BIN (self), element);
  return element;
}

static GPtrArray *
members (GstNvurisrcbin * self)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (gst_object_unref);
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->front->len; i++)
    g_ptr_array_add (all, gst_object_ref (g_ptr_array_index (self->front, i)));
  g_mutex_unlock (&self->lock);
  return all;
}

/* From the decoder up to the source: what waits for room downstream is freed first. */
static void
take_down (GPtrArray * all)
{
  for (guint i = all->len; i-- > 0;) {
    gst_element_set_locked_state (g_ptr_array_index (all, i), TRUE);
    gst_element_set_state (g_ptr_array_index (all, i), GST_STATE_NULL);
  }
}

static void
forget (GstNvurisrcbin * self)
{
  g_mutex_lock (&self->lock);
  g_ptr_array_set_size (self->front, 0);
  self->queue = NULL;
  gst_clear_object (&self->video.pad);
  gst_clear_object (&self->audio.pad);
  self->has_video = self->has_audio = self->replacing = FALSE;
  self->video.held = self->audio.held = FALSE;
  g_mutex_unlock (&self->lock);
}

void
pt_uri_front_drop (GstNvurisrcbin * self)
{
  g_mutex_lock (&self->lock);
  self->replacing = TRUE;
  g_mutex_unlock (&self->lock);
  pt_uri_branch_lift_limits (&self->video, TRUE);
  pt_uri_branch_lift_limits (&self->audio, TRUE);
  GPtrArray *all = members (self);
  take_down (all);
  g_ptr_array_unref (all);
  all = members (self);         /* the source may have added some until it was down */
  take_down (all);
  for (guint i = 0; i < all->len; i++)
    gst_bin_remove (GST_BIN (self), g_ptr_array_index (all, i));
  g_ptr_array_unref (all);
  pt_uri_branch_lift_limits (&self->video, FALSE);
  pt_uri_branch_lift_limits (&self->audio, FALSE);
  forget (self);
}

/* ---- any URI ---- */

static const char *
media_of (GstPad * pad)
{
  GstCaps *caps = gst_pad_get_current_caps (pad);
  if (!caps)
    caps = gst_pad_query_caps (pad, NULL);
  const char *name = gst_caps_is_empty (caps) || gst_caps_is_any (caps) ? ""
      : gst_structure_get_name (gst_caps_get_structure (caps, 0));
  const char *media = g_str_has_prefix (name, "video") ? "video"
      : g_str_has_prefix (name, "audio") ? "audio" : "other";
  gst_caps_unref (caps);
  return media;
}

static void
decoded_pad_added (GstElement * element, GstPad * pad, gpointer data)
{
  GstNvurisrcbin *self = data;
  const char *media = media_of (pad);
  if (g_str_equal (media, "video"))
    pt_uri_branch_take (&self->video, pad);
  else if (g_str_equal (media, "audio") && !PT_URI_NUM (self, "disable-audio"))
    pt_uri_branch_take (&self->audio, pad);
  else
    GST_DEBUG_OBJECT (self, "a stream is left out: %" GST_PTR_FORMAT, pad);
}

static void
set_if_there (GstElement * element, const char *name, gint64 number)
{
  GObject *object = G_OBJECT (element);
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (object), name))
    g_object_set (object, name, (guint) number, NULL);
}

static void
source_setup (GstElement * decodebin, GstElement * source, gpointer data)
{
  set_if_there (source, "latency", PT_URI_NUM (data, "latency"));
  set_if_there (source, "udp-buffer-size", PT_URI_NUM (data, "udp-buffer-size"));
}

static GstElement *
uri_source_new (GstNvurisrcbin * self)
{
  GstElement *source = pt_uri_front_add (self, "uridecodebin", "nvurisrc_bin_src_elem");
  if (!source)
    return NULL;
  char *uri = pt_inert_text (G_OBJECT (self), "uri");
  g_object_set (source, "uri", uri, NULL);
  g_free (uri);
  g_signal_connect (source, "pad-added", G_CALLBACK (decoded_pad_added), self);
  g_signal_connect_swapped (source, "no-more-pads", G_CALLBACK (gst_element_no_more_pads), self);
  g_signal_connect (source, "source-setup", G_CALLBACK (source_setup), self);
  return source;
}

/* ---- RTSP, behind rtspsrc ---- */

static const struct
{
  const char *encoding, *depayloader, *parser;
} codecs[] = {
  {"H264", "rtph264depay", "h264parse"},
  {"H265", "rtph265depay", "h265parse"},
  {"MP4V-ES", "rtpmp4vdepay", "mpeg4videoparse"},
};

static gint
codec_of (const char *encoding)
{
  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++)
    if (g_strcmp0 (codecs[i].encoding, encoding) == 0)
      return i;
  return -1;
}

static void
link_to (GstPad * pad, GstElement * element)
{
  GstPad *sink = gst_element_get_static_pad (element, "sink");
  gst_pad_link (pad, sink);
  gst_object_unref (sink);
}

static void
watch_pad (GstNvurisrcbin * self, GstElement * depayloader, GstElement * parser)
{
  GstPad *packets = gst_element_get_static_pad (depayloader, "src");
  GstPad *frames = gst_element_get_static_pad (parser, "src");
  if (self->reconnects)
    pt_uri_reconnect_watch (self, packets);
  if (self->recorder)
    pt_recorder_watch (self->recorder, frames, TRUE);
  gst_object_unref (frames);
  gst_object_unref (packets);
}

static GstElement *
add_queue (GstNvurisrcbin * self)
{
  GstElement *queue = pt_uri_front_add (self, "queue", "dec_que");
  if (!queue)
    return NULL;
  g_object_set (queue, "leaky", (gint) PT_URI_NUM (self, "leaky"),
      "max-size-buffers", (guint) PT_URI_NUM (self, "max-size-buffers"), NULL);
  g_mutex_lock (&self->lock);
  self->queue = queue;
  g_mutex_unlock (&self->lock);
  return queue;
}

static gboolean
take_video (GstNvurisrcbin * self, GstPad * pad, guint codec)
{
  GstElement *elements[] = {
    pt_uri_front_add (self, codecs[codec].depayloader, "depay"),
    pt_uri_front_add (self, codecs[codec].parser, "parser"),
    add_queue (self),
    pt_uri_front_add (self, "decodebin", "decodebin"),
  };
  for (guint i = 0; i < G_N_ELEMENTS (elements); i++)
    if (!elements[i])
      return FALSE;
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (elements[1]), "config-interval"))
    g_object_set (elements[1], "config-interval", -1, NULL);    /* recordings begin anywhere */
  watch_pad (self, elements[0], elements[1]);
  g_signal_connect (elements[3], "pad-added", G_CALLBACK (decoded_pad_added), self);
  gst_element_link_many (elements[0], elements[1], elements[2], elements[3], NULL);
  for (guint i = G_N_ELEMENTS (elements); i-- > 0;)
    gst_element_sync_state_with_parent (elements[i]);
  link_to (pad, elements[0]);
  return TRUE;
}

static void
parsed_audio_added (GstElement * parsebin, GstPad * pad, gpointer data)
{
  GstNvurisrcbin *self = data;
  GstElement *decodebin = pt_uri_front_add (self, "decodebin", "adecodebin");
  if (!decodebin)
    return;
  if (self->recorder)
    pt_recorder_watch (self->recorder, pad, FALSE);
  g_signal_connect (decodebin, "pad-added", G_CALLBACK (decoded_pad_added), self);
  gst_element_sync_state_with_parent (decodebin);
  link_to (pad, decodebin);
}

static void
take_audio (GstNvurisrcbin * self, GstPad * pad)
{
  GstElement *parsebin = pt_uri_front_add (self, "parsebin", "aparsebin");
  if (!parsebin)
    return;
  g_signal_connect (parsebin, "pad-added", G_CALLBACK (parsed_audio_added), self);
  gst_element_sync_state_with_parent (parsebin);
  link_to (pad, parsebin);
}

/* Whether a stream is the first of its medium; it is then taken. */
static gboolean
claim (GstNvurisrcbin * self, gboolean * has)
{
  g_mutex_lock (&self->lock);
  const gboolean first = !*has && !self->replacing && !self->stopping;
  *has |= first;
  g_mutex_unlock (&self->lock);
  return first;
}

static void
rtsp_pad_added (GstElement * source, GstPad * pad, gpointer data)
{
  GstNvurisrcbin *self = data;
  GstCaps *caps = gst_pad_get_current_caps (pad);
  if (!caps)
    caps = gst_pad_query_caps (pad, NULL);
  const GstStructure *structure = gst_caps_get_structure (caps, 0);
  const char *media = gst_structure_get_string (structure, "media");
  const char *encoding = gst_structure_get_string (structure, "encoding-name");
  const gint codec = codec_of (encoding);
  if (g_strcmp0 (media, "audio") == 0 && claim (self, &self->has_audio))
    take_audio (self, pad);
  else if (g_strcmp0 (media, "video") == 0 && claim (self, &self->has_video)) {
    if (codec >= 0)
      take_video (self, pad, codec);
    else
      GST_ELEMENT_ERROR (self, STREAM, FORMAT,
          ("%s is not supported over RTSP, expected H264, H265 or MP4V-ES; with type=uri, which does "
              "not reconnect, any codec is", encoding), (NULL));
  }
  gst_caps_unref (caps);
}

static gboolean
select_stream (GstElement * source, guint number, GstCaps * caps, gpointer self)
{
  const char *media = gst_structure_get_string (gst_caps_get_structure (caps, 0), "media");
  return g_strcmp0 (media, "video") == 0
      || (g_strcmp0 (media, "audio") == 0 && !PT_URI_NUM (self, "disable-audio"));
}

/* ---- the front ---- */

gboolean
pt_uri_front_build (GstNvurisrcbin * self, gboolean sync)
{
  GstElement *source = self->is_rtsp ? pt_uri_rtsp_new (self) : uri_source_new (self);
  if (!source)
    return FALSE;
  if (self->is_rtsp) {
    g_signal_connect (source, "pad-added", G_CALLBACK (rtsp_pad_added), self);
    g_signal_connect (source, "select-stream", G_CALLBACK (select_stream), self);
  }
  return !sync || gst_element_sync_state_with_parent (source);
}

/* An end that was sent to the bin meanwhile may have gone to the old one, and with it. */
gboolean
pt_uri_front_replace (GstNvurisrcbin * self)
{
  pt_uri_front_drop (self);
  g_mutex_lock (&self->lock);
  self->has_data = self->failed = FALSE;
  self->last_start = g_get_monotonic_time ();
  const gboolean stopping = self->stopping, ending = self->ending;
  g_mutex_unlock (&self->lock);
  if (!stopping && !ending)
    return pt_uri_front_build (self, TRUE);
  if (!stopping)
    pt_uri_branches_send_eos (self);
  return TRUE;
}
