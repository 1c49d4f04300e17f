/* Portable metadata: plain C structs in DeepStream's vocabulary.
 *
 * Everything of a batch lives in one arena and is freed with it in one go, without Python; only
 * user metas may hold Python references, and bring a destroy function for them. gstmeta.h attaches
 * a batch to a buffer, copy.h copies it, transform.h moves its boxes.
 */
#pragma once
#include "arena.h"

G_BEGIN_DECLS

#define PT_MAX_LABEL 128           /* bytes, the final NUL included: DeepStream's MAX_LABEL_SIZE */
#define PT_MAX_DISPLAY 16          /* elements of each kind in a display meta */
#define PT_UNTRACKED G_MAXUINT64   /* object_id before a tracker has set it */
#define PT_NO_CONFIDENCE (-0.1f)   /* what DeepStream writes if there is none */

typedef struct { double red, green, blue, alpha; } PtColor;            /* 0..1 each */
typedef struct { float left, top, width, height; } PtBbox;             /* pixels of the batch's frame size */

typedef struct {
  float left, top, width, height;
  guint border_width;
  PtColor border_color;
  guint has_bg_color;
  PtColor bg_color;
  gint has_color_info, color_id;
} PtRect;

typedef struct { const char *font_name; guint font_size; PtColor font_color; } PtFont;

typedef struct {
  const char *display_text;        /* arena or static memory; NULL: none */
  guint x_offset, y_offset;
  PtFont font_params;
  gint set_bg_clr;
  PtColor text_bg_clr;
} PtText;

typedef struct { float *data; guint size; float threshold; guint width, height; } PtMask; /* size in bytes */
typedef struct { guint x1, y1, x2, y2, line_width; PtColor line_color; } PtLine;
typedef struct { guint x1, y1, x2, y2, arrow_width; gint arrow_head; PtColor arrow_color; } PtArrow;
typedef struct { guint xc, yc, radius; PtColor circle_color; guint has_bg_color; PtColor bg_color; } PtCircle;

typedef struct _PtBatch PtBatch;
typedef struct _PtFrame PtFrame;
typedef struct _PtObject PtObject;
typedef struct _PtClassifier PtClassifier;
typedef struct _PtLabel PtLabel;
typedef struct _PtUser PtUser;
typedef struct _PtDisplay PtDisplay;

/* An intrusive list: each node starts with its links, and knows the list that it is on. */
typedef struct _PtNode PtNode;
typedef struct { PtNode *head, *tail; } PtList;
struct _PtNode {
  PtNode *next, *prev;             /* a removed node still says what came next, and before */
  PtList *list;                    /* NULL once it was removed */
};

typedef enum                       /* what a user meta's data is, where native code attached it */
{
  PT_PAYLOAD_OTHER,
  PT_PAYLOAD_TENSORS,              /* PtTensors of tensors.h */
  PT_PAYLOAD_SEGMENTATION,         /* PtSegmentation */
  PT_PAYLOAD_PAST_FRAMES,          /* PtNvPastBatch of past.h */
  PT_PAYLOAD_FLOW,                 /* PtFlow of nvof */
  PT_PAYLOAD_PREPARED,             /* PtPrepared of prepared.h */
} PtPayload;

typedef gpointer (*PtUserCopy) (gpointer data);
typedef void (*PtUserFree) (gpointer data);

struct _PtUser {
  PtNode node;
  PtBatch *batch;
  gint meta_type;                  /* NvDsMetaType */
  gpointer data;
  PtUserCopy copy;                 /* NULL: the user meta does not follow into copies */
  PtUserFree free;
  PtPayload payload;
  PtUser *next_owned;              /* all user metas of the batch, to free their data */
};

struct _PtLabel {
  PtNode node;
  PtBatch *batch;
  guint num_classes, result_class_id, label_id;
  float result_prob;
  guint mtd;                       /* as an object's */
  char result_label[PT_MAX_LABEL];
};

struct _PtClassifier {
  PtNode node;
  PtBatch *batch;
  guint num_labels;
  gint unique_component_id;
  const char *classifier_type;     /* as PtText's display_text */
  PtList labels;
};

struct _PtObject {
  PtNode node;
  PtBatch *batch;
  PtFrame *frame;                  /* NULL once it was removed */
  PtObject *parent;                /* pt_object_set_parent sets it */
  PtObject *children, *next_sibling, *prev_sibling;  /* whose parent it is */
  gint unique_component_id, class_id;
  guint64 object_id;
  PtBbox detector_bbox, tracker_bbox;
  float confidence, tracker_confidence;
  PtRect rect_params;
  float rotation;                  /* of rect_params, clockwise, in radians, about its centre */
  guint mtd;                       /* its number in GstAnalytics + 1; 0: it is not there */
  PtMask mask_params;
  PtText text_params;
  char obj_label[PT_MAX_LABEL];
  PtList classifiers, users;
  gint64 misc_obj_info[4];
  gconstpointer region;            /* the region of interest that it was read from; only compared */
  PtList params;                   /* see roiparams.h */
};

struct _PtDisplay {
  PtNode node;
  PtBatch *batch;
  guint num_rects, num_labels, num_lines, num_arrows, num_circles;
  PtRect rect_params[PT_MAX_DISPLAY];
  PtText text_params[PT_MAX_DISPLAY];
  PtLine line_params[PT_MAX_DISPLAY];
  PtArrow arrow_params[PT_MAX_DISPLAY];
  PtCircle circle_params[PT_MAX_DISPLAY];
};

struct _PtFrame {
  PtNode node;
  PtBatch *batch;
  guint pad_index, batch_id;       /* batch_id: the slot of the batched buffer */
  gint frame_num;                  /* per source, from 0 */
  guint64 buf_pts, ntp_timestamp;  /* nanoseconds */
  guint source_id;
  gint num_surfaces_per_frame;
  guint source_frame_width, source_frame_height;
  guint pipeline_width, pipeline_height;  /* the size that boxes refer to */
  guint num_obj_meta;
  gint bInferDone;
  guint surface_type, surface_index;
  PtList objects, displays, users;
  gint64 misc_frame_info[4];
  PtList params;                   /* see roiparams.h */
};

struct _PtBatch {
  gint refs;                       /* atomic: the GstMeta and every Python view */
  gint released;                   /* atomic: set once no buffer has it any more */
  guint max_frames_in_batch, num_frames_in_batch;
  PtList frames, users;
  PtUser *owned_users;
  PtChunk *chunks;
  GRecMutex meta_mutex;            /* nvds_acquire_meta_lock's */
  gint64 misc_batch_info[4];
  gboolean read_only;              /* made of something else, to which nothing is written back */
  gboolean is_analytics;           /* made of GstAnalytics: all its boxes are objects' */
  gboolean grown;                  /* something was added through a view */
  gpointer unrelated;              /* the buffer whose relations are still to be read: see pt_analytics_relate */
  gpointer source;                 /* the buffer that it was made of, until it is released; NULL: none */

  /* A batch may stand for one in another library's memory; its own lists are empty then. */
  gpointer foreign;                /* NULL: none */
  guint foreign_shift;             /* which layout: see nvlayout.h */
  gpointer keeper;                 /* what keeps that memory alive; released with the batch */
  GDestroyNotify let_go;
  /* Called once, with the batch, when no buffer has it any more; `watcher` is the callee's. */
  void (*on_release) (PtBatch * batch);
  gpointer watcher;
  GHashTable *removed;             /* what of that memory went back to its pool, and at which removal */
  guint removals;                  /* atomic: how often anything did */
  GHashTable *homes;               /* which frame each of its objects is on, and of when: see nvhomes.h */
  guint64 homes_state;
};

PtBatch *pt_batch_new (guint max_frames);
PtBatch *pt_batch_ref (PtBatch * batch);
void pt_batch_unref (PtBatch * batch);
void pt_batch_release (PtBatch * batch);     /* mark: views raise MetadataReleased from now on */

/* New nodes are zeroed but for the fields named here, and appended to their list. */
PtFrame *pt_batch_add_frame (PtBatch * batch);                       /* batch_id = its place */
PtObject *pt_frame_add_object (PtFrame * frame, PtObject * parent);  /* untracked, class -1, no confidence */
PtClassifier *pt_object_add_classifier (PtObject * object);
PtLabel *pt_classifier_add_label (PtClassifier * classifier);
PtDisplay *pt_frame_add_display (PtFrame * frame);
PtUser *pt_add_user (PtBatch * batch, PtList * list, gint meta_type, gpointer data,
    PtUserCopy copy, PtUserFree free);

/* Nodes that are on no list, all zero but for `batch`, as DeepStream's pools give them; and the ways onto
 * the lists, which keep the counters in step. A node is put onto one list, and of its own batch. */
PtFrame *pt_batch_new_frame (PtBatch * batch);
PtObject *pt_batch_new_object (PtBatch * batch);
PtClassifier *pt_batch_new_classifier (PtBatch * batch);
PtLabel *pt_batch_new_label (PtBatch * batch);
PtDisplay *pt_batch_new_display (PtBatch * batch);
PtUser *pt_batch_new_user (PtBatch * batch);
void pt_batch_take_frame (PtBatch * batch, PtFrame * frame);
void pt_frame_take_object (PtFrame * frame, PtObject * object, PtObject * parent);
void pt_classifier_take_label (PtClassifier * classifier, PtLabel * label);
void pt_list_append (PtList * list, PtNode * node);                  /* of what nobody counts */

/* NULL: none. Both are of the same frame. */
void pt_object_set_parent (PtObject * object, PtObject * parent);

/* Has no object be its own parent's parent, whatever the relations that were read said: the parent that
 * would close a circle is none. */
void pt_frame_cut_circles (PtFrame * frame);

PtBbox pt_frame_whole (const PtFrame * frame);       /* all of it, in pixels of its batch */

/* Removed nodes keep their memory until the batch is freed. FALSE: it is not on that list. */
gboolean pt_batch_remove_frame (PtFrame * frame);
gboolean pt_frame_remove_object (PtObject * object); /* objects whose parent it was lose the parent */
gboolean pt_list_remove (PtList * list, PtNode * node);

void pt_set_label (char *label, const char *text);   /* cut at 127 bytes, never within a UTF-8 character */
const char *pt_batch_strdup (PtBatch * batch, const char *text);
gpointer pt_batch_alloc (PtBatch * batch, gsize size);               /* zeroed, aligned to 16 */

#define PT_EACH(type, var, list) \
  for (type * var = (type *) (list).head; var; var = (type *) ((PtNode *) var)->next)

/* A place in whole pixels, as texts have it; 0 for what is negative or no number. */
static inline guint
pt_pixels (double place)
{
  return place > 0 ? (guint) MIN (place, G_MAXINT) : 0;
}

G_END_DECLS
