/* Past frames: what a tracker knows of an object from before it reported it.
 *
 * In memory as DeepStream's structs are, NvDsPastFrameObj... up to 6.3 and NvDsTargetMiscData... from
 * 6.4 on, so that the same views show both. Those differ in the frame alone, which has 120 bytes up to
 * 6.3, 128 up to 8.0 and 144, with a longer box, from 9.0; portable metadata has 128.
 */
#pragma once
#include "model.h"

G_BEGIN_DECLS

typedef struct { gpointer list; guint num_allocated, num_filled; } PtNvPastBatch;
typedef struct { gpointer list; guint stream_id; guint64 surface_stream_id; guint num_allocated, num_filled; } PtNvPastStream;
typedef struct { gpointer list; guint num_obj, num_allocated; guint64 unique_id; guint16 class_id; char obj_label[PT_MAX_LABEL]; } PtNvPastTrack;
typedef struct { guint frame_num; PtRect box; } PtNvPastFrame;      /* in 9.0 8 bytes more, then: */
typedef struct { float confidence; guint age; } PtNvPastFrameTail;

#define PT_NV_PAST_FRAME_SIZE_6_3 120
#define PT_NV_PAST_FRAME_SIZE_8 128
#define PT_NV_PAST_FRAME_SIZE_9 144

/* A frame of portable metadata. */
typedef struct {
  PtNvPastFrame frame;
  PtNvPastFrameTail tail;
  gint state;                        /* TRACKER_STATE */
  float visibility;
} PtPastFrame;

#if GLIB_SIZEOF_VOID_P == 8
G_STATIC_ASSERT (sizeof (PtPastFrame) == PT_NV_PAST_FRAME_SIZE_8);
#endif

G_END_DECLS
