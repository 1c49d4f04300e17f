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
#include "surface.h"
#include "visual.h"

#include <math.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (ofvisual_debug);
#define GST_CAT_DEFAULT ofvisual_debug

typedef PtVisual GstNvofvisual;
typedef PtVisualClass GstNvofvisualClass;

GType gst_nvofvisual_get_type (void);
G_DEFINE_TYPE (GstNvofvisual, gst_nvofvisual, PT_TYPE_VISUAL);

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
  if (direction == GST_PAD_SRC) {
    gst_structure_remove_fields (any, "width", "height", NULL);
    return;
  }
  shrink (any, "width");
  shrink (any, "height");
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

static gboolean
show (PtVisual * self, GstBuffer * in, GstBuffer * out, guint slot)
{
  GstVideoFrame picture;
  const PtFlow *flow = flow_of_slot (pt_buffer_get_batch (in), slot);
  if (!pt_surface_map (&picture, out, slot, &self->out, GST_MAP_WRITE))
    return FALSE;
  GST_LOG_OBJECT (self, "%s vectors in picture %u of %" GST_PTR_FORMAT, flow ? "the" : "no", slot,
      in);
  draw (&picture, flow);
  gst_video_frame_unmap (&picture);
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
gst_nvofvisual_class_init (GstNvofvisualClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  pt_inert_install (object_class, inert);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  gst_element_class_set_static_metadata (element_class, "Portable optical flow display",
      "Filter/Effect/Video", "Shows how far each block has moved in colours, on a CPU",
      "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (ofvisual_debug, "nvofvisual", 0, "portable nvofvisual");
  klass->describe = describe;
  klass->show = show;
}

static void
gst_nvofvisual_init (GstNvofvisual * self)
{
  self->category = ofvisual_debug;
}

gboolean
pt_nvofvisual_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvofvisual", GST_RANK_NONE, gst_nvofvisual_get_type ());
}
