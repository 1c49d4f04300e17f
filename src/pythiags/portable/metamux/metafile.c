/* See metafile.h.
 *
 * What DeepStream reads and does not mind is read here as well, with a note where nothing comes of it.
 */
#include "metafile.h"

#include <string.h>

#include "reading.h"

#define MOST_KEYS 20000
#define PROPERTY "property"
#define USER "user-configs"
#define GROUP "group-"
#define SOURCES "src-ids-model"

static const char *const properties[] = { "enable", "active-pad", "pts-tolerance", NULL };
static const char *const of_groups[] = { SOURCES "-1", NULL };

/* ---- [property] ---- */

static gboolean
read_enable (PtReading * self, const PtEntry * entry)
{
  gboolean enable = TRUE;
  if (!pt_read_switch (self, entry, &enable))
    return FALSE;
  if (!enable)
    PT_NOTE (self, entry, "enable=0 has no effect: DeepStream reads it and merges all the same");
  return TRUE;
}

static gboolean
read_active_pad (PtReading * self, const PtEntry * entry)
{
  PtMetaSettings *settings = self->settings;
  if (!*entry->value)
    return PT_FAIL (self, entry, "active-pad is empty: write active-pad=sink_0");
  g_free (settings->active_pad);
  settings->active_pad = g_strdup (entry->value);
  return TRUE;
}

static gboolean
read_property (PtReading * self, const PtEntry * entry, gpointer data G_GNUC_UNUSED)
{
  PtMetaSettings *settings = self->settings;
  guint tolerance;
  if (g_str_equal (entry->key, "enable"))
    return read_enable (self, entry);
  if (g_str_equal (entry->key, "active-pad"))
    return read_active_pad (self, entry);
  if (!g_str_equal (entry->key, "pts-tolerance")) {
    pt_reading_note_unknown (self, entry, properties);
    return TRUE;
  }
  if (!pt_read_number (self, entry, 0, G_MAXINT, &tolerance))
    return FALSE;
  settings->tolerance = tolerance;
  return TRUE;
}

/* ---- [group-N] ---- */

static gboolean
read_id (PtReading * self, const PtEntry * entry, gint * unique_id)
{
  const char *number = entry->key + strlen (SOURCES);
  guint64 id;
  if (*number++ != '-' || !g_ascii_string_to_unsigned (number, 10, 0, G_MAXINT, &id, NULL))
    return PT_FAIL (self, entry, "%s does not say which model: write " SOURCES "-1 for that with "
        "gie-unique-id=1", entry->key);
  *unique_id = (gint) id;
  return TRUE;
}

static gboolean
read_model (PtReading * self, const PtEntry * entry, gpointer data G_GNUC_UNUSED)
{
  PtMetaSettings *settings = self->settings;
  gint unique_id;
  if (!g_str_has_prefix (entry->key, SOURCES)) {
    pt_reading_note_unknown (self, entry, of_groups);
    return TRUE;
  }
  if (!read_id (self, entry, &unique_id))
    return FALSE;
  GArray *sources = g_array_new (FALSE, FALSE, sizeof (gint));
  const gboolean read = pt_read_numbers (self, entry, -1, G_MAXINT, sources)
      && (sources->len || PT_FAIL (self, entry, "%s names no source: write numbers with semicolons "
          "between them, as 0;1, or -1 for all", entry->key));
  g_hash_table_insert (settings->sources, GINT_TO_POINTER (unique_id), sources);
  return read;
}

/* ---- the file ---- */

static gboolean
note_unread (PtReading * self, const PtEntry * entry, gpointer data G_GNUC_UNUSED)
{
  PT_NOTE (self, entry, "%s is not read here%s", entry->key,
      g_str_has_prefix (entry->key, SOURCES) ? ": write it in [group-0]" : "");
  return TRUE;
}

/* DeepStream forgets what a group said when it reads the next one. */
static gboolean
is_last_group (PtReading * self, guint number)
{
  for (guint i = number + 1; i < self->entries->sections->len; i++)
    if (g_str_has_prefix (pt_reading_section (self, i)->name, GROUP)
        && pt_reading_is_first (self, i))
      return FALSE;
  return TRUE;
}

static gboolean
read_group (PtReading * self, guint number)
{
  PtMetaSettings *settings = self->settings;
  const PtSection *section = pt_reading_section (self, number);
  if (!is_last_group (self, number))
    pt_reading_note (self, section->line, section->name, "does not count: DeepStream goes by the "
        "last group alone");
  g_hash_table_remove_all (settings->sources);
  return pt_read_keys (self, section->name, read_model, NULL);
}

static gboolean
read_section (PtReading * self, guint number)
{
  const PtSection *section = pt_reading_section (self, number);
  if (g_str_equal (section->name, PROPERTY))
    return pt_read_keys (self, PROPERTY, read_property, NULL);
  if (g_str_equal (section->name, USER))
    return pt_read_keys (self, USER, note_unread, NULL);
  if (g_str_has_prefix (section->name, GROUP))
    return read_group (self, number);
  pt_reading_note (self, section->line, section->name, "is not known, and not read: a file has "
      "[" PROPERTY "] and [" GROUP "0]");
  return TRUE;
}

static gboolean
read_all (PtReading * self)
{
  if (!pt_reading_find (self, PROPERTY)) {
    self->error = g_strdup_printf ("%s: there is no group [" PROPERTY "]: write one with enable=1 "
        "and active-pad=sink_0", self->path);
    return FALSE;
  }
  for (guint i = 0; i < self->entries->sections->len; i++)
    if (pt_reading_is_first (self, i) && !read_section (self, i))
      return FALSE;
  return TRUE;
}

static void
free_sources (gpointer sources)
{
  g_array_unref (sources);
}

PtMetaSettings *
pt_meta_file_read (const char *path, GPtrArray * notes, char **error)
{
  PtMetaSettings *settings = g_atomic_rc_box_new0 (PtMetaSettings);
  settings->tolerance = -1;
  settings->sources = g_hash_table_new_full (NULL, NULL, NULL, free_sources);
  PtReading reading = {.settings = settings,.path = path,.notes = notes,.never_yaml = TRUE };
  const gboolean read = pt_reading_run (&reading, "file of nvdsmetamux", MOST_KEYS, read_all);
  *error = reading.error;
  if (!read)
    g_clear_pointer (&settings, pt_meta_settings_unref);
  return settings;
}

/* ---- what it says ---- */

static void
clear (gpointer data)
{
  PtMetaSettings *settings = data;
  g_free (settings->active_pad);
  g_hash_table_unref (settings->sources);
}

void
pt_meta_settings_unref (PtMetaSettings * settings)
{
  g_atomic_rc_box_release_full (settings, clear);
}

gboolean
pt_meta_settings_keep (const PtMetaSettings * settings, gint unique_id, guint source_id)
{
  const GArray *sources = g_hash_table_lookup (settings->sources, GINT_TO_POINTER (unique_id));
  if (!sources || g_array_index (sources, gint, 0) == -1)
    return TRUE;
  for (guint i = 0; i < sources->len; i++)
    if (g_array_index (sources, gint, i) == (gint) source_id)
      return TRUE;
  return FALSE;
}
