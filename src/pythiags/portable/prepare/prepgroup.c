/* [group-N] of a configuration file of nvdspreprocess: see preplines.h. */
#include "preplines.h"
#include "spelling.h"

#include <string.h>

#define REGIONS "roi-params-src"

static const char *const known[] = {
  "src-ids", "custom-input-transformation-function", "operate-on-class-ids", "process-on-roi",
  "process-on-all-objects", "roi-params-src-0", "draw-roi", "roi-color", "interval",
  "input-object-min-width", "input-object-min-height", "input-object-max-width",
  "input-object-max-height", NULL
};

typedef struct
{
  PtPrepGroup *group;
  guint number;                    /* of its name */
  const PtEntry *skipped;          /* regions that did not count; NULL: none */
} Group;

/* Whether DeepStream reads regions, by the keys before them. */
static gboolean
takes_regions (const PtPrepReading * reading, const PtPrepGroup * group)
{
  return reading->settings->properties.on_frames ? group->on_rois : !group->on_all_objects;
}

/* ---- regions ---- */

/* The number behind the last hyphen. */
static gboolean
source_of (PtReading * self, const PtEntry * entry, gint * source)
{
  gint64 number = -1;
  const char *digits = strrchr (entry->key, '-') + 1;
  if (!g_ascii_string_to_signed (digits, 10, 0, G_MAXINT, &number, NULL))
    return PT_FAIL (self, entry, "%s has no source's number: write it behind the name, as "
        REGIONS "-0", entry->key);
  *source = (gint) number;
  return TRUE;
}

static gboolean
read_boxes (PtReading * self, const PtEntry * entry, GArray * boxes)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (gint));
  gboolean read = pt_read_numbers (self, entry, 0, PT_PREP_MOST, numbers);
  if (read && (numbers->len % 4 || !numbers->len))
    read = PT_FAIL (self, entry, "%s has %u numbers: a region has four, left;top;width;height",
        entry->key, numbers->len);
  for (guint i = 0; read && i < numbers->len; i += 4) {
    const gint *at = &g_array_index (numbers, gint, i);
    const PtBbox box = { at[0], at[1], at[2], at[3] };
    if (at[2] < 2 || at[3] < 2)
      read = PT_FAIL (self, entry, "%s: region %u has no width or no height: %dx%d", entry->key,
          i / 4, at[2], at[3]);
    g_array_append_val (boxes, box);
  }
  g_array_unref (numbers);
  return read;
}

/* As DeepStream: what a source is given first counts. */
static void
set_rois (PtPrepReading * reading, Group * of, gint source, GArray * rois)
{
  const gpointer key = GINT_TO_POINTER (source);
  if (g_hash_table_contains (of->group->rois, key))
    g_array_unref (rois);
  else
    g_hash_table_insert (of->group->rois, key, rois);
  GHashTable *numbers = reading->settings->group_numbers;
  if (!g_hash_table_contains (numbers, key))
    g_hash_table_insert (numbers, key, GUINT_TO_POINTER (of->number));
}

static gboolean
is_for_all (const PtPrepGroup * group)
{
  return group->src_ids->len && g_array_index (group->src_ids, gint, 0) == PT_EVERY_SOURCE;
}

/* Where a group is for every source, the first regions are everyone's. */
static gboolean
read_regions (PtReading * self, const PtEntry * entry, Group * of)
{
  PtPrepReading *reading = self->settings;
  gint source;
  if (!takes_regions (reading, of->group)) {
    of->skipped = entry;
    return TRUE;
  }
  GArray *boxes = g_array_new (FALSE, FALSE, sizeof (PtBbox));
  if (!source_of (self, entry, &source) || !read_boxes (self, entry, boxes)) {
    g_array_unref (boxes);
    return FALSE;
  }
  if (is_for_all (of->group) && g_hash_table_size (of->group->rois)) {
    PT_NOTE (self, entry, "%s does not count: src-ids=-1, and " REGIONS "-%d is for every source",
        entry->key, of->group->replicated);
    g_array_unref (boxes);
    return TRUE;
  }
  if (is_for_all (of->group))
    of->group->replicated = source;
  set_rois (reading, of, source, boxes);
  return TRUE;
}

/* ---- keys ---- */

static gboolean
read_color (PtReading * self, const PtEntry * entry, PtColor * color)
{
  double *parts[] = { &color->red, &color->green, &color->blue, &color->alpha };
  gchar **words = g_strsplit (entry->value, ";", -1);
  guint count = g_strv_length (words);
  if (count && !*g_strstrip (words[count - 1]))
    count--;
  gboolean read = count == G_N_ELEMENTS (parts);
  for (guint i = 0; i < G_N_ELEMENTS (parts) && read; i++) {
    char *end;
    *parts[i] = g_ascii_strtod (words[i], &end);
    read = end != words[i] && !*g_strchug (end) && *parts[i] >= 0 && *parts[i] <= 1;
  }
  g_strfreev (words);
  return read || PT_FAIL (self, entry, "roi-color: '%s' is no colour: write red;green;blue;alpha, 0 to 1 "
      "each", entry->value);
}

static gboolean
read_transform (PtReading * self, const PtEntry * entry)
{
  if (g_str_equal (entry->value, "CustomAsyncTransformation")
      || g_str_equal (entry->value, "CustomTransformation"))
    return TRUE;
  return PT_FAIL (self, entry, "custom-input-transformation-function: '%s' is compiled for NVIDIA's "
      "memory and cannot run on a CPU: write CustomAsyncTransformation, which scales", entry->value);
}

static gboolean
read_switch (PtReading * self, const PtEntry * entry, PtPrepGroup * group, gboolean * known_key)
{
  PtPrepReading *reading = self->settings;
  *known_key = TRUE;
  if (g_str_equal (entry->key, "draw-roi"))
    return pt_read_switch (self, entry, &group->draw);
  if (g_str_equal (entry->key, "process-on-roi")) {
    reading->roi_said = TRUE;
    return pt_read_switch (self, entry, &group->on_rois);
  }
  if (g_str_equal (entry->key, "process-on-all-objects")) {
    reading->all_objects_said = TRUE;
    return pt_read_switch (self, entry, &group->on_all_objects);
  }
  *known_key = FALSE;
  return TRUE;
}

static gboolean
read_number (PtReading * self, const PtEntry * entry, PtPrepGroup * group)
{
  const struct { const char *key; guint *value; } numbers[] = {
    {"interval", &group->interval},
    {"input-object-min-width", &group->min_width}, {"input-object-min-height", &group->min_height},
    {"input-object-max-width", &group->max_width}, {"input-object-max-height", &group->max_height},
  };
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (g_str_equal (entry->key, numbers[i].key))
      return pt_read_number (self, entry, 0, G_MAXINT - 1, numbers[i].value);
  if (self->is_yaml) {
    const char *meant = pt_spelling_meant (entry->key, known);
    return PT_FAIL (self, entry, "%s is not known, and DeepStream refuses it in YAML%s%s%s", entry->key,
        meant ? ": did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
  }
  pt_reading_note_unknown (self, entry, known);
  return TRUE;
}

static gboolean
read_key (PtReading * self, const PtEntry * entry, gpointer data)
{
  Group *of = data;
  PtPrepGroup *group = of->group;
  if (g_str_equal (entry->key, "src-ids")) {
    g_array_set_size (group->src_ids, 0);
    return pt_read_numbers (self, entry, -1, G_MAXINT, group->src_ids);
  }
  if (g_str_equal (entry->key, "operate-on-class-ids")) {
    g_array_set_size (group->class_ids, 0);
    return pt_read_numbers (self, entry, 0, G_MAXINT, group->class_ids);
  }
  if (g_str_equal (entry->key, "custom-input-transformation-function"))
    return read_transform (self, entry);
  if (g_str_equal (entry->key, "roi-color"))
    return read_color (self, entry, &group->color);
  if (g_str_has_prefix (entry->key, REGIONS))
    return read_regions (self, entry, of);
  gboolean is_switch;
  const gboolean read = read_switch (self, entry, group, &is_switch);
  return is_switch ? read : read_number (self, entry, group);
}

/* ---- the whole group ---- */

static gboolean
check_said (PtReading * self, const PtSection * section)
{
  const PtPrepReading *reading = self->settings;
  const gboolean on_frames = reading->settings->properties.on_frames;
  if (on_frames ? reading->roi_said : reading->all_objects_said)
    return TRUE;
  return pt_reading_fail (self, section->line, section->name, on_frames
      ? "has no process-on-roi: write 1 for regions, 0 for whole frames"
      : "has no process-on-all-objects: write 1 for all objects, 0 for those in regions");
}

static gboolean
check_regions (PtReading * self, const PtSection * section, const Group * of, gint source)
{
  const gboolean for_all = source == PT_EVERY_SOURCE;
  if (for_all ? g_hash_table_size (of->group->rois)
      : g_hash_table_contains (of->group->rois, GINT_TO_POINTER (source)))
    return TRUE;
  if (of->skipped)
    return PT_FAIL (self, of->skipped, "%s stands before process-on-roi=1, and DeepStream does not "
        "read it there: move it below", of->skipped->key);
  return pt_reading_fail (self, section->line, section->name, "has no " REGIONS "-%d: write it as "
      "left;top;width;height of each region", for_all ? 0 : source);
}

/* Whole frames, and the objects of whole frames: one region that is empty. */
static void
take_whole (PtPrepReading * reading, Group * of, gint source)
{
  const PtBbox whole = { 0 };
  GArray *rois = g_array_new (FALSE, FALSE, sizeof (PtBbox));
  g_array_append_val (rois, whole);
  g_hash_table_remove (of->group->rois, GINT_TO_POINTER (source));
  set_rois (reading, of, source, rois);
  if (is_for_all (of->group))
    of->group->replicated = source;
}

static gboolean
end_group (PtReading * self, const PtSection * section, Group * of)
{
  PtPrepReading *reading = self->settings;
  const gboolean regions = takes_regions (reading, of->group);
  if (!of->group->src_ids->len)
    return pt_reading_fail (self, section->line, section->name, "has no src-ids: write the numbers of "
        "the sources that it is for, as src-ids=0;1, or -1 for all");
  if (!check_said (self, section))
    return FALSE;
  const guint sources = is_for_all (of->group) ? 1 : of->group->src_ids->len;
  for (guint i = 0; i < sources; i++) {
    const gint source = g_array_index (of->group->src_ids, gint, i);
    if (regions && !check_regions (self, section, of, source))
      return FALSE;
    if (!regions)
      take_whole (reading, of, source);
  }
  if (!regions && of->skipped)
    PT_NOTE (self, of->skipped, "%s does not count, as whole pictures are looked at",
        of->skipped->key);
  return TRUE;
}

gboolean
pt_prep_read_group (PtReading * self, const PtSection * section)
{
  PtPrepReading *reading = self->settings;
  GPtrArray *groups = reading->settings->groups;
  const char *digits = section->name + strlen (PT_PREP_GROUP);
  guint64 number;
  if (!g_ascii_string_to_unsigned (digits, 10, 0, G_MAXINT, &number, NULL))
    return pt_reading_fail (self, section->line, section->name, "has no number: write [" PT_PREP_GROUP
        "%u]", groups->len);
  if (number != groups->len)
    pt_reading_note (self, section->line, section->name, "is the file's group %u, counted from 0: "
        "DeepStream leaves out the sources of groups that are numbered otherwise", groups->len);
  Group of = {.group = pt_prep_group_new (reading->settings->properties.on_frames),
    .number = (guint) number
  };
  g_ptr_array_add (groups, of.group);
  return pt_read_keys (self, section->name, read_key, &of) && end_group (self, section, &of);
}
