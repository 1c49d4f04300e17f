/* See keys.h. Names, ranges and meanings are those of NVIDIA's documentation of Gst-nvtracker. */
#include "keys.h"

#include <string.h>

#include "spelling.h"

#define AT(member) G_STRUCT_OFFSET (PtTrackSettings, member)
#define SHARE(section, key, member) \
  {section, key, PT_KEY_FLOAT, PT_KEY_COUNTS, AT (member), 0, 1, NULL}
#define NUMBER(section, key, member, least) \
  {section, key, PT_KEY_FLOAT, PT_KEY_COUNTS, AT (member), least, 1e9, NULL}
#define AGE(section, key, member) \
  {section, key, PT_KEY_UINT, PT_KEY_COUNTS, AT (member), 0, 1e6, NULL}
#define SWITCH(section, key, member) \
  {section, key, PT_KEY_SWITCH, PT_KEY_COUNTS, AT (member), 0, 1, NULL}
#define HARMLESS(section, key) {section, key, PT_KEY_ANY, PT_KEY_HARMLESS, 0, 0, 0, NULL}
#define IGNORED(section, key, remedy) {section, key, PT_KEY_ANY, PT_KEY_IGNORED, 0, 0, 0, remedy}
#define REFUSED(section, key, remedy) {section, key, PT_KEY_ANY, PT_KEY_REFUSED, 0, 0, 0, remedy}

#define BASE "BaseConfig"
#define TARGET "TargetManagement"
#define TRAJECTORY "TrajectoryManagement"
#define ASSOCIATION "DataAssociator"
#define STATE "StateEstimator"
#define OLD "NvDCF"             /* the only section of DeepStream 4 and 5 */

#define NO_PICTURES "pictures are not compared on a CPU: boxes alone decide"
#define NO_REASSOCIATION \
  "targets that ended are not taken up again: raise maxShadowTrackingAge to bridge longer gaps"
#define NO_TRACK_FILES \
  "no files are written: outputTerminatedTracks attaches the same to the batch"

static const PtKey keys[] = {
  NUMBER (BASE, "minDetectorConfidence", min_detector_confidence, -1),
  SWITCH (BASE, "checkClassMatch", check_class),
  SWITCH (BASE, "enablePastFrame", past_frames),
  REFUSED (BASE, "useBatchNumForFrameId", "frames keep their source's number: set it to 0"),

  {TARGET, "maxTargetsPerStream", PT_KEY_UINT, PT_KEY_COUNTS, AT (max_targets), 0, 65535, NULL},
  SHARE (TARGET, "minIouDiff4NewTarget", min_iou_diff_new),
  AGE (TARGET, "probationAge", probation_age),
  AGE (TARGET, "maxShadowTrackingAge", max_shadow_age),
  AGE (TARGET, "earlyTerminationAge", early_termination_age),
  SWITCH (TARGET, "enableBboxUnClipping", unclip),
  SWITCH (TARGET, "enablePastFrame", past_frames),
  HARMLESS (TARGET, "minTrackerConfidence"),
  HARMLESS (TARGET, "preserveStreamUpdateOrder"),
  HARMLESS (TARGET, "searchRegionPaddingScale"),
  HARMLESS (TARGET, "maxTrajectoryBufferLength"),
  SWITCH (TARGET, "outputTerminatedTracks", ended_lists),
  SWITCH (TARGET, "outputShadowTracks", shadow_lists),
  IGNORED (TARGET, "terminatedTrackFilename", NO_TRACK_FILES),

  SWITCH (TRAJECTORY, "useUniqueID", unique_ids),
  SWITCH (TRAJECTORY, "enablePastFrame", past_frames),
  IGNORED (TRAJECTORY, "enableReAssoc", NO_REASSOCIATION),
  HARMLESS (TRAJECTORY, "minMatchingScore4Overall"),
  HARMLESS (TRAJECTORY, "minTrackletMatchingScore"),
  HARMLESS (TRAJECTORY, "minMatchingScore4ReidSimilarity"),
  HARMLESS (TRAJECTORY, "matchingScoreWeight4TrackletSimilarity"),
  HARMLESS (TRAJECTORY, "matchingScoreWeight4ReidSimilarity"),
  HARMLESS (TRAJECTORY, "minTrajectoryLength4Projection"),
  HARMLESS (TRAJECTORY, "prepLength4TrajectoryProjection"),
  HARMLESS (TRAJECTORY, "trajectoryProjectionLength"),
  HARMLESS (TRAJECTORY, "maxAngle4TrackletMatching"),
  HARMLESS (TRAJECTORY, "minSpeedSimilarity4TrackletMatching"),
  HARMLESS (TRAJECTORY, "minBboxSizeSimilarity4TrackletMatching"),
  HARMLESS (TRAJECTORY, "maxTrackletMatchingTimeSearchRange"),
  HARMLESS (TRAJECTORY, "trajectoryProjectionProcessNoiseScale"),
  HARMLESS (TRAJECTORY, "trajectoryProjectionMeasurementNoiseScale"),
  HARMLESS (TRAJECTORY, "trackletSpacialSearchRegionScale"),
  HARMLESS (TRAJECTORY, "reidExtractionInterval"),

  HARMLESS (ASSOCIATION, "dataAssociatorType"),
  {ASSOCIATION, "associationMatcherType", PT_KEY_UINT, PT_KEY_COUNTS, AT (matcher), 0, 1, NULL},
  SWITCH (ASSOCIATION, "checkClassMatch", check_class),
  SWITCH (ASSOCIATION, "usePrediction4Assoc", use_prediction),
  SHARE (ASSOCIATION, "minMatchingScore4Overall", min_score),
  SHARE (ASSOCIATION, "minMatchingScore4SizeSimilarity", min_size),
  SHARE (ASSOCIATION, "minMatchingScore4Iou", min_iou),
  SHARE (ASSOCIATION, "matchingScoreWeight4SizeSimilarity", weight_size),
  SHARE (ASSOCIATION, "matchingScoreWeight4Iou", weight_iou),
  SHARE (ASSOCIATION, "matchingScoreWeight4VisualSimilarity", weight_visual),
  SHARE (ASSOCIATION, "tentativeDetectorConfidence", tentative_confidence),
  SHARE (ASSOCIATION, "minMatchingScore4TentativeIou", min_tentative_iou),
  HARMLESS (ASSOCIATION, "minMatchingScore4VisualSimilarity"),
  HARMLESS (ASSOCIATION, "minMatchingScore4ReidSimilarity"),
  HARMLESS (ASSOCIATION, "matchingScoreWeight4ReidSimilarity"),
  HARMLESS (ASSOCIATION, "minMatchingScore4PeerAssocIou"),
  HARMLESS (ASSOCIATION, "thresholdMahalanobis"),

  {STATE, "stateEstimatorType", PT_KEY_UINT, PT_KEY_COUNTS, AT (estimator), 0, 3, NULL},
  NUMBER (STATE, "processNoiseVar4Loc", process_location, 0),
  NUMBER (STATE, "processNoiseVar4Size", process_size, 0),
  NUMBER (STATE, "processNoiseVar4Vel", process_speed, 0),
  NUMBER (STATE, "measurementNoiseVar4Detector", measurement, 0),
  HARMLESS (STATE, "measurementNoiseVar4Tracker"),
  NUMBER (STATE, "noiseWeightVar4Loc", weight_location, -1e9),
  NUMBER (STATE, "noiseWeightVar4Vel", weight_speed, -1e9),
  SWITCH (STATE, "useAspectRatio", use_aspect),

  IGNORED ("VisualTracker", "visualTrackerType", NO_PICTURES),
  REFUSED ("ReID", "reidType", "re-identification needs NVIDIA's network: set it to 0"),
  REFUSED ("Segmenter", "segmenterType", "segmentation needs NVIDIA's network: set it to 0"),
  REFUSED ("PoseEstimator", "poseEstimatorType", "poses need NVIDIA's network: set it to 0"),
  REFUSED ("ObjectModelProjection", "cameraModelFilepath",
      "there is no tracking in three dimensions: remove the section"),
  REFUSED ("MultiViewAssociator", "multiViewAssociatorType",
      "cameras are tracked one by one: set it to 0"),

  NUMBER (OLD, "minDetectorConfidence", min_detector_confidence, -1),
  {OLD, "maxTargetsPerStream", PT_KEY_UINT, PT_KEY_COUNTS, AT (max_targets), 0, 65535, NULL},
  AGE (OLD, "probationAge", probation_age),
  AGE (OLD, "maxShadowTrackingAge", max_shadow_age),
  AGE (OLD, "earlyTerminationAge", early_termination_age),
  SWITCH (OLD, "useUniqueID", unique_ids),
  SWITCH (OLD, "useBufferedOutput", past_frames),
  {OLD, "useGlobalMatching", PT_KEY_UINT, PT_KEY_COUNTS, AT (matcher), 0, 1, NULL},
  SHARE (OLD, "minMatchingScore4Overall", min_score),
  SHARE (OLD, "minMatchingScore4SizeSimilarity", min_size),
  SHARE (OLD, "minMatchingScore4Iou", min_iou),
  SHARE (OLD, "matchingScoreWeight4SizeSimilarity", weight_size),
  SHARE (OLD, "matchingScoreWeight4Iou", weight_iou),
  SHARE (OLD, "matchingScoreWeight4VisualSimilarity", weight_visual),
  NUMBER (OLD, "kfProcessNoiseVar4Loc", process_location, 0),
  NUMBER (OLD, "kfProcessNoiseVar4Scale", process_size, 0),
  NUMBER (OLD, "kfProcessNoiseVar4Vel", process_speed, 0),
  NUMBER (OLD, "kfMeasurementNoiseVar4Det", measurement, 0),

  SHARE ("IOU_CONFIG", "iou-threshold", min_iou),
};

static const char *const opaque[] = {
  "VisualTracker", "ReID", "Segmenter", "PoseEstimator", "ObjectModelProjection",
  "MultiViewAssociator", "Communicator", "Control", OLD, NULL
};

const PtKey *
pt_key_find (const char *section, const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].section, section) && g_str_equal (keys[i].key, key))
      return &keys[i];
  return NULL;
}

const PtKey *
pt_key_elsewhere (const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].key, key) && !g_str_equal (keys[i].section, OLD))
      return &keys[i];
  return NULL;
}

gboolean
pt_section_is_opaque (const char *section)
{
  return g_strv_contains (opaque, section);
}

gboolean
pt_section_is_known (const char *section)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].section, section))
      return TRUE;
  return pt_section_is_opaque (section);
}

/* ---- what was meant ---- */

const char *
pt_key_meant (const char *section, const char *key)
{
  const char *meant = NULL;
  guint least = MAX (strlen (key) / 4, 2) + 1;
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    if (section && !g_str_equal (keys[i].section, section))
      continue;
    const char *name = section ? keys[i].key : keys[i].section;
    const guint far = pt_spelling_distance (key, name);
    if (far < least) {
      least = far;
      meant = name;
    }
  }
  return meant;
}
