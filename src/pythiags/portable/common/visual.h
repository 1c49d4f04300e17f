/* The base of elements that show metadata as pictures: a batch in NV12 or RGBA comes in, and one in RGBA
 * with as many pictures goes out. The boxes of its metadata are moved along.
 */
#pragma once
#include "nvinput.h"

G_BEGIN_DECLS

typedef struct
{
  GstBaseTransform parent;
  GstDebugCategory *category;        /* the element's, from its instance's init on */
  /* of the streaming thread */
  GstVideoInfo in, out;
  PtNvInput input;
  PtPool pool;
} PtVisual;

typedef struct
{
  GstBaseTransformClass parent;
  /* What a pad's caps are on the other one, format and colours aside; `direction` is the pad's. */
  void (*describe) (GstStructure * any, GstPadDirection direction);
  /* Draws one picture of a batch. FALSE: its memory cannot be mapped. */
  gboolean (*show) (PtVisual * self, GstBuffer * in, GstBuffer * out, guint slot);
} PtVisualClass;

GType pt_visual_get_type (void);

#define PT_TYPE_VISUAL (pt_visual_get_type ())
#define PT_VISUAL(object) ((PtVisual *) (object))

G_END_DECLS
