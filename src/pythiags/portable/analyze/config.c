/* See config.h.
 *
 * What DeepStream reads and does not mind is read here as well, with a note where nothing comes of it.
 * What it refuses, or reads beyond the end of a list for, is an error.
 */
#include "config.h"

#include <string.h>

#include "reading.h"
#include "textfile.h"

#define MOST_BYTES (1024 * 1024)
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

static const PtSection *
section_of (const PtEntries * entries, guint number)
{
  return &g_array_index (entries->sections, PtSection, number);
}

static gboolean
has_key (const PtEntries * entries, const char *section, const char *key)
{
  for (guint i = 0; i < entries->entries->len; i++) {
    const PtEntry *entry = &g_array_index (entries->entries, PtEntry, i);
    if (g_str_equal (entry->section, section) && g_str_equal (entry->key, key))
      return TRUE;
  }
  return FALSE;
}

/* Without YAML DeepStream wants them all. */
static gboolean
check_required (PtReading * self, const PtSection * section)
{
  static const char *const examples[] = { "enable=1", "config-width=1920", "config-height=1080" };
  for (guint i = 0; i < REQUIRED && !self->is_yaml; i++)
    if (!has_key (self->entries, PROPERTY, properties[i]))
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

/* A group that is there twice is one, as the first of them. */
static gboolean
is_first (const PtEntries * entries, guint number)
{
  for (guint i = 0; i < number; i++)
    if (g_str_equal (section_of (entries, i)->name, section_of (entries, number)->name))
      return FALSE;
  return TRUE;
}

static gboolean
check_property (PtReading * self)
{
  for (guint i = 0; i < self->entries->sections->len; i++)
    if (g_str_equal (section_of (self->entries, i)->name, PROPERTY))
      return TRUE;
  self->error = g_strdup_printf ("%s: there is no group [" PROPERTY "]: write one with enable=1, "
      "config-width=1920 and config-height=1080, the size of the picture that all points are of",
      self->path);
  return FALSE;
}

/* DeepStream goes by the name. */
static gboolean
check_form (PtReading * self)
{
  if (self->is_yaml != self->entries->is_ini || !self->entries->sections->len)
    return TRUE;
  self->error = g_strdup_printf (self->is_yaml
      ? "%s: DeepStream reads a file of that name as YAML, and this has groups in brackets: rename it "
      "to end in .txt" : "%s: DeepStream reads a file of that name as [group] and key=value, and this "
      "is YAML: rename it to end in .yml", self->path);
  return FALSE;
}

static gboolean
read_all (PtReading * self)
{
  if (!check_form (self) || !check_property (self))
    return FALSE;
  for (guint i = 0; i < self->entries->sections->len; i++)
    if (is_first (self->entries, i) && !read_section (self, section_of (self->entries, i)))
      return FALSE;
  if (!self->settings->font_size)
    self->settings->font_size = 12;     /* as if it was not there */
  return TRUE;
}

static gboolean
read_text (PtReading * self, const char *text, gsize size)
{
  PtEntries entries;
  self->entries = &entries;
  const gboolean read = pt_entries_read (&entries, self->path, text, size, MOST_KEYS, &self->error)
      && read_all (self);
  pt_entries_clear (&entries);
  return read;
}

static gboolean
read_file (PtReading * self)
{
  gchar *text = NULL;
  gsize size = 0;
  const gboolean read = pt_textfile_read (self->path, MOST_BYTES, "file of nvdsanalytics", &text,
      &size, &self->error) && read_text (self, text, size);
  g_free (text);
  return read;
}

PtZoneSettings *
pt_zone_config_read (const char *path, GPtrArray * notes, char **error)
{
  PtReading reading = {.settings = pt_zone_settings_new (),.path = path,.notes = notes,
    .is_yaml = g_str_has_suffix (path, ".yml") || g_str_has_suffix (path, ".yaml")
  };
  const gboolean read = read_file (&reading);
  if (reading.unsaid)
    g_ptr_array_add (notes, g_strdup_printf ("%s: %u more keys are not read", path,
            reading.unsaid));
  *error = reading.error;
  if (!read)
    g_clear_pointer (&reading.settings, pt_zone_settings_unref);
  return reading.settings;
}
