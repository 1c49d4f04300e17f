/* The user meta that holds the optical flow of a frame. */
#pragma once
#include "match.h"
#include "model.h"

G_BEGIN_DECLS

#define PT_FLOW_META 10         /* NVDS_OPTICAL_FLOW_META of NvDsMetaType */

/* In memory as NvDsOpticalFlowMeta; `data` is rows * cols of PtFlowVector. */
typedef struct
{
  guint rows, cols, mv_size, cost_size;
  guint64 frame_num;
  gpointer data, cost, priv, reserved;
} PtFlow;

/* One block of memory, with room for the vectors, that copies of the metadata share. */
PtFlow *pt_flow_new (guint width, guint height, guint64 frame_num);
void pt_flow_attach (PtFlow * flow, PtFrame * frame);   /* takes it over */

const PtFlow *pt_flow_of (const PtFrame * frame);       /* NULL: it has none */

G_END_DECLS
