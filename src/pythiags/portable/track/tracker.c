/* See tracker.h. */
#include "tracker.h"

#include <string.h>

#include "kalman.h"
#include "match.h"

#define BORDER 1.f              /* pixels: nearer to it, a box is cut by the picture's border */

typedef struct
{
  PtTargetState state;
  gboolean reported;            /* it has an id */
  guint64 id;
  gint class_id;
  guint age, shadow_age;        /* frames, from 1 on; frames since it was seen */
  PtKalman kalman;
  PtBbox box;                   /* where it is thought to be */
  PtBbox seen;                  /* what it was when it was seen last */
  gint detection;
  GArray *past;                 /* of PtTargetPast, since it was reported last; NULL: none */
  GArray *life;                 /* of PtTargetPast, since it began; NULL: not asked for */
} Target;

struct _PtTracker
{
  const PtTrackSettings *settings;
  PtTrackIds *ids;
  guint32 random;
  GArray *targets;              /* of Target, in the order in which they began */
  PtMatcherStages *stages;
  GArray *wanted;               /* of PtWanted, one a target */
  GArray *target_of;            /* of gint, one a detection */
  GArray *shadows, *ended;      /* of PtTrajectory */
  GPtrArray *lives;             /* of GArray: what `ended` points to */
};

static void
target_clear (Target * target)
{
  g_clear_pointer (&target->past, g_array_unref);
  g_clear_pointer (&target->life, g_array_unref);
}

PtTracker *
pt_tracker_new (const PtTrackSettings * settings, PtTrackIds * ids, guint32 random)
{
  PtTracker *self = g_new0 (PtTracker, 1);
  self->settings = settings;
  self->ids = ids;
  self->random = random;
  self->targets = g_array_new (FALSE, TRUE, sizeof (Target));
  g_array_set_clear_func (self->targets, (GDestroyNotify) target_clear);
  self->stages = pt_stages_new ();
  self->wanted = g_array_new (FALSE, FALSE, sizeof (PtWanted));
  self->target_of = g_array_new (FALSE, FALSE, sizeof (gint));
  self->shadows = g_array_new (FALSE, FALSE, sizeof (PtTrajectory));
  self->ended = g_array_new (FALSE, FALSE, sizeof (PtTrajectory));
  self->lives = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  return self;
}

void
pt_tracker_free (PtTracker * self)
{
  g_array_unref (self->targets);
  pt_stages_free (self->stages);
  g_array_unref (self->wanted);
  g_array_unref (self->target_of);
  g_array_unref (self->shadows);
  g_array_unref (self->ended);
  g_ptr_array_unref (self->lives);
  g_free (self);
}

void
pt_tracker_reset (PtTracker * self)
{
  g_array_set_size (self->targets, 0);
}

/* Their frames stay until the next update. */
static void
forget_ended (PtTracker * self)
{
  g_array_set_size (self->ended, 0);
  g_ptr_array_set_size (self->lives, 0);
}

const GArray *
pt_tracker_shadows (const PtTracker * self)
{
  return self->shadows;
}

const GArray *
pt_tracker_ended (const PtTracker * self)
{
  return self->ended;
}

guint
pt_tracker_count (const PtTracker * self)
{
  return self->targets->len;
}

static Target *
target_at (PtTracker * self, guint number)
{
  return &g_array_index (self->targets, Target, number);
}

/* ---- where targets are expected ---- */

static void
expect (PtTracker * self, Target * target)
{
  target->age++;
  target->detection = -1;
  if (self->settings->estimator == PT_ESTIMATOR_NONE)
    return;
  pt_kalman_predict (&target->kalman, self->settings, target->shadow_age > 0);
  target->box = pt_kalman_box (&target->kalman, self->settings);
}

static void
want (PtTracker * self)
{
  g_array_set_size (self->wanted, self->targets->len);
  for (guint i = 0; i < self->targets->len; i++) {
    const Target *target = target_at (self, i);
    g_array_index (self->wanted, PtWanted, i) = (PtWanted) {
    .box = self->settings->use_prediction ? target->box : target->seen,
    .state = target->state,.class_id = target->class_id};
  }
}

/* ---- what is cut by the picture's border ---- */

/* As long as it was before: it goes on beyond the border that cuts it. */
static void
lengthen (float *start, float *length, float before, float limit)
{
  const gboolean first = *start < BORDER, last = *start + *length > limit - BORDER;
  if (first == last || *length >= before)
    return;
  if (first)
    *start -= before - *length;
  *length = before;
}

static PtBbox
whole_box (const PtTracker * self, const Target * target, PtBbox box, float width, float height)
{
  if (self->settings->unclip) {
    lengthen (&box.left, &box.width, target->seen.width, width);
    lengthen (&box.top, &box.height, target->seen.height, height);
  }
  return box;
}

/* ---- a target's life ---- */

static void
begin (PtTracker * self, const PtDetection * detection, guint number)
{
  Target target = {.state = PT_TARGET_TENTATIVE,.class_id = detection->class_id,.age = 1,
    .box = detection->box,.seen = detection->box,.detection = number
  };
  if (self->settings->estimator != PT_ESTIMATOR_NONE)
    pt_kalman_start (&target.kalman, self->settings, &detection->box);
  g_array_append_val (self->targets, target);
}

static void
see (PtTracker * self, Target * target, const PtDetection * detection, guint number, float width,
    float height)
{
  const PtBbox box = whole_box (self, target, detection->box, width, height);
  target->detection = number;
  target->shadow_age = 0;
  target->box = box;
  if (self->settings->estimator != PT_ESTIMATOR_NONE) {
    pt_kalman_update (&target->kalman, self->settings, &box);
    target->box = pt_kalman_box (&target->kalman, self->settings);
  }
  target->seen = target->box;
  if (target->state == PT_TARGET_INACTIVE)
    target->state = PT_TARGET_ACTIVE;
}

static gboolean
is_outside (const PtBbox * box, float width, float height)
{
  return box->left >= width || box->top >= height || box->left + box->width <= 0
      || box->top + box->height <= 0;
}

/* Nothing in this frame was it. */
static void
miss (Target * target)
{
  target->shadow_age++;
  if (target->state == PT_TARGET_ACTIVE)
    target->state = PT_TARGET_INACTIVE;
}

static gboolean
has_ended (const PtTrackSettings * settings, const Target * target, float width, float height)
{
  if (target->shadow_age == 0)
    return FALSE;
  return target->shadow_age > settings->max_shadow_age
      || (target->state == PT_TARGET_TENTATIVE
      && target->shadow_age >= settings->early_termination_age)
      || is_outside (&target->box, width, height);
}

static void
activate (PtTracker * self, Target * target)
{
  if (target->state != PT_TARGET_TENTATIVE || target->shadow_age
      || target->age <= self->settings->probation_age)
    return;
  target->state = PT_TARGET_ACTIVE;
  target->reported = TRUE;
  target->id = (guint64) self->random << 32 | self->ids->next++;
}

/* ---- one frame's detections ---- */

static gboolean
is_another (PtTracker * self, const PtDetection * detection)
{
  for (guint i = 0; i < self->targets->len; i++) {
    const Target *target = target_at (self, i);
    if ((!self->settings->check_class || target->class_id == detection->class_id)
        && pt_bbox_iou (&target->box, &detection->box) > self->settings->min_iou_diff_new)
      return FALSE;
  }
  return TRUE;
}

static void
begin_new (PtTracker * self, const PtDetection * detections, guint count)
{
  const gint *target_of = (const gint *) self->target_of->data;
  for (guint i = 0; i < count; i++)
    if (target_of[i] < 0 && self->targets->len < self->settings->max_targets
        && pt_detection_counts (self->settings, &detections[i])
        && pt_detection_is_sure (self->settings, &detections[i])
        && is_another (self, &detections[i]))
      begin (self, &detections[i], i);
}

/* The last ones: an array may hold more, see remember. */
static PtTrajectory
trajectory_of (const Target * target, const GArray * frames)
{
  PtTrajectory found = { target->id, target->class_id, NULL, 0 };
  if (frames) {
    found.count = MIN (frames->len, PT_MOST_PAST);
    found.frames = (const PtTargetPast *) frames->data + (frames->len - found.count);
  }
  return found;
}

static void
end (PtTracker * self, Target * target)
{
  if (target->reported && target->life) {
    const PtTrajectory life = trajectory_of (target, target->life);
    g_array_append_val (self->ended, life);
    g_ptr_array_add (self->lives, g_steal_pointer (&target->life));
  }
  target_clear (target);
}

static void
remove_ended (PtTracker * self, float width, float height)
{
  guint kept = 0;
  for (guint i = 0; i < self->targets->len; i++) {
    Target *target = target_at (self, i);
    if (has_ended (self->settings, target, width, height)) {
      end (self, target);
      continue;
    }
    if (kept != i) {
      *target_at (self, kept) = *target;
      target->past = target->life = NULL;
    }
    kept++;
  }
  g_array_set_size (self->targets, kept);
}

void
pt_tracker_end_all (PtTracker * self)
{
  g_array_set_size (self->shadows, 0);
  forget_ended (self);
  for (guint i = 0; i < self->targets->len; i++)
    end (self, target_at (self, i));
  g_array_set_size (self->targets, 0);
}

static void
take (PtTracker * self, const PtDetection * detections, guint count, float width, float height)
{
  const guint before = self->targets->len;
  want (self);
  g_array_set_size (self->target_of, count);
  gint *target_of = (gint *) self->target_of->data;
  pt_stages_run (self->stages, self->settings, (const PtWanted *) self->wanted->data, before,
      detections, count, target_of);
  for (guint i = 0; i < count; i++)
    if (target_of[i] >= 0)
      see (self, target_at (self, target_of[i]), &detections[i], i, width, height);
  for (guint i = 0; i < before; i++)
    if (target_at (self, i)->detection < 0)
      miss (target_at (self, i));
  remove_ended (self, width, height);
  begin_new (self, detections, count);
}

/* ---- what is reported ---- */

/* Frames are moved once in as many as are kept. */
static void
remember (GArray ** frames, const PtTargetPast * now)
{
  if (!*frames)
    *frames = g_array_new (FALSE, FALSE, sizeof (PtTargetPast));
  if ((*frames)->len == 2 * PT_MOST_PAST)
    g_array_remove_range (*frames, 0, PT_MOST_PAST);
  g_array_append_vals (*frames, now, 1);
}

static void
report (PtTracker * self, Target * target, guint frame_num, GArray * tracks)
{
  const PtTargetPast now = { frame_num, target->age, target->box, target->state };
  if (self->settings->ended_lists)
    remember (&target->life, &now);
  if (target->state != PT_TARGET_ACTIVE) {
    if (self->settings->past_frames || self->settings->shadow_lists)
      remember (&target->past, &now);
    return;
  }
  const PtTrack track = {.id = target->id,.class_id = target->class_id,.box = target->box,
    .detection = target->detection,.past = trajectory_of (target, target->past)
  };
  g_array_append_val (tracks, track);
}

/* The last frame of its past is this one. */
static void
list_shadow (PtTracker * self, const Target * target)
{
  if (target->state != PT_TARGET_INACTIVE || !self->settings->shadow_lists)
    return;
  PtTrajectory now = trajectory_of (target, target->past);
  now.frames += now.count - 1;
  now.count = 1;
  g_array_append_val (self->shadows, now);
}

/* What was reported with the last frame is not reported again. */
static void
forget_past (Target * target)
{
  if (target->past && target->state == PT_TARGET_ACTIVE)
    g_array_set_size (target->past, 0);
}

void
pt_tracker_update (PtTracker * self, const PtDetection * detections, guint count,
    gboolean inferred, guint frame_num, float width, float height, GArray * tracks)
{
  g_array_set_size (tracks, 0);
  g_array_set_size (self->shadows, 0);
  forget_ended (self);
  for (guint i = 0; i < self->targets->len; i++) {
    forget_past (target_at (self, i));
    expect (self, target_at (self, i));
  }
  if (inferred)
    take (self, detections, count, width, height);
  for (guint i = 0; i < self->targets->len; i++) {
    activate (self, target_at (self, i));
    report (self, target_at (self, i), frame_num, tracks);
    list_shadow (self, target_at (self, i));
  }
}
