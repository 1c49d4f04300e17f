/* nvvidconv: nvvideoconvert under the name, and with the properties, that a Jetson's own package gives it.
 *
 *   gst-launch-1.0 videotestsrc num-buffers=100 ! nvvidconv left=40 right=280 top=20 bottom=200 \
 *       ! "video/x-raw(memory:NVMM),format=NV12,width=240,height=180" ! fakesink
 *
 * left, right, top and bottom are the edges of the area that is used, as on a Jetson.
 */
#include "enums.h"
#include "nvvideoconvert.h"

GST_DEBUG_CATEGORY_STATIC (vidconv_debug);

typedef struct
{
  GstNvvideoconvert parent;
  gint edges[4];                /* left, right, top, bottom; the object lock guards them */
} GstNvvConv;

typedef GstNvvideoconvertClass GstNvvConvClass;

GType gst_nvv_conv_get_type (void);
G_DEFINE_TYPE (GstNvvConv, gst_nvv_conv, gst_nvvideoconvert_get_type ());

enum
{ LEFT, RIGHT, TOP, BOTTOM };

enum
{ PROP_EDGES = 1, PROP_METHOD = PROP_EDGES + 4 };

static const char *const edge_names[] = { "left", "right", "top", "bottom" };

static GType
method_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {PT_INTER_NEAREST, "Nearest", "Nearest"}, {PT_INTER_BILINEAR, "Bilinear", "Bilinear"},
    {PT_INTER_ALGO1, "Cubic", "5-Tap"}, {PT_INTER_ALGO2, "Super-sampling", "10-Tap"},
    {PT_INTER_ALGO3, "Lanczos", "Smart"}, {PT_INTER_ALGO4, "Nicest", "Nicest"}, {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsVidconvInterpolation", values);
}

static const PtInert inert[] = {
  {"bl-output", NULL, G_TYPE_BOOLEAN, 0, 0, TRUE, PT_NO_EFFECT, "Block-linear NV12 output"},
  {NULL}
};

/* The area between the edges, as nvvideoconvert has it. Edges that enclose nothing crop nothing. */
static void
apply_edges (GstNvvConv * self)
{
  GST_OBJECT_LOCK (self);
  const gint width = self->edges[RIGHT] - self->edges[LEFT];
  const gint height = self->edges[BOTTOM] - self->edges[TOP];
  gchar *area = width > 0 && height > 0 ? g_strdup_printf ("%d:%d:%d:%d", self->edges[LEFT],
      self->edges[TOP], width, height) : g_strdup ("");
  GST_OBJECT_UNLOCK (self);
  g_object_set (self, "src-crop", area, NULL);
  g_free (area);
}

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  GstNvvConv *self = (GstNvvConv *) object;
  if (id >= PT_INERT_FIRST)
    pt_inert_set (object, value, spec);
  else if (id == PROP_METHOD) {
    GST_OBJECT_LOCK (self);
    self->parent.method = g_value_get_enum (value);
    GST_OBJECT_UNLOCK (self);
  } else {
    GST_OBJECT_LOCK (self);
    self->edges[id - PROP_EDGES] = g_value_get_int (value);
    GST_OBJECT_UNLOCK (self);
    apply_edges (self);
  }
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  GstNvvConv *self = (GstNvvConv *) object;
  GST_OBJECT_LOCK (self);
  if (id >= PT_INERT_FIRST)
    pt_inert_get (object, value, spec);
  else if (id == PROP_METHOD)
    g_value_set_enum (value, self->parent.method);
  else
    g_value_set_int (value, self->edges[id - PROP_EDGES]);
  GST_OBJECT_UNLOCK (self);
}

static void
gst_nvv_conv_class_init (GstNvvConvClass * klass)
{
  static const char *const blurbs[] = {
    "Left edge of the area of the input that is used, in pixels", "Its right edge", "Its top edge",
    "Its bottom edge"
  };
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  for (guint i = 0; i < G_N_ELEMENTS (edge_names); i++)
    g_object_class_install_property (object_class, PROP_EDGES + i,
        g_param_spec_int (edge_names[i], edge_names[i], blurbs[i], 0, G_MAXINT, 0, flags));
  g_object_class_install_property (object_class, PROP_METHOD,
      g_param_spec_enum ("interpolation-method", "interpolation-method",
          "How pictures are scaled", method_type (), PT_INTER_NEAREST, flags));
  pt_inert_install (object_class, inert);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass), "Portable Jetson converter",
      "Filter/Converter/Video/Scaler", "Changes format, size and memory of pictures, on a CPU",
      "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (vidconv_debug, "nvvidconv", 0, "portable nvvidconv");
}

static void
gst_nvv_conv_init (GstNvvConv * self)
{
  self->parent.category = vidconv_debug;
  self->parent.method = PT_INTER_NEAREST;
}

gboolean
pt_nvvidconv_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvvidconv", GST_RANK_NONE, gst_nvv_conv_get_type ());
}
