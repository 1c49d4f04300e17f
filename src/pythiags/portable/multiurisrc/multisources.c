/* The sources of nvmultiurisrcbin come and go: see nvmultiurisrcbin.h. */
#include "nvmultiurisrcbin.h"

#include "inert.h"
#include "restjson.h"
#include "streams.h"

#define GST_CAT_DEFAULT pt_multi_debug

typedef GstNvmultiurisrcbin Multi;

/* ---- messages ---- */

static void
post (PtMultiSource * source, const char *name)
{
  GstStructure *structure = gst_structure_new (name,
      "source-id", G_TYPE_UINT, source->id,
      "sensor-id", G_TYPE_STRING, source->sensor_id,
      "sensor-name", G_TYPE_STRING, source->sensor_name,
      "uri", G_TYPE_STRING, source->uri, NULL);
  GstObject *inner = GST_OBJECT (source->owner->inner);
  gst_element_post_message (GST_ELEMENT (inner), gst_message_new_element (inner, structure));
}

/* ---- a source is added ---- */

static void
source_free (gpointer data)
{
  PtMultiSource *source = data;
  g_free (source->uri);
  g_free (source->sensor_id);
  g_free (source->sensor_name);
  gst_clear_object (&source->bin);
  gst_clear_object (&source->mux_pad);
  g_free (source);
}

static GstPadProbeReturn
note_end (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  PtMultiSource *source = data;
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_EOS)
    return GST_PAD_PROBE_OK;
  g_mutex_lock (&source->owner->lock);
  source->ended = TRUE;
  g_mutex_unlock (&source->owner->lock);
  GST_INFO_OBJECT (source->owner, "source %u has ended", source->id);
  return GST_PAD_PROBE_OK;
}

static void
pad_added (GstElement * bin, GstPad * pad, gpointer data)
{
  PtMultiSource *source = data;
  if (!g_str_has_prefix (GST_OBJECT_NAME (pad), "vsrc_"))
    return;
  if (GST_PAD_LINK_FAILED (gst_pad_link (pad, source->mux_pad)))
    GST_WARNING_OBJECT (source->owner, "cannot link %" GST_PTR_FORMAT, pad);
}

/* With the lock held: whether no source has this number. */
static gboolean
is_free (Multi * self, guint id)
{
  for (guint i = 0; i < self->sources->len; i++)
    if (((PtMultiSource *) g_ptr_array_index (self->sources, i))->id == id)
      return FALSE;
  return TRUE;
}

/* With the lock held: the next number that is free, or as the sensor is called. -1: none. */
static gint
choose_id (Multi * self, const char *sensor_id)
{
  const guint most = (guint) PT_MULTI_NUM (self, "max-batch-size");
  if (PT_MULTI_NUM (self, "sensorID-padID-mapping")) {
    const char *digits = sensor_id ? sensor_id : "";
    while (*digits && !g_ascii_isdigit (*digits))
      digits++;
    const guint64 id = g_ascii_strtoull (digits, NULL, 10);
    return *digits && id <= G_MAXINT && is_free (self, (guint) id) ? (gint) id : -1;
  }
  for (guint i = 0; i < most; i++) {
    const guint id = (self->next_id + i) % most;
    if (is_free (self, id)) {
      self->next_id = id + 1;
      return (gint) id;
    }
  }
  return -1;
}

/* With the lock held. */
static PtMultiSource *
reserve (Multi * self, const char *uri, const char *sensor_id, const char *sensor_name)
{
  const gint id = choose_id (self, sensor_id);
  if (id < 0)
    return NULL;
  PtMultiSource *source = g_new0 (PtMultiSource, 1);
  source->owner = self;
  source->id = (guint) id;
  source->uri = g_strdup (uri);
  source->sensor_id = g_strdup (sensor_id);
  source->sensor_name = g_strdup (sensor_name);
  g_ptr_array_add (self->sources, source);
  return source;
}

/* Messages of other sources look for theirs meanwhile, in their own threads: see owner_of(). */
static void
show_bin (PtMultiSource * source, GstElement * bin)
{
  g_mutex_lock (&source->owner->lock);
  source->bin = bin;
  g_mutex_unlock (&source->owner->lock);
}

static gboolean
plug (PtMultiSource * source)
{
  Multi *self = source->owner;
  char *name = g_strdup_printf ("sink_%u", source->id);
  source->mux_pad = gst_element_request_pad_simple (self->mux, name);
  g_free (name);
  GstElement *bin = source->mux_pad ? gst_element_factory_make ("nvurisrcbin", NULL) : NULL;
  if (!bin)
    return FALSE;
  gst_object_ref_sink (bin);
  pt_multi_set_up (self, bin);
  g_object_set (bin, "uri", source->uri, "source-id", (gint) source->id, NULL);
  source->handler = g_signal_connect (bin, "pad-added", G_CALLBACK (pad_added), source);
  gst_pad_add_probe (source->mux_pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, note_end, source, NULL);
  show_bin (source, bin);
  gst_bin_add (GST_BIN (self->inner), bin);
  return TRUE;
}

char *
pt_multi_add (Multi * self, const char *uri, const char *sensor_id, const char *sensor_name)
{
  g_mutex_lock (&self->lock);
  PtMultiSource *source =
      self->stopping ? NULL : reserve (self, uri, sensor_id, sensor_name);
  g_mutex_unlock (&self->lock);
  if (!source)
    return g_strdup ("the mixer has no pad for it: see max-batch-size, and for "
        "sensorID-padID-mapping the sensors' ids");
  if (!plug (source)) {
    g_mutex_lock (&self->lock);
    g_ptr_array_remove (self->sources, source);
    g_mutex_unlock (&self->lock);
    return g_strdup ("nvurisrcbin, or a pad of nvstreammux, cannot be made");
  }
  GST_INFO_OBJECT (self, "source %u is added", source->id);
  post (source, "stream-add");
  GstElement *bin = gst_object_ref (source->bin);
  gst_element_sync_state_with_parent (bin);     /* a message tells what fails, and ends `source` */
  gst_object_unref (bin);
  return NULL;
}

/* ---- a source is removed ---- */

/* The pad first: a thread that waits for room in the mixer's queue then goes on. */
static void
unplug (PtMultiSource * source)
{
  Multi *self = source->owner;
  g_signal_handler_disconnect (source->bin, source->handler);
  gst_element_set_locked_state (source->bin, TRUE);
  gst_element_release_request_pad (self->mux, source->mux_pad);
  gst_element_set_state (source->bin, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (self->inner), source->bin);
}

/* Of a source that is marked as leaving, by the caller. */
static void
take_out (PtMultiSource * source)
{
  Multi *self = source->owner;
  unplug (source);
  GST_INFO_OBJECT (self, "source %u is removed", source->id);
  post (source, "stream-remove");
  g_mutex_lock (&self->lock);
  g_ptr_array_remove (self->sources, source);
  self->removed++;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static PtMultiSource *
find (Multi * self, const char *uri, const char *sensor_id)
{
  for (guint i = 0; i < self->sources->len; i++) {
    PtMultiSource *source = g_ptr_array_index (self->sources, i);
    if (!source->leaving && g_strcmp0 (source->sensor_id, sensor_id) == 0
        && (!uri || g_str_equal (source->uri, uri)))
      return source;
  }
  return NULL;
}

gboolean
pt_multi_remove (Multi * self, const char *uri, const char *sensor_id)
{
  g_mutex_lock (&self->lock);
  PtMultiSource *source = self->stopping ? NULL : find (self, uri, sensor_id);
  if (source)
    source->leaving = TRUE;
  g_mutex_unlock (&self->lock);
  if (source)
    take_out (source);
  return source != NULL;
}

gboolean
pt_multi_has (Multi * self, const char *sensor_id)
{
  g_mutex_lock (&self->lock);
  const gboolean has = find (self, NULL, sensor_id) != NULL;
  g_mutex_unlock (&self->lock);
  return has;
}

gboolean
pt_multi_is_full (Multi * self)
{
  const guint most = (guint) PT_MULTI_NUM (self, "max-batch-size");
  g_mutex_lock (&self->lock);
  const gboolean full = self->sources->len >= most;
  g_mutex_unlock (&self->lock);
  return full;
}

char *
pt_multi_describe (Multi * self)
{
  GString *text = g_string_new ("[");
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->sources->len; i++) {
    PtMultiSource *source = g_ptr_array_index (self->sources, i);
    g_string_append_printf (text, "%s{\"source_id\":%u,\"camera_id\":", i ? "," : "", source->id);
    pt_json_append (text, source->sensor_id ? source->sensor_id : "");
    g_string_append (text, ",\"camera_name\":");
    pt_json_append (text, source->sensor_name ? source->sensor_name : "");
    g_string_append_c (text, '}');
  }
  g_mutex_unlock (&self->lock);
  g_string_append_c (text, ']');
  return g_string_free (text, FALSE);
}

/* ---- what becomes of them ---- */

/* With the lock held: the source that an object is a part of. */
static PtMultiSource *
owner_of (Multi * self, GstObject * object)
{
  for (guint i = 0; object && i < self->sources->len; i++) {
    PtMultiSource *source = g_ptr_array_index (self->sources, i);
    if (source->bin && gst_object_has_as_ancestor (object, GST_OBJECT (source->bin)))
      return source;
  }
  return NULL;
}

/* With the lock held: whether nothing comes from any other source, now or later. */
static gboolean
is_last (Multi * self, const PtMultiSource * source)
{
  for (guint i = 0; i < self->sources->len; i++) {
    const PtMultiSource *other = g_ptr_array_index (self->sources, i);
    if (other != source && !other->ended && !other->failed && !other->leaving)
      return FALSE;
  }
  return TRUE;
}

gboolean
pt_multi_note_error (Multi * self, GstObject * object, gboolean * drop)
{
  g_mutex_lock (&self->lock);
  PtMultiSource *source = owner_of (self, object);
  const gboolean alone = source && is_last (self, source) && !self->rest;
  *drop = source && source->leaving;
  if (source && !source->leaving && !alone) {
    source->failed = TRUE;
    g_cond_broadcast (&self->changed);
  }
  g_mutex_unlock (&self->lock);
  return source && !alone;
}

void
pt_multi_note_given_up (Multi * self, GstObject * object)
{
  g_mutex_lock (&self->lock);
  PtMultiSource *source = owner_of (self, object);
  if (source)
    source->failed = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

/* With the lock held. */
static gboolean
any_goes (Multi * self)
{
  for (guint i = 0; self->sources && i < self->sources->len; i++) {
    const PtMultiSource *source = g_ptr_array_index (self->sources, i);
    if (source->failed || source->leaving)
      return TRUE;
  }
  return FALSE;
}

guint
pt_multi_await_removals (Multi * self)
{
  g_mutex_lock (&self->lock);
  while (!self->stopping && any_goes (self))
    g_cond_wait (&self->changed, &self->lock);
  const guint removed = self->removed;
  g_mutex_unlock (&self->lock);
  return removed;
}

static GstPadProbeReturn
watch_mixer (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Multi *self = data;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  guint id;
  if (GST_EVENT_TYPE (event) != GST_EVENT_EOS && !pt_event_is_stream_ended (event, &id))
    return GST_PAD_PROBE_OK;
  g_mutex_lock (&self->lock);
  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    self->mux_ended = TRUE;
  else
    for (guint i = 0; i < self->sources->len; i++) {
      PtMultiSource *source = g_ptr_array_index (self->sources, i);
      source->drained |= source->id == id && source->ended;
    }
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

/* With the lock held: one that is to go. The last one that has ended stays until the mixer has passed
 * the end on, which it only does while it has a pad. */
static PtMultiSource *
next_to_go (Multi * self, gboolean drops_end)
{
  for (guint i = 0; i < self->sources->len; i++) {
    PtMultiSource *source = g_ptr_array_index (self->sources, i);
    const gboolean over = source->drained
        && (self->mux_ended || drops_end || !is_last (self, source));
    if (!source->leaving && (source->failed || over))
      return source;
  }
  return NULL;
}

/* Nothing more can come, and no end has passed: the pipeline would wait for ever. */
static gboolean
is_stranded (Multi * self)
{
  g_mutex_lock (&self->lock);
  const gboolean stranded = !self->sources->len && !self->rest && !self->mux_ended
      && !self->stopping;
  g_mutex_unlock (&self->lock);
  return stranded;
}

static gpointer
run (gpointer data)
{
  Multi *self = data;
  g_mutex_lock (&self->lock);
  while (!self->stopping) {
    g_mutex_unlock (&self->lock);
    const gboolean drops_end = PT_MULTI_NUM (self, "drop-pipeline-eos") != 0;
    g_mutex_lock (&self->lock);
    PtMultiSource *source = next_to_go (self, drops_end);
    if (!source && !self->stopping)
      g_cond_wait (&self->changed, &self->lock);
    if (!source)
      continue;
    source->leaving = TRUE;
    g_mutex_unlock (&self->lock);
    const gboolean failed = source->failed;
    take_out (source);
    if (failed && is_stranded (self))
      GST_ELEMENT_ERROR (self, RESOURCE, READ,
          ("No source is left: all have failed, and no REST server can add one"), (NULL));
    g_mutex_lock (&self->lock);
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

/* ---- the element starts and stops ---- */

void
pt_multi_start (Multi * self)
{
  self->sources = g_ptr_array_new_with_free_func (source_free);
  self->stopping = self->mux_ended = FALSE;
  self->next_id = 0;
  GstPad *src = gst_element_get_static_pad (self->mux, "src");
  gst_pad_add_probe (src, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, watch_mixer, self, NULL);
  gst_object_unref (src);
  self->worker = g_thread_new ("nvmultiurisrcbin", run, self);
}

void
pt_multi_stop (Multi * self)
{
  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&self->worker, g_thread_join);
  while (self->sources && self->sources->len)
    take_out (g_ptr_array_index (self->sources, 0));
  g_clear_pointer (&self->sources, g_ptr_array_unref);
}
