/* See prepsettings.h. */
#include "prepsettings.h"

PtPrepGroup *
pt_prep_group_new (gboolean on_frames)
{
  PtPrepGroup *self = g_new (PtPrepGroup, 1);
  *self = (PtPrepGroup) {
    .src_ids = g_array_new (FALSE, FALSE, sizeof (gint)),
    .class_ids = g_array_new (FALSE, FALSE, sizeof (gint)),
    .rois = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_array_unref),
    .draw = TRUE,.color = {0, 1, on_frames ? 0 : 1, 1},
  };
  return self;
}

void
pt_prep_group_free (PtPrepGroup * self)
{
  g_array_unref (self->src_ids);
  g_array_unref (self->class_ids);
  g_hash_table_unref (self->rois);
  g_free (self);
}

PtPrepSettings *
pt_prep_settings_new (const PtPrepProperties * properties)
{
  PtPrepSettings *self = g_new (PtPrepSettings, 1);
  *self = (PtPrepSettings) {.refs = 1,.properties = *properties,.spec.scale = 1 };
  g_array_ref (self->properties.target_ids);
  self->groups = g_ptr_array_new_with_free_func ((GDestroyNotify) pt_prep_group_free);
  self->group_numbers = g_hash_table_new (NULL, NULL);
  return self;
}

PtPrepSettings *
pt_prep_settings_ref (PtPrepSettings * self)
{
  g_atomic_int_inc (&self->refs);
  return self;
}

void
pt_prep_settings_unref (PtPrepSettings * self)
{
  if (!g_atomic_int_dec_and_test (&self->refs))
    return;
  g_array_unref (self->properties.target_ids);
  g_ptr_array_unref (self->groups);
  g_hash_table_unref (self->group_numbers);
  g_free (self->name);
  g_free (self->mean);
  g_strfreev (self->own);
  g_free (self);
}

static gboolean
has_source (const PtPrepGroup * group, gint source)
{
  const gint *ids = (const gint *) group->src_ids->data;
  for (guint i = 0; i < group->src_ids->len; i++)
    if (ids[i] == source)
      return TRUE;
  return ids[0] == PT_EVERY_SOURCE;
}

const GArray *
pt_prep_settings_rois (const PtPrepSettings * self, guint number, gint source)
{
  const PtPrepGroup *group = g_ptr_array_index (self->groups, number);
  gpointer of = NULL, key = GINT_TO_POINTER (source);
  const gboolean named = g_hash_table_lookup_extended (self->group_numbers, key, NULL, &of);
  if (!has_source (group, source) || (named && GPOINTER_TO_UINT (of) != number))
    return NULL;
  return g_hash_table_lookup (group->rois, named ? key : GINT_TO_POINTER (group->replicated));
}
