/* See flow.h. */
#include "flow.h"

PtFlow *
pt_flow_new (guint width, guint height, guint64 frame_num)
{
  const guint rows = pt_flow_blocks (height), cols = pt_flow_blocks (width);
  PtFlow *flow =
      g_atomic_rc_box_alloc0 (sizeof (PtFlow) + (gsize) rows * cols * sizeof (PtFlowVector));
  *flow = (PtFlow) {.rows = rows,.cols = cols,.mv_size = sizeof (PtFlowVector),
    .frame_num = frame_num,.data = flow + 1
  };
  return flow;
}

static gpointer
copy (gpointer flow)
{
  return g_atomic_rc_box_acquire (flow);
}

static void
release (gpointer flow)
{
  g_atomic_rc_box_release (flow);
}

void
pt_flow_attach (PtFlow * flow, PtFrame * frame)
{
  pt_add_user (frame->batch, &frame->users, PT_FLOW_META, flow, copy, release)->payload =
      PT_PAYLOAD_FLOW;
}

const PtFlow *
pt_flow_of (const PtFrame * frame)
{
  PT_EACH (PtUser, user, frame->users)
    if (user->payload == PT_PAYLOAD_FLOW)
      return user->data;
  return NULL;
}
