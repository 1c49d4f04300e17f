/* One picture of a buffer as one array of bytes: mapped where it lies, or copied, or converted.
 *
 * Packed formats are (height, width, channels), GRAY8 is (height, width). NV12, NV21, I420 and YV12
 * are (height * 3 / 2, width) as OpenCV takes them: the luma, and below it the chroma without gaps.
 */
#pragma once
#include "convert.h"
#include "surface.h"

G_BEGIN_DECLS

typedef enum {
  PT_PICTURE_OK,
  PT_PICTURE_NO_SLOT,              /* the batch has no such picture */
  PT_PICTURE_NO_LAYOUT,            /* neither caps nor a GstVideoMeta say what it is */
  PT_PICTURE_NO_VIDEO,             /* the caps are not of raw video */
  PT_PICTURE_ELSEWHERE,            /* not in memory that the CPU sees */
  PT_PICTURE_SHORT,                /* the memory ends, or is another's, before the last row does */
  PT_PICTURE_CONTRADICTED,         /* the GstVideoMeta is of another picture than the caps */
  PT_PICTURE_CROPPED,              /* a part of a larger one, which only a sink cuts out */
} PtPictureResult;

typedef struct {
  GstVideoFrame frame;             /* mapped for reading; keeps its buffer */
  /* The array. Without data the planes do not lie as one: copy or convert. Without dimensions the
   * format has no array: convert. */
  const guint8 *data;
  gint dimensions;
  gssize shape[3], strides[3];     /* bytes */
} PtPicture;

/* Maps the picture of a slot; `caps` (may be NULL) are those of a plain buffer, which has but one. */
PtPictureResult pt_picture_map (PtPicture * self, GstBuffer * buffer, guint slot,
    const GstCaps * caps);
void pt_picture_unmap (PtPicture * self);

/* Into tight rows; `target` has room for what `shape` says. */
void pt_picture_copy (const PtPicture * self, guint8 * target);

/* Bytes of a pixel of a packed format or GRAY8; 0: it is none of these. */
guint pt_packed_bytes (GstVideoFormat format);

/* Into tight rows of a packed format. FALSE: there is no way to it. */
gboolean pt_picture_convert (PtPicture * self, PtConverter * converter, GstVideoFormat format,
    guint8 * target);

G_END_DECLS
