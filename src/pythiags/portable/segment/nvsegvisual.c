/* nvsegvisual: shows which class a network has given to each pixel, in colours.
 *
 *   gst-launch-1.0 filesrc location=video.h264 ! h264parse ! nvv4l2decoder ! m.sink_0 \
 *       nvstreammux name=m batch-size=1 width=1280 height=720 \
 *       ! nvsegvisual width=512 height=512 ! nvvideoconvert ! fakesink
 *
 * The picture is scaled to width and height; the classes are drawn on it from its left top corner, a pixel
 * for each of the network's, so that width and height are to be the network's. With original-background the
 * pixels of class-id stay, and the others are mixed with their colour by alpha.
 */
#include "enums.h"
#include "gstmeta.h"
#include "inert.h"
#include "surface.h"
#include "tensors.h"
#include "visual.h"

GST_DEBUG_CATEGORY_STATIC (segvisual_debug);
#define GST_CAT_DEFAULT segvisual_debug

typedef struct
{
  gboolean background;
  guint class_id;
  gfloat alpha;
  gint unique_id;               /* 0 and below: of every network */
} Style;

typedef struct
{
  PtVisual parent;
  GArray *converters;           /* of PtConverter, one a slot; of the streaming thread */
  /* under the object's lock */
  guint width, height;
  Style style;
} GstNvsegvisual;

typedef PtVisualClass GstNvsegvisualClass;

GType gst_nvsegvisual_get_type (void);
G_DEFINE_TYPE (GstNvsegvisual, gst_nvsegvisual, PT_TYPE_VISUAL);

#define SEGVISUAL(object) ((GstNvsegvisual *) (object))

/* The colours of DeepStream's, red first. A class has that of its number and FIRST; no class, the one
 * before. They begin again where a network has more classes. */
#define FIRST 3
static const guint8 colours[][3] = {
  {0, 0, 0}, {0, 0, 128}, {128, 128, 128}, {0, 128, 128}, {128, 0, 0}, {128, 0, 128},
  {128, 128, 0}, {0, 128, 0}, {0, 0, 64}, {0, 0, 192}, {0, 128, 64}, {0, 128, 192},
  {128, 0, 64}, {128, 0, 192}, {128, 128, 64}, {128, 128, 192}, {0, 64, 0}, {0, 64, 128},
  {0, 192, 0}, {0, 192, 128}, {128, 64, 0}, {192, 192, 0}
};

/* ---- negotiation ---- */

/* Any size may become any other. */
static void
describe (GstStructure * any, GstPadDirection direction)
{
  gst_structure_remove_fields (any, "width", "height", NULL);
}

static GstCaps *
fixate_caps (GstBaseTransform * base, GstPadDirection direction, GstCaps * caps, GstCaps * other)
{
  GstNvsegvisual *self = SEGVISUAL (base);
  other = gst_caps_make_writable (gst_caps_truncate (other));
  GstStructure *out = gst_caps_get_structure (other, 0);
  GST_OBJECT_LOCK (self);
  const gint width = MAX (self->width, 1), height = MAX (self->height, 1);
  GST_OBJECT_UNLOCK (self);
  gst_structure_fixate_field_nearest_int (out, "width", width);
  gst_structure_fixate_field_nearest_int (out, "height", height);
  return gst_caps_fixate (other);
}

/* ---- drawing ---- */

static void
paint (guint8 * pixel, gint32 class_id, const Style * style)
{
  const guint8 *colour = colours[(guint32) (class_id + FIRST) % G_N_ELEMENTS (colours)];
  const gfloat alpha = style->background ? style->alpha : 1;
  if (style->background && class_id == (gint32) style->class_id)
    return;
  for (guint i = 0; i < 3; i++)
    pixel[i] = (guint8) (colour[i] * alpha + pixel[i] * (1 - alpha));
}

static void
draw (GstNvsegvisual * self, GstVideoFrame * picture, const PtSegmentation * classes,
    const Style * style)
{
  gint32 *map = g_new (gint32, (gsize) classes->width * classes->height);
  if (!pt_segmentation_read (classes, map)) {
    GST_WARNING_OBJECT (self, "a mask cannot be read");
    g_free (map);
    return;
  }
  const guint width = MIN (classes->width, (guint) GST_VIDEO_FRAME_WIDTH (picture));
  const guint height = MIN (classes->height, (guint) GST_VIDEO_FRAME_HEIGHT (picture));
  for (guint y = 0; y < height; y++) {
    guint8 *row = (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (picture, 0)
        + (gsize) y * GST_VIDEO_FRAME_PLANE_STRIDE (picture, 0);
    for (guint x = 0; x < width; x++)
      paint (row + 4 * x, map[(gsize) y * classes->width + x], style);
  }
  g_free (map);
}

static guint
draw_slot (GstNvsegvisual * self, GstVideoFrame * picture, const PtBatch * batch, guint slot,
    const Style * style)
{
  guint drawn = 0;
  if (batch)
    PT_EACH (PtFrame, frame, batch->frames) {
      if (frame->batch_id != slot)
        continue;
      PT_EACH (PtUser, user, frame->users) {
        const PtSegmentation *classes = user->data;
        if (user->payload != PT_PAYLOAD_SEGMENTATION
            || (style->unique_id > 0 && (guint) style->unique_id != classes->unique_id))
          continue;
        draw (self, picture, classes, style);
        drawn++;
      }
    }
  return drawn;
}

static PtConverter *
converter_of (GstNvsegvisual * self, guint slot)
{
  if (self->converters->len <= slot)
    g_array_set_size (self->converters, slot + 1);
  return &g_array_index (self->converters, PtConverter, slot);
}

static gboolean
show (PtVisual * visual, GstBuffer * in, GstBuffer * out, guint slot)
{
  GstNvsegvisual *self = SEGVISUAL (visual);
  GstVideoFrame from, to;
  if (!pt_surface_map (&from, in, slot, &visual->in, GST_MAP_READ))
    return FALSE;
  if (!pt_surface_map (&to, out, slot, &visual->out, GST_MAP_READWRITE)) {
    gst_video_frame_unmap (&from);
    return FALSE;
  }
  GST_OBJECT_LOCK (self);
  const Style style = self->style;
  GST_OBJECT_UNLOCK (self);
  const gboolean done = pt_converter_run (converter_of (self, slot), &from, NULL, &to, NULL,
      PT_INTER_DEFAULT, FALSE);
  const guint drawn = done ? draw_slot (self, &to, pt_buffer_get_batch (in), slot, &style) : 0;
  GST_LOG_OBJECT (self, "%u maps of classes on picture %u of %" GST_PTR_FORMAT, drawn, slot, in);
  gst_video_frame_unmap (&to);
  gst_video_frame_unmap (&from);
  return done;
}

static gboolean
stop (GstBaseTransform * base)
{
  g_array_set_size (SEGVISUAL (base)->converters, 0);
  return GST_BASE_TRANSFORM_CLASS (gst_nvsegvisual_parent_class)->stop (base);
}

/* ---- properties ---- */

enum
{ PROP_WIDTH = 1, PROP_HEIGHT, PROP_SEG_META_ID, PROP_BACKGROUND, PROP_CLASS_ID, PROP_ALPHA };

static const PtInert inert[] = {
  {"unique-id", NULL, G_TYPE_UINT, 0, G_MAXUINT, 0, PT_NO_EFFECT, "Number of the element"},
  PT_INERT_GPU_ID,
  {"batch-size", NULL, G_TYPE_UINT, 1, G_MAXUINT, 1, PT_NO_EFFECT, "Most pictures of a batch"},
  {"gpu-on", NULL, G_TYPE_BOOLEAN, 0, 0, TRUE, PT_NO_EFFECT, "Draw on the GPU"},
  {NULL}
};

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  GstNvsegvisual *self = SEGVISUAL (object);
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_WIDTH: self->width = g_value_get_uint (value); break;
    case PROP_HEIGHT: self->height = g_value_get_uint (value); break;
    case PROP_SEG_META_ID: self->style.unique_id = g_value_get_int (value); break;
    case PROP_BACKGROUND: self->style.background = g_value_get_boolean (value); break;
    case PROP_CLASS_ID: self->style.class_id = g_value_get_uint (value); break;
    case PROP_ALPHA: self->style.alpha = g_value_get_float (value); break;
    default: pt_inert_set (object, value, spec);
  }
  GST_OBJECT_UNLOCK (self);
  if (id == PROP_WIDTH || id == PROP_HEIGHT)
    gst_base_transform_reconfigure_src (GST_BASE_TRANSFORM (self));
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  GstNvsegvisual *self = SEGVISUAL (object);
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_WIDTH: g_value_set_uint (value, self->width); break;
    case PROP_HEIGHT: g_value_set_uint (value, self->height); break;
    case PROP_SEG_META_ID: g_value_set_int (value, self->style.unique_id); break;
    case PROP_BACKGROUND: g_value_set_boolean (value, self->style.background); break;
    case PROP_CLASS_ID: g_value_set_uint (value, self->style.class_id); break;
    case PROP_ALPHA: g_value_set_float (value, self->style.alpha); break;
    default: pt_inert_get (object, value, spec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
install_properties (GObjectClass * klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;
  g_object_class_install_property (klass, PROP_WIDTH, g_param_spec_uint ("width", "width",
          "Width of the output, in pixels", 0, G_MAXUINT, 1280, flags));
  g_object_class_install_property (klass, PROP_HEIGHT, g_param_spec_uint ("height", "height",
          "Height of the output, in pixels", 0, G_MAXUINT, 720, flags));
  g_object_class_install_property (klass, PROP_SEG_META_ID,
      g_param_spec_int ("operate-on-seg-meta-id", "operate-on-seg-meta-id",
          "Which network's classes are shown, by its gie-unique-id; -1: every network's", -1, G_MAXINT,
          -1, flags));
  g_object_class_install_property (klass, PROP_BACKGROUND,
      g_param_spec_boolean ("original-background", "original-background",
          "Leave the pixels of class-id as they are", FALSE, flags));
  g_object_class_install_property (klass, PROP_CLASS_ID, g_param_spec_uint ("class-id", "class-id",
          "The class of the background", 0, G_MAXUINT, 0, flags));
  g_object_class_install_property (klass, PROP_ALPHA, g_param_spec_float ("alpha", "alpha",
          "How much of the colour there is, where the background is shown", 0, 1, 1, flags));
  pt_inert_install (klass, inert);
}

/* ---- the class ---- */

static void
finalize (GObject * object)
{
  g_array_unref (SEGVISUAL (object)->converters);
  G_OBJECT_CLASS (gst_nvsegvisual_parent_class)->finalize (object);
}

static void
gst_nvsegvisual_class_init (GstNvsegvisualClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->finalize = finalize;
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  install_properties (object_class);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  gst_element_class_set_static_metadata (element_class, "Portable segmentation display",
      "Filter/Effect/Video", "Shows the class of each pixel in colours, on a CPU",
      "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (segvisual_debug, "nvsegvisual", 0, "portable nvsegvisual");
  GST_BASE_TRANSFORM_CLASS (klass)->fixate_caps = fixate_caps;
  GST_BASE_TRANSFORM_CLASS (klass)->stop = stop;
  klass->describe = describe;
  klass->show = show;
}

static void
gst_nvsegvisual_init (GstNvsegvisual * self)
{
  self->parent.category = segvisual_debug;
  self->converters = g_array_new (FALSE, TRUE, sizeof (PtConverter));
  g_array_set_clear_func (self->converters, (GDestroyNotify) pt_converter_clear);
}

gboolean
pt_nvsegvisual_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvsegvisual", GST_RANK_NONE, gst_nvsegvisual_get_type ());
}
