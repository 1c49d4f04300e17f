/* See settings.h. */
#include "settings.h"

PtZoneSettings *
pt_zone_settings_new (void)
{
  PtZoneSettings *self = g_new (PtZoneSettings, 1);
  *self = (PtZoneSettings) {.refs = 1,.enable = TRUE,.width = 1920,.height = 1080,.font_size = 12,
    .osd_mode = PT_OSD_NUMBERS,.window = 50
  };
  self->streams = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) pt_rules_free);
  return self;
}

PtZoneSettings *
pt_zone_settings_ref (PtZoneSettings * self)
{
  g_atomic_int_inc (&self->refs);
  return self;
}

void
pt_zone_settings_unref (PtZoneSettings * self)
{
  if (!g_atomic_int_dec_and_test (&self->refs))
    return;
  g_hash_table_unref (self->streams);
  g_free (self);
}

PtRules *
pt_zone_settings_rules (PtZoneSettings * self, guint pad_index)
{
  PtRules *rules = g_hash_table_lookup (self->streams, GUINT_TO_POINTER (pad_index));
  if (!rules) {
    rules = pt_rules_new ();
    g_hash_table_insert (self->streams, GUINT_TO_POINTER (pad_index), rules);
  }
  return rules;
}

PtRules *
pt_zone_settings_scaled (const PtZoneSettings * self, guint pad_index, guint width, guint height)
{
  return pt_rules_scale (g_hash_table_lookup (self->streams, GUINT_TO_POINTER (pad_index)),
      (float) width / (float) self->width, (float) height / (float) self->height);
}
