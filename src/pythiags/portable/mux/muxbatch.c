/* How frames of several sources become one buffer: see muxbatch.h. */
#include "muxbatch.h"

#include "gstmeta.h"
#include "muxcard.h"
#include "surface.h"

void
pt_mux_frame_clear (PtMuxFrame * frame)
{
  gst_clear_buffer (&frame->buffer);
  gst_clear_object (&frame->owner);
}

GArray *
pt_mux_frames_new (void)
{
  GArray *frames = g_array_new (FALSE, FALSE, sizeof (PtMuxFrame));
  g_array_set_clear_func (frames, (GDestroyNotify) pt_mux_frame_clear);
  return frames;
}

/* A batch has the colours of each picture, and maybe its size: those of its source. A single one has the output's. */
static GstVideoInfo
slot_info (const PtMuxOutput * output, const PtMuxFrame * frame)
{
  GstVideoInfo info = output->info;
  if (output->batch_size == 1)
    return info;
  if (output->keeps_sizes)
    gst_video_info_set_format (&info, GST_VIDEO_INFO_FORMAT (&output->info),
        GST_VIDEO_INFO_WIDTH (&frame->info), GST_VIDEO_INFO_HEIGHT (&frame->info));
  if (pt_same_layout (&frame->info, &info))
    return frame->info;
  pt_inherit_colours (&info, &frame->info);
  return info;
}

static gboolean
convert (PtMuxOutput * output, PtMuxFrame * frame, GstBuffer * picture, GstVideoInfo info)
{
  GstVideoFrame from, to;
  if (!pt_frame_map (&from, &frame->info, frame->buffer, GST_MAP_READ))
    return FALSE;
  if (!gst_video_frame_map (&to, &info, picture, GST_MAP_WRITE)) {
    gst_video_frame_unmap (&from);
    return FALSE;
  }
  PtArea area = { 0 };
  if (output->padding)
    area = pt_area_letterbox (&frame->info, &info);
  gboolean done = pt_converter_run (frame->converter, &from, NULL, &to, &area, output->method,
      output->padding);
  gst_video_frame_unmap (&to);
  gst_video_frame_unmap (&from);
  return done;
}

/* A source that knows its clock says so in a reference timestamp, as rtspsrc does. */
static guint64
ntp_time (GstBuffer * buffer, gboolean system_time)
{
  if (system_time)
    return (guint64) g_get_real_time () * GST_USECOND;
  static GstStaticCaps unix_time = GST_STATIC_CAPS ("timestamp/x-unix");
  GstCaps *caps = gst_static_caps_get (&unix_time);
  GstReferenceTimestampMeta *meta = gst_buffer_get_reference_timestamp_meta (buffer, caps);
  gst_caps_unref (caps);
  return meta ? meta->timestamp : 0;
}

static gboolean
replace_picture (PtMuxOutput * output, PtMuxFrame * frame)
{
  const GstVideoInfo info = slot_info (output, frame);
  GstBuffer *picture = pt_pool_acquire (frame->pool, &info);
  if (!picture || !convert (output, frame, picture, info)) {
    gst_clear_buffer (&picture);
    return FALSE;
  }
  GST_BUFFER_DURATION (picture) = GST_BUFFER_DURATION (frame->buffer);
  GST_BUFFER_PTS (picture) = GST_BUFFER_PTS (frame->buffer);
  gst_buffer_unref (frame->buffer);
  frame->buffer = picture;
  return TRUE;
}

static gboolean
fits (const PtMuxOutput * output, const PtMuxFrame * frame)
{
  const GstVideoInfo info = slot_info (output, frame);
  return pt_same_layout (&frame->info, &info) && pt_same_colours (&frame->info, &info);
}

gboolean
pt_mux_fit (PtMuxOutput * output, PtMuxFrame * frame, char **problem)
{
  frame->ntp_timestamp = ntp_time (frame->buffer, output->system_time);
  if (output->on_card || fits (output, frame) || replace_picture (output, frame))
    return TRUE;
  *problem = g_strdup_printf ("a %s picture of %dx%d of sink_%u cannot be made %s of %dx%d",
      GST_VIDEO_INFO_NAME (&frame->info), GST_VIDEO_INFO_WIDTH (&frame->info),
      GST_VIDEO_INFO_HEIGHT (&frame->info), frame->source_id,
      GST_VIDEO_INFO_NAME (&output->info), GST_VIDEO_INFO_WIDTH (&output->info),
      GST_VIDEO_INFO_HEIGHT (&output->info));
  return FALSE;
}

static void
describe (PtBatch * batch, const PtMuxOutput * output, const PtMuxFrame * frame)
{
  PtFrame *meta = pt_batch_add_frame (batch);
  const GstVideoInfo info = slot_info (output, frame);
  meta->pad_index = meta->source_id = frame->source_id;
  meta->frame_num = frame->frame_num;
  meta->buf_pts = GST_BUFFER_PTS (frame->buffer);
  meta->ntp_timestamp = frame->ntp_timestamp;
  meta->source_frame_width = GST_VIDEO_INFO_WIDTH (&frame->info);
  meta->source_frame_height = GST_VIDEO_INFO_HEIGHT (&frame->info);
  meta->pipeline_width = GST_VIDEO_INFO_WIDTH (&info);
  meta->pipeline_height = GST_VIDEO_INFO_HEIGHT (&info);
}

/* The slots' timestamps are the sources' own; the batch has those of its first frame. */
static GstBuffer *
gather (const PtMuxOutput * output, PtMuxFrame * frames, guint count)
{
  GstBuffer *buffer;
  if (output->batch_size == 1) {
    buffer = gst_buffer_make_writable (g_steal_pointer (&frames[0].buffer));
    GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  } else {
    buffer = gst_buffer_new ();
    GST_BUFFER_DURATION (buffer) = GST_BUFFER_DURATION (frames[0].buffer);
    for (guint i = 0; i < count; i++) {
      GstVideoInfo info = slot_info (output, &frames[i]);
      pt_surface_append (buffer, g_steal_pointer (&frames[i].buffer), &info);
    }
  }
  GST_BUFFER_PTS (buffer) = frames[0].running_time;
  return buffer;
}

static GstBuffer *
gather_on_card (PtMuxOutput * output, PtMuxFrame * frames, guint count, char **problem)
{
  GstBuffer *buffer = pt_mux_gather_on_card (output, frames, count, problem);
  if (buffer) {
    GST_BUFFER_PTS (buffer) = frames[0].running_time;
    GST_BUFFER_DURATION (buffer) = GST_BUFFER_DURATION (frames[0].buffer);
  }
  return buffer;
}

GstBuffer *
pt_mux_batch (PtMuxOutput * output, PtMuxFrame * frames, guint count, char **problem)
{
  PtBatch *batch = pt_batch_new (output->batch_size);
  for (guint i = 0; i < count; i++)
    describe (batch, output, &frames[i]);
  GstBuffer *buffer = output->on_card ? gather_on_card (output, frames, count, problem)
      : gather (output, frames, count);
  if (buffer)
    pt_buffer_add_batch (buffer, batch);
  else
    pt_batch_unref (batch);
  return buffer;
}

void
pt_mux_output_clear (PtMuxOutput * output)
{
  pt_nv_pool_clear (&output->card);
  pt_nv_input_clear (&output->input);
}
