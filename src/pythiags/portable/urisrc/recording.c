/* See recording.h. */
#include "recording.h"

#define MOST_BYTES (64 * 1024 * 1024)   /* that wait for the disk; then frames are left out */
#define PATIENCE (20 * GST_SECOND)      /* for the muxer and the disk at the end */

static const struct
{
  const char *media, *parser;
} parsers[] = {
  {"video/x-h264", "h264parse"}, {"video/x-h265", "h265parse"}, {"video/mpeg", "mpeg4videoparse"},
  {"audio/mpeg", "aacparse"}, {"audio/x-opus", "opusparse"},
};

static const char *
parser_of (const GstCaps * caps)
{
  const char *media = gst_structure_get_name (gst_caps_get_structure (caps, 0));
  for (guint i = 0; i < G_N_ELEMENTS (parsers); i++)
    if (g_str_equal (parsers[i].media, media))
      return parsers[i].parser;
  return "identity";
}

static GstElement *
add (PtRecording * recording, const char *factory, char **problem)
{
  GstElement *element = gst_element_factory_make (factory, NULL);
  if (element)
    gst_bin_add (GST_BIN (recording->pipeline), element);
  else if (!*problem)
    *problem = g_strdup_printf ("%s is missing; install the Debian packages "
        "gstreamer1.0-plugins-good and gstreamer1.0-plugins-bad", factory);
  return element;
}

static void
add_medium (PtRecording * recording, guint medium, GstCaps * caps, GstElement * muxer,
    char **problem)
{
  GstElement *source = add (recording, "appsrc", problem);
  GstElement *parser = add (recording, parser_of (caps), problem);
  if (!source || !parser)
    return;
  g_object_set (source, "caps", caps, "max-bytes", G_GUINT64_CONSTANT (0), NULL);
  gst_util_set_object_arg (G_OBJECT (source), "format", "time");
  gst_element_link (source, parser);
  if (gst_element_link_pads (parser, "src", muxer, medium ? "audio_%u" : "video_%u")) {
    recording->sources[medium] = source;
    recording->caps[medium] = gst_caps_ref (caps);
  } else if (!*problem)
    *problem = g_strdup_printf ("the format of the files has no place for %s",
        gst_structure_get_name (gst_caps_get_structure (caps, 0)));
}

static void
build (PtRecording * recording, PtRecordContainer container, GstCaps * caps[2], char **problem)
{
  GstElement *muxer =
      add (recording, container == PT_RECORD_MKV ? "matroskamux" : "qtmux", problem);
  GstElement *sink = add (recording, "filesink", problem);
  if (!muxer || !sink)
    return;
  g_object_set (sink, "location", recording->path, "async", FALSE, "sync", FALSE, NULL);
  gst_element_link (muxer, sink);
  for (guint medium = 0; medium < 2 && !*problem; medium++)
    if (caps[medium])
      add_medium (recording, medium, caps[medium], muxer, problem);
}

static char *
error_of (GstMessage * message)
{
  GError *error;
  gst_message_parse_error (message, &error, NULL);
  char *text = g_strdup (error->message);
  g_error_free (error);
  return text;
}

PtRecording *
pt_recording_new (const char *path, PtRecordContainer container, GstCaps * caps[2], char **problem)
{
  PtRecording *recording = g_new0 (PtRecording, 1);
  *problem = NULL;
  recording->path = g_strdup (path);
  recording->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  recording->zero = GST_CLOCK_TIME_NONE;
  build (recording, container, caps, problem);
  if (!*problem && gst_element_set_state (recording->pipeline, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_FAILURE) {
    GstBus *bus = gst_element_get_bus (recording->pipeline);
    GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
    *problem = message ? error_of (message) : g_strdup ("its pipeline does not start");
    gst_clear_message (&message);
    gst_object_unref (bus);
  }
  if (*problem)
    g_clear_pointer (&recording, pt_recording_free);
  return recording;
}

static GstClockTime
since (GstClockTime time, GstClockTime zero)
{
  return !GST_CLOCK_TIME_IS_VALID (time) ? time : time > zero ? time - zero : 0;
}

/* Frames are left out up to the next key frame where the disk is too slow. */
static gboolean
has_room (PtRecording * recording, GstElement * source, GstBuffer * buffer)
{
  guint64 waiting;
  g_object_get (source, "current-level-bytes", &waiting, NULL);
  if (waiting > MOST_BYTES)
    recording->waits = TRUE;
  else if (pt_record_is_key (buffer))
    recording->waits = FALSE;
  return !recording->waits;
}

void
pt_recording_push (PtRecording * recording, guint medium, GstBuffer * buffer)
{
  GstElement *source = recording->sources[medium];
  GstFlowReturn flow;
  if (!source || !has_room (recording, source, buffer))
    return;
  if (!GST_CLOCK_TIME_IS_VALID (recording->zero))
    recording->zero = pt_record_time (buffer);
  GstBuffer *copy = gst_buffer_copy (buffer);
  GST_BUFFER_PTS (copy) = since (GST_BUFFER_PTS (buffer), recording->zero);
  GST_BUFFER_DTS (copy) = since (GST_BUFFER_DTS (buffer), recording->zero);
  GstClockTime end = GST_BUFFER_PTS (copy);
  if (GST_BUFFER_DURATION_IS_VALID (copy))
    end += GST_BUFFER_DURATION (copy);
  recording->end = MAX (recording->end, end);
  g_signal_emit_by_name (source, "push-buffer", copy, &flow);
  gst_buffer_unref (copy);
}

gboolean
pt_recording_finish (PtRecording * recording, char **problem)
{
  GstFlowReturn flow;
  *problem = NULL;
  for (guint medium = 0; medium < 2; medium++)
    if (recording->sources[medium])
      g_signal_emit_by_name (recording->sources[medium], "end-of-stream", &flow);
  GstBus *bus = gst_element_get_bus (recording->pipeline);
  GstMessage *message =
      gst_bus_timed_pop_filtered (bus, PATIENCE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  if (!message)
    *problem = g_strdup ("the disk did not take its end within 20 s");
  else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    *problem = error_of (message);
  gst_clear_message (&message);
  gst_object_unref (bus);
  gst_element_set_state (recording->pipeline, GST_STATE_NULL);
  return !*problem;
}

void
pt_recording_free (PtRecording * recording)
{
  gst_element_set_state (recording->pipeline, GST_STATE_NULL);
  gst_object_unref (recording->pipeline);
  gst_caps_replace (&recording->caps[0], NULL);
  gst_caps_replace (&recording->caps[1], NULL);
  g_free (recording->path);
  g_free (recording);
}
