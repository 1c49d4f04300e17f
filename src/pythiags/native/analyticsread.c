/* GStreamer's metadata of analytics as a batch: see pt_analytics_read in analytics.h. */
#include "analytics.h"
#include "plain.h"

/* Where a batch `is_analytics`, a box's rotation is looked for behind the box. */
G_STATIC_ASSERT (G_STRUCT_OFFSET (PtObject, rotation)
    == G_STRUCT_OFFSET (PtObject, rect_params) + sizeof (PtRect));

/* ---- objects ---- */

static PtObject *
read_object (PtRelations * self, PtFrame * frame, guint id)
{
  PtFound found;
  pt_relations_object (self, id, &found);
  PtObject *object = pt_frame_add_object (frame, NULL);
  object->detector_bbox = found.box;
  object->rect_params.left = found.box.left;
  object->rect_params.top = found.box.top;
  object->rect_params.width = found.box.width;
  object->rect_params.height = found.box.height;
  object->rotation = found.rotation;
  object->confidence = found.confidence;
  object->misc_obj_info[0] = id;
  object->mtd = id + 1;
  pt_set_label (object->obj_label, pt_type_label (found.type));
  return object;
}

static void
read_objects (PtRelations * self, PtFrame * frame)
{
  guint64 *tracks = g_new (guint64, self->length);
  pt_relations_tracks (self, tracks);
  for (guint id = 0; id < self->length; id++)
    if (pt_relations_kind (self, id) == PT_MTD_OBJECT)
      read_object (self, frame, id)->object_id = tracks[id];
  g_free (tracks);
}

static void
read_loose_classes (PtRelations * self, PtFrame * frame)
{
  const guint length = self->length;
  guint8 *loose = g_malloc (length);
  if (pt_relations_loose (self, loose)) {
    PtObject *object = pt_frame_add_object (frame, NULL);
    object->detector_bbox = pt_frame_whole (frame);
    object->rect_params.width = object->detector_bbox.width;
    object->rect_params.height = object->detector_bbox.height;
    object->misc_obj_info[0] = -1;
    for (guint id = 0; id < length; id++)
      if (loose[id])
        pt_relations_add_classes (self, object, id);
  }
  g_free (loose);
}

/* ---- pictures ---- */

/* Any two mtds may be related, so that to read all relations takes as long as the square of the mtds. Few
 * ask whose part an object is and what it was classified as. Masks and tensors are on lists that are
 * read without a question. */
static gboolean
can_wait (const PtRelations * self)
{
  return !self->counts[PT_MTD_MASK] && !self->counts[PT_MTD_TENSOR] && !self->counts[PT_MTD_GROUP];
}

/* Returns whether there are relations that were not read. */
static gboolean
read_picture (GstBuffer * buffer, const GstCaps * caps, PtFrame * frame, gboolean at_once)
{
  PtRelations relations;
  gboolean waits = FALSE;
  pt_plain_describe (frame, buffer, caps);
  pt_relations_init (&relations);
  if (pt_relations_open (&relations, buffer)) {
    read_objects (&relations, frame);
    waits = !at_once && can_wait (&relations);
    if (!waits)
      pt_relations_read (&relations, frame);
    read_loose_classes (&relations, frame);
  }
  pt_relations_clear (&relations);
  pt_analytics_add_tensor_metas (frame, buffer);
  return waits;
}

static void
read_picture_of_batch (GstBuffer * buffer, guint source, const GstCaps * caps, gpointer data)
{
  PtFrame *frame = pt_batch_add_frame (data);
  frame->source_id = frame->pad_index = source;
  read_picture (buffer, caps, frame, TRUE);
}

PtBatch *
pt_analytics_read (GstBuffer * buffer, const GstCaps * caps)
{
  if (!pt_analytics_is_on (buffer))
    return NULL;
  PtBatch *batch = pt_batch_new (1);
  batch->is_analytics = TRUE;
  batch->read_only = pt_analytics_batch (buffer, read_picture_of_batch, batch);
  if (!batch->read_only && read_picture (buffer, caps, pt_batch_add_frame (batch), FALSE))
    batch->unrelated = buffer;
  batch->max_frames_in_batch = batch->num_frames_in_batch;
  return batch;
}

void
pt_analytics_relate (PtBatch * batch)
{
  GstBuffer *buffer = batch->unrelated;
  PtRelations relations;
  if (!buffer)
    return;
  batch->unrelated = NULL;
  pt_relations_init (&relations);
  if (pt_relations_open (&relations, buffer))
    pt_relations_read (&relations, (PtFrame *) batch->frames.head);
  pt_relations_clear (&relations);
}
