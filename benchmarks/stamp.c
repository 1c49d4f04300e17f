/* A probe that gives every buffer the objects of one: see stamp.py. */
#include "copy.h"
#include "gstmeta.h"

static void
stamp (GstBuffer * buffer, const PtBatch * scene)
{
  PtBatch *batch = pt_buffer_get_batch (buffer);
  if (!batch) {
    pt_buffer_add_batch (buffer, pt_batch_copy (scene));
    return;
  }
  const PtFrame *from = (const PtFrame *) scene->frames.head;
  PT_EACH (PtFrame, frame, batch->frames) {
    pt_frame_copy_contents (from, frame);
    frame->bInferDone |= from->bInferDone;
  }
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

/* 0: the buffer has no frame. */
gulong
stamp_attach (GstPad * pad, GstBuffer * source)
{
  const PtBatch *scene = pt_buffer_get_batch (source);
  if (!scene || !scene->frames.head)
    return 0;
  return gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer, pt_batch_copy (scene),
      free_scene);
}
