/* See groups.h. */
#include "groups.h"

#include <string.h>

#include "geometry.h"
#include "spelling.h"

/* The groups of a stream: how they begin, and their keys; that of a rule begins with `prefix`. */
static const struct
{
  const char *group, *prefix;
  guint numbers;                /* of a rule, at least */
  gboolean is_polygon;
  const char *example;
  const char *keys[5];
} groups[PT_RULE_KINDS] = {
  [PT_RULE_REGION] = {"roi-filtering-stream-", "roi-", 4, TRUE,
      "the corners of a region, as roi-Door=295;643;579;634;642;913",
      {"enable", "class-id", "inverse-roi", NULL}},
  [PT_RULE_CROWD] = {"overcrowding-stream-", "roi-", 4, TRUE,
      "the corners of a region, as roi-Door=295;643;579;634;642;913",
      {"enable", "class-id", "object-threshold", "time-threshold", NULL}},
  [PT_RULE_DIRECTION] = {"direction-detection-stream-", "direction-", 4, FALSE,
      "where it begins and where it ends, as direction-South=284;840;360;662",
      {"enable", "class-id", "mode", NULL}},
  [PT_RULE_LINE] = {"line-crossing-stream-", "line-crossing-", 8, FALSE,
      "a direction and the line's ends, as line-crossing-Exit=789;672;1084;900;851;773;1203;732",
      {"enable", "class-id", "extended", "mode", NULL}},
};

static PtRuleMode
read_mode (PtReading * self, const PtEntry * entry)
{
  static const char *const words[] = {
    [PT_MODE_LOOSE] = "loose",[PT_MODE_BALANCED] = "balanced",[PT_MODE_STRICT] = "strict"
  };
  for (guint mode = 0; mode < G_N_ELEMENTS (words); mode++)
    if (g_str_equal (entry->value, words[mode]))
      return mode;
  PT_NOTE (self, entry, "mode: '%s' is none of strict, balanced and loose: it counts as loose",
      entry->value);
  return PT_MODE_LOOSE;
}

typedef struct
{
  PtRuleKind kind;
  const PtSection *section;
  PtRules *rules;
  guint first;                  /* the group's first rule */
  gboolean enable, is_said, inverse, extended;
  PtRuleMode mode;
  guint threshold;
  GArray *classes;
} Group;

static PtRule *
rule_of (Group * group, const char *name)
{
  GPtrArray *rules = group->rules->of[group->kind];
  for (guint i = group->first; i < rules->len; i++) {
    PtRule *known = g_ptr_array_index (rules, i);
    if (g_str_equal (known->name, name)) {
      g_array_set_size (known->points, 0);
      return known;
    }
  }
  PtRule *rule = pt_rule_new (group->kind, name);
  g_ptr_array_add (rules, rule);
  return rule;
}

static gboolean
check_count (PtReading * self, const Group * group, const PtEntry * entry, guint count)
{
  const guint least = groups[group->kind].numbers;
  if (groups[group->kind].is_polygon && count % 2)
    return PT_FAIL (self, entry, "%s has %u numbers: a corner has two, x;y", entry->key, count);
  if (count < least)
    return PT_FAIL (self, entry, "%s has %u numbers, and needs %u: write %s", entry->key, count,
        least, groups[group->kind].example);
  if (!groups[group->kind].is_polygon && count > least) {
    if (self->is_yaml)
      return PT_FAIL (self, entry, "%s has %u numbers: expected %u", entry->key, count, least);
    PT_NOTE (self, entry, "%s has %u numbers: those after the first %u are not read", entry->key,
        count, least);
  }
  return TRUE;
}

static gboolean
read_rule (PtReading * self, Group * group, const PtEntry * entry)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (gint));
  const gboolean read = pt_read_numbers (self, entry, 0, PT_MOST_PLACE, numbers)
      && check_count (self, group, entry, numbers->len);
  if (read) {
    PtRule *rule = rule_of (group, entry->key + strlen (groups[group->kind].prefix));
    const guint count = groups[group->kind].is_polygon ? numbers->len : groups[group->kind].numbers;
    g_array_append_vals (rule->points, numbers->data, count / 2);       /* a point is two of them */
    const char *fault = pt_rule_fault (rule);
    if (fault)
      PT_NOTE (self, entry, "%s: %s", entry->key, fault);
  }
  g_array_unref (numbers);
  return read;
}

static void
note_useless (PtReading * self, const PtEntry * entry)
{
  PT_NOTE (self, entry, "%s does not count: DeepStream's analytics read it and do not use it",
      entry->key);
}

static gboolean
read_setting (PtReading * self, Group * group, const PtEntry * entry)
{
  guint unused;
  if (g_str_equal (entry->key, "enable")) {
    group->is_said = TRUE;
    return pt_read_switch (self, entry, &group->enable);
  }
  if (g_str_equal (entry->key, "class-id")) {
    g_array_set_size (group->classes, 0);
    return pt_read_numbers (self, entry, -1, PT_MOST_PLACE, group->classes);
  }
  if (g_str_equal (entry->key, "inverse-roi"))
    return pt_read_switch (self, entry, &group->inverse);
  if (g_str_equal (entry->key, "extended"))
    return pt_read_switch (self, entry, &group->extended);
  if (g_str_equal (entry->key, "object-threshold"))
    return pt_read_number (self, entry, 0, G_MAXINT, &group->threshold);
  if (g_str_equal (entry->key, "mode") && group->kind == PT_RULE_LINE)
    group->mode = read_mode (self, entry);
  else
    note_useless (self, entry);
  return !g_str_equal (entry->key, "time-threshold")
      || pt_read_number (self, entry, 0, G_MAXINT, &unused);
}

static gboolean
read_key (PtReading * self, const PtEntry * entry, gpointer data)
{
  Group *group = data;
  const char *const *known = groups[group->kind].keys;
  if (g_strv_contains (known, entry->key))
    return read_setting (self, group, entry);
  if (g_str_has_prefix (entry->key, groups[group->kind].prefix))
    return read_rule (self, group, entry);
  pt_reading_note_unknown (self, entry, known);
  return TRUE;
}

/* The keys count for all rules of the group, wherever they stand in it. */
static void
end_group (const Group * group)
{
  GPtrArray *rules = group->rules->of[group->kind];
  for (guint i = group->first; i < rules->len; i++) {
    PtRule *rule = g_ptr_array_index (rules, i);
    rule->enabled = group->enable;
    rule->inverse = group->inverse;
    rule->extended = group->extended;
    rule->mode = group->mode;
    rule->threshold = group->threshold;
    g_array_append_vals (rule->classes, group->classes->data, group->classes->len);
  }
}

static gboolean
has_rules (PtReading * self, const Group * group)
{
  const PtSection *section = group->section;
  if (group->rules->of[group->kind]->len == group->first)
    return pt_reading_fail (self, section->line, section->name, "has no %sNAME: write %s",
        groups[group->kind].prefix, groups[group->kind].example);
  if (!group->is_said)
    pt_reading_note (self, section->line, section->name, "has no enable, and is off as with "
        "DeepStream: write enable=1");
  return TRUE;
}

/* -1: it is none. */
static gint
kind_of (const char *name)
{
  for (gint kind = 0; kind < PT_RULE_KINDS; kind++)
    if (g_str_has_prefix (name, groups[kind].group))
      return kind;
  return -1;
}

static gboolean
read_stream (PtReading * self, const PtSection * section, PtRuleKind kind, guint * stream)
{
  const char *digits = section->name + strlen (groups[kind].group);
  char *end;
  const guint64 number = g_ascii_strtoull (digits, &end, 10);
  if (!g_ascii_isdigit (*digits) || number > G_MAXINT)
    return pt_reading_fail (self, section->line, section->name, "has no stream's number: write it "
        "behind the name, as [%s0]", groups[kind].group);
  if (*end)
    pt_reading_note (self, section->line, section->name, "is about stream %u: '%s' behind it does "
        "not count", (guint) number, end);
  *stream = (guint) number;
  return TRUE;
}

gboolean
pt_read_group (PtReading * self, const PtSection * section, gboolean * known)
{
  const gint kind = kind_of (section->name);
  guint stream = 0;
  *known = kind >= 0;
  if (!*known)
    return TRUE;
  if (!read_stream (self, section, kind, &stream))
    return FALSE;
  Group group = {.kind = kind,.section = section,.extended = TRUE,.threshold = 1,
    .rules = pt_zone_settings_rules (self->settings, stream)
  };
  group.first = group.rules->of[kind]->len;
  group.classes = g_array_new (FALSE, FALSE, sizeof (gint));
  const gboolean read = pt_read_keys (self, section->name, read_key, &group)
      && has_rules (self, &group);
  end_group (&group);
  g_array_unref (group.classes);
  return read;
}

const char *
pt_group_meant (const char *name)
{
  const char *words[PT_RULE_KINDS + 1] = { NULL };
  for (guint kind = 0; kind < PT_RULE_KINDS; kind++)
    words[kind] = groups[kind].group;
  return pt_spelling_meant (name, words);
}
