/* See nvinput.h. */
#include "nvinput.h"

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

void
pt_nv_input_clear (PtNvInput * input)
{
  pt_nv_reader_clear (&input->reader);
  pt_pool_clear (&input->pool);
}
