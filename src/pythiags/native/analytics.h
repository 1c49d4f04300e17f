/* GStreamer's own metadata of analytics, GstAnalyticsRelationMeta: what is on a buffer, and how it is related.
 *
 * Its library is part of GStreamer from 1.24 on. Nothing here links to it or needs its headers: its
 * functions are looked up at run time, with the signatures of gst/analytics/analytics.h. Where no
 * element of the process uses it, its type does not exist, and nothing is looked up.
 *
 * A relation meta is a list of mtds, numbered from 0: detected objects, classifications, tracks, masks,
 * tensors, groups. Any two of them may be related, in either direction, by a set of PtRelation.
 */
#pragma once
#include <gst/gst.h>

#include "tensors.h"

G_BEGIN_DECLS

typedef struct { guint id; gpointer meta; } PtMtd;       /* GstAnalyticsMtd */

typedef enum
{
  PT_MTD_OTHER,                      /* of a type that is not known here, or removed */
  PT_MTD_OBJECT,                     /* GstAnalyticsODMtd */
  PT_MTD_CLASSES,                    /* GstAnalyticsClsMtd */
  PT_MTD_TRACK,                      /* GstAnalyticsTrackingMtd */
  PT_MTD_MASK,                       /* GstAnalyticsSegmentationMtd, from 1.26 */
  PT_MTD_TENSOR,                     /* GstAnalyticsTensorMtd, from 1.28 */
  PT_MTD_GROUP,                      /* GstAnalyticsGroupMtd, from 1.30 */
  PT_MTD_KINDS
} PtMtdKind;

#define PT_MTD_SET(kind) (1u << (kind))      /* to sum kinds */

typedef enum                         /* GstAnalyticsRelTypes */
{
  PT_IS_PART_OF = 1 << 1,
  PT_CONTAINS = 1 << 2,
  PT_RELATES_TO = 1 << 3,
} PtRelation;

/* What every GstAnalytics has, and what later ones added: result, name, arguments. */
#define PT_ANALYTICS_NEEDED(F) \
  F (gpointer, gst_buffer_add_analytics_relation_meta_full, (GstBuffer *, const gsize[2])) \
  F (gsize, gst_analytics_relation_get_length, (gconstpointer)) \
  F (gint, gst_analytics_relation_meta_get_relation, (gconstpointer, guint, guint)) \
  F (gboolean, gst_analytics_relation_meta_set_relation, (gpointer, gint, guint, guint)) \
  F (gsize, gst_analytics_mtd_get_mtd_type, (const PtMtd *)) \
  F (gsize, gst_analytics_od_mtd_get_mtd_type, (void)) \
  F (gboolean, gst_analytics_od_mtd_get_location, \
      (const PtMtd *, gint *, gint *, gint *, gint *, gfloat *)) \
  F (GQuark, gst_analytics_od_mtd_get_obj_type, (const PtMtd *)) \
  F (gboolean, gst_analytics_relation_meta_add_od_mtd, \
      (gpointer, GQuark, gint, gint, gint, gint, gfloat, PtMtd *)) \
  F (gsize, gst_analytics_cls_mtd_get_mtd_type, (void)) \
  F (gsize, gst_analytics_cls_mtd_get_length, (const PtMtd *)) \
  F (GQuark, gst_analytics_cls_mtd_get_quark, (const PtMtd *, gsize)) \
  F (gfloat, gst_analytics_cls_mtd_get_level, (const PtMtd *, gsize)) \
  F (gboolean, gst_analytics_relation_meta_add_one_cls_mtd, (gpointer, gfloat, GQuark, PtMtd *)) \
  F (gsize, gst_analytics_tracking_mtd_get_mtd_type, (void)) \
  F (gboolean, gst_analytics_tracking_mtd_get_info, \
      (const PtMtd *, guint64 *, GstClockTime *, GstClockTime *, gboolean *)) \
  F (gboolean, gst_analytics_relation_meta_add_tracking_mtd, \
      (gpointer, guint64, GstClockTime, PtMtd *))
#define PT_ANALYTICS_LATER(F) \
  F (gboolean, gst_analytics_od_mtd_get_oriented_location, \
      (const PtMtd *, gint *, gint *, gint *, gint *, gfloat *, gfloat *)) \
  F (gsize, gst_analytics_segmentation_mtd_get_mtd_type, (void)) \
  F (GstBuffer *, gst_analytics_segmentation_mtd_get_mask, \
      (const PtMtd *, gint *, gint *, guint *, guint *)) \
  F (gsize, gst_analytics_segmentation_mtd_get_region_count, (const PtMtd *)) \
  F (guint, gst_analytics_segmentation_mtd_get_region_id, (const PtMtd *, gsize)) \
  F (gsize, gst_analytics_tensor_mtd_get_mtd_type, (void)) \
  F (gpointer, gst_analytics_tensor_mtd_get_tensor, (const PtMtd *)) \
  F (gsize, gst_analytics_group_mtd_get_mtd_type, (void))

typedef struct
{
#define PT_MEMBER(result, name, arguments) result (*name) arguments;
  PT_ANALYTICS_NEEDED (PT_MEMBER)
  PT_ANALYTICS_LATER (PT_MEMBER)     /* NULL: not in this version */
#undef PT_MEMBER
  gsize types[PT_MTD_KINDS];         /* GstAnalyticsMtdType of each kind; 0: not in this version */
  gboolean matrix_is_known;          /* see pt_relations_row */
} PtAnalyticsLibrary;

/* NULL: there is none in the process, and with `load` none on the machine. */
const PtAnalyticsLibrary *pt_analytics_library (gboolean load);

/* ---- what is on a buffer ---- */

typedef struct
{
  const PtAnalyticsLibrary *library;
  gpointer meta;                     /* GstAnalyticsRelationMeta */
  guint length;                      /* of its mtds */
  guint counts[PT_MTD_KINDS];
  GByteArray *kinds;                 /* PtMtdKind of each mtd */
  GByteArray *row;                   /* where a row is put together */
  GArray *owners;                    /* guint, see pt_relations_owners */
  GByteArray *open;                  /* of each mtd, whether its owner is still looked for */
} PtRelations;

typedef struct
{
  GQuark type;                       /* see pt_type_label */
  PtBbox box;                        /* before it is turned */
  float rotation;                    /* clockwise, in radians, about the centre */
  float confidence;
} PtFound;

void pt_relations_init (PtRelations * self);
void pt_relations_clear (PtRelations * self);

/* FALSE: the buffer has no such meta. It must not change while it is read. */
gboolean pt_relations_open (PtRelations * self, GstBuffer * buffer);

/* How mtd `one` is related to mtd `two`: a set of PtRelation. */
guint8 pt_relation (const PtRelations * self, guint one, guint two);

/* How mtd `id` is related to each mtd: `length` sets of PtRelation. Valid until the next call. */
const guint8 *pt_relations_row (PtRelations * self, guint id);

/* The first mtd from `from` on that a row relates to; `length`: none. */
guint pt_row_next (const guint8 * row, guint from, guint length);

static inline PtMtdKind
pt_relations_kind (const PtRelations * self, guint id)
{
  return (PtMtdKind) self->kinds->data[id];
}

void pt_relations_object (const PtRelations * self, guint id, PtFound * found);

/* Never NULL; lasts as long as the process. */
static inline const char *
pt_type_label (GQuark type)
{
  return type ? g_quark_to_string (type) : "";
}

/* For each mtd of a kind, an mtd of the kinds `owners` that it is related to, in either direction; `length`: there
 * is none, or it is of another kind. Of several it is one of those beside what was added before it, else the
 * first. Valid until the next call. */
const guint *pt_relations_owners (PtRelations * self, PtMtdKind kind, guint owners);

/* The tracker's number of each mtd that is an object, PT_UNTRACKED where it has none; `length` of them. A track
 * is of one object; of several tracks of an object the first counts. */
void pt_relations_tracks (PtRelations * self, guint64 * numbers);

/* Whether a classification belongs to neither an object nor a mask, and so to the whole picture.
 * `loose` (may be NULL) is set for each mtd that is such a one. */
gboolean pt_relations_loose (PtRelations * self, guint8 * loose);

/* Sets parents and classifiers of a frame's objects, by their `mtd`, and adds masks and tensors. Takes as long
 * as the square of the mtds. */
void pt_relations_read (PtRelations * self, PtFrame * frame);

/* Adds a classification to an object. */
void pt_relations_add_classes (const PtRelations * self, PtObject * object, guint id);

/* ---- tensors and masks, as user metas hold them: tensors.h ---- */

/* Both are user metas of the batch, with NvDsMetaType's numbers. */
void pt_analytics_add_tensors (PtRelations * self, PtBatch * batch, PtList * users,
    const guint * ids, guint count);
void pt_analytics_add_mask (PtRelations * self, PtFrame * frame, guint id);

/* A mask that lies where the object does becomes the object's: 1 where there is any region, else 0.
 * FALSE: it lies elsewhere, or cannot be read. */
gboolean pt_analytics_set_mask (PtRelations * self, PtObject * object, guint id);

/* GstTensorMeta, from 1.26, which is a meta of its own. */
gboolean pt_analytics_has_tensors (GstBuffer * buffer);
void pt_analytics_add_tensor_metas (PtFrame * frame, GstBuffer * buffer);

/* ---- as a batch ---- */

/* A batch of its own, one frame a picture. NULL: the buffer has no such metadata.
 *
 *   object detection     an object; its type is the label, and it has no class_id
 *   tracking             object_id of the objects that it is related to
 *   classification       a classifier with one label, the most probable class; result_class_id is its
 *                        place among num_classes
 *   part of, contains    parent, directly or through a group
 *   segmentation         mask_params of the one object that it covers, else of the frame
 *   tensor               of the object that it is related to, else of the frame
 *   classification of nothing    of an object without a label that is as large as the picture, as
 *                        nvinfer has it
 * misc_obj_info[0] keeps the number of the mtd. Whether pt_analytics_write can write to it, `read_only` tells:
 * a batch of several streams holds buffers that are others' too.
 *
 * Where relations take long, the batch has neither parents nor classifiers until pt_analytics_relate:
 * it is `unrelated`. `caps` (may be NULL) have the size of a picture without a GstVideoMeta. */
PtBatch *pt_analytics_read (GstBuffer * buffer, const GstCaps * caps);

/* Reads what was left unread, once, for who asks for an object's parent or its classifiers. The buffer must
 * still be there. */
void pt_analytics_relate (PtBatch * batch);

/* Adds what the buffer's relation meta lacks of an object and those behind it on its frame: `mtd` tells. Boxes
 * are rounded to pixels. Labels and classes become quarks, which last as long as the process. A track
 * is seen first at the buffer's time. FALSE: the library is not there. */
gboolean pt_analytics_write (GstBuffer * buffer, PtObject * first);

/* ---- batches of several streams: GstAnalyticsBatchMeta, from 1.28 ---- */

/* One picture; `caps` (may be NULL) are borrowed. */
typedef void (*PtPictureCall) (GstBuffer * buffer, guint source, const GstCaps * caps, gpointer data);

/* Calls `each` for every picture of a buffer that has a batch meta. FALSE: it has none. */
gboolean pt_analytics_batch (GstBuffer * buffer, PtPictureCall each, gpointer data);

/* Whether a buffer has a relation meta or a batch meta, and it can be read. */
gboolean pt_analytics_is_on (GstBuffer * buffer);

G_END_DECLS
