/* NVIDIA's structs of user metas: see nvstructs.h. */
#include "nvstructs.h"

#include "messages.h"
#include "past.h"
#include "tensors.h"
#include "zones.h"

#define HEAD (((sizeof (PtNvCarried) + 15) / 16) * 16)
#define UNREAD 16                    /* bytes of zeros where there is no struct */

/* ---- what networks put out ---- */

/* NvDsInferDataType by GstTensorDataType, and 1; 0: it has none. */
static const guint8 data_types[] = {[1] = 3,[3] = 4,[4] = 5,[6] = 6,[10] = 2,[11] = 1 };

static gboolean
has_numbers (const PtNvCarried * carried)
{
  const PtTensors *tensors = carried->data;
  for (guint i = 0; i < tensors->count; i++) {
    const PtTensor *tensor = tensors->tensors + i;
    if (!tensor->host || tensor->type < 0 || tensor->type >= (gint) G_N_ELEMENTS (data_types)
        || !data_types[tensor->type])
      return FALSE;
  }
  return TRUE;
}

static void
build_layer (PtNvLayer * layer, const PtTensor * tensor)
{
  layer->data_type = data_types[tensor->type] - 1;
  layer->name = tensor->name;
  layer->buffer = (gpointer) tensor->host;
  layer->dims.count = MIN (tensor->dims_count, PT_MAX_DIMS);
  layer->dims.elements = 1;
  for (guint i = 0; i < layer->dims.count; i++) {
    layer->dims.sizes[i] = tensor->dims[i];
    layer->dims.elements *= tensor->dims[i];
  }
}

static void
build_tensors (PtNvCarried * carried, gpointer at)
{
  const PtTensors *from = carried->data;
  PtNvTensors7 *made = at;
  PtNvTensors *tensors = &made->tensors;
  tensors->unique_id = from->unique_id;
  tensors->num_output_layers = from->count;
  tensors->layers = pt_nv_struct_more (carried, from->count * sizeof *tensors->layers);
  tensors->host = pt_nv_struct_more (carried, from->count * sizeof *tensors->host);
  tensors->device = pt_nv_struct_more (carried, from->count * sizeof *tensors->device);
  tensors->width = from->width;
  tensors->height = from->height;
  tensors->channels = from->channels;
  tensors->maintain_aspect_ratio = from->maintain_aspect_ratio;
  made->symmetric_padding = from->symmetric_padding;
  for (guint i = 0; i < from->count; i++) {
    build_layer (tensors->layers + i, from->tensors + i);
    tensors->layers[i].binding_index = i;
    tensors->host[i] = (gpointer) from->tensors[i].host;
  }
}

static gboolean
has_class_map (const PtNvCarried * carried)
{
  return ((const PtSegmentation *) carried->data)->class_map != NULL;
}

static void
build_segmentation (PtNvCarried * carried, gpointer at)
{
  const PtSegmentation *from = carried->data;
  *(PtNvSegmentation *) at = (PtNvSegmentation) {
    .classes = from->count,.width = from->width,.height = from->height,
    .class_map = from->class_map,.probabilities = (float *) from->probabilities,
    .unique_id = from->unique_id
  };
}

/* ---- trackers and optical flow ---- */

static gsize
past_frame_size (const PtNvCarried * carried)
{
  return carried->shift ? PT_NV_PAST_FRAME_SIZE_9
      : carried->frame_size == PT_NV_FRAME_SIZE_5 ? PT_NV_PAST_FRAME_SIZE_6_3 : PT_NV_PAST_FRAME_SIZE_8;
}

/* The frames of a track; the box is longer in 9.0, and up to 6.3 nothing follows the tail. */
static gpointer
build_past_frames (PtNvCarried * carried, const PtNvPastTrack * track)
{
  const gsize size = past_frame_size (carried);
  const gsize rest = size == PT_NV_PAST_FRAME_SIZE_6_3 ? sizeof (PtNvPastFrameTail)
      : sizeof (PtPastFrame) - sizeof (PtNvPastFrame);
  char *frames = pt_nv_struct_more (carried, track->num_obj * size);
  for (guint i = 0; i < track->num_obj; i++) {
    const PtPastFrame *from = (const PtPastFrame *) track->list + i;
    char *at = frames + i * size;
    *(PtNvPastFrame *) at = from->frame;
    memcpy (at + sizeof (PtNvPastFrame) + carried->shift, &from->tail, rest);
  }
  return frames;
}

static void
build_past (PtNvCarried * carried, gpointer at)
{
  const PtNvPastBatch *from = carried->data;
  PtNvPastBatch *batch = at;
  *batch = *from;
  PtNvPastStream *streams = batch->list =
      pt_nv_struct_more (carried, from->num_filled * sizeof *streams);
  batch->num_allocated = from->num_filled;
  for (guint i = 0; i < from->num_filled; i++) {
    streams[i] = ((const PtNvPastStream *) from->list)[i];
    const PtNvPastTrack *tracks = streams[i].list;
    PtNvPastTrack *made = pt_nv_struct_more (carried, streams[i].num_filled * sizeof *made);
    streams[i].list = made;
    for (guint k = 0; k < streams[i].num_filled; k++) {
      made[k] = tracks[k];
      made[k].list = build_past_frames (carried, tracks + k);
    }
  }
}

static void
build_flow (PtNvCarried * carried, gpointer at)
{
  *(PtNvFlow *) at = *(const PtNvFlow *) carried->data;
}

/* ---- messages ---- */

static gboolean
is_message (const PtNvCarried * carried)
{
  return PT_BLOCK_OF (PtMessage, carried->data) != NULL;
}

static void
build_message (PtNvCarried * carried, gpointer at)
{
  *(PtMessage *) at = *(const PtMessage *) carried->data;       /* as NvDsPayload */
}

static gboolean
is_event (const PtNvCarried * carried)
{
  return carried->frame_size == PT_NV_FRAME_SIZE_8 && PT_BLOCK_OF (PtEventMsg, carried->data);
}

static void
build_event (PtNvCarried * carried, gpointer at)
{
  const PtEventMsg *from = carried->data;
  PtNvEventMsg *event = at;
  *event = (PtNvEventMsg) {
    .type = from->type,.obj_type = from->obj_type,
    .top = from->bbox.top,.left = from->bbox.left,.width = from->bbox.width,
    .height = from->bbox.height,
    .location = {from->location.lat, from->location.lon, from->location.alt},
    .coordinate = {from->coordinate.x, from->coordinate.y, from->coordinate.z},
    .obj_class_id = from->obj_class_id,.sensor_id = from->sensor_id,
    .module_id = from->module_id,.place_id = from->place_id,
    .component_id = from->component_id,.frame_id = from->frame_id,
    .confidence = from->confidence,.tracking_id = from->tracking_id,
    .ts = pt_block_text (from->ts),.object_id = pt_block_text (from->object_id),
    .sensor_str = pt_block_text (from->sensor_str),
    .other_attrs = pt_block_text (from->other_attrs),
    .video_path = pt_block_text (from->video_path)
  };
  if (pt_block_of (from->obj_signature.signature, from->obj_signature.size * sizeof (double))) {
    event->signature.numbers = from->obj_signature.signature;
    event->signature.size = from->obj_signature.size;
  }
  if (from->ext_msg_size && pt_block_of (from->ext_msg, from->ext_msg_size)) {
    event->ext_msg = from->ext_msg;
    event->ext_msg_size = from->ext_msg_size;
  }
}

/* ---- kinds ---- */

typedef struct
{
  int payload;
  gsize size;
  void (*build) (PtNvCarried * carried, gpointer at);
  gboolean (*fits) (const PtNvCarried * carried);       /* NULL: always */
} Kind;

static const Kind kinds[] = {
  {PT_PAYLOAD_TENSORS, sizeof (PtNvTensors7), build_tensors, has_numbers},
  {PT_PAYLOAD_SEGMENTATION, sizeof (PtNvSegmentation), build_segmentation, has_class_map},
  {PT_PAYLOAD_PAST_FRAMES, sizeof (PtNvPastBatch) + sizeof (gpointer), build_past, NULL},
  {PT_PAYLOAD_FLOW, sizeof (PtNvFlow), build_flow, NULL},
  {PT_PAYLOAD_ZONES_FRAME, sizeof (PtNvAnalyticsFrame), pt_nv_build_analytics_frame, NULL},
  {PT_PAYLOAD_ZONES_OBJECT, sizeof (PtNvAnalyticsObject), pt_nv_build_analytics_object, NULL},
  {PT_PAYLOAD_EVENT_MSG, sizeof (PtNvEventMsg), build_event, is_event},
  {PT_PAYLOAD_MESSAGE, sizeof (PtMessage), build_message, is_message},
};

/* NULL: it has no struct. */
static const Kind *
kind_of (const PtNvCarried * carried)
{
  for (guint i = 0; carried->data && i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].payload == (int) carried->payload)
      return !kinds[i].fits || kinds[i].fits (carried) ? &kinds[i] : NULL;
  return NULL;
}

gpointer
pt_nv_struct_new (const PtNvCarried * carried)
{
  const Kind *kind = kind_of (carried);
  PtNvCarried *made = g_malloc0 (HEAD + (kind ? kind->size : UNREAD));
  *made = *carried;
  made->more = NULL;
  if (kind)
    kind->build (made, (char *) made + HEAD);
  return (char *) made + HEAD;
}

PtNvCarried *
pt_nv_struct_carried (gpointer at)
{
  return (PtNvCarried *) ((char *) at - HEAD);
}

/* Each piece begins with where the one before it is. */
gpointer
pt_nv_struct_more (PtNvCarried * carried, gsize size)
{
  gpointer *piece = g_malloc0 (2 * sizeof (gpointer) + size);
  *piece = carried->more;
  carried->more = piece;
  return piece + 2;
}

void
pt_nv_struct_free (gpointer at)
{
  PtNvCarried *carried = pt_nv_struct_carried (at);
  for (gpointer *piece = carried->more, *next; piece; piece = next) {
    next = *piece;
    g_free (piece);
  }
  g_free (carried);
}

gboolean
pt_nv_struct_is_known (const PtNvCarried * carried)
{
  return kind_of (carried) != NULL;
}

const char *
pt_nv_struct_name (const PtNvCarried * carried)
{
  if (carried->frame_size == PT_NV_FRAME_SIZE_8)
    return NULL;
  switch ((int) carried->payload) {
    case PT_PAYLOAD_ZONES_FRAME:
      return "NVIDIA.DSANALYTICSFRAME.USER_META";
    case PT_PAYLOAD_ZONES_OBJECT:
      return "NVIDIA.DSANALYTICSOBJ.USER_META";
    default:
      return NULL;
  }
}
