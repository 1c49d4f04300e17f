/* NVIDIA's sample files by name, for machines that have none of its folders: see config.h.
 *
 * The numbers are those of DeepStream 9.1's samples, as its documentation prints them; max_perf differs
 * from perf by its features of pictures alone, which do not count here.
 */
#include <string.h>

#include "config.h"

#define NVDCF_PERF { \
  .min_detector_confidence = 0.0430f, .unclip = TRUE, .max_targets = 150, \
  .min_iou_diff_new = 0.7418f, .probation_age = 2, .max_shadow_age = 51, \
  .early_termination_age = 1, .matcher = PT_MATCHER_CASCADED, .check_class = TRUE, \
  .use_prediction = TRUE, .min_score = 0.4290f, .min_size = 0.3627f, .min_iou = 0.2575f, \
  .weight_visual = 0.3370f, .weight_size = 0.4354f, .weight_iou = 0.3656f, \
  .tentative_confidence = 0.2008f, .min_tentative_iou = 0.5296f, \
  .estimator = PT_ESTIMATOR_SIMPLE, .process_location = 1.5110f, .process_size = 1.3159f, \
  .process_speed = 0.0300f, .measurement = 3.0283f, .weight_location = -1, .weight_speed = -1, \
}

static const struct
{
  const char *name;
  PtTrackSettings settings;
} known[] = {
  {"config_tracker_IOU.yml", {
      .max_targets = 150,.min_iou_diff_new = 0.5f,.probation_age = 4,.max_shadow_age = 38,
      .early_termination_age = 1,.matcher = PT_MATCHER_GREEDY,.check_class = TRUE,
      .weight_size = 0.4f,.weight_iou = 0.6f,.estimator = PT_ESTIMATOR_NONE,
    }},
  {"config_tracker_NvSORT.yml", {
      .min_detector_confidence = 0.1345f,.max_targets = 300,.min_iou_diff_new = 0.5780f,
      .probation_age = 5,.max_shadow_age = 26,.early_termination_age = 1,
      .matcher = PT_MATCHER_CASCADED,.check_class = TRUE,.use_prediction = TRUE,
      .min_score = 0.2543f,.min_size = 0.4019f,.min_iou = 0.2159f,.weight_size = 0.1365f,
      .weight_iou = 0.3836f,.tentative_confidence = 0.2331f,.min_tentative_iou = 0.2867f,
      .estimator = PT_ESTIMATOR_REGULAR,.weight_location = 0.0301f,.weight_speed = 0.0017f,
      .use_aspect = TRUE,
    }},
  {"config_tracker_NvDCF_perf.yml", NVDCF_PERF},
  {"config_tracker_NvDCF_max_perf.yml", NVDCF_PERF},
};

gboolean
pt_config_known (PtTrackSettings * settings, const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_str_equal (known[i].name, name)) {
      *settings = known[i].settings;
      return TRUE;
    }
  return FALSE;
}
