/* See reading.h. */
#include "reading.h"

#include "config.h"
#include "spelling.h"

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
  if (*value || g_str_equal (entry->value, "0") || g_str_equal (entry->value, "false"))
    return TRUE;
  return PT_FAIL (self, entry, "%s: '%s' is neither 0 nor 1", entry->key, entry->value);
}

gboolean
pt_read_number (PtReading * self, const PtEntry * entry, gint least, gint most, guint * value)
{
  gint64 number;
  if (!g_ascii_string_to_signed (entry->value, 10, G_MININT64, G_MAXINT64, &number, NULL))
    return PT_FAIL (self, entry, "%s: '%s' is no whole number", entry->key, entry->value);
  if (number < least || number > most)
    return PT_FAIL (self, entry, "%s: %s is not between %d and %d", entry->key, entry->value, least,
        most);
  *value = (guint) number;
  return TRUE;
}

/* Numbers with semicolons between them; the last may have one behind it. */
gboolean
pt_read_numbers (PtReading * self, const PtEntry * entry, gint least, GArray * numbers)
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
    else if (number < least || number > PT_MOST_PLACE)
      read = PT_FAIL (self, entry, "%s: %s is not between %d and %d", entry->key, *word, least,
          PT_MOST_PLACE);
    const gint value = (gint) number;
    g_array_append_val (numbers, value);
  }
  g_strfreev (words);
  return read;
}

/* ---- keys ---- */

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
