/* The settings of a tracker: the parameters of NVIDIA's tracker files that apply without pictures. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  PT_ESTIMATOR_NONE,            /* a box stays where it was seen last */
  PT_ESTIMATOR_SIMPLE,          /* x, y, width, height and the speed of x and y; fixed noise */
  PT_ESTIMATOR_REGULAR,         /* and the speed of the size; noise may grow with the height */
} PtEstimator;

typedef enum
{
  PT_MATCHER_GREEDY,            /* the best pair first, all detections at once */
  PT_MATCHER_CASCADED,          /* the best sum; sure detections first, then doubtful ones */
} PtMatcher;

typedef struct
{
  /* BaseConfig */
  float min_detector_confidence;
  gboolean past_frames;         /* report what a target did before it was reported */
  /* TargetManagement; ages in frames */
  guint max_targets, probation_age, max_shadow_age, early_termination_age;
  float min_iou_diff_new;
  gboolean unclip;
  gboolean shadow_lists;        /* report where the targets are that nothing was seen of */
  gboolean ended_lists;         /* report all that targets did that ended */
  /* TrajectoryManagement */
  gboolean unique_ids;          /* a random upper half per source */
  /* DataAssociator */
  PtMatcher matcher;
  gboolean check_class, use_prediction;
  float min_score, min_size, min_iou, weight_size, weight_iou, weight_visual;
  float tentative_confidence, min_tentative_iou;
  /* StateEstimator; variances in pixels of the tracker */
  PtEstimator estimator;
  float process_location, process_size, process_speed, measurement;
  float weight_location, weight_speed;  /* by the height of the box; <= 0: the variances count */
  gboolean use_aspect;          /* the width follows from the height and the aspect ratio */
} PtTrackSettings;

/* What NVIDIA's documentation states as defaults of its library. */
#define PT_TRACK_DEFAULTS { \
  .max_targets = 30, .probation_age = 5, .max_shadow_age = 38, .early_termination_age = 2, \
  .min_iou_diff_new = 0.5f, .check_class = TRUE, .weight_iou = 1, .tentative_confidence = 0.5f, \
  .process_location = 2, .process_size = 1, .process_speed = 0.1f, .measurement = 4, \
  .weight_location = -0.1f, .weight_speed = -0.1f, \
}

G_END_DECLS
