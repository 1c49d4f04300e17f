/* What nvinfer answers about its line. */
#pragma once
#include <gst/base/gstbasetransform.h>

G_BEGIN_DECLS

/* The line may hold `room` frames back before a live source would have to drop. */
void pt_infer_add_latency (GstBaseTransform * base, GstQuery * query, guint room);

/* Buffers leave when they are found: none can be asked for, whatever upstream offers. */
gboolean pt_infer_answer_scheduling (GstQuery * query);
gboolean pt_infer_refuse_pull (GstPad * pad, GstObject * parent, GstPadMode mode, gboolean active);

G_END_DECLS
