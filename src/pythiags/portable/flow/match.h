/* How far each block of 4x4 pixels has moved from one picture to the next. */
#pragma once
#include <gst/video/video.h>

G_BEGIN_DECLS

#define PT_FLOW_BLOCK 4
#define PT_FLOW_UNIT 32         /* vectors count in 1/32 of a pixel: S10.5 */

/* The brightness of a picture, and of smaller copies of it. */
typedef struct _PtFlowPicture PtFlowPicture;

/* `luma` is the first plane of an NV12 picture. */
PtFlowPicture *pt_flow_picture_new (const guint8 * luma, gint stride, guint width, guint height);
void pt_flow_picture_free (PtFlowPicture * picture);
gboolean pt_flow_same_size (const PtFlowPicture * a, const PtFlowPicture * b);

typedef struct
{
  gint16 x, y;                  /* to the right, and down, since the picture before */
} PtFlowVector;

static inline guint
pt_flow_blocks (guint pixels)
{
  return (pixels + PT_FLOW_BLOCK - 1) / PT_FLOW_BLOCK;
}

/* One vector a block of `now`, row after row. Both are of one size; `radius` pixels around each guess
 * are looked at. */
void pt_flow_match (const PtFlowPicture * before, const PtFlowPicture * now, guint radius,
    PtFlowVector * vectors);

G_END_DECLS
