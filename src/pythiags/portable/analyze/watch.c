/* See watch.h. Limits and the order of what is looked at were compared with NVIDIA's source of DeepStream
 * 9.1, case by case. */
#include "watch.h"

#include <math.h>

#include "counts.h"
#include "life.h"

#define FORGET_AFTER 8000       /* milliseconds since an object was seen last */
#define MOST_LIVES 65536        /* objects that are remembered: more are made only by wrong timestamps */
#define NO_ID G_MAXUINT64

struct _PtWatch
{
  PtRules *rules;
  guint window;
  GHashTable *lives;            /* of PtLife, by id */
  GHashTable *counts;           /* of PtCounts, by class */
  GString *status, *direction;  /* of the object that is being looked at */
  gboolean gave_up;
};

PtWatch *
pt_watch_new (PtRules * rules, guint window)
{
  PtWatch *self = g_new0 (PtWatch, 1);
  self->rules = rules;
  self->window = window;
  self->lives = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL,
      (GDestroyNotify) pt_life_free);
  self->counts = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) pt_counts_free);
  self->status = g_string_new (NULL);
  self->direction = g_string_new (NULL);
  return self;
}

void
pt_watch_free (PtWatch * self)
{
  pt_rules_free (self->rules);
  g_hash_table_unref (self->lives);
  g_hash_table_unref (self->counts);
  g_string_free (self->status, TRUE);
  g_string_free (self->direction, TRUE);
  g_free (self);
}

const PtRules *
pt_watch_rules (const PtWatch * self)
{
  return self->rules;
}

guint
pt_watch_size (const PtWatch * self)
{
  return g_hash_table_size (self->lives);
}

/* ---- lives ---- */

static void
forget (PtWatch * self, guint64 pts)
{
  GHashTableIter iter;
  gpointer life;
  g_hash_table_iter_init (&iter, self->lives);
  while (g_hash_table_iter_next (&iter, NULL, &life))
    if (pt_life_unseen (life, pts) > FORGET_AFTER)
      g_hash_table_iter_remove (&iter);
}

static PtLife *
life_of (PtWatch * self, guint64 id)
{
  PtLife *life = g_hash_table_lookup (self->lives, &id);
  if (life)
    return life;
  if (g_hash_table_size (self->lives) >= MOST_LIVES)
    g_hash_table_remove_all (self->lives);
  life = pt_life_new (id, self->rules->of[PT_RULE_LINE]->len);
  g_hash_table_insert (self->lives, &life->id, life);
  return life;
}

/* ---- one object ---- */

typedef struct
{
  PtSighting *sighting;
  PtLife *life;
  PtMove move;
  guint unique_id;
} Scene;

static PtZonesObject *
zones_of (Scene * scene)
{
  if (!scene->sighting->zones)
    scene->sighting->zones = pt_zones_object_new (scene->unique_id);
  return scene->sighting->zones;
}

static gboolean
applies (const Scene * scene, const PtRule * rule)
{
  return !rule->lacks_ids && pt_rule_is_for (rule, scene->sighting->class_id);
}

static gboolean
is_in (const Scene * scene, const PtRule * region)
{
  return pt_region_has (region, scene->move.x, scene->move.y + (gint) scene->move.mean_height / 2);
}

static void
look_at_regions (PtWatch * self, Scene * scene)
{
  PT_EACH_RULE (rule, self->rules, PT_RULE_REGION) {
    if (!applies (scene, rule) || is_in (scene, rule) == rule->inverse)
      continue;
    g_string_append_printf (self->status, " ROI:%s", rule->name);
    pt_rule_slot (self->rules, rule)->now++;
    pt_zones_name (&zones_of (scene)->rois, rule->name);
  }
}

static void
look_at_crowds (PtWatch * self, Scene * scene)
{
  PT_EACH_RULE (rule, self->rules, PT_RULE_CROWD) {
    if (!applies (scene, rule) || !is_in (scene, rule))
      continue;
    PtRule *slot = pt_rule_slot (self->rules, rule);
    slot->now++;
    slot->total |= slot->now >= rule->threshold;
    pt_zones_name (&zones_of (scene)->overcrowded, rule->name);
  }
}

/* What needs ids is given up once an object has none; this one is still looked at. */
static void
check_id (PtWatch * self, const Scene * scene, PtRule * rule)
{
  if (scene->sighting->id == NO_ID)
    self->gave_up = rule->lacks_ids = TRUE;
}

/* The square of how far the bottom's middle went, in whole pixels. */
static double
way (const PtMove * move)
{
  const float x = (float) (move->x - move->old_x);
  const float y = (float) ((move->y + move->height / 2) - (move->old_y + move->old_height / 2));
  return trunc (x * x + y * y);
}

static void
look_at_directions (PtWatch * self, Scene * scene)
{
  PT_EACH_RULE (rule, self->rules, PT_RULE_DIRECTION) {
    if (!applies (scene, rule))
      continue;
    check_id (self, scene, rule);
    if (pt_life_has_stopped (scene->life, self->window)) {
      g_string_append (self->status, " STOPPED ");
      return;
    }
    if (way (&scene->move) > 3000 && scene->life->frames > 10
        && pt_direction_followed (rule, &scene->move)) {
      g_string_append_printf (self->status, " DIR:%s ", rule->name);
      g_string_append_printf (self->direction, " DIR:%s ", rule->name);
    }
  }
}

static void
look_at_lines (PtWatch * self, Scene * scene)
{
  static const struct { guint way, frames; } least[] = {
    [PT_MODE_LOOSE] = {1000, 3},
    [PT_MODE_BALANCED] = {3000, 10},
    [PT_MODE_STRICT] = {6000, 20},
  };
  PT_EACH_RULE (rule, self->rules, PT_RULE_LINE) {
    guint8 *crossed = &scene->life->crossed[rule->slot];
    if (*crossed || !applies (scene, rule))
      continue;
    check_id (self, scene, rule);
    if (way (&scene->move) <= least[rule->mode].way
        || scene->life->frames <= least[rule->mode].frames
        || !pt_line_crossed (rule, &scene->move))
      continue;
    *crossed = TRUE;
    g_string_append_printf (self->status, " LC:%s ", rule->name);
    PtRule *slot = pt_rule_slot (self->rules, rule);
    slot->now++;
    slot->total++;
    pt_zones_name (&zones_of (scene)->lines, rule->name);
  }
}

static void
look_at (PtWatch * self, PtSighting * sighting, guint64 pts, guint unique_id)
{
  const PtPlace place = pt_place_of_box (sighting->left, sighting->top, sighting->width,
      sighting->height);
  sighting->zones = NULL;
  PtLife *life = life_of (self, sighting->id);
  life->pts = pts;
  pt_life_add (life, &place, self->window);
  Scene scene = { sighting, life, pt_life_move (life, &place, self->window), unique_id };
  g_string_truncate (self->status, 0);
  g_string_truncate (self->direction, 0);
  look_at_regions (self, &scene);
  look_at_crowds (self, &scene);
  look_at_directions (self, &scene);
  look_at_lines (self, &scene);
  if (!self->status->len && !sighting->zones)
    return;
  zones_of (&scene)->status = g_strdup (self->status->str);
  sighting->zones->direction = g_strdup (self->direction->str);
}

/* ---- the frame ---- */

static void
clear_rules (PtWatch * self)
{
  for (guint kind = 0; kind < PT_RULE_KINDS; kind++)
    for (guint i = 0; i < self->rules->of[kind]->len; i++) {
      PtRule *rule = g_ptr_array_index (self->rules->of[kind], i);
      rule->now = 0;
      if (kind == PT_RULE_CROWD)
        rule->total = 0;
    }
}

/* The later one of a name counts, as in a dictionary. */
static void
put (GArray ** counts, const char *name, guint64 value)
{
  for (guint i = 0; *counts && i < (*counts)->len; i++) {
    PtZoneCount *each = &g_array_index (*counts, PtZoneCount, i);
    if (g_str_equal (each->name, name)) {
      each->value = value;
      return;
    }
  }
  pt_zones_count (counts, name, 0, value);
}

static void
sum_up (const PtWatch * self, PtZonesFrame * frame)
{
  PT_EACH_RULE (region, self->rules, PT_RULE_REGION)
    put (&frame->in_roi, region->name, pt_rule_slot (self->rules, region)->now);
  PT_EACH_RULE (crowd, self->rules, PT_RULE_CROWD) {
    const PtRule *slot = pt_rule_slot (self->rules, crowd);
    put (&frame->overcrowded, crowd->name, slot->total);
    put (&frame->in_roi, crowd->name, slot->now);
  }
  PT_EACH_RULE (line, self->rules, PT_RULE_LINE) {
    const PtRule *slot = pt_rule_slot (self->rules, line);
    put (&frame->crossing, line->name, slot->now);
    put (&frame->crossed, line->name, slot->total);
  }
}

static PtCounts *
counts_of (PtWatch * self, gint class_id)
{
  const gpointer key = GINT_TO_POINTER (class_id);
  PtCounts *counts = g_hash_table_lookup (self->counts, key);
  if (!counts) {
    counts = pt_counts_new ();
    g_hash_table_insert (self->counts, key, counts);
  }
  return counts;
}

static gint
by_class (gconstpointer one, gconstpointer other)
{
  const guint a = (guint) ((const PtZoneCount *) one)->class_id;
  const guint b = (guint) ((const PtZoneCount *) other)->class_id;
  return (a > b) - (a < b);
}

/* Classes that were seen before and are not there now are counted as well. */
static void
count_objects (PtWatch * self, const PtSighting * sightings, guint count, guint64 pts,
    PtZonesFrame * frame)
{
  GHashTableIter iter;
  gpointer class_id, counts;
  for (guint i = 0; i < count; i++)
    pt_counts_see (counts_of (self, sightings[i].class_id));
  g_hash_table_iter_init (&iter, self->counts);
  while (g_hash_table_iter_next (&iter, &class_id, &counts)) {
    guint number;
    if (pt_counts_end (counts, pts, self->window, &number))
      pt_zones_count (&frame->objects, NULL, GPOINTER_TO_INT (class_id), number);
  }
  if (frame->objects)
    g_array_sort (frame->objects, by_class);
}

gboolean
pt_watch_frame (PtWatch * self, PtSighting * sightings, guint count, guint64 pts,
    PtZonesFrame * frame)
{
  self->gave_up = FALSE;
  forget (self, pts);
  clear_rules (self);
  for (guint i = 0; i < count; i++)
    look_at (self, &sightings[i], pts, frame->unique_id);
  sum_up (self, frame);
  count_objects (self, sightings, count, pts, frame);
  return self->gave_up;
}
