/* See stamp.h. */
#include "stamp.h"

static void
stamp (GstBuffer * buffer, const PtBatch * scene)
{
  PtBatch *batch = pt_buffer_get_batch (buffer);
  if (!batch) {
    pt_buffer_add_batch (buffer, pt_batch_copy (scene));
    return;
  }
  PT_EACH (PtFrame, frame, batch->frames)
    pt_frame_copy_contents ((const PtFrame *) scene->frames.head, frame);
}

static GstPadProbeReturn
on_buffer (GstPad * pad, GstPadProbeInfo * info, gpointer scene)
{
  info->data = gst_buffer_make_writable (info->data);
  stamp (info->data, scene);
  return GST_PAD_PROBE_OK;
}

static void
free_scene (gpointer scene)
{
  pt_batch_unref (scene);
}

gulong
pt_stamp_attach (GstPad * pad, const PtBatch * scene)
{
  return gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer, pt_batch_copy (scene),
      free_scene);
}
