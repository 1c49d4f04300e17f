/* nvofvisual: shows the vectors of nvof in colours, a pixel for each block of 4x4.
 *
 *   gst-launch-1.0 filesrc location=video.h264 ! h264parse ! nvv4l2decoder ! m.sink_0 \
 *       nvstreammux name=m batch-size=1 width=640 height=480 \
 *       ! nvof ! nvofvisual ! nvvideoconvert ! fakesink
 *
 * The hue says where to, and the more a block moved the less white there is. A frame without vectors is
 * black.
 */
#include "enums.h"
#include "flow.h"
#include "gstmeta.h"
#include "inert.h"
#include "nvinput.h"
#include "pictures.h"
#include "plan.h"
#include "surface.h"

#include <gst/base/gstbasetransform.h>
#include <math.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (ofvisual_debug);
#define GST_CAT_DEFAULT ofvisual_debug

typedef struct
{
  GstBaseTransform parent;
  /* of the streaming thread */
  GstVideoInfo in, out;
  PtNvInput input;
  PtPool pool;
} GstNvofvisual;

typedef GstBaseTransformClass GstNvofvisualClass;

GType gst_nvofvisual_get_type (void);
G_DEFINE_TYPE (GstNvofvisual, gst_nvofvisual, GST_TYPE_BASE_TRANSFORM);

#define OFVISUAL(object) ((GstNvofvisual *) (object))

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, "{ NV12, RGBA }")));
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, "RGBA")));

/* ---- negotiation ---- */

/* A size that is not fixed yet stays open: fixate_caps, which knows the input, chooses. */
static void
shrink (GstStructure * any, const char *side)
{
  gint pixels;
  if (gst_structure_get_int (any, side, &pixels))
    gst_structure_set (any, side, G_TYPE_INT, (gint) pt_flow_blocks (pixels), NULL);
  else
    gst_structure_remove_field (any, side);
}

static void
describe (GstStructure * any, GstPadDirection direction)
{
  gst_structure_remove_fields (any, "format", "colorimetry", "chroma-site", "pixel-aspect-ratio",
      NULL);
  if (direction == GST_PAD_SRC) {
    gst_structure_remove_fields (any, "batch-size", "width", "height", NULL);
    return;
  }
  shrink (any, "width");
  shrink (any, "height");
}

static GstCaps *
transform_caps (GstBaseTransform * base, GstPadDirection direction, GstCaps * caps, GstCaps * filter)
{
  GstStaticPadTemplate *other = direction == GST_PAD_SINK ? &src_template : &sink_template;
  GstCaps *template = gst_static_pad_template_get_caps (other), *all = gst_caps_new_empty ();
  for (guint i = 0; i < gst_caps_get_size (caps); i++) {
    GstStructure *any = gst_structure_copy (gst_caps_get_structure (caps, i));
    describe (any, direction);
    gst_caps_append_structure_full (all, any, gst_caps_features_new (PT_FEATURE_NVMM, NULL));
  }
  GstCaps *result = gst_caps_intersect (all, template);
  gst_caps_unref (all);
  gst_caps_unref (template);
  if (filter) {
    GstCaps *both = gst_caps_intersect_full (filter, result, GST_CAPS_INTERSECT_FIRST);
    gst_caps_unref (result);
    result = both;
  }
  return result;
}

static gboolean
set_caps (GstBaseTransform * base, GstCaps * in, GstCaps * out)
{
  GST_INFO_OBJECT (base, "%" GST_PTR_FORMAT " becomes %" GST_PTR_FORMAT, in, out);
  return gst_video_info_from_caps (&OFVISUAL (base)->in, in)
      && gst_video_info_from_caps (&OFVISUAL (base)->out, out);
}

/* ---- drawing ---- */

/* The colour wheel of the Middlebury benchmark: how many steps there are from each pure colour to the
 * next, red first, and which parts of red, green and blue rise or fall meanwhile. */
#define STEPS 55
static const struct { guint steps; gint8 start[3], slope[3]; } arcs[] = {
  {15, {1, 0, 0}, {0, 1, 0}}, {6, {1, 1, 0}, {-1, 0, 0}}, {4, {0, 1, 0}, {0, 0, 1}},
  {11, {0, 1, 1}, {0, -1, 0}}, {13, {0, 0, 1}, {1, 0, 0}}, {6, {1, 0, 1}, {0, 0, -1}}
};
#define FASTEST 10.0            /* pixels: what is faster is shown darker */
#define DARKER 0.75

static void
wheel_colour (guint step, double colour[3])
{
  guint arc = 0;
  for (; step >= arcs[arc].steps; arc++)
    step -= arcs[arc].steps;
  for (guint i = 0; i < 3; i++)
    colour[i] = arcs[arc].start[i] + arcs[arc].slope[i] * (double) step / arcs[arc].steps;
}

static void
paint (guint8 * pixel, const PtFlowVector * vector)
{
  const double x = vector->x / (PT_FLOW_UNIT * FASTEST), y = vector->y / (PT_FLOW_UNIT * FASTEST);
  const double radius = sqrt (x * x + y * y), turn = (atan2 (-y, -x) / G_PI + 1) / 2 * (STEPS - 1);
  const guint step = (guint) turn;
  double here[3], next[3];
  wheel_colour (step, here);
  wheel_colour ((step + 1) % STEPS, next);
  for (guint i = 0; i < 3; i++) {
    const double pure = here[i] + (turn - step) * (next[i] - here[i]);
    const double shown = radius <= 1 ? 1 - radius * (1 - pure) : pure * DARKER;
    pixel[2 - i] = (guint8) (255 * shown);      /* DeepStream's, too, has red where blue is */
  }
}

static void
draw (GstVideoFrame * picture, const PtFlow * flow)
{
  const guint width = GST_VIDEO_FRAME_WIDTH (picture), height = GST_VIDEO_FRAME_HEIGHT (picture);
  for (guint y = 0; y < height; y++) {
    guint8 *row = (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (picture, 0)
        + (gsize) y * GST_VIDEO_FRAME_PLANE_STRIDE (picture, 0);
    memset (row, 0, 4 * (gsize) width);
    for (guint x = 0; x < width; x++) {
      row[4 * x + 3] = 255;
      if (flow && y < flow->rows && x < flow->cols)
        paint (row + 4 * x, (const PtFlowVector *) flow->data + (gsize) y * flow->cols + x);
    }
  }
}

static const PtFlow *
flow_of_slot (const PtBatch * batch, guint slot)
{
  if (batch)
    PT_EACH (PtFrame, frame, batch->frames)
      if (frame->batch_id == slot)
        return pt_flow_of (frame);
  return NULL;
}

/* ---- buffers ---- */

static GstFlowReturn
submit_input_buffer (GstBaseTransform * base, gboolean discont, GstBuffer * buffer)
{
  GstNvofvisual *self = OFVISUAL (base);
  return pt_nv_input_submit (&self->input, base, gst_nvofvisual_parent_class, discont, buffer,
      &self->in);
}

static GstFlowReturn
prepare_output_buffer (GstBaseTransform * base, GstBuffer * in, GstBuffer ** out)
{
  GstNvofvisual *self = OFVISUAL (base);
  *out = pt_pictures_like (&self->pool, in, &self->out);
  if (!*out)
    return GST_FLOW_ERROR;
  const PtPlan plan = pt_plan_whole (&self->in, &self->out);
  pt_plan_copy_metadata (&plan, in, &self->in, *out, &self->out);
  return GST_FLOW_OK;
}

static GstFlowReturn
transform (GstBaseTransform * base, GstBuffer * in, GstBuffer * out)
{
  GstNvofvisual *self = OFVISUAL (base);
  const PtBatch *batch = pt_buffer_get_batch (in);
  for (guint slot = 0; slot < pt_surface_count (in); slot++) {
    GstVideoFrame picture;
    const PtFlow *flow = flow_of_slot (batch, slot);
    if (!pt_surface_map (&picture, out, slot, &self->out, GST_MAP_WRITE)) {
      GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("Picture %u of the batch cannot be shown", slot),
          ("its memory cannot be mapped"));
      return GST_FLOW_ERROR;
    }
    GST_LOG_OBJECT (self, "%s vectors in picture %u of %" GST_PTR_FORMAT, flow ? "the" : "no",
        slot, in);
    draw (&picture, flow);
    gst_video_frame_unmap (&picture);
  }
  const PtPlan plan = pt_plan_whole (&self->in, &self->out);
  pt_plan_move_boxes (&plan, out, &self->out);
  return GST_FLOW_OK;
}

static gboolean
propose_allocation (GstBaseTransform * base, GstQuery * decide, GstQuery * query)
{
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  return TRUE;
}

/* Pictures come from a pool of our own. */
static gboolean
decide_allocation (GstBaseTransform * base, GstQuery * query)
{
  while (gst_query_get_n_allocation_pools (query))
    gst_query_remove_nth_allocation_pool (query, 0);
  return TRUE;
}

static gboolean
stop (GstBaseTransform * base)
{
  GstNvofvisual *self = OFVISUAL (base);
  pt_nv_input_clear (&self->input);
  pt_pool_clear (&self->pool);
  return TRUE;
}

/* ---- the class ---- */

static const PtInert inert[] = {
  PT_INERT_GPU_ID,
  {NULL}
};

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  GST_OBJECT_LOCK (object);
  pt_inert_set (object, value, spec);
  GST_OBJECT_UNLOCK (object);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  GST_OBJECT_LOCK (object);
  pt_inert_get (object, value, spec);
  GST_OBJECT_UNLOCK (object);
}

static void
finalize (GObject * object)
{
  stop (GST_BASE_TRANSFORM (object));
  G_OBJECT_CLASS (gst_nvofvisual_parent_class)->finalize (object);
}

static void
gst_nvofvisual_class_init (GstNvofvisualClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->finalize = finalize;
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  pt_inert_install (object_class, inert);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Portable optical flow display",
      "Filter/Effect/Video", "Shows how far each block has moved in colours, on a CPU",
      "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (ofvisual_debug, "nvofvisual", 0, "portable nvofvisual");
  klass->transform_caps = transform_caps;
  klass->set_caps = set_caps;
  klass->propose_allocation = propose_allocation;
  klass->decide_allocation = decide_allocation;
  klass->submit_input_buffer = submit_input_buffer;
  klass->prepare_output_buffer = prepare_output_buffer;
  klass->transform = transform;
  klass->stop = stop;
  klass->passthrough_on_same_caps = FALSE;
}

static void
gst_nvofvisual_init (GstNvofvisual * self)
{
}

gboolean
pt_nvofvisual_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvofvisual", GST_RANK_NONE, gst_nvofvisual_get_type ());
}
