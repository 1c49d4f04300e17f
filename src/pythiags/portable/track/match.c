/* See match.h. */
#include "match.h"

#include <math.h>

#define LARGEST 1e6f            /* pixels; farther than any picture */
#define LEAST_SCORE 1e-6f       /* of a pair that may be: better than none */

struct _PtMatcherStages
{
  PtAssigner *assigner;
  GArray *candidates;           /* of PtCandidate */
  GArray *open;                 /* of guint: detections of the stage */
  GArray *taken;                /* of guint8: targets that have a detection */
};

PtMatcherStages *
pt_stages_new (void)
{
  PtMatcherStages *self = g_new0 (PtMatcherStages, 1);
  self->assigner = pt_assigner_new ();
  self->candidates = g_array_new (FALSE, FALSE, sizeof (PtCandidate));
  self->open = g_array_new (FALSE, FALSE, sizeof (guint));
  self->taken = g_array_new (FALSE, TRUE, sizeof (guint8));
  return self;
}

void
pt_stages_free (PtMatcherStages * self)
{
  pt_assigner_free (self->assigner);
  g_array_unref (self->candidates);
  g_array_unref (self->open);
  g_array_unref (self->taken);
  g_free (self);
}

/* ---- detections ---- */

static gboolean
is_box (const PtBbox * box)
{
  return fabsf (box->left) < LARGEST && fabsf (box->top) < LARGEST      /* and no NaN */
      && box->width > 0 && box->width < LARGEST && box->height > 0 && box->height < LARGEST;
}

gboolean
pt_detection_counts (const PtTrackSettings * settings, const PtDetection * detection)
{
  return is_box (&detection->box) && (detection->confidence < 0
      || detection->confidence >= settings->min_detector_confidence);
}

gboolean
pt_detection_is_sure (const PtTrackSettings * settings, const PtDetection * detection)
{
  return settings->matcher == PT_MATCHER_GREEDY || detection->confidence < 0
      || detection->confidence >= settings->tentative_confidence;
}

/* ---- how alike a target and a detection are ---- */

float
pt_bbox_iou (const PtBbox * a, const PtBbox * b)
{
  const float width = MIN (a->left + a->width, b->left + b->width) - MAX (a->left, b->left);
  const float height = MIN (a->top + a->height, b->top + b->height) - MAX (a->top, b->top);
  if (!(width > 0 && height > 0))
    return 0;
  const float both = width * height;
  return both / (a->width * a->height + b->width * b->height - both);
}

static float
size_similarity (const PtBbox * a, const PtBbox * b)
{
  const float first = a->width * a->height, second = b->width * b->height;
  return MIN (first, second) / MAX (first, second);
}

/* Pictures are not compared: what they would add is taken to be what the boxes say. */
static float
joint_score (const PtTrackSettings * settings, float iou, float size)
{
  const float boxes = settings->weight_iou + settings->weight_size;
  if (!(boxes > 0))
    return iou;
  const float score = settings->weight_iou * iou + settings->weight_size * size;
  return score * (boxes + settings->weight_visual) / boxes;
}

typedef struct
{
  float least_iou;
  gboolean joint;               /* by all that is known; else by the place alone */
} Metric;

/* Boxes that do not touch are never the same, whatever the settings say. Below 0: not these two. */
static float
score_of (const PtTrackSettings * settings, const Metric * metric, const PtBbox * a,
    const PtBbox * b)
{
  const float iou = pt_bbox_iou (a, b);
  if (!(iou > 0) || iou < metric->least_iou)
    return -1;
  if (!metric->joint)
    return iou;
  const float size = size_similarity (a, b);
  const float score = joint_score (settings, iou, size);
  if (size < settings->min_size || score < settings->min_score)
    return -1;
  return MAX (score, LEAST_SCORE);
}

/* ---- stages ---- */

typedef struct
{
  const PtTrackSettings *settings;
  const PtWanted *wanted;
  guint targets;
  const PtDetection *detections;
  guint count;
  gint *target_of;
} Job;

static gboolean
apart (const PtBbox * a, const PtBbox * b)
{
  return a->left >= b->left + b->width || b->left >= a->left + a->width
      || a->top >= b->top + b->height || b->top >= a->top + a->height;
}

static void
compare (PtMatcherStages * self, const Job * job, const Metric * metric, guint target)
{
  const PtWanted *wanted = &job->wanted[target];
  for (guint i = 0; i < self->open->len; i++) {
    const guint number = g_array_index (self->open, guint, i);
    const PtDetection *detection = &job->detections[number];
    if (apart (&wanted->box, &detection->box)
        || (job->settings->check_class && wanted->class_id != detection->class_id))
      continue;
    const PtCandidate candidate = { target, number,
      score_of (job->settings, metric, &wanted->box, &detection->box)
    };
    if (candidate.score >= 0)
      g_array_append_val (self->candidates, candidate);
  }
}

/* Detections that are sure, or that are not, and have no target yet. */
static void
open_detections (PtMatcherStages * self, const Job * job, gboolean sure)
{
  g_array_set_size (self->open, 0);
  for (guint i = 0; i < job->count; i++)
    if (job->target_of[i] < 0 && pt_detection_counts (job->settings, &job->detections[i])
        && pt_detection_is_sure (job->settings, &job->detections[i]) == sure)
      g_array_append_val (self->open, i);
}

static void
run_stage (PtMatcherStages * self, const Job * job, guint states, gboolean sure,
    const Metric * metric)
{
  guint8 *taken = (guint8 *) self->taken->data;
  open_detections (self, job, sure);
  g_array_set_size (self->candidates, 0);
  for (guint i = 0; i < job->targets; i++)
    if (!taken[i] && states & 1 << job->wanted[i].state)
      compare (self, job, metric, i);
  pt_assigner_choose (self->assigner, self->candidates, job->targets, job->count,
      job->settings->matcher);
  for (guint i = 0; i < self->candidates->len; i++) {
    const PtCandidate *pair = &g_array_index (self->candidates, PtCandidate, i);
    job->target_of[pair->detection] = pair->target;
    taken[pair->target] = TRUE;
  }
}

void
pt_stages_run (PtMatcherStages * self, const PtTrackSettings * settings,
    const PtWanted * wanted, guint targets, const PtDetection * detections, guint count,
    gint * target_of)
{
  enum { ACTIVE = 1 << PT_TARGET_ACTIVE, INACTIVE = 1 << PT_TARGET_INACTIVE,
    TENTATIVE = 1 << PT_TARGET_TENTATIVE };
  const Job job = { settings, wanted, targets, detections, count, target_of };
  const Metric joint = { settings->min_iou, TRUE };
  const Metric place = { settings->min_iou, FALSE };
  const Metric doubtful = { settings->min_tentative_iou, FALSE };
  for (guint i = 0; i < count; i++)
    target_of[i] = -1;
  if (!targets)
    return;
  g_array_set_size (self->taken, 0);
  g_array_set_size (self->taken, targets);      /* zeroed */
  if (settings->matcher == PT_MATCHER_GREEDY) {
    run_stage (self, &job, ACTIVE | INACTIVE | TENTATIVE, TRUE, &joint);
    return;
  }
  run_stage (self, &job, ACTIVE | INACTIVE, TRUE, &joint);
  run_stage (self, &job, ACTIVE, FALSE, &doubtful);
  run_stage (self, &job, TENTATIVE, TRUE, &place);
}
