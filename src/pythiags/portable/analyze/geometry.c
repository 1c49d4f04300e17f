/* See geometry.h. Limits and rounding were compared with NVIDIA's source of DeepStream 9.1, case by case. */
#include "geometry.h"

#include <math.h>

#define PARALLEL 1e-5           /* of two straight lines: below, they do not meet */
#define ALONG 0.99              /* the cosine from which on two directions are the same */
#define FOLLOWED 0.5f           /* the cosine from which on a direction is followed */

/* ---- vectors and straight lines ---- */

static PtVector
vector_of (double x1, double y1, double x2, double y2)
{
  const double length = sqrt ((x1 - x2) * (x1 - x2) + (y1 - y2) * (y1 - y2));
  if (length < 1e-9)
    return (PtVector) { 0, 0 };
  return (PtVector) { (x2 - x1) / length, (y2 - y1) / length };
}

static double
dot (PtVector one, PtVector other)
{
  return one.x * other.x + one.y * other.y;
}

static void
normalize (PtStraight * of)
{
  const double length = sqrt (of->a * of->a + of->b * of->b);
  of->a /= length;
  of->b /= length;
  of->c /= length;
}

/* Through two points; of no numbers where they are one. */
static PtStraight
straight_of (double x1, double y1, double x2, double y2)
{
  PtStraight found = { y1 - y2, x2 - x1, x1 * y2 - x2 * y1 };
  normalize (&found);
  return found;
}

/* On which side of it a point lies, and how far from it. */
static double
side_of (const PtStraight * of, double x, double y)
{
  return of->a * x + of->b * y + of->c;
}

static gboolean
meet (PtStraight * one, PtStraight * other, PtVector * at)
{
  normalize (one);
  normalize (other);
  const double det = one->a * other->b - one->b * other->a;
  if (fabs (det) < PARALLEL)
    return FALSE;
  at->x = (-one->c * other->b + one->b * other->c) / det;
  at->y = (-one->a * other->c + one->c * other->a) / det;
  return TRUE;
}

/* ---- rules ---- */

static PtSide
side_by (double along, double side, double zero)
{
  if ((along > ALONG && side > zero) || (along < -ALONG && side < zero))
    return PT_SIDE_POSITIVE;
  if ((along < -ALONG && side > zero) || (along > ALONG && side < zero))
    return PT_SIDE_NEGATIVE;
  return PT_SIDE_UNKNOWN;
}

/* The direction begins on the side that objects come from, or ends on the one that they go to. */
static PtSide
side_before (const PtRule * rule)
{
  const PtPoint *from = PT_RULE_POINT (rule, 0), *to = PT_RULE_POINT (rule, 1);
  PtStraight way = straight_of (from->x, from->y, to->x, to->y), line = rule->line;
  PtVector at;
  if (!meet (&way, &line, &at))
    return PT_SIDE_UNKNOWN;
  const PtVector there = vector_of (from->x, from->y, at.x, at.y);
  const PtVector back = vector_of (to->x, to->y, at.x, at.y);
  const PtSide side = side_by (dot (there, rule->direction), side_of (&line, from->x, from->y),
      1e-5);
  return side != PT_SIDE_UNKNOWN ? side
      : side_by (dot (back, rule->direction), side_of (&line, to->x, to->y), 0);
}

void
pt_rule_measure (PtRule * rule)
{
  if (rule->kind != PT_RULE_DIRECTION && rule->kind != PT_RULE_LINE)
    return;
  const PtPoint *from = PT_RULE_POINT (rule, 0), *to = PT_RULE_POINT (rule, 1);
  rule->direction = vector_of (from->x, from->y, to->x, to->y);
  if (rule->kind == PT_RULE_DIRECTION)
    return;
  const PtPoint *begin = PT_RULE_POINT (rule, 2), *end = PT_RULE_POINT (rule, 3);
  rule->line = straight_of (begin->x, begin->y, end->x, end->y);
  rule->side = side_before (rule);
}

static gboolean
is_point (const PtRule * rule, guint first)
{
  const PtPoint *one = PT_RULE_POINT (rule, first), *other = PT_RULE_POINT (rule, first + 1);
  return one->x == other->x && one->y == other->y;
}

static gboolean
runs_along (const PtRule * rule)
{
  const PtPoint *at = PT_RULE_POINT (rule, 0);
  const PtVector way = vector_of (at[0].x, at[0].y, at[1].x, at[1].y);
  const PtVector line = vector_of (at[2].x, at[2].y, at[3].x, at[3].y);
  return fabs (way.x * line.y - way.y * line.x) < PARALLEL;
}

const char *
pt_rule_fault (const PtRule * rule)
{
  if (rule->kind == PT_RULE_REGION || rule->kind == PT_RULE_CROWD)
    return rule->points->len < 3 ? "two corners enclose nothing: write three or more" : NULL;
  if (is_point (rule, 0))
    return "the direction begins and ends in one point, and nothing follows it";
  if (rule->kind == PT_RULE_DIRECTION)
    return NULL;
  if (is_point (rule, 2))
    return "the line begins and ends in one point, and nothing crosses it";
  return runs_along (rule) ? "the direction runs along the line: have it lead across" : NULL;
}

/* ---- what an object does ---- */

/* How many edges are left of the point, in whole pixels: an odd number, and it is inside. */
gboolean
pt_region_has (const PtRule * region, gint x, gint y)
{
  const guint count = region->points->len;
  guint left = 0;
  for (guint i = 0; i < count; i++) {
    const PtPoint *one = PT_RULE_POINT (region, i), *next = PT_RULE_POINT (region, (i + 1) % count);
    if ((y >= one->y) == (y >= next->y))
      continue;
    const gint64 a = one->y - next->y, b = next->x - one->x;
    const gint64 c = (gint64) next->y * one->x - (gint64) next->x * one->y;
    const gint64 edge = -(b * y + c) / a;
    left += edge >= 0 && edge <= x;
  }
  return left % 2;
}

static gboolean
goes (PtVector direction, double x, double y, float least)
{
  if (x == 0 && y == 0)
    return FALSE;
  return (direction.x * x + direction.y * y) / sqrt (x * x + y * y) >= least;
}

gboolean
pt_direction_followed (const PtRule * direction, const PtMove * move)
{
  return goes (direction->direction, move->x - move->old_x, move->y - move->old_y, FOLLOWED);
}

/* The bottom's middle was on one side of the line, and is on the other; a pixel beside it is neither. */
static gboolean
changes_side (const PtRule * line, const PtMove * move, float least)
{
  const gint old_y = move->old_y + (gint) move->mean_height / 2;
  const gint y = move->y + move->height / 2;
  if (!goes (line->direction, move->x - move->old_x, y - old_y, least))
    return FALSE;
  const double before = side_of (&line->line, move->old_x, old_y);
  const double now = side_of (&line->line, move->x, y);
  return (now >= 1 && before <= -1) || (now <= -1 && before >= 1);
}

/* Loose mode: any way is right that leads from one side to the other. */
static gboolean
comes_from (const PtRule * line, const PtMove * move)
{
  const double now = side_of (&line->line, move->x, move->y + move->height / 2);
  const double before = side_of (&line->line, move->old_x, move->old_y + move->mean_height / 2);
  return line->side == PT_SIDE_POSITIVE ? now <= 0 && before > 0 : now >= 0 && before < 0;
}

/* Between the line's ends. */
static gboolean
meets_within (PtRule * line, double old_x, double old_y, double x, double y)
{
  const PtPoint *begin = PT_RULE_POINT (line, 2), *end = PT_RULE_POINT (line, 3);
  PtStraight way = straight_of (old_x, old_y, x, y);
  PtVector at;
  if (!meet (&way, &line->line, &at))
    return FALSE;
  const PtVector part = { at.x - begin->x, at.y - begin->y };
  const PtVector whole = { end->x - begin->x, end->y - begin->y };
  return dot (part, whole) > 0 && dot (whole, whole) > dot (part, part);
}

/* The middle of the bottom does, or one of its corners. */
static gboolean
bottom_meets (PtRule * line, const PtMove * move)
{
  const double old_y = move->old_y + move->mean_height / 2.0, y = move->y + move->height / 2.0;
  const gint old_half = move->old_width / 2, half = move->width / 2;
  return meets_within (line, move->old_x, old_y, move->x, y)
      || meets_within (line, move->old_x + old_half, old_y, move->x + half, y)
      || meets_within (line, move->old_x - old_half, old_y, move->x - half, y);
}

gboolean
pt_line_crossed (PtRule * line, const PtMove * move)
{
  static const float least[] = { 0.1f, 0.5f, 0.8f };    /* of a direction's cosine, by mode */
  const gboolean by_side = line->mode == PT_MODE_LOOSE && line->side != PT_SIDE_UNKNOWN;
  if (by_side ? !comes_from (line, move) : !changes_side (line, move, least[line->mode]))
    return FALSE;
  return line->extended || bottom_meets (line, move);
}
