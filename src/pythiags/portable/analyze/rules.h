/* What nvdsanalytics looks for in the pictures of one source: regions, crowds, directions and lines. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

#define PT_MOST_PLACE (1 << 24)    /* pixels: points and boxes further out count as lying there */

typedef enum
{
  PT_RULE_REGION,
  PT_RULE_CROWD,
  PT_RULE_DIRECTION,
  PT_RULE_LINE,
  PT_RULE_KINDS,
} PtRuleKind;

typedef enum
{
  PT_MODE_LOOSE,
  PT_MODE_BALANCED,
  PT_MODE_STRICT,
} PtRuleMode;

typedef enum                       /* in loose mode: from which side of a line an object must come */
{
  PT_SIDE_UNKNOWN,                 /* the direction that it goes in decides, as in the other modes */
  PT_SIDE_POSITIVE,
  PT_SIDE_NEGATIVE,
} PtSide;

typedef struct { gint x, y; } PtPoint;
typedef struct { double x, y; } PtVector;
typedef struct { double a, b, c; } PtStraight;     /* ax + by + c = 0, with a and b of length 1 */

typedef struct
{
  PtRuleKind kind;
  char *name;
  GArray *classes;                 /* of gint; none, or a -1 among them: all */
  /* A polygon; a direction's beginning and end; a line's direction, and the line's two ends. */
  GArray *points;                  /* of PtPoint, in pixels */
  gboolean enabled;
  gboolean inverse;                /* a region: what is outside counts */
  guint threshold;                 /* a crowd: from how many objects on it is one */
  gboolean extended;               /* a line: it goes on beyond its ends */
  PtRuleMode mode;                 /* a line's */

  /* Of the rules of a source: see pt_rules_scale. */
  PtVector direction;              /* of length 1, or 0 where there is none */
  PtStraight line;
  PtSide side;
  gboolean lacks_ids;              /* no longer looked at: it needs a tracker */
  guint slot;                      /* the first rule of its kind and name: that one counts for all */
  guint64 now, total;              /* objects in this frame, and crossings so far */
} PtRule;

typedef struct
{
  GPtrArray *of[PT_RULE_KINDS];    /* of PtRule */
} PtRules;

PtRule *pt_rule_new (PtRuleKind kind, const char *name);
gboolean pt_rule_is_for (const PtRule * rule, gint class_id);

PtRules *pt_rules_new (void);
void pt_rules_free (PtRules * self);

/* A copy for pictures that are so many times as wide and high; `self` may be NULL: without rules. */
PtRules *pt_rules_scale (const PtRules * self, float wider, float higher);

/* All rules of a kind that are enabled. */
#define PT_EACH_RULE(rule, rules, kind) \
  for (guint rule##_at = 0; rule##_at < (rules)->of[kind]->len; rule##_at++) \
    for (PtRule *rule = g_ptr_array_index ((rules)->of[kind], rule##_at); rule && rule->enabled; \
        rule = NULL)

/* The one that counts for it. */
static inline PtRule *
pt_rule_slot (const PtRules * rules, const PtRule * rule)
{
  return g_ptr_array_index (rules->of[rule->kind], rule->slot);
}

#define PT_RULE_POINT(rule, number) (&g_array_index ((rule)->points, PtPoint, number))

G_END_DECLS
