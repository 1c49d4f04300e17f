/* See reading.h. */
#include "reading.h"

#include "spelling.h"
#include "textfile.h"

#define MOST_BYTES (1024 * 1024)

/* ---- what is said ---- */

gboolean
pt_reading_fail (PtReading * self, guint line, const char *group, const char *format, ...)
{
  va_list words;
  va_start (words, format);
  gchar *what = g_strdup_vprintf (format, words);
  va_end (words);
  if (!self->error)
    self->error = g_strdup_printf ("%s:%u: [%s] %s", self->path, line, group, what);
  g_free (what);
  return FALSE;
}

void
pt_reading_note (PtReading * self, guint line, const char *group, const char *format, ...)
{
  if (self->notes->len >= PT_MOST_NOTES) {
    self->unsaid++;
    return;
  }
  va_list words;
  va_start (words, format);
  gchar *what = g_strdup_vprintf (format, words);
  va_end (words);
  g_ptr_array_add (self->notes, g_strdup_printf ("%s:%u: [%s] %s", self->path, line, group,
          what));
  g_free (what);
}

void
pt_reading_note_unknown (PtReading * self, const PtEntry * entry, const char *const *known)
{
  const char *meant = pt_spelling_meant (entry->key, known);
  PT_NOTE (self, entry, "%s is not known, and not read%s%s%s", entry->key,
      meant ? ": did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
}

/* ---- values ---- */

gboolean
pt_read_switch (PtReading * self, const PtEntry * entry, gboolean * value)
{
  *value = g_str_equal (entry->value, "1") || g_str_equal (entry->value, "true");
  const gboolean is_word = g_str_equal (entry->value, "true") || g_str_equal (entry->value, "false");
  if (is_word && self->is_yaml)
    return PT_FAIL (self, entry, "%s: '%s' is no number, which DeepStream wants here in YAML: write %d",
        entry->key, entry->value, *value);
  if (*value || is_word || g_str_equal (entry->value, "0"))
    return TRUE;
  return PT_FAIL (self, entry, "%s: '%s' is neither 0 nor 1", entry->key, entry->value);
}

gboolean
pt_read_number (PtReading * self, const PtEntry * entry, gint least, gint most, guint * value)
{
  gint64 number;
  if (!g_ascii_string_to_signed (entry->value, 10, G_MININT64, G_MAXINT64, &number, NULL))
    return least == G_MININT && most == G_MAXINT
        ? PT_FAIL (self, entry, "%s: '%s' is no whole number: write one, as 4", entry->key, entry->value)
        : PT_FAIL (self, entry, "%s: '%s' is no whole number: write one from %d to %d", entry->key,
        entry->value, least, most);
  if (number < least || number > most)
    return PT_FAIL (self, entry, "%s: %s is not between %d and %d", entry->key, entry->value, least,
        most);
  *value = (guint) number;
  return TRUE;
}

/* Numbers with semicolons between them; the last may have one behind it. */
gboolean
pt_read_numbers (PtReading * self, const PtEntry * entry, gint least, gint most, GArray * numbers)
{
  gchar **words = g_strsplit (entry->value, ";", -1);
  gboolean read = TRUE;
  for (gchar ** word = words; *word && read; word++) {
    gint64 number = 0;
    if (!*g_strstrip (*word) && !word[1]) {
      read = !self->is_yaml || PT_FAIL (self, entry, "%s ends with a semicolon, which DeepStream does "
          "not read in YAML: remove it", entry->key);
      break;
    }
    if (!g_ascii_string_to_signed (*word, 10, G_MININT64, G_MAXINT64, &number, NULL))
      read = PT_FAIL (self, entry, "%s: '%s' is no whole number: write numbers with semicolons "
          "between them, as 1;2;3;4", entry->key, *word);
    else if (number < least || number > most)
      read = PT_FAIL (self, entry, "%s: %s is not between %d and %d", entry->key, *word, least,
          most);
    const gint value = (gint) number;
    g_array_append_val (numbers, value);
  }
  g_strfreev (words);
  return read;
}

/* ---- sections and keys ---- */

const PtSection *
pt_reading_section (const PtReading * self, guint number)
{
  return &g_array_index (self->entries->sections, PtSection, number);
}

const PtSection *
pt_reading_find (const PtReading * self, const char *section)
{
  for (guint i = 0; i < self->entries->sections->len; i++)
    if (g_str_equal (pt_reading_section (self, i)->name, section))
      return pt_reading_section (self, i);
  return NULL;
}

/* A group that is there twice is one, as the first of them. */
gboolean
pt_reading_is_first (const PtReading * self, guint number)
{
  const PtSection *section = pt_reading_section (self, number);
  return pt_reading_find (self, section->name) == section;
}

const PtEntry *
pt_reading_entry (const PtReading * self, const char *section, const char *key)
{
  for (guint i = 0; i < self->entries->entries->len; i++) {
    const PtEntry *entry = &g_array_index (self->entries->entries, PtEntry, i);
    if (g_str_equal (entry->section, section) && g_str_equal (entry->key, key))
      return entry;
  }
  return NULL;
}

gboolean
pt_read_keys (PtReading * self, const char *section, PtReadKey read, gpointer data)
{
  for (guint i = 0; i < self->entries->entries->len; i++) {
    const PtEntry *entry = &g_array_index (self->entries->entries, PtEntry, i);
    if (!g_str_equal (entry->section, section))
      continue;
    if (entry->has_comment)
      return PT_FAIL (self, entry, "%s has a comment behind its value, which DeepStream takes for a "
          "part of it: write it in a line of its own", entry->key);
    if (!read (self, entry, data))
      return FALSE;
  }
  return TRUE;
}

/* ---- the file ---- */

/* GKeyFile joins groups that are there twice, and the last of several values for one key counts, wherever
 * the first one stands. */
static void
join_repeated (PtReading * self)
{
  GHashTable *known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GArray *entries = self->entries->entries;
  guint kept = 0;
  for (guint i = 0; i < entries->len; i++) {
    PtEntry *each = &g_array_index (entries, PtEntry, i);
    gchar *name = g_strdup_printf ("%s]%s", each->section, each->key);
    PtEntry *first = g_hash_table_lookup (known, name);
    if (first) {
      PT_NOTE (self, first, "%s is there again in line %u, which counts", first->key, each->line);
      *first = *each;
      g_free (name);
      continue;
    }
    first = &g_array_index (entries, PtEntry, kept++);
    *first = *each;
    g_hash_table_insert (known, name, first);
  }
  g_array_set_size (entries, kept);
  g_hash_table_unref (known);
}

/* DeepStream goes by the name. */
static gboolean
check_form (PtReading * self)
{
  if (self->is_yaml != self->entries->is_ini || !self->entries->sections->len)
    return TRUE;
  self->error = g_strdup_printf (self->never_yaml
      ? "%s: this is YAML, which this element of DeepStream's does not read: write [group] and key=value"
      : self->is_yaml
      ? "%s: DeepStream reads a file of that name as YAML, and this has groups in brackets: rename it "
      "to end in .txt" : "%s: DeepStream reads a file of that name as [group] and key=value, and this "
      "is YAML: rename it to end in .yml", self->path);
  return FALSE;
}

static gboolean
is_named_yaml (const PtReading * self)
{
  gchar *name = self->takes_lists ? g_ascii_strdown (self->path, -1) : g_strdup (self->path);
  const gboolean named = g_str_has_suffix (name, ".yml") || g_str_has_suffix (name, ".yaml");
  g_free (name);
  return named;
}

gboolean
pt_reading_run (PtReading * self, const char *what, guint most_keys,
    gboolean (*read) (PtReading * self))
{
  PtEntries entries = {.takes_lists = self->takes_lists };
  gchar *text = NULL;
  gsize size = 0;
  self->is_yaml = !self->never_yaml && is_named_yaml (self);
  self->entries = &entries;
  const gboolean readable = pt_textfile_read (self->path, MOST_BYTES, what, &text, &size, &self->error)
      && pt_entries_read (&entries, self->path, text, size, most_keys, &self->error)
      && check_form (self);
  if (readable && !self->is_yaml)
    join_repeated (self);
  const gboolean done = readable && read (self);
  if (self->unsaid)
    g_ptr_array_add (self->notes, g_strdup_printf ("%s: %u more keys are not read", self->path,
            self->unsaid));
  pt_entries_clear (&entries);
  g_free (text);
  self->entries = NULL;
  return done;
}
