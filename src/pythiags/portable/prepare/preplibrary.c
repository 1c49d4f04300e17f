/* The library that makes the tensors, and [user-configs], which is what it reads: see preplines.h.
 *
 * NVIDIA's standard one is built in; in the place of another, functions in Python are told what the file says.
 */
#include "preplines.h"

#include <math.h>
#include <string.h>

#define LIBRARY "libcustom2d_preprocess.so"
#define FUNCTION "CustomTensorPreparation"
#define FACTOR "pixel-normalization-factor"

static const char *const known[] = { FACTOR, "mean-file", "offsets", NULL };

gboolean
pt_prep_is_standard (const PtReading * self)
{
  const PtEntry *library = pt_reading_entry (self, PT_PREP_PROPERTY, "custom-lib-path");
  gchar *name = g_path_get_basename (library->value);
  const gboolean standard = g_str_equal (name, LIBRARY);
  g_free (name);
  return standard;
}

static gboolean
check_function (PtReading * self)
{
  const PtEntry *function =
      pt_reading_entry (self, PT_PREP_PROPERTY, "custom-tensor-preparation-function");
  return g_str_equal (function->value, FUNCTION)
      || PT_FAIL (self, function, "custom-tensor-preparation-function: " LIBRARY " has no '%s': write "
      FUNCTION, function->value);
}

/* ---- a library of one's own ---- */

/* Takes the value over. */
static void
tell (GPtrArray * own, const char *prefix, const char *name, gchar * value)
{
  g_ptr_array_add (own, g_strconcat (prefix, name, NULL));
  g_ptr_array_add (own, value);
}

static gboolean
tell_user_key (PtReading * self G_GNUC_UNUSED, const PtEntry * entry, gpointer own)
{
  tell (own, "user:", entry->key, g_strdup (entry->value));
  return TRUE;
}

static gboolean
take_own (PtReading * self)
{
  PtPrepReading *reading = self->settings;
  const PtEntry *library = pt_reading_entry (self, PT_PREP_PROPERTY, "custom-lib-path");
  const PtEntry *shape = pt_reading_entry (self, PT_PREP_PROPERTY, "network-input-shape");
  const PtEntry *function =
      pt_reading_entry (self, PT_PREP_PROPERTY, "custom-tensor-preparation-function");
  GPtrArray *own = g_ptr_array_new_with_free_func (g_free);
  tell (own, "", "config-file", g_strdup (self->path));
  tell (own, "", "where", g_strdup_printf ("%s:%u: [" PT_PREP_PROPERTY "] %s", self->path,
          function->line, function->key));
  tell (own, "", "library", g_strdup (library->value));
  tell (own, "", "function", g_strdup (function->value));
  tell (own, "", "name", g_strdup (reading->settings->name));
  tell (own, "", "shape", g_strdup (shape->value));
  tell (own, "", "type", g_strdup_printf ("%d", reading->settings->type));
  const gboolean read = pt_read_keys (self, PT_PREP_USER, tell_user_key, own);
  g_ptr_array_add (own, NULL);
  reading->settings->own = (gchar **) g_ptr_array_free (own, FALSE);
  return read;
}

/* ---- values ---- */

static gboolean
read_float (const char *text, float *value)
{
  char *end;
  *value = (float) g_ascii_strtod (text, &end);
  return end != text && !*g_strchug (end) && isfinite (*value);
}

static gboolean
read_factor (PtReading * self, const PtEntry * entry)
{
  PtPrepReading *reading = self->settings;
  if (!read_float (entry->value, &reading->settings->spec.scale))
    return PT_FAIL (self, entry, FACTOR ": '%s' is no number: write one, as 0.0039", entry->value);
  return TRUE;
}

static gboolean
read_offsets (PtReading * self, const PtEntry * entry)
{
  PtPrepReading *reading = self->settings;
  PtTensorSpec *spec = &reading->settings->spec;
  gchar **words = g_strsplit (entry->value, ";", -1);
  guint count = 0;
  gboolean read = TRUE;
  for (; words[count] && read; count++) {
    float offset;
    read = read_float (words[count], &offset)
        || PT_FAIL (self, entry, "offsets: '%s' is no number: write one for each channel, with semicolons "
        "between them", words[count]);
    if (count < G_N_ELEMENTS (spec->offsets))
      spec->offsets[count] = offset;
  }
  g_strfreev (words);
  if (read && count != spec->channels)
    return PT_FAIL (self, entry, "offsets has %u numbers, and the tensor %u channels", count,
        spec->channels);
  return read;
}

/* ---- the mean picture ---- */

/* A word of the header of a PPM; NULL: there is none. What is behind a # is a comment. */
static const char *
next_word (const char **at, const char *end)
{
  static const char blanks[] = " \t\r\n";
  gboolean is_comment = FALSE;
  for (; *at < end && (is_comment || **at == '#' || strchr (blanks, **at)); (*at)++)
    is_comment = **at != '\n' && (is_comment || **at == '#');
  const char *word = *at;
  while (*at < end && !strchr (blanks, **at))
    (*at)++;
  return *at > word ? word : NULL;
}

/* P6, width, height and 255, then red, green and blue of each pixel. */
static const char *
take_mean (PtPrepSettings * settings, const char *text, gsize size)
{
  const PtTensorSpec *spec = &settings->spec;
  const char *at = text, *end = text + size, *magic = next_word (&at, end);
  const char *width = next_word (&at, end), *height = next_word (&at, end);
  const char *most = next_word (&at, end);
  if (!magic || !most || strncmp (magic, "P6", 2) != 0)
    return "it is no PPM picture in binary form (P6)";
  if (g_ascii_strtoull (most, NULL, 10) != 255)
    return "its values do not go up to 255: save it with 8 bits for each colour";
  if (g_ascii_strtoull (width, NULL, 10) != spec->width
      || g_ascii_strtoull (height, NULL, 10) != spec->height)
    return "it is not of the size of network-input-shape";
  const gsize count = (gsize) spec->width * spec->height * spec->channels;
  if ((gsize) (end - at) < count + 1)
    return "it ends too early";
  settings->mean = g_new (float, count);
  for (gsize i = 0; i < count; i++)
    settings->mean[i] = (guint8) at[1 + i];
  return NULL;
}

static gboolean
read_mean (PtReading * self, const PtEntry * entry)
{
  PtPrepReading *reading = self->settings;
  gchar *folder = g_path_get_dirname (self->path);
  gchar *path = g_path_is_absolute (entry->value) ? g_strdup (entry->value)
      : g_build_filename (folder, entry->value, NULL);
  gchar *text = NULL;
  gsize size = 0;
  GError *problem = NULL;
  const char *wrong = NULL;
  if (g_file_get_contents (path, &text, &size, &problem))
    wrong = take_mean (reading->settings, text, size);
  else
    wrong = problem->message;
  if (wrong)
    PT_FAIL (self, entry, "mean-file: %s cannot be used: %s", path, wrong);
  const gboolean read = wrong == NULL;
  g_clear_error (&problem);
  g_free (text);
  g_free (path);
  g_free (folder);
  return read;
}

/* ---- [user-configs] ---- */

static gboolean
read_key (PtReading * self, const PtEntry * entry, gpointer data G_GNUC_UNUSED)
{
  if (g_str_equal (entry->key, FACTOR))
    return read_factor (self, entry);
  if (!*entry->value)
    return TRUE;                   /* as if it was not there */
  if (g_str_equal (entry->key, "offsets"))
    return read_offsets (self, entry);
  if (g_str_equal (entry->key, "mean-file"))
    return read_mean (self, entry);
  pt_reading_note_unknown (self, entry, known);
  return TRUE;
}

/* As NVIDIA's library: without a factor above 0 the numbers stay as they are, and offsets do not count; a mean
 * picture goes before offsets. */
static void
settle (PtReading * self)
{
  PtPrepReading *reading = self->settings;
  PtTensorSpec *spec = &reading->settings->spec;
  const PtEntry *factor = pt_reading_entry (self, PT_PREP_USER, FACTOR);
  const PtEntry *offsets = pt_reading_entry (self, PT_PREP_USER, "offsets");
  const gboolean useless = spec->scale <= 0;
  if (useless) {
    PT_NOTE (self, factor, FACTOR ": %s is not above 0, and counts as 1, without offsets",
        factor->value);
    spec->scale = 1;
  }
  if (offsets && reading->settings->mean)
    PT_NOTE (self, offsets, "offsets does not count beside mean-file");
  if (useless || reading->settings->mean)
    memset (spec->offsets, 0, sizeof spec->offsets);
}

gboolean
pt_prep_read_library (PtReading * self)
{
  const PtSection *property = pt_reading_find (self, PT_PREP_PROPERTY);
  const PtSection *user = pt_reading_find (self, PT_PREP_USER);
  if (!pt_prep_is_standard (self))
    return take_own (self);
  if (!check_function (self))
    return FALSE;
  if (!pt_reading_entry (self, PT_PREP_USER, FACTOR))
    return pt_reading_fail (self, user ? user->line : property->line,
        user ? PT_PREP_USER : PT_PREP_PROPERTY, user ? "has no " FACTOR ": write 1, or a factor for "
        "each pixel" : "needs a group [" PT_PREP_USER "] beside it, with " FACTOR "=1 or another factor");
  if (!pt_read_keys (self, PT_PREP_USER, read_key, NULL))
    return FALSE;
  settle (self);
  return TRUE;
}
