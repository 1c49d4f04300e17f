/* See pictures.h. */
#include "pictures.h"

#include "nvpool.h"
#include "surface.h"

guint
pt_picture_slot (GstBuffer * buffer, const PtFrame * frame)
{
  return pt_surface_count (buffer) == 1 ? 0 : frame->batch_id;
}

GstBuffer *
pt_picture_take (GstBuffer * buffer, guint slot)
{
  if (pt_nv_is_on_card (buffer))
    return pt_nv_part (buffer, slot);
  GstBuffer *picture = pt_surface_get (buffer, slot);
  return picture ? gst_buffer_ref (picture) : NULL;
}

GstBuffer *
pt_pictures_like (PtPool * pool, GstBuffer * like, const GstVideoInfo * info)
{
  if (pt_surface_get (like, 0) == like)
    return pt_pool_acquire (pool, info);
  GstBuffer *batch = gst_buffer_new ();
  for (guint slot = 0; slot < pt_surface_count (like); slot++) {
    GstBuffer *picture = pt_pool_acquire (pool, info);
    if (!picture) {
      gst_buffer_unref (batch);
      return NULL;
    }
    pt_surface_append (batch, picture, info);
  }
  return batch;
}
