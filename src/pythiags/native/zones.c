/* What nvdsanalytics says of frames and objects: see zones.h. */
#include "zones.h"

static void
clear_count (gpointer count)
{
  g_clear_pointer (&((PtZoneCount *) count)->name, g_free);
}

void
pt_zones_count (GArray ** counts, const char *name, gint class_id, guint64 value)
{
  if (!*counts) {
    *counts = g_array_new (FALSE, FALSE, sizeof (PtZoneCount));
    g_array_set_clear_func (*counts, clear_count);
  }
  PtZoneCount count = { g_strdup (name), class_id, value };
  g_array_append_val (*counts, count);
}

void
pt_zones_name (GPtrArray ** names, const char *name)
{
  if (!*names)
    *names = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (*names, g_strdup (name));
}

static GArray *
copy_counts (const GArray * counts)
{
  GArray *copy = NULL;
  for (guint i = 0; counts && i < counts->len; i++) {
    const PtZoneCount *each = &g_array_index (counts, PtZoneCount, i);
    pt_zones_count (&copy, each->name, each->class_id, each->value);
  }
  return copy;
}

static GPtrArray *
copy_names (const GPtrArray * names)
{
  GPtrArray *copy = NULL;
  for (guint i = 0; names && i < names->len; i++)
    pt_zones_name (&copy, g_ptr_array_index (names, i));
  return copy;
}

/* ---- frames ---- */

PtZonesFrame *
pt_zones_frame_new (guint unique_id)
{
  PtZonesFrame *self = g_new0 (PtZonesFrame, 1);
  self->unique_id = unique_id;
  return self;
}

PtZonesFrame *
pt_zones_frame_copy (const PtZonesFrame * self)
{
  PtZonesFrame *copy = pt_zones_frame_new (self->unique_id);
  copy->in_roi = copy_counts (self->in_roi);
  copy->overcrowded = copy_counts (self->overcrowded);
  copy->crossing = copy_counts (self->crossing);
  copy->crossed = copy_counts (self->crossed);
  copy->objects = copy_counts (self->objects);
  return copy;
}

void
pt_zones_frame_free (PtZonesFrame * self)
{
  g_clear_pointer (&self->in_roi, g_array_unref);
  g_clear_pointer (&self->overcrowded, g_array_unref);
  g_clear_pointer (&self->crossing, g_array_unref);
  g_clear_pointer (&self->crossed, g_array_unref);
  g_clear_pointer (&self->objects, g_array_unref);
  g_free (self);
}

void
pt_zones_frame_attach (PtZonesFrame * self, PtFrame * frame)
{
  pt_add_user (frame->batch, &frame->users, PT_META_ZONES_FRAME, self,
      (PtUserCopy) pt_zones_frame_copy, (PtUserFree) pt_zones_frame_free)->payload =
      (PtPayload) PT_PAYLOAD_ZONES_FRAME;
}

/* ---- objects ---- */

PtZonesObject *
pt_zones_object_new (guint unique_id)
{
  PtZonesObject *self = g_new0 (PtZonesObject, 1);
  self->unique_id = unique_id;
  return self;
}

PtZonesObject *
pt_zones_object_copy (const PtZonesObject * self)
{
  PtZonesObject *copy = pt_zones_object_new (self->unique_id);
  copy->rois = copy_names (self->rois);
  copy->overcrowded = copy_names (self->overcrowded);
  copy->lines = copy_names (self->lines);
  copy->direction = g_strdup (self->direction);
  copy->status = g_strdup (self->status);
  return copy;
}

void
pt_zones_object_free (PtZonesObject * self)
{
  g_clear_pointer (&self->rois, g_ptr_array_unref);
  g_clear_pointer (&self->overcrowded, g_ptr_array_unref);
  g_clear_pointer (&self->lines, g_ptr_array_unref);
  g_free (self->direction);
  g_free (self->status);
  g_free (self);
}

void
pt_zones_object_attach (PtZonesObject * self, PtObject * object)
{
  pt_add_user (object->batch, &object->users, PT_META_ZONES_OBJECT, self,
      (PtUserCopy) pt_zones_object_copy, (PtUserFree) pt_zones_object_free)->payload =
      (PtPayload) PT_PAYLOAD_ZONES_OBJECT;
}
