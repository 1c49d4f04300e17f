/* What a configuration file of nvdspreprocess says: which pictures become a tensor, and how. */
#pragma once
#include "engine.h"
#include "prepared.h"

G_BEGIN_DECLS

#define PT_EVERY_SOURCE (-1)       /* as the first of src-ids */

/* [group-N]. Sizes are in pixels, 0: no limit. */
typedef struct
{
  GArray *src_ids, *class_ids;     /* of gint */
  GHashTable *rois;                /* of GArray of PtBbox, by source; an empty box is the whole frame */
  gint replicated;                 /* whose regions count for a source that has none */
  gboolean on_rois, on_all_objects, draw;
  PtColor color;
  guint min_width, min_height, max_width, max_height;
  guint interval;                  /* batches to skip after each */
} PtPrepGroup;

/* What the element has as properties too. */
typedef struct
{
  gboolean enable, on_frames;
  guint unique_id, gpu_id;
  gint gie_id;                     /* whose objects; -1: anyone's */
  GArray *target_ids;              /* of guint64; counted, and never changed */
} PtPrepProperties;

typedef struct
{
  gint refs;
  PtPrepProperties properties;
  PtTensorSpec spec;
  gboolean channels_last;          /* NHWC */
  PtDataType type;
  guint batch_size;                /* pictures of a tensor, at most */
  char *name;                      /* of the tensor */
  float *mean;                     /* for each pixel, channels last; NULL: none */
  gchar **own;                     /* the arguments of a function in Python, as maker.h has them; NULL: tensors are as
                                    * NVIDIA's standard library makes them */
  GPtrArray *groups;               /* of PtPrepGroup, in the file's order */
  GHashTable *group_numbers;       /* which group a source is of, by its name's number */
} PtPrepSettings;

PtPrepSettings *pt_prep_settings_new (const PtPrepProperties * properties);
PtPrepSettings *pt_prep_settings_ref (PtPrepSettings * self);
void pt_prep_settings_unref (PtPrepSettings * self);

PtPrepGroup *pt_prep_group_new (gboolean on_frames);
void pt_prep_group_free (PtPrepGroup * self);

/* The regions of a source in a group, of PtBbox. NULL: the group does not look at it. */
const GArray *pt_prep_settings_rois (const PtPrepSettings * self, guint group, gint source);

G_END_DECLS
