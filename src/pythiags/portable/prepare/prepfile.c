/* See prepfile.h.
 *
 * What DeepStream reads and does not mind is read here as well, with a note where nothing comes of it.
 */
#include "prepfile.h"

#include "preplines.h"
#include "spelling.h"

#define MOST_KEYS 20000

static gboolean
read_section (PtReading * self, const PtSection * section)
{
  static const char *const known[] = { PT_PREP_PROPERTY, PT_PREP_USER, PT_PREP_GROUP "0", NULL };
  if (g_str_has_prefix (section->name, PT_PREP_GROUP) && section->is_item == self->is_yaml)
    return pt_prep_read_group (self, section);
  if (g_str_equal (section->name, PT_PREP_PROPERTY) || g_str_equal (section->name, PT_PREP_USER))
    return TRUE;                   /* read before all groups */
  if (self->is_yaml)
    return g_str_equal (section->name, PT_PREP_LIST) || pt_reading_fail (self, section->line,
        section->name, "is not known, and DeepStream refuses it: groups are a list below '"
        PT_PREP_LIST ":', each with '- ' before its first key");
  const char *meant = pt_spelling_meant (section->name, known);
  pt_reading_note (self, section->line, section->name, "is not known, and not read%s%s%s",
      meant ? ": did you mean [" : "", meant ? meant : "", meant ? "]?" : "");
  return TRUE;
}

/* Below [property] in DeepStream too: what it says counts for the groups behind it only. */
static gboolean
check_places (PtReading * self, const PtSection * property)
{
  if (self->is_yaml)               /* there it is read before all others */
    return TRUE;
  for (guint i = 0; i < self->entries->sections->len; i++) {
    const PtSection *section = pt_reading_section (self, i);
    if (g_str_has_prefix (section->name, PT_PREP_GROUP) && section->line < property->line)
      return pt_reading_fail (self, section->line, section->name, "stands before [" PT_PREP_PROPERTY
          "], whose process-on-frame it depends on: move it below");
  }
  return TRUE;
}

static gboolean
check_whole (PtReading * self)
{
  const PtPrepReading *reading = self->settings;
  const PtPrepSettings *settings = reading->settings;
  if (!settings->groups->len)
    self->error = g_strdup_printf ("%s: there is no group %s: write one with src-ids and %s", self->path,
        self->is_yaml ? "below '" PT_PREP_LIST ":', as '- src-ids: 0'" : "[" PT_PREP_GROUP "0]",
        settings->properties.on_frames ? "process-on-roi" : "process-on-all-objects");
  return settings->groups->len > 0;
}

static gboolean
read_all (PtReading * self)
{
  const PtSection *property = pt_reading_find (self, PT_PREP_PROPERTY);
  if (!property) {
    self->error = g_strdup_printf ("%s: there is no group [" PT_PREP_PROPERTY "]", self->path);
    return FALSE;
  }
  if (!check_places (self, property) || !pt_prep_read_property (self, property)
      || !pt_prep_read_library (self))
    return FALSE;
  for (guint i = 0; i < self->entries->sections->len; i++)
    if (pt_reading_is_first (self, i) && !read_section (self, pt_reading_section (self, i)))
      return FALSE;
  return check_whole (self);
}

PtPrepSettings *
pt_prep_file_read (const char *path, const PtPrepProperties * properties, GPtrArray * notes,
    char **error)
{
  PtPrepReading file = {.settings = pt_prep_settings_new (properties),
    .shape = g_array_new (FALSE, FALSE, sizeof (gint))
  };
  PtReading reading = {.settings = &file,.path = path,.notes = notes,.takes_lists = TRUE };
  if (!pt_reading_run (&reading, "file of nvdspreprocess", MOST_KEYS, read_all))
    g_clear_pointer (&file.settings, pt_prep_settings_unref);
  *error = reading.error;
  g_array_unref (file.shape);
  return file.settings;
}

gchar **
pt_prep_file_check (const char *path, gboolean on_frames, GPtrArray * notes, char **error)
{
  const PtPrepProperties properties = {.on_frames = on_frames,
    .target_ids = g_array_new (FALSE, FALSE, sizeof (guint64))
  };
  PtPrepSettings *settings = pt_prep_file_read (path, &properties, notes, error);
  gchar **own = settings ? g_strdupv (settings->own) : NULL;
  g_clear_pointer (&settings, pt_prep_settings_unref);
  g_array_unref (properties.target_ids);
  return own;
}
