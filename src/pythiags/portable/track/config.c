/* See config.h. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "entries.h"
#include "keys.h"
#include "textfile.h"

#define MOST_BYTES (1024 * 1024)
#define MOST_KEYS 1000          /* NVIDIA's longest file has 100 */
#define OLD_SECTION "NvDCF"

typedef struct
{
  PtTrackSettings *settings;
  const char *path;
  GPtrArray *notes;
  guint unsaid;                 /* notes beyond the most */
  const char *unknown;          /* the section that was noted last; NULL: none was */
  char *error;
} Config;

static gboolean
fail (Config * config, const PtEntry * entry, const char *format, ...)
{
  va_list words;
  va_start (words, format);
  gchar *what = g_strdup_vprintf (format, words);
  va_end (words);
  config->error = g_strdup_printf ("%s:%u: %s.%s: %s", config->path, entry->line, entry->section,
      entry->key, what);
  g_free (what);
  return FALSE;
}

static void
note (Config * config, const PtEntry * entry, const char *format, ...)
{
  if (config->notes->len >= PT_MOST_NOTES) {
    config->unsaid++;
    return;
  }
  va_list words;
  va_start (words, format);
  gchar *what = g_strdup_vprintf (format, words);
  va_end (words);
  g_ptr_array_add (config->notes, g_strdup_printf ("%s:%u: %s.%s %s", config->path, entry->line,
          entry->section, entry->key, what));
  g_free (what);
}

/* ---- values ---- */

static gboolean
read_switch (Config * config, const PtEntry * entry, gboolean * value)
{
  static const char *const on[] = { "1", "true", "yes", "on", NULL };
  static const char *const off[] = { "0", "false", "no", "off", NULL };
  gchar *word = g_ascii_strdown (entry->value, -1);
  const gboolean is_on = g_strv_contains (on, word), is_off = g_strv_contains (off, word);
  g_free (word);
  *value = is_on;
  return is_on || is_off
      || fail (config, entry, "'%s' is neither 0 nor 1", entry->value);
}

static gboolean
read_number (Config * config, const PtEntry * entry, const PtKey * key, double *value)
{
  char *end = NULL;
  *value = g_ascii_strtod (entry->value, &end);
  const gboolean whole = key->kind == PT_KEY_UINT;
  if (!*entry->value || *end || !isfinite (*value) || (whole && *value != floor (*value)))
    return fail (config, entry, "'%s' is no %snumber: write one from %g to %g", entry->value,
        whole ? "whole " : "", key->least, key->most);
  if (*value < key->least || *value > key->most)
    return fail (config, entry, "%s is not between %g and %g", entry->value, key->least,
        key->most);
  return TRUE;
}

static gboolean
store (Config * config, const PtEntry * entry, const PtKey * key)
{
  gpointer place = (char *) config->settings + key->offset;
  double number;
  if (key->kind == PT_KEY_SWITCH)
    return read_switch (config, entry, place);
  if (!read_number (config, entry, key, &number))
    return FALSE;
  if (key->kind == PT_KEY_FLOAT)
    *(float *) place = (float) number;
  else
    *(guint *) place = (guint) number;
  return TRUE;
}

/* Nothing, zero, and the words for no. */
static gboolean
is_off (const char *value)
{
  static const char *const off[] = { "", "0", "0.0", "false", "no", "off", NULL };
  gchar *word = g_ascii_strdown (value, -1);
  const gboolean result = g_strv_contains (off, word);
  g_free (word);
  return result;
}

/* ---- keys ---- */

static void
note_unknown (Config * config, const PtEntry * entry)
{
  const PtKey *elsewhere = pt_key_elsewhere (entry->key);
  const char *meant = pt_key_meant (entry->section, entry->key);
  if (elsewhere)
    note (config, entry, "is not read: it belongs in %s", elsewhere->section);
  else if (meant)
    note (config, entry, "is not known: did you mean '%s'?", meant);
  else
    note (config, entry, "is not known, and not read");
}

/* Once, at its first key. */
static void
note_section (Config * config, const PtEntry * entry)
{
  const char *meant = pt_key_meant (NULL, entry->section);
  if (config->unknown && g_str_equal (config->unknown, entry->section))
    return;
  config->unknown = entry->section;
  note (config, entry, "and what follows are not read: the section %s is not known%s%s%s",
      entry->section, meant ? "; did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
}

static gboolean
apply (Config * config, const PtEntry * entry)
{
  if (!pt_section_is_known (entry->section)) {
    note_section (config, entry);
    return TRUE;
  }
  const PtKey *key = pt_key_find (entry->section, entry->key);
  if (!key) {
    if (!pt_section_is_opaque (entry->section))
      note_unknown (config, entry);
    return TRUE;
  }
  switch (key->effect) {
    case PT_KEY_COUNTS:
      return store (config, entry, key);
    case PT_KEY_IGNORED:
      if (!is_off (entry->value))
        note (config, entry, "does not count: %s", key->remedy);
      return TRUE;
    case PT_KEY_REFUSED:
      return is_off (entry->value) || fail (config, entry, "%s", key->remedy);
    default:
      return TRUE;
  }
}

/* ---- what the files mean as a whole ---- */

static const PtEntry *
entry_of (const PtEntries * entries, const char *section, const char *key)
{
  for (guint i = 0; i < entries->entries->len; i++) {
    const PtEntry *each = &g_array_index (entries->entries, PtEntry, i);
    if (g_str_equal (each->section, section) && (!key || g_str_equal (each->key, key)))
      return each;
  }
  return NULL;
}

static gboolean
is_on (const PtEntries * entries, const char *section, const char *key, gboolean otherwise)
{
  const PtEntry *entry = entry_of (entries, section, key);
  return entry ? !is_off (entry->value) : otherwise;
}

/* NVIDIA's tracker of pictures moves a target's box itself; here the prediction does. */
static void
start (Config * config, const PtEntries * entries)
{
  PtTrackSettings *settings = config->settings;
  if (is_on (entries, "VisualTracker", "visualTrackerType", FALSE))
    settings->use_prediction = TRUE;
  const PtEntry *first = entry_of (entries, OLD_SECTION, NULL);
  if (!first)
    return;
  g_ptr_array_add (config->notes, g_strdup_printf ("%s:%u: the section %s is that of DeepStream 5 "
          "and before: of its keys, those of pictures do not count", config->path, first->line,
          OLD_SECTION));
  settings->use_prediction = settings->unique_ids = TRUE;
  settings->tentative_confidence = 0;
  settings->estimator = is_on (entries, OLD_SECTION, "useTrackSmoothing", TRUE)
      ? PT_ESTIMATOR_SIMPLE : PT_ESTIMATOR_NONE;
}

static gboolean
check (Config * config, const PtEntries * entries)
{
  const PtEntry *estimator = entry_of (entries, "StateEstimator", "stateEstimatorType");
  if (estimator && config->settings->estimator > PT_ESTIMATOR_REGULAR)
    return fail (config, estimator, "there is no tracking in three dimensions: set it to 1 or 2");
  return TRUE;
}

static gboolean
check_twice (Config * config, const PtEntries * entries, guint number)
{
  const PtEntry *entry = &g_array_index (entries->entries, PtEntry, number);
  const PtEntry *first = entry_of (entries, entry->section, entry->key);
  return first == entry || fail (config, entry, "it is there already, in line %u: remove one",
      first->line);
}

/* A file with none of a tracker's sections is another one, named by mistake. */
static gboolean
check_sections (Config * config, const PtEntries * entries)
{
  for (guint i = 0; i < entries->entries->len; i++)
    if (pt_section_is_known (g_array_index (entries->entries, PtEntry, i).section))
      return TRUE;
  const PtEntry *first = &g_array_index (entries->entries, PtEntry, 0);
  config->error = g_str_equal (first->section, "tracker")
      ? g_strdup_printf ("%s:%u: [tracker] has the properties of nvtracker, not its parameters: set "
      "them on the element, and ll-config-file to the file that its key of that name has",
      config->path, first->line)
      : g_strdup_printf ("%s:%u: no section of a tracker's file was found, only %s: expected "
      "BaseConfig, TargetManagement, DataAssociator, StateEstimator or others of NVIDIA's "
      "tracker files", config->path, first->line, first->section);
  return FALSE;
}

static gboolean
check_any (Config * config, const PtEntries * entries)
{
  if (entries->entries->len)
    return TRUE;
  config->error = g_strdup_printf ("%s: there is no key in it: write sections such as BaseConfig: "
      "and keys below them", config->path);
  return FALSE;
}

static gboolean
apply_all (Config * config, const PtEntries * entries)
{
  if (!check_any (config, entries) || !check_sections (config, entries))
    return FALSE;
  start (config, entries);
  for (guint i = 0; i < entries->entries->len; i++)
    if (!check_twice (config, entries, i)
        || !apply (config, &g_array_index (entries->entries, PtEntry, i)))
      return FALSE;
  return check (config, entries);
}

static gboolean
read_text (Config * config, const char *text, gsize size)
{
  PtEntries entries;
  const gboolean read = pt_entries_read (&entries, config->path, text, size, MOST_KEYS,
      &config->error)
      && apply_all (config, &entries);
  pt_entries_clear (&entries);
  return read;
}

gboolean
pt_config_read (PtTrackSettings * settings, const char *path, GPtrArray * notes, char **error)
{
  Config config = {.settings = settings,.path = path,.notes = notes };
  gchar *text = NULL;
  gsize size = 0;
  const gboolean read = pt_textfile_read (path, MOST_BYTES, "tracker's file", &text, &size,
      &config.error) && read_text (&config, text, size);
  if (config.unsaid)
    g_ptr_array_add (notes, g_strdup_printf ("%s: %u more keys are not read", path,
            config.unsaid));
  g_free (text);
  *error = config.error;
  return read;
}
