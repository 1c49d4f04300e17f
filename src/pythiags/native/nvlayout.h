/* NVIDIA's metadata in memory: NvDsBatchMeta and all below it, DeepStream 5.0 to 9.1.
 *
 * Sizes and offsets are those of the public headers nvdsmeta.h, nvds_roi_meta.h, nvll_osd_struct.h,
 * gstnvdsmeta.h, gstnvdsinfer.h, nvdsinfer.h, nvds_analytics_meta.h and nvds_tracker_meta.h, as a
 * compiler lays them out on x86-64 and aarch64. Every assertion below states one. No header and no
 * library of NVIDIA's is needed.
 *
 * There are two layouts. DeepStream 9.0 added rotation_angle to NvOSD_RectParams, which moves what
 * lies behind one in an object (`shift` bytes) and in a display meta. The object pool's element_size
 * tells them apart. Structs that only grew at their end are told apart by their pool's element_size:
 * frames 192 (5.0), 200 (6.0: pipeline size), 232 (8.0: sensor); classifiers 56 (5.0), 64 (6.0: type).
 *
 * NvOSD_RectParams up to rotation_angle, NvOSD_TextParams, NvOSD_MaskParams, NvOSD_LineParams and
 * NvOSD_ColorParams lie in memory as the structs of model.h do, so the same views show both;
 * NvOSD_ArrowParams and NvOSD_CircleParams are 8 bytes longer.
 */
#pragma once
#include "model.h"
#include "past.h"

#include <gst/gst.h>
#include <string.h>

G_BEGIN_DECLS

#define PT_NV_BATCH_GST_META 4097    /* GstNvDsMetaType: a batch's NvDsMeta */
#define PT_NV_OBJECT_SIZE 544        /* NvDsObjectMeta, 5.0 to 8.0 */
#define PT_NV_OBJECT_SIZE_9 552      /* from 9.0 */
#define PT_NV_FRAME_SIZE_5 192       /* NvDsFrameMeta, 5.0 */
#define PT_NV_FRAME_SIZE_6 200       /* 6.0 to 7.1: pipeline size */
#define PT_NV_FRAME_SIZE_8 232       /* from 8.0: sensor */
#define PT_NV_RECT_SIZE 104          /* NvOSD_RectParams, 5.0 to 8.0; 112 from 9.0 */

typedef struct { gpointer batch_meta; gint meta_type; gpointer context, copy_func, release_func; } PtNvBase;

typedef struct {
  GstMeta meta;
  gpointer meta_data, user_data;
  gint meta_type;
  gpointer copy, free, transform, release;
} PtNvMeta;                          /* NvDsMeta */

typedef struct {
  gint meta_type;
  guint max_elements, element_size, empty_count, full_count;
  GList *empty, *full;
  gpointer copy_func, release_func;
} PtNvPool;

typedef struct {
  PtNvBase base;
  guint max_frames_in_batch, num_frames_in_batch;
  PtNvPool *frame_pool, *object_pool, *classifier_pool, *display_pool, *user_pool, *label_pool;
  GList *frames, *users;
  GRecMutex meta_mutex;
  gint64 misc_batch_info[4], reserved[4];
} PtNvBatch;

typedef struct { guint source_id; const char *uri, *sensor_id, *sensor_name; } PtNvSensor;

typedef struct {
  PtNvBase base;
  guint pad_index, batch_id;
  gint frame_num;
  guint64 buf_pts, ntp_timestamp;
  guint source_id;
  gint num_surfaces_per_frame;
  guint source_frame_width, source_frame_height, surface_type, surface_index, num_obj_meta;
  gint bInferDone;
  GList *objects, *displays, *users;
  gint64 misc_frame_info[4];
  guint pipeline_width, pipeline_height;                 /* from 6.0 */
  PtNvSensor sensor;                 /* from 8.0 */
} PtNvFrame;

typedef struct {
  PtNvBase base;
  gpointer parent;
  gint unique_component_id, class_id;
  guint64 object_id;
  PtBbox detector_bbox, tracker_bbox;
  float confidence, tracker_confidence;
  PtRect rect_params;                /* `shift` bytes more, then the tail */
} PtNvObject;

typedef struct {
  PtMask mask_params;
  PtText text_params;
  char obj_label[PT_MAX_LABEL];
  GList *classifiers, *users;
  gint64 misc_obj_info[4], reserved[4];
} PtNvObjectTail;

typedef struct {
  PtNvBase base;
  guint num_labels;
  gint unique_component_id;
  GList *labels;
  const char *classifier_type;       /* from 6.0 */
} PtNvClassifier;

typedef struct {
  PtNvBase base;
  guint num_classes;
  char result_label[PT_MAX_LABEL];
  char *pResult_label;               /* set where the label is longer */
  guint result_class_id, label_id;
  float result_prob;
} PtNvLabel;

typedef struct { PtNvBase base; gpointer user_meta_data; } PtNvUser;

typedef struct { PtArrow arrow; guint reserved; } PtNvArrow;
typedef struct { PtCircle circle; guint circle_width, reserved; } PtNvCircle;  /* the width from 6.4 */

typedef struct {
  PtNvBase base;
  guint num_rects, num_labels, num_lines, num_arrows, num_circles;
  /* 16 boxes of NvOSD_RectParams, then the tail */
} PtNvDisplay;

typedef struct {
  PtText text_params[PT_MAX_DISPLAY];
  PtLine line_params[PT_MAX_DISPLAY];
  PtNvArrow arrow_params[PT_MAX_DISPLAY];
  PtNvCircle circle_params[PT_MAX_DISPLAY];
  gint64 misc_osd_data[4], reserved[4];
} PtNvDisplayTail;

/* ---- what user metas hold ---- */

typedef struct { guint count, sizes[8], elements; } PtNvDims;       /* NvDsInferDims */

typedef struct {
  gint data_type;                    /* NvDsInferDataType: FLOAT, HALF, INT8, INT32, INT64, UINT8 */
  PtNvDims dims;
  gint binding_index;
  const char *name;
  gpointer buffer;
  gint is_input;
} PtNvLayer;                         /* NvDsInferLayerInfo */

typedef struct {
  guint unique_id, num_output_layers;
  PtNvLayer *layers;
  gpointer *host, *device;           /* a buffer a layer */
  gint gpu_id;
  gpointer priv_data;
  guint width, height, channels;     /* NvDsInferNetworkInfo */
  gint maintain_aspect_ratio;        /* from 6.1; padding before */
} PtNvTensors;                       /* NvDsInferTensorMeta */

typedef struct { PtNvTensors tensors; gint symmetric_padding; } PtNvTensors7;    /* from 7.1 */

typedef struct {
  guint classes, width, height;
  gint *class_map;
  float *probabilities;
  gpointer priv_data;
  gint unique_id;                    /* from 6.2 */
} PtNvSegmentation;                  /* NvDsInferSegmentationMeta */

typedef struct {
  guint rows, cols, mv_size, cost_size;
  guint64 frame_num;
  gpointer data, cost, priv_data, reserved;
} PtNvFlow;                          /* NvDsOpticalFlowMeta */

/* NvDsEventMsgMeta from 8.0; what is not named here is of kinds that only DeepStream itself attaches. */
typedef struct {
  gint type, obj_type;
  float top, left, width, height;
  double location[3], coordinate[3];
  struct { gpointer numbers; guint size; } signature;
  gint obj_class_id, sensor_id, module_id, place_id, component_id, frame_id;
  double confidence;
  guint64 tracking_id;
  const char *ts, *object_id, *sensor_str;
  char of_deepstream[13832 - 152];
  const char *other_attrs, *video_path;
  gpointer ext_msg;
  guint ext_msg_size;
  char of_deepstream_too[14040 - 13864];     /* 8 bytes less in 8.0 */
} PtNvEventMsg;

typedef struct { guint feature_size; float *host, *device; } PtNvReid;       /* NvDsObjReid, from 7.0 */

/* nvdsanalytics writes C++ containers, which libstdc++ lays out thus (the ABI since GCC 5). */
typedef struct { const char *text; gsize length; union { char here[16]; gsize capacity; } place; } PtCxxString;
typedef struct { PtCxxString *begin, *end, *limit; } PtCxxStrings;          /* vector<string> */
typedef struct _PtCxxNode { struct _PtCxxNode *next; } PtCxxNode;
typedef struct { gpointer *buckets; gsize bucket_count; PtCxxNode *first; gsize count; float load; gsize resize; gpointer bucket; } PtCxxMap;
typedef struct { PtCxxNode node; PtCxxString key; union { guint64 wide; guint narrow; guint8 flag; } value; } PtCxxTextNode;
typedef struct { PtCxxTextNode node; gsize hash; } PtCxxHashedNode;          /* texts keep theirs */
typedef struct { PtCxxNode node; gint key; guint value; } PtCxxNumberNode;

typedef struct {
  PtCxxMap ocStatus;                 /* string to bool */
  PtCxxMap objInROIcnt;              /* string to uint32_t */
  PtCxxMap objLCCurrCnt, objLCCumCnt;        /* string to uint64_t */
  guint unique_id;
  PtCxxMap objCnt;                   /* int to uint32_t */
} PtNvAnalyticsFrame;

typedef struct {
  PtCxxStrings roiStatus, ocStatus, lcStatus;
  PtCxxString dirStatus;
  guint unique_id;
  PtCxxString objStatus;             /* from 6.3 */
} PtNvAnalyticsObject;

/* ---- the facts: all of these are 64-bit ---- */

#if GLIB_SIZEOF_VOID_P == 8

#define PT_NV_AT(type, member, offset) G_STATIC_ASSERT (G_STRUCT_OFFSET (type, member) == (offset))
#define PT_NV_SIZE(type, size) G_STATIC_ASSERT (sizeof (type) == (size))

PT_NV_SIZE (PtNvBase, 40);
PT_NV_AT (PtNvMeta, meta_data, 16);
PT_NV_AT (PtNvMeta, meta_type, 32);
PT_NV_SIZE (PtNvMeta, 72);
PT_NV_AT (PtNvPool, element_size, 8);
PT_NV_AT (PtNvPool, full, 32);
PT_NV_SIZE (PtNvPool, 56);
PT_NV_AT (PtNvBatch, frame_pool, 48);
PT_NV_AT (PtNvBatch, object_pool, 56);
PT_NV_AT (PtNvBatch, frames, 96);
PT_NV_AT (PtNvBatch, meta_mutex, 112);
PT_NV_SIZE (PtNvBatch, 192);
PT_NV_AT (PtNvFrame, frame_num, 48);
PT_NV_AT (PtNvFrame, source_id, 72);
PT_NV_AT (PtNvFrame, num_obj_meta, 96);
PT_NV_AT (PtNvFrame, objects, 104);
PT_NV_AT (PtNvFrame, misc_frame_info, 128);
PT_NV_AT (PtNvFrame, pipeline_width, 160);
PT_NV_AT (PtNvFrame, sensor, 168);
PT_NV_SIZE (PtNvFrame, 200);         /* reserved[4] follows */
PT_NV_AT (PtNvObject, parent, 40);
PT_NV_AT (PtNvObject, object_id, 56);
PT_NV_AT (PtNvObject, confidence, 96);
PT_NV_AT (PtNvObject, rect_params, 104);
PT_NV_SIZE (PtNvObject, 208);
PT_NV_AT (PtNvObjectTail, text_params, 232 - 208);
PT_NV_AT (PtNvObjectTail, obj_label, 336 - 208);
PT_NV_AT (PtNvObjectTail, classifiers, 464 - 208);
PT_NV_SIZE (PtNvObjectTail, PT_NV_OBJECT_SIZE - 208);
PT_NV_AT (PtNvClassifier, labels, 48);
PT_NV_SIZE (PtNvClassifier, 64);
PT_NV_AT (PtNvLabel, result_label, 44);
PT_NV_AT (PtNvLabel, pResult_label, 176);
PT_NV_AT (PtNvLabel, result_prob, 192);
PT_NV_SIZE (PtNvLabel, 200);
PT_NV_SIZE (PtNvUser, 48);
PT_NV_SIZE (PtRect, PT_NV_RECT_SIZE);
PT_NV_AT (PtRect, border_color, 24);
PT_NV_AT (PtRect, bg_color, 64);
PT_NV_AT (PtRect, color_id, 100);
PT_NV_AT (PtText, font_params, 16);
PT_NV_AT (PtText, text_bg_clr, 72);
PT_NV_SIZE (PtText, 104);
PT_NV_SIZE (PtMask, 24);
PT_NV_SIZE (PtLine, 56);
PT_NV_AT (PtArrow, arrow_color, 24);
PT_NV_SIZE (PtNvArrow, 64);
PT_NV_AT (PtCircle, bg_color, 56);
PT_NV_AT (PtNvCircle, circle_width, 88);
PT_NV_SIZE (PtNvCircle, 96);
PT_NV_AT (PtNvDisplay, num_circles, 56);

PT_NV_SIZE (PtNvDisplay, 64);
PT_NV_AT (PtNvDisplayTail, line_params, 3392 - 1728);
PT_NV_AT (PtNvDisplayTail, arrow_params, 4288 - 1728);
PT_NV_AT (PtNvDisplayTail, circle_params, 5312 - 1728);
PT_NV_AT (PtNvDisplayTail, misc_osd_data, 6848 - 1728);
PT_NV_SIZE (PtNvDisplayTail, 6912 - 1728);
PT_NV_SIZE (PtNvDims, 40);
PT_NV_AT (PtNvLayer, binding_index, 44);
PT_NV_AT (PtNvLayer, buffer, 56);
PT_NV_SIZE (PtNvLayer, 72);
PT_NV_AT (PtNvTensors, width, 48);
PT_NV_SIZE (PtNvTensors, 64);
PT_NV_AT (PtNvSegmentation, class_map, 16);
PT_NV_AT (PtNvTensors7, symmetric_padding, 64);
PT_NV_SIZE (PtNvTensors7, 72);
PT_NV_AT (PtNvSegmentation, unique_id, 40);
PT_NV_SIZE (PtNvSegmentation, 48);
PT_NV_AT (PtNvFlow, data, 24);
PT_NV_SIZE (PtNvFlow, 56);
PT_NV_AT (PtNvEventMsg, location, 24);
PT_NV_AT (PtNvEventMsg, signature, 72);
PT_NV_AT (PtNvEventMsg, obj_class_id, 88);
PT_NV_AT (PtNvEventMsg, confidence, 112);
PT_NV_AT (PtNvEventMsg, ts, 128);
PT_NV_AT (PtNvEventMsg, other_attrs, 13832);
PT_NV_AT (PtNvEventMsg, ext_msg_size, 13856);
PT_NV_SIZE (PtNvEventMsg, 14040);
PT_NV_AT (PtCxxHashedNode, hash, 48);
PT_NV_SIZE (PtCxxNumberNode, 16);
PT_NV_AT (PtNvPastStream, num_filled, 28);
PT_NV_SIZE (PtNvPastStream, 32);
PT_NV_AT (PtNvPastTrack, obj_label, 26);
PT_NV_SIZE (PtNvPastTrack, 160);
PT_NV_AT (PtNvPastFrame, box, 8);
PT_NV_SIZE (PtNvPastFrame, 112);
PT_NV_SIZE (PtNvReid, 24);
PT_NV_SIZE (PtCxxString, 32);
PT_NV_SIZE (PtCxxMap, 56);
PT_NV_AT (PtNvAnalyticsFrame, unique_id, 224);
PT_NV_AT (PtNvAnalyticsFrame, objCnt, 232);
PT_NV_SIZE (PtNvAnalyticsFrame, 288);
PT_NV_AT (PtNvAnalyticsObject, dirStatus, 72);
PT_NV_AT (PtNvAnalyticsObject, unique_id, 104);
PT_NV_AT (PtNvAnalyticsObject, objStatus, 112);
PT_NV_SIZE (PtNvAnalyticsObject, 144);

#endif

G_END_DECLS
