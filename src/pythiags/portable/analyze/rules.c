/* See rules.h. */
#include "rules.h"

#include "geometry.h"

PtRule *
pt_rule_new (PtRuleKind kind, const char *name)
{
  PtRule *rule = g_new0 (PtRule, 1);
  rule->kind = kind;
  rule->name = g_strdup (name);
  rule->classes = g_array_new (FALSE, FALSE, sizeof (gint));
  rule->points = g_array_new (FALSE, FALSE, sizeof (PtPoint));
  return rule;
}

static void
rule_free (gpointer data)
{
  PtRule *rule = data;
  g_free (rule->name);
  g_array_unref (rule->classes);
  g_array_unref (rule->points);
  g_free (rule);
}

gboolean
pt_rule_is_for (const PtRule * rule, gint class_id)
{
  for (guint i = 0; i < rule->classes->len; i++) {
    const gint class = g_array_index (rule->classes, gint, i);
    if (class == -1 || class == class_id)
      return TRUE;
  }
  return rule->classes->len == 0;
}

PtRules *
pt_rules_new (void)
{
  PtRules *self = g_new0 (PtRules, 1);
  for (guint kind = 0; kind < PT_RULE_KINDS; kind++)
    self->of[kind] = g_ptr_array_new_with_free_func (rule_free);
  return self;
}

void
pt_rules_free (PtRules * self)
{
  for (guint kind = 0; kind < PT_RULE_KINDS; kind++)
    g_ptr_array_unref (self->of[kind]);
  g_free (self);
}

static guint
slot_of (const GPtrArray * rules, const char *name)
{
  for (guint i = 0; i < rules->len; i++)
    if (g_str_equal (((PtRule *) g_ptr_array_index (rules, i))->name, name))
      return i;
  return rules->len;
}

/* Cut to whole pixels, as DeepStream does. */
static PtRule *
scale (const PtRule * source, float wider, float higher)
{
  PtRule *rule = pt_rule_new (source->kind, source->name);
  g_array_append_vals (rule->classes, source->classes->data, source->classes->len);
  for (guint i = 0; i < source->points->len; i++) {
    const PtPoint *from = PT_RULE_POINT (source, i);
    const PtPoint point = { (gint) MIN (from->x * wider, PT_MOST_PLACE),
      (gint) MIN (from->y * higher, PT_MOST_PLACE)
    };
    g_array_append_val (rule->points, point);
  }
  rule->enabled = source->enabled;
  rule->inverse = source->inverse;
  rule->threshold = source->threshold;
  rule->extended = source->extended;
  rule->mode = source->mode;
  pt_rule_measure (rule);
  return rule;
}

PtRules *
pt_rules_scale (const PtRules * self, float wider, float higher)
{
  PtRules *copy = pt_rules_new ();
  for (guint kind = 0; self && kind < PT_RULE_KINDS; kind++)
    for (guint i = 0; i < self->of[kind]->len; i++) {
      PtRule *rule = scale (g_ptr_array_index (self->of[kind], i), wider, higher);
      rule->slot = slot_of (copy->of[kind], rule->name);
      g_ptr_array_add (copy->of[kind], rule);
    }
  return copy;
}
