/* Objects of a batch as GStreamer's metadata of analytics: see pt_analytics_write in analytics.h. */
#include "analytics.h"

#include <math.h>

typedef struct
{
  const PtAnalyticsLibrary *library;
  gpointer meta;
  GstClockTime time;                 /* of the buffer */
} PtWriter;

/* A side of a box as an integer; what is no number is 0. */
static gint
pixel (float side)
{
  return side > (float) G_MININT && side < (float) G_MAXINT ? (gint) lrintf (side)
      : side > 0 ? G_MAXINT : side < 0 ? G_MININT : 0;
}

static GQuark
quark_of (const char *text)
{
  return *text ? g_quark_from_string (text) : 0;
}

static void
relate (const PtWriter * self, guint one, PtRelation how, guint two)
{
  self->library->gst_analytics_relation_meta_set_relation (self->meta, how, one, two);
}

static void
write_box (const PtWriter * self, PtObject * object)
{
  const PtRect *rect = &object->rect_params;
  const gint left = pixel (rect->left), top = pixel (rect->top);
  const gint width = pixel (rect->width), height = pixel (rect->height);
  PtMtd mtd = { 0 };
  if (self->library->gst_analytics_relation_meta_add_od_mtd (self->meta,
          quark_of (object->obj_label), left, top, width, height, object->confidence, &mtd))
    object->mtd = mtd.id + 1;
}

static void
write_track (const PtWriter * self, const PtObject * object)
{
  PtMtd mtd = { 0 };
  if (object->object_id != PT_UNTRACKED
      && self->library->gst_analytics_relation_meta_add_tracking_mtd (self->meta,
          object->object_id, self->time, &mtd))
    relate (self, object->mtd - 1, PT_RELATES_TO, mtd.id);
}

static void
write_labels (const PtWriter * self, PtObject * object)
{
  PT_EACH (PtClassifier, classifier, object->classifiers)
    PT_EACH (PtLabel, label, classifier->labels) {
      PtMtd mtd = { 0 };
      if (label->mtd || !self->library->gst_analytics_relation_meta_add_one_cls_mtd (self->meta,
              label->result_prob, quark_of (label->result_label), &mtd))
        continue;
      label->mtd = mtd.id + 1;
      relate (self, object->mtd - 1, PT_RELATES_TO, mtd.id);
    }
}

static void
write_parent (const PtWriter * self, const PtObject * object)
{
  if (!object->parent || !object->parent->mtd)
    return;
  relate (self, object->mtd - 1, PT_IS_PART_OF, object->parent->mtd - 1);
  relate (self, object->parent->mtd - 1, PT_CONTAINS, object->mtd - 1);
}

static gsize
count_mtds (const PtObject * first)
{
  gsize count = 0;
  for (const PtObject * object = first; object; object = (PtObject *) object->node.next) {
    count += 1 + (object->object_id != PT_UNTRACKED);
    PT_EACH (PtClassifier, classifier, object->classifiers)
      count += classifier->num_labels;
  }
  return count;
}

gboolean
pt_analytics_write (GstBuffer * buffer, PtObject * first)
{
  /* Room for all at once: the matrix of relations is copied each time that it grows. */
  const gsize count = count_mtds (first), room[2] = { MAX (count, 1), 64 * MAX (count, 16) };
  PtWriter self = {.library = pt_analytics_library (TRUE),.time = GST_BUFFER_PTS (buffer) };
  if (!self.library)
    return FALSE;
  self.meta = self.library->gst_buffer_add_analytics_relation_meta_full (buffer, room);
  const gsize before = self.library->gst_analytics_relation_get_length (self.meta);
  for (PtObject * object = first; object; object = (PtObject *) object->node.next) {
    if (!object->mtd)
      write_box (&self, object);
  }
  for (PtObject * object = first; object; object = (PtObject *) object->node.next) {
    if (object->mtd)
      write_labels (&self, object);
    if (object->mtd > before) {      /* it is new; its parent may be behind it */
      write_track (&self, object);
      write_parent (&self, object);
    }
  }
  return TRUE;
}
