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

/* ---- frames ---- */

PtZonesFrame *
pt_zones_frame_new (guint unique_id)
{
  PtZonesFrame *self = g_new0 (PtZonesFrame, 1);
  self->unique_id = unique_id;
  self->refs = 1;
  return self;
}

PtZonesFrame *
pt_zones_frame_ref (PtZonesFrame * self)
{
  g_atomic_int_inc (&self->refs);
  return self;
}

void
pt_zones_frame_unref (PtZonesFrame * self)
{
  if (!g_atomic_int_dec_and_test (&self->refs))
    return;
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
      (PtUserCopy) pt_zones_frame_ref, (PtUserFree) pt_zones_frame_unref)->payload =
      (PtPayload) PT_PAYLOAD_ZONES_FRAME;
}

/* ---- objects ---- */

PtZonesObject *
pt_zones_object_new (guint unique_id)
{
  PtZonesObject *self = g_new0 (PtZonesObject, 1);
  self->unique_id = unique_id;
  self->refs = 1;
  return self;
}

PtZonesObject *
pt_zones_object_ref (PtZonesObject * self)
{
  g_atomic_int_inc (&self->refs);
  return self;
}

void
pt_zones_object_unref (PtZonesObject * self)
{
  if (!g_atomic_int_dec_and_test (&self->refs))
    return;
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
      (PtUserCopy) pt_zones_object_ref, (PtUserFree) pt_zones_object_unref)->payload =
      (PtPayload) PT_PAYLOAD_ZONES_OBJECT;
}
