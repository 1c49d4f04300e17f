/* nvof: how far each block of 4x4 pixels has moved since the frame of its source before.
 *
 *   gst-launch-1.0 filesrc location=video.h264 ! h264parse ! nvv4l2decoder ! m.sink_0 \
 *       nvstreammux name=m batch-size=1 width=640 height=480 \
 *       ! nvof ! nvofvisual ! nvvideoconvert ! fakesink
 *
 * It compares pictures, as a video encoder does, where DeepStream's element asks an engine of the GPU
 * that is made for it: see match.h. The vectors are a user meta of the frame, as DeepStream's are; a
 * source's first frame has none.
 */
#include "enums.h"
#include "flow.h"
#include "gstmeta.h"
#include "inert.h"
#include "nvinput.h"
#include "streams.h"
#include "surface.h"

#include <gst/base/gstbasetransform.h>

GST_DEBUG_CATEGORY_STATIC (of_debug);
#define GST_CAT_DEFAULT of_debug

typedef enum { FAST, MEDIUM, SLOW } Preset;

typedef struct
{
  GstBaseTransform parent;
  /* of the streaming thread */
  GstVideoInfo info;
  PtNvInput input;
  GHashTable *pasts;            /* a source's pad_index to its PtFlowPicture */
  /* under the object's lock */
  Preset preset;
} GstNvof;

typedef GstBaseTransformClass GstNvofClass;

GType gst_nvof_get_type (void);
G_DEFINE_TYPE (GstNvof, gst_nvof, GST_TYPE_BASE_TRANSFORM);

#define OF(object) ((GstNvof *) (object))

#define CAPS GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, "NV12")
static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));

/* ---- buffers ---- */

static gboolean
set_caps (GstBaseTransform * base, GstCaps * in, GstCaps * out)
{
  GST_INFO_OBJECT (base, "follows %" GST_PTR_FORMAT, in);
  return gst_video_info_from_caps (&OF (base)->info, in);
}

static GstFlowReturn
submit_input_buffer (GstBaseTransform * base, gboolean discont, GstBuffer * buffer)
{
  GstNvof *self = OF (base);
  return pt_nv_input_submit (&self->input, base, gst_nvof_parent_class, discont, buffer,
      &self->info, FALSE);
}

static PtFlowPicture *
read_picture (GstNvof * self, GstBuffer * buffer, guint slot)
{
  GstVideoFrame picture;
  if (!pt_surface_map (&picture, buffer, slot, &self->info, GST_MAP_READ))
    return NULL;
  PtFlowPicture *now = pt_flow_picture_new (GST_VIDEO_FRAME_PLANE_DATA (&picture, 0),
      GST_VIDEO_FRAME_PLANE_STRIDE (&picture, 0), GST_VIDEO_FRAME_WIDTH (&picture),
      GST_VIDEO_FRAME_HEIGHT (&picture));
  gst_video_frame_unmap (&picture);
  return now;
}

static gboolean
follow_frame (GstNvof * self, GstBuffer * buffer, PtFrame * frame, Preset preset)
{
  PtFlowPicture *now = read_picture (self, buffer, frame->batch_id);
  if (!now)
    return FALSE;
  gpointer source = GUINT_TO_POINTER (frame->pad_index);
  const PtFlowPicture *before = g_hash_table_lookup (self->pasts, source);
  if (before && pt_flow_same_size (before, now)) {
    const GstVideoInfo *info = pt_surface_info (buffer, frame->batch_id, &self->info);
    PtFlow *flow = pt_flow_new (GST_VIDEO_INFO_WIDTH (info), GST_VIDEO_INFO_HEIGHT (info),
        frame->frame_num);
    pt_flow_match (before, now, 1 + preset, flow->data);
    pt_flow_attach (flow, frame);
  }
  g_hash_table_insert (self->pasts, source, now);
  return TRUE;
}

static GstFlowReturn
transform_ip (GstBaseTransform * base, GstBuffer * buffer)
{
  GstNvof *self = OF (base);
  PtBatch *batch = pt_buffer_get_batch (buffer);
  if (!batch) {
    GST_ELEMENT_ERROR (self, STREAM, FAILED,
        ("A buffer without metadata has no frames to follow: put nvstreammux before %s.",
            GST_OBJECT_NAME (self)), (NULL));
    return GST_FLOW_ERROR;
  }
  GST_OBJECT_LOCK (self);
  const Preset preset = self->preset;
  GST_OBJECT_UNLOCK (self);
  GST_LOG_OBJECT (self, "%u frames in %" GST_PTR_FORMAT, batch->num_frames_in_batch, buffer);
  PT_EACH (PtFrame, frame, batch->frames)
    if (!follow_frame (self, buffer, frame, preset)) {
      GST_ELEMENT_ERROR (self, STREAM, FORMAT,
          ("Picture %u of the batch cannot be followed", frame->batch_id),
          ("its memory cannot be mapped"));
      return GST_FLOW_ERROR;
    }
  return GST_FLOW_OK;
}

/* ---- events, start and stop ---- */

static gboolean
sink_event (GstBaseTransform * base, GstEvent * event)
{
  GstNvof *self = OF (base);
  PtStream stream;
  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP)
    g_hash_table_remove_all (self->pasts);
  else if (pt_event_is_stream_ended (event, &stream.source_id))
    g_hash_table_remove (self->pasts, GUINT_TO_POINTER (stream.source_id));
  return GST_BASE_TRANSFORM_CLASS (gst_nvof_parent_class)->sink_event (base, event);
}

static gboolean
stop (GstBaseTransform * base)
{
  pt_nv_input_clear (&OF (base)->input);
  g_hash_table_remove_all (OF (base)->pasts);
  return TRUE;
}

/* Pictures are only read: what downstream answers is good for upstream too. */
static gboolean
propose_allocation (GstBaseTransform * base, GstQuery * decide, GstQuery * query)
{
  return gst_pad_peer_query (GST_BASE_TRANSFORM_SRC_PAD (base), query);
}

/* ---- properties ---- */

enum
{ PROP_PRESET = 1 };

static GType
preset_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {FAST, "Fast", "Fast"},
    {MEDIUM, "Medium", "Medium"},
    {SLOW, "Slow", "Slow"},
    {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsOpticalFlowPreset", values);
}

static GType
grid_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {0, "4x4", "4x4"},
    {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsOpticalFlowGrid", values);
}

static const PtInert inert[] = {
  PT_INERT_GPU_ID,
  {"dump-of-meta", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_REFUSED, "Write the vectors to a file"},
  {"pool-size", NULL, G_TYPE_UINT, 1, G_MAXUINT, 7, PT_NO_EFFECT, "Buffers for the vectors"},
  {"grid-size", grid_type, 0, 0, 0, 0, PT_NO_EFFECT, "Size of a block"},
  {NULL}
};

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  GST_OBJECT_LOCK (object);
  if (id == PROP_PRESET)
    OF (object)->preset = g_value_get_enum (value);
  else
    pt_inert_set (object, value, spec);
  GST_OBJECT_UNLOCK (object);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  GST_OBJECT_LOCK (object);
  if (id == PROP_PRESET)
    g_value_set_enum (value, OF (object)->preset);
  else
    pt_inert_get (object, value, spec);
  GST_OBJECT_UNLOCK (object);
}

/* ---- the class ---- */

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !pt_inert_check (element, inert))
    return GST_STATE_CHANGE_FAILURE;
  return GST_ELEMENT_CLASS (gst_nvof_parent_class)->change_state (element, transition);
}

static void
finalize (GObject * object)
{
  pt_nv_input_clear (&OF (object)->input);
  g_hash_table_unref (OF (object)->pasts);
  G_OBJECT_CLASS (gst_nvof_parent_class)->finalize (object);
}

static void
gst_nvof_class_init (GstNvofClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  object_class->finalize = finalize;
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  g_object_class_install_property (object_class, PROP_PRESET,
      g_param_spec_enum ("preset-level", "preset-level",
          "How far around a guess it looks for a block: 1 to 3 pixels", preset_type (), FAST,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  pt_inert_install (object_class, inert);
  element_class->change_state = change_state;
  klass->set_caps = set_caps;
  klass->stop = stop;
  klass->sink_event = sink_event;
  klass->submit_input_buffer = submit_input_buffer;
  klass->propose_allocation = propose_allocation;
  klass->transform_ip = transform_ip;
  klass->passthrough_on_same_caps = FALSE;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Portable optical flow",
      "Filter/Metadata", "Tells how far each block of a picture has moved, on a CPU",
      "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (of_debug, "nvof", 0, "portable nvof");
}

static void
gst_nvof_init (GstNvof * self)
{
  self->pasts = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) pt_flow_picture_free);
  gst_base_transform_set_in_place (GST_BASE_TRANSFORM (self), TRUE);
}

gboolean
pt_nvof_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvof", GST_RANK_NONE, gst_nvof_get_type ());
}
