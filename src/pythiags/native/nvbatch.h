/* NVIDIA's metadata on a buffer: finding it, telling its layout, walking its lists.
 *
 * Memory is read as NVIDIA's own code reads it: lists under the batch's meta_mutex, pointers as they
 * are. Counters are not believed, lists that run in a circle end, and nodes without data are passed
 * over.
 *
 * Order. NVIDIA's library puts each new object, classifier, label, display and user meta at the head
 * of its list, and each copy of a buffer turns those lists around, so the order in which they were
 * added cannot be known. A list is therefore walked in the direction that begins with the smaller
 * end, which is the same for all copies: see pt_nv_list.
 */
#pragma once
#include "nvlayout.h"

G_BEGIN_DECLS

typedef enum { PT_NV_NONE, PT_NV_FOUND, PT_NV_REFUSED } PtNvVerdict;

typedef struct {
  PtNvBatch *batch;
  PtNvMeta *meta;                    /* what has it on the buffer */
  guint shift;                       /* 0 up to DeepStream 8.0, 8 from 9.0 */
  guint object_size, frame_size;     /* as the pools have it, whatever the verdict; 0: no pool */
} PtNv;

/* Of several batches the last one, which gst_buffer_get_nvds_batch_meta gives too. REFUSED: there is
 * one, and its layout is not known. */
PtNvVerdict pt_nv_find (GstBuffer * buffer, PtNv * found);

/* What the pools of a batch say of its layout; as above. */
PtNvVerdict pt_nv_measure (PtNvBatch * batch, PtNv * found);

/* A batch that stands for NVIDIA's, and keeps `keeper` (may be NULL) until it is freed. */
PtBatch *pt_nv_stand_in (const PtNv * found, GstBuffer * keeper);

typedef enum
{
  PT_NV_FRAMES,                      /* as they lie: frames are appended, and copied in order */
  PT_NV_OBJECTS,     /* component, class, confidence (the higher first), object_id, left, top */
  PT_NV_CLASSIFIERS,                 /* component */
  PT_NV_LABELS,                      /* label_id, class, probability (the higher first) */
  PT_NV_DISPLAYS,                    /* how many of each, the first box, text and line */
  PT_NV_USERS,                       /* meta_type; what is alike comes newest last. Without pt_nv_is_note's */
} PtNvKind;

/* Adds the data of a list to `items`, in its order. Call it under the lock. */
void pt_nv_list (GPtrArray * items, const GList * head, PtNvKind kind, guint shift);

/* The same as it lies, from its head on, and with notes. */
void pt_nv_walk (GPtrArray * items, const GList * head);

/* Ends on a list that runs in a circle, too, where g_list_find does not. */
gboolean pt_nv_list_has (const GList * head, gconstpointer item);

static inline PtNvObjectTail *
pt_nv_object_tail (gconstpointer object, guint shift)
{
  return (PtNvObjectTail *) ((char *) object + sizeof (PtNvObject) + shift);
}

static inline PtNvDisplayTail *
pt_nv_display_tail (gconstpointer display, guint shift)
{
  return (PtNvDisplayTail *) ((char *) display + sizeof (PtNvDisplay)
      + PT_MAX_DISPLAY * (PT_NV_RECT_SIZE + shift));
}

/* One of the 16 boxes of a display meta. */
static inline PtRect *
pt_nv_display_rect (gconstpointer display, guint index, guint shift)
{
  return (PtRect *) ((char *) display + sizeof (PtNvDisplay) + index * (PT_NV_RECT_SIZE + shift));
}

/* rotation_angle, which from 9.0 on lies behind a box. */
static inline float *
pt_nv_rotation (const PtRect * rect)
{
  return (float *) (rect + 1);
}

/* Up to the first NUL, or all 128 bytes where there is none. */
static inline gsize
pt_nv_label_length (const char *label)
{
  const char *end = memchr (label, 0, PT_MAX_LABEL);
  return end ? (gsize) (end - label) : PT_MAX_LABEL;
}

/* A copy of a text or a mask in the place of another, owned as NVIDIA's release functions free it. */
void pt_nv_set_text (PtText * target, const PtText * source);
void pt_nv_set_mask (PtMask * target, const PtMask * source);

/* Bytes of each of a track's frames. At DeepStream 6.4 their struct grew without a trace in the sizes of pools, so
 * from 6.0 to 7.1 what lies where the second frame may begin tells. */
gsize pt_nv_past_frame_size (const PtNvPastTrack * track, const PtNvBatch * batch, guint shift);

/* What nvds_get_user_meta_type gives for a name, without asking: 0 if nobody has asked yet. */
gint pt_nv_named_type (const char *name);

G_END_DECLS
