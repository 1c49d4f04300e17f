/* NVIDIA's functions on its metadata: those of libnvds_meta and libnvdsgst_meta, wherever they are in the process. */
#pragma once
#include "nvbatch.h"

G_BEGIN_DECLS

typedef enum { PT_NV_FRAME, PT_NV_OBJECT, PT_NV_CLASSIFIER, PT_NV_LABEL, PT_NV_DISPLAY, PT_NV_BATCH_USER,
  PT_NV_FRAME_USER, PT_NV_OBJECT_USER, PT_NV_ADDABLE
} PtNvAddable;

/* The name of a function that the library lacks; NULL: it has all for this kind. */
const char *pt_nv_missing (PtNvAddable kind);

/* The rest is for kinds of which nothing is missing. All take the meta lock. */

/* From its pool; zeroed. NULL: the pool is empty. */
gpointer pt_nv_acquire (PtNvAddable kind, PtNvBatch * batch);

/* What was acquired goes onto the holder's list; the counters follow. `parent` is an object's; NULL: none. */
void pt_nv_put (PtNvAddable kind, gpointer holder, gpointer item, gpointer parent);

/* Of what is on its list: it goes back to its pool. */
void pt_nv_put_back (PtNvAddable kind, gpointer holder, gpointer item);

/* ---- whole batches ---- */

/* The name of a function that is not in the process, of all that make a batch; NULL: none. */
const char *pt_nv_missing_of_batches (void);

/* Once, before buffers pass: until the type exists, NVIDIA's functions are critical of every meta that they meet. */
void pt_nv_batch_register (void);

/* An empty batch with its pools, not on a buffer yet; and its end. */
PtNvBatch *pt_nv_batch_new (guint max_frames);
void pt_nv_batch_free (PtNvBatch * batch);

/* Copies of the buffer get copies of the batch, which the last buffer frees. */
void pt_nv_batch_attach (PtNvBatch * batch, GstBuffer * buffer);

/* NVDS_START_USER_META and beyond, by name. */
gint pt_nv_user_type (const char *name);

G_END_DECLS
