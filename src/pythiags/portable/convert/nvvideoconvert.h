/* What converts pictures and batches of them: nvvideoconvert, and nvvidconv after it. */
#pragma once
#include <gst/base/gstbasetransform.h>

#include "convert.h"
#include "leave.h"
#include "nvinput.h"
#include "plan.h"

G_BEGIN_DECLS

typedef struct
{
  GstBaseTransform parent;
  GstDebugCategory *category;
  /* of the streaming thread */
  GstVideoInfo in, out;
  gboolean to_system;
  PtLeave leave;
  PtNvInput input;
  PtPlan plan;                  /* of the buffer that is under way, whose pictures may have sizes of their own */
  PtArea crop;                  /* its src-crop, as it was set */
  gboolean refused;             /* an error was posted: once is enough */
  PtPool pool, unflipped;
  PtNvSurfacePool on_card;
  GArray *converters;           /* of PtConverter, one a slot */
  /* under the object's lock */
  PtInterpolation method;
  PtFlip flip;
  PtArea src_crop, dest_crop;
  const char *bad_crop;         /* the property that is not a valid area; NULL: none */
  gboolean disable_passthrough;
} GstNvvideoconvert;

typedef GstBaseTransformClass GstNvvideoconvertClass;
GType gst_nvvideoconvert_get_type (void);

G_END_DECLS
