/* See nvinput.h. */
#include "nvinput.h"

#include "inert.h"

GstBuffer *
pt_nv_input_take (PtNvInput * input, GstElement * element, GstBuffer * buffer,
    const GstVideoInfo * info)
{
  char *problem;
  if (!pt_nv_is_surface (buffer, info))
    return buffer;
  GstBuffer *picture = pt_nv_read (&input->reader, buffer, &input->pool, info, &problem);
  gst_buffer_unref (buffer);
  if (!picture) {
    GST_ELEMENT_ERROR (element, STREAM, FORMAT,
        ("A picture in NVIDIA's memory cannot be read: %s.", problem), (NULL));
    g_free (problem);
  }
  return picture;
}

GstFlowReturn
pt_nv_input_submit (PtNvInput * input, GstBaseTransform * filter, gpointer parent_class,
    gboolean discont, GstBuffer * buffer, const GstVideoInfo * info, gboolean stays)
{
  if (!stays)
    buffer = pt_nv_input_take (input, GST_ELEMENT (filter), buffer, info);
  return buffer ? GST_BASE_TRANSFORM_CLASS (parent_class)->submit_input_buffer (filter, discont,
      buffer) : GST_FLOW_ERROR;
}

gboolean
pt_nv_stays_on_card (GstElement * element)
{
  const gint64 memory = pt_inert_number (G_OBJECT (element), "nvbuf-memory-type");
  return memory != PT_NV_PINNED && memory != PT_NV_UNIFIED;
}

void
pt_nv_input_clear (PtNvInput * input)
{
  pt_nv_reader_clear (&input->reader);
  pt_pool_clear (&input->pool);
}
