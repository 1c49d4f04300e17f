/* What plugins attach to regions of interest beside the box: GstStructures, tensors among them.
 *
 * DL Streamer's elements write one for each network that saw a region. What it says of the numbers that
 * a network put out are the fields of its public header gva_tensor_meta.h:
 *   data_buffer   the numbers, a GVariant of bytes; without it a structure is no tensor
 *   precision     GVAPrecision, the type of the numbers
 *   dims          an array of sizes; without it they are one row
 *   layer_name    the tensor's name, else the structure's is
 * Tensors of the whole picture are GstMetas of their own, each with such a structure.
 */
#pragma once
#include <gst/gst.h>

#include "model.h"

G_BEGIN_DECLS

/* Adds a user meta of one tensor, which keeps the numbers without copying them. Nothing: it is none. */
void pt_params_add_tensor (PtBatch * batch, PtList * users, const GstStructure * structure);

/* DL Streamer's GstGVATensorMeta. */
gboolean pt_params_has_metas (GstBuffer * buffer);
void pt_params_add_metas (PtFrame * frame, GstBuffer * buffer);

/* Copies the structures of all regions and of the picture from the batch's source to `params`, once: most
 * readers never ask. What was removed from the buffer meanwhile has none. */
void pt_params_load (PtBatch * batch);

static inline const GstStructure *
pt_param_of (const PtUser * param)
{
  return param->data;
}

G_END_DECLS
