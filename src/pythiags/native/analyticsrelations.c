/* What the objects of a relation meta are related to: see pt_relations_read in analytics.h. */
#include "analytics.h"

enum { NOBODY = -1, SEVERAL = -2 };

typedef struct
{
  PtRelations *relations;
  PtFrame *frame;
  PtObject **objects;                /* of each mtd; NULL: it is none */
  guint8 *is_named;                  /* whether an object names it */
  gint *owners;                      /* of each group, mask and tensor: the object that it belongs to */
} PtReader;

/* ---- classifications ---- */

void
pt_relations_add_classes (const PtRelations * self, PtObject * object, guint id)
{
  const PtAnalyticsLibrary *library = self->library;
  const PtMtd mtd = { id, self->meta };
  const gsize count = library->gst_analytics_cls_mtd_get_length (&mtd);
  gsize best = 0;
  gfloat level = -1;
  for (gsize i = 0; i < count; i++) {
    const gfloat other = library->gst_analytics_cls_mtd_get_level (&mtd, i);
    if (other > level) {
      best = i;
      level = other;
    }
  }
  if (!count)
    return;
  PtLabel *label = pt_classifier_add_label (pt_object_add_classifier (object));
  pt_set_label (label->result_label,
      g_quark_to_string (library->gst_analytics_cls_mtd_get_quark (&mtd, best)));
  label->mtd = id + 1;
  label->num_classes = (guint) count;
  label->result_class_id = (guint) best;
  label->result_prob = MAX (level, 0);          /* -1: not known */
}

/* ---- relations ---- */

static void
set_parent (PtReader * self, guint child, guint parent)
{
  PtObject *object = self->objects[child];
  if (child != parent && object && self->objects[parent] && !object->parent)
    pt_object_set_parent (object, self->objects[parent]);
}

static gboolean
is_member (guint8 how, gboolean from_group)
{
  return how & (from_group ? PT_CONTAINS : PT_IS_PART_OF);
}

/* An object that a group, a mask or a tensor relates to, or that relates to it, is its owner; not an
 * object that is in the group. */
static void
read_owner (PtReader * self, guint id, guint other, guint8 how)
{
  const gboolean from_object = self->objects[id] != NULL;
  const guint object = from_object ? id : other, thing = from_object ? other : id;
  const PtMtdKind kind = pt_relations_kind (self->relations, thing);
  gint *owner = &self->owners[thing];
  if (!self->objects[object] || self->objects[thing]
      || (kind == PT_MTD_GROUP && is_member (how, !from_object)))
    return;
  if (*owner == NOBODY)
    *owner = (gint) object;
  else if (*owner != (gint) object && kind != PT_MTD_GROUP)
    *owner = SEVERAL;
}

static void
read_member (PtReader * self, guint id, guint other, guint8 how)
{
  const gboolean from_group = pt_relations_kind (self->relations, id) == PT_MTD_GROUP;
  const guint group = from_group ? id : other, object = from_group ? other : id;
  if (pt_relations_kind (self->relations, group) == PT_MTD_GROUP && self->objects[object]
      && is_member (how, from_group) && self->owners[group] >= 0)
    set_parent (self, object, (guint) self->owners[group]);
}

/* What mtd `id` says of its relation to `other`. */
static void
read_relation (PtReader * self, guint id, guint other, guint8 how)
{
  const PtMtdKind one = pt_relations_kind (self->relations, id);
  const PtMtdKind two = pt_relations_kind (self->relations, other);
  if (one == PT_MTD_OBJECT && two == PT_MTD_CLASSES)
    pt_relations_add_classes (self->relations, self->objects[id], other);
  else if (one == PT_MTD_OBJECT && two == PT_MTD_OBJECT && how & PT_IS_PART_OF)
    set_parent (self, id, other);
  else if (one == PT_MTD_OBJECT && two == PT_MTD_OBJECT && how & PT_CONTAINS)
    set_parent (self, other, id);
  else
    read_owner (self, id, other, how);
}

/* A classification that names its object, where no object names it. */
static void
read_backward (PtReader * self, guint id, guint other)
{
  const PtRelations *relations = self->relations;
  if (pt_relations_kind (relations, id) == PT_MTD_CLASSES
      && pt_relations_kind (relations, other) == PT_MTD_OBJECT)
    pt_relations_add_classes (self->relations, self->objects[other], id);
}

/* What an object says of its relations, or else what something else says of its own. */
static void
read_row (PtReader * self, guint id)
{
  PtRelations *relations = self->relations;
  const guint length = relations->length;
  const guint8 *row = pt_relations_row (relations, id);
  for (guint other = 0; (other = pt_row_next (row, other, length)) < length; other++) {
    read_relation (self, id, other, row[other]);
    read_backward (self, id, other);
    self->is_named[other] |= self->objects[id] != NULL;
  }
}

/* Rows that say nothing are not read: those of tracks, which were read before, and those of classifications
 * that an object names. */
static gboolean
has_row (const PtReader * self, guint id)
{
  switch (pt_relations_kind (self->relations, id)) {
    case PT_MTD_CLASSES:
      return !self->is_named[id];
    case PT_MTD_MASK:
    case PT_MTD_TENSOR:
    case PT_MTD_GROUP:
      return TRUE;
    default:
      return FALSE;
  }
}

static void
read_relations (PtReader * self)
{
  PtRelations *relations = self->relations;
  const guint length = relations->length;
  for (guint id = 0; id < length; id++)
    if (self->objects[id])
      read_row (self, id);
  for (guint id = 0; id < length; id++)
    if (has_row (self, id))
      read_row (self, id);
  for (guint id = 0; relations->counts[PT_MTD_GROUP] && id < length; id++) {
    const guint8 *row = pt_relations_row (relations, id);
    for (guint other = 0; (other = pt_row_next (row, other, length)) < length; other++)
      read_member (self, id, other, row[other]);
  }
  pt_frame_cut_circles (self->frame);
}

/* ---- masks and tensors ---- */

static void
read_masks (PtReader * self)
{
  PtRelations *relations = self->relations;
  for (guint id = 0; relations->counts[PT_MTD_MASK] && id < relations->length; id++) {
    const gint owner = self->owners[id];
    if (pt_relations_kind (relations, id) == PT_MTD_MASK
        && (owner < 0 || !pt_analytics_set_mask (relations, self->objects[owner], id)))
      pt_analytics_add_mask (relations, self->frame, id);
  }
}

static void
read_tensors (PtReader * self)
{
  PtRelations *relations = self->relations;
  guint *loose = g_new (guint, relations->counts[PT_MTD_TENSOR]), count = 0;
  for (guint id = 0; relations->counts[PT_MTD_TENSOR] && id < relations->length; id++) {
    const gint owner = self->owners[id];
    if (pt_relations_kind (relations, id) != PT_MTD_TENSOR)
      continue;
    if (owner < 0)
      loose[count++] = id;
    else
      pt_analytics_add_tensors (relations, self->frame->batch, &self->objects[owner]->users, &id,
          1);
  }
  pt_analytics_add_tensors (relations, self->frame->batch, &self->frame->users, loose, count);
  g_free (loose);
}

/* ---- all of it ---- */

/* An object that came after the others were read is none of the frame's. */
static void
find_objects (PtReader * self)
{
  PtRelations *relations = self->relations;
  PT_EACH (PtObject, object, self->frame->objects)
    if (object->mtd && object->mtd <= relations->length
        && pt_relations_kind (relations, object->mtd - 1) == PT_MTD_OBJECT)
      self->objects[object->mtd - 1] = object;
  for (guint id = 0; id < relations->length; id++)
    if (!self->objects[id] && pt_relations_kind (relations, id) == PT_MTD_OBJECT)
      relations->kinds->data[id] = PT_MTD_OTHER;
}

void
pt_relations_read (PtRelations * relations, PtFrame * frame)
{
  const guint length = relations->length;
  PtReader self = {.relations = relations,.frame = frame,.objects = g_new0 (PtObject *, length),
    .is_named = g_new0 (guint8, length),.owners = g_new (gint, length)
  };
  for (guint id = 0; id < length; id++)
    self.owners[id] = NOBODY;
  find_objects (&self);
  read_relations (&self);
  read_masks (&self);
  read_tensors (&self);
  g_free (self.objects);
  g_free (self.is_named);
  g_free (self.owners);
}
