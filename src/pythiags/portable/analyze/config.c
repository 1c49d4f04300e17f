/* See config.h.
 *
 * What DeepStream reads and does not mind is read here as well, with a note where nothing comes of it.
 * What it refuses, or reads beyond the end of a list for, is an error.
 */
#include "config.h"

#include <string.h>

#include "groups.h"

#define MOST_KEYS 20000
#define PROPERTY "property"

/* The first ones must be there. */
static const char *const properties[] = {
  "enable", "config-width", "config-height", "osd-mode", "display-font-size", "obj-cnt-win-in-ms",
  "display-obj-cnt", NULL
};

#define REQUIRED 3

static gboolean
read_osd_mode (PtReading * self, const PtEntry * entry, guint * mode)
{
  if (!pt_read_number (self, entry, 0, self->is_yaml ? G_MAXINT : PT_OSD_NUMBERS, mode))
    return FALSE;
  if (*mode > PT_OSD_NUMBERS) {
    PT_NOTE (self, entry, "osd-mode: %u is more than 2, and counts as 2", *mode);
    *mode = PT_OSD_NUMBERS;
  }
  return TRUE;
}

static gboolean
read_property (PtReading * self, const PtEntry * entry, gpointer data G_GNUC_UNUSED)
{
  PtZoneSettings *settings = self->settings;
  if (g_str_equal (entry->key, "enable"))
    return pt_read_switch (self, entry, &settings->enable);
  if (g_str_equal (entry->key, "config-width"))
    return pt_read_number (self, entry, 1, PT_MOST_PLACE, &settings->width);
  if (g_str_equal (entry->key, "config-height"))
    return pt_read_number (self, entry, 1, PT_MOST_PLACE, &settings->height);
  if (g_str_equal (entry->key, "osd-mode"))
    return read_osd_mode (self, entry, &settings->osd_mode);
  if (g_str_equal (entry->key, "display-font-size"))
    return pt_read_number (self, entry, 0, 512, &settings->font_size);
  if (g_str_equal (entry->key, "obj-cnt-win-in-ms"))
    return pt_read_number (self, entry, 1, 1000000000, &settings->window);
  if (g_str_equal (entry->key, "display-obj-cnt"))
    return pt_read_switch (self, entry, &settings->shows_counts);
  pt_reading_note_unknown (self, entry, properties);
  return TRUE;
}

/* ---- the file ---- */

/* Without YAML DeepStream wants them all. */
static gboolean
check_required (PtReading * self, const PtSection * section)
{
  static const char *const examples[] = { "enable=1", "config-width=1920", "config-height=1080" };
  for (guint i = 0; i < REQUIRED && !self->is_yaml; i++)
    if (!pt_reading_entry (self, PROPERTY, properties[i]))
      return pt_reading_fail (self, section->line, PROPERTY, "has no %s: write %s", properties[i],
          examples[i]);
  return TRUE;
}

static void
note_group (PtReading * self, const PtSection * section)
{
  const char *meant = pt_group_meant (section->name);
  pt_reading_note (self, section->line, section->name, "is not known, and not read%s%s%s",
      meant ? ": did you mean [" : "", meant ? meant : "", meant ? "0]?" : "");
}

static gboolean
read_section (PtReading * self, const PtSection * section)
{
  gboolean known;
  if (g_str_equal (section->name, PROPERTY))
    return check_required (self, section)
        && pt_read_keys (self, PROPERTY, read_property, NULL);
  if (!pt_read_group (self, section, &known))
    return FALSE;
  if (!known)
    note_group (self, section);
  return TRUE;
}

static gboolean
check_property (PtReading * self)
{
  if (pt_reading_find (self, PROPERTY))
    return TRUE;
  self->error = g_strdup_printf ("%s: there is no group [" PROPERTY "]: write one with enable=1, "
      "config-width=1920 and config-height=1080, the size of the picture that all points are of",
      self->path);
  return FALSE;
}

static gboolean
read_all (PtReading * self)
{
  PtZoneSettings *settings = self->settings;
  if (!check_property (self))
    return FALSE;
  for (guint i = 0; i < self->entries->sections->len; i++)
    if (pt_reading_is_first (self, i) && !read_section (self, pt_reading_section (self, i)))
      return FALSE;
  if (!settings->font_size)
    settings->font_size = 12;      /* as if it was not there */
  return TRUE;
}

PtZoneSettings *
pt_zone_config_read (const char *path, GPtrArray * notes, char **error)
{
  PtZoneSettings *settings = pt_zone_settings_new ();
  PtReading reading = {.settings = settings,.path = path,.notes = notes };
  const gboolean read = pt_reading_run (&reading, "file of nvdsanalytics", MOST_KEYS, read_all);
  *error = reading.error;
  if (!read)
    g_clear_pointer (&settings, pt_zone_settings_unref);
  return settings;
}
