/* See encodertimes.h.
 *
 * What a picture carries is carried by its frame as well, so each takes its time along, since the start
 * of the segment: the encoder moves its output's segment by 1000 hours.
 */
#include "encodertimes.h"

GST_DEBUG_CATEGORY_STATIC (times_debug);
#define GST_CAT_DEFAULT times_debug

#define NO_TIME ((GstClockTime) G_MININT64)     /* what becomes of FFmpeg's "no time" */

/* Of both probes. */
typedef struct
{
  GstCaps *reference;           /* what tells our times from others that a buffer carries */
  gint unneeded;                /* the first frame has a time */
  gboolean told;                /* of the streaming thread */
} Times;

static void
times_clear (gpointer data)
{
  gst_caps_unref (((Times *) data)->reference);
}

static void
times_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, times_clear);
}

/* FALSE: there is none in time. */
static gboolean
segment_of (GstPad * pad, GstSegment * segment)
{
  GstEvent *event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  if (!event)
    return FALSE;
  gst_event_copy_segment (event, segment);
  gst_event_unref (event);
  return segment->format == GST_FORMAT_TIME;
}

static GstPadProbeReturn
note_picture (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Times *times = data;
  GstSegment segment;
  if (g_atomic_int_get (&times->unneeded))
    return GST_PAD_PROBE_REMOVE;
  const GstClockTime pts = GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (info));
  if (!GST_CLOCK_TIME_IS_VALID (pts) || !segment_of (pad, &segment))
    return GST_PAD_PROBE_OK;
  GstBuffer *picture = gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (info));
  gst_buffer_add_reference_timestamp_meta (picture, times->reference,
      pts > segment.start ? pts - segment.start : 0, GST_CLOCK_TIME_NONE);
  GST_PAD_PROBE_INFO_DATA (info) = picture;
  return GST_PAD_PROBE_OK;
}

/* Whether frames come in the order of the pictures. */
static gboolean
keeps_order (GstElement * encoder)
{
  gint most = 0;
  g_object_get (encoder, "max-bframes", &most, NULL);
  return most <= 0;
}

static void
tell (Times * times, GstElement * encoder)
{
  if (times->told)
    return;
  times->told = TRUE;
  if (keeps_order (encoder))
    GST_WARNING_OBJECT (encoder, "gives its frames no times: they get those of their pictures");
  else
    GST_ELEMENT_WARNING (encoder, STREAM, ENCODE,
        ("This avenc_mpeg4 gives its frames no times, which cannot be mended with max-bframes: set it to 0"),
        (NULL));
}

/* A frame's time, from what its picture carried. */
static GstClockTime
time_of (GstPad * pad, const GstReferenceTimestampMeta * carried)
{
  GstSegment segment;
  return carried && segment_of (pad, &segment) ? segment.start + carried->timestamp
      : GST_CLOCK_TIME_NONE;
}

static GstPadProbeReturn
mend_frame (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Times *times = data;
  GstBuffer *frame = GST_PAD_PROBE_INFO_BUFFER (info);
  const gboolean broken = GST_BUFFER_PTS (frame) == NO_TIME;
  GstReferenceTimestampMeta *carried =
      gst_buffer_get_reference_timestamp_meta (frame, times->reference);
  if (!broken)
    g_atomic_int_set (&times->unneeded, TRUE);
  if (!broken && !carried)
    return GST_PAD_PROBE_REMOVE;
  GST_PAD_PROBE_INFO_DATA (info) = frame = gst_buffer_make_writable (frame);
  carried = gst_buffer_get_reference_timestamp_meta (frame, times->reference);
  GstElement *encoder = broken ? gst_pad_get_parent_element (pad) : NULL;
  if (encoder) {
    tell (times, encoder);
    GST_BUFFER_PTS (frame) = keeps_order (encoder) ? time_of (pad, carried) : GST_CLOCK_TIME_NONE;
    GST_BUFFER_DTS (frame) = GST_BUFFER_PTS (frame);
    gst_object_unref (encoder);
  }
  if (carried)
    gst_buffer_remove_meta (frame, (GstMeta *) carried);
  return GST_PAD_PROBE_OK;
}

static void
watch (GstElement * encoder, const char *name, GstPadProbeCallback probe, Times * times)
{
  GstPad *pad = gst_element_get_static_pad (encoder, name);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, probe, g_atomic_rc_box_acquire (times),
      times_unref);
  gst_object_unref (pad);
}

/* Whether it is the first call for an encoder. */
static gboolean
claim (GstElement * encoder)
{
  static gsize once = 0;
  const GQuark quark = g_quark_from_static_string ("pythiags-encoder-times");
  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (times_debug, "pythiagstimes", 0, "times of encoded frames");
    g_once_init_leave (&once, 1);
  }
  GST_OBJECT_LOCK (encoder);
  const gboolean first = !g_object_get_qdata (G_OBJECT (encoder), quark);
  g_object_set_qdata (G_OBJECT (encoder), quark, encoder);
  GST_OBJECT_UNLOCK (encoder);
  return first;
}

void
pt_encoder_mend_times (GstElement * encoder)
{
  if (!claim (encoder))
    return;
  Times *times = g_atomic_rc_box_new0 (Times);
  times->reference = gst_caps_new_empty_simple ("timestamp/x-pythiags-picture");
  watch (encoder, "sink", note_picture, times);
  watch (encoder, "src", mend_frame, times);
  times_unref (times);
}
