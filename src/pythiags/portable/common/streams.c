/* Events about a single source of a batch: see streams.h. */
#include "streams.h"

#define STARTED "pythiags-stream-started"
#define ENDED "pythiags-stream-ended"

GstEvent *
pt_event_stream_started (const PtStream * stream)
{
  return gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
      gst_structure_new (STARTED, "source-id", G_TYPE_UINT, stream->source_id,
          "framerate", GST_TYPE_FRACTION, stream->fps_n, MAX (stream->fps_d, 1),
          "segment", GST_TYPE_SEGMENT, &stream->segment, NULL));
}

GstEvent *
pt_event_stream_ended (guint source_id)
{
  return gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
      gst_structure_new (ENDED, "source-id", G_TYPE_UINT, source_id, NULL));
}

gboolean
pt_event_is_stream_started (GstEvent * event, PtStream * stream)
{
  GstSegment *segment = NULL;
  if (!gst_event_has_name (event, STARTED)
      || !gst_structure_get (gst_event_get_structure (event),
          "source-id", G_TYPE_UINT, &stream->source_id,
          "framerate", GST_TYPE_FRACTION, &stream->fps_n, &stream->fps_d,
          "segment", GST_TYPE_SEGMENT, &segment, NULL))
    return FALSE;
  stream->segment = *segment;
  gst_segment_free (segment);
  return TRUE;
}

gboolean
pt_event_is_stream_ended (GstEvent * event, guint * source_id)
{
  return gst_event_has_name (event, ENDED)
      && gst_structure_get_uint (gst_event_get_structure (event), "source-id", source_id);
}
