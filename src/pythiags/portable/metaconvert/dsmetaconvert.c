/* dsmetaconvert: makes the metadata of these elements NVIDIA's own, for elements and probes that were compiled for
 * DeepStream, and back.
 *
 *   gst-launch-1.0 videotestsrc num-buffers=100 ! nvvideoconvert ! "video/x-raw(memory:NVMM)" \
 *       ! m.sink_0 nvstreammux name=m batch-size=1 width=320 height=240 \
 *       ! dsmetaconvert to=deepstream ! identity ! dsmetaconvert to=portable ! nvdsosd ! fakesink
 *
 * What is compiled for DeepStream goes in the place of identity. Pictures pass untouched. NVIDIA's metadata is made
 * by NVIDIA's library, and read and written by the offsets of its release (nvlayout.h). DeepStream itself has no
 * need of this element.
 */
#include "fromnvidia.h"
#include "inert.h"
#include "nvlibrary.h"

#include <gst/base/gstbasetransform.h>

GST_DEBUG_CATEGORY_STATIC (convert_debug);
#define GST_CAT_DEFAULT convert_debug

enum { TO_DEEPSTREAM, TO_PORTABLE };

typedef struct
{
  GstBaseTransform parent;
  gint to;                      /* the object lock guards it */
  /* of the streaming thread */
  guint width, height;          /* of the caps; 0: they do not say */
  GHashTable *told;             /* meta types of which a loss was told; and TWO_KINDS */
} GstDsmetaconvert;

typedef GstBaseTransformClass GstDsmetaconvertClass;

GType gst_dsmetaconvert_get_type (void);
G_DEFINE_TYPE (GstDsmetaconvert, gst_dsmetaconvert, GST_TYPE_BASE_TRANSFORM);

enum
{ PROP_TO = 1 };

#define TWO_KINDS (-1)
#define PREPARED 28             /* NVDS_PREPROCESS_BATCH_META */

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static GType
to_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {TO_DEEPSTREAM, "NVIDIA's NvDsBatchMeta", "deepstream"},
    {TO_PORTABLE, "The metadata of the portable elements", "portable"},
    {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsMetaKind", values);
}

/* ---- buffers ---- */

/* Whether it is the first time. */
static gboolean
is_news (GstDsmetaconvert * self, gint what)
{
  return g_hash_table_add (self->told, GINT_TO_POINTER (what));
}

static void
tell_loss (gpointer data, gint meta_type)
{
  GstDsmetaconvert *self = data;
  if (is_news (self, meta_type))
    GST_ELEMENT_WARNING (self, STREAM, FORMAT,
        ("%s leaves out user metas of NvDsMetaType %d%s: they refer to the portable metadata that it takes away. "
            "Put it behind the elements that read them.", GST_OBJECT_NAME (self), meta_type,
            meta_type == PREPARED ? " (the tensors of nvdspreprocess)" : ""), (NULL));
}

static GstFlowReturn
convert (GstBaseTransform * base, GstBuffer * buffer)
{
  GstDsmetaconvert *self = (GstDsmetaconvert *) base;
  GST_OBJECT_LOCK (self);
  const gint to = self->to;
  GST_OBJECT_UNLOCK (self);
  GST_LOG_OBJECT (self, "%" GST_PTR_FORMAT, buffer);
  switch (to == TO_DEEPSTREAM ? pt_to_nvidia (buffer, tell_loss, self)
      : pt_from_nvidia (buffer, self->width, self->height)) {
    case PT_CONVERTED:
    case PT_NOTHING_TO_CONVERT:
      return GST_FLOW_OK;
    case PT_CONVERT_TWO_KINDS:
      if (is_news (self, TWO_KINDS))
        GST_ELEMENT_WARNING (self, STREAM, FORMAT,
            ("%s passes on buffers that have NVIDIA's metadata and portable metadata as they are: an element "
                "before it made metadata of its own.", GST_OBJECT_NAME (self)), (NULL));
      return GST_FLOW_OK;
    case PT_CONVERT_LAYOUT:
      break;
  }
  GST_ELEMENT_ERROR (self, STREAM, FORMAT,
      ("NVIDIA's metadata on a buffer is laid out as that of no DeepStream from 5.0 to 9.1."), (NULL));
  return GST_FLOW_ERROR;
}

/* Metadata may be changed on a buffer that is nobody else's. */
static GstFlowReturn
submit (GstBaseTransform * base, gboolean discont, GstBuffer * buffer)
{
  return GST_BASE_TRANSFORM_CLASS (gst_dsmetaconvert_parent_class)->submit_input_buffer (base,
      discont, gst_buffer_make_writable (buffer));
}

static gboolean
set_caps (GstBaseTransform * base, GstCaps * in, GstCaps * out)
{
  GstDsmetaconvert *self = (GstDsmetaconvert *) base;
  const GstStructure *structure = gst_caps_get_structure (in, 0);
  gint width = 0, height = 0;
  gst_structure_get_int (structure, "width", &width);
  gst_structure_get_int (structure, "height", &height);
  self->width = MAX (width, 0);
  self->height = MAX (height, 0);
  return TRUE;
}

static gboolean
start (GstBaseTransform * base)
{
  GstDsmetaconvert *self = (GstDsmetaconvert *) base;
  gchar *error = NULL;
  self->width = self->height = 0;
  g_hash_table_remove_all (self->told);
  if (pt_nv_library_load (&error)) {
    GST_INFO_OBJECT (self, "NVIDIA's metadata is made with %s", pt_nv_library_path ());
    return TRUE;
  }
  GST_ELEMENT_ERROR (self, LIBRARY, INIT, ("%s.", error), (NULL));
  g_free (error);
  return FALSE;
}

/* ---- the class ---- */

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  GstDsmetaconvert *self = (GstDsmetaconvert *) object;
  GST_OBJECT_LOCK (self);
  if (id == PROP_TO)
    self->to = g_value_get_enum (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  GstDsmetaconvert *self = (GstDsmetaconvert *) object;
  GST_OBJECT_LOCK (self);
  if (id == PROP_TO)
    g_value_set_enum (value, self->to);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  g_hash_table_unref (((GstDsmetaconvert *) object)->told);
  G_OBJECT_CLASS (gst_dsmetaconvert_parent_class)->finalize (object);
}

static void
gst_dsmetaconvert_class_init (GstDsmetaconvertClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  g_object_class_install_property (object_class, PROP_TO,
      g_param_spec_enum ("to", "to", "Which metadata it makes of the other", to_type (),
          TO_DEEPSTREAM, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Metadata converter", "Generic",
      "Makes portable metadata NVIDIA's own, and back", "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (convert_debug, "dsmetaconvert", 0, "metadata converter");
  klass->start = start;
  klass->set_caps = set_caps;
  klass->submit_input_buffer = submit;
  klass->transform_ip = convert;
  klass->transform_ip_on_passthrough = TRUE;
}

static void
gst_dsmetaconvert_init (GstDsmetaconvert * self)
{
  self->to = TO_DEEPSTREAM;
  self->told = g_hash_table_new (NULL, NULL);
  gst_base_transform_set_passthrough (GST_BASE_TRANSFORM (self), TRUE);
  gst_base_transform_set_gap_aware (GST_BASE_TRANSFORM (self), TRUE);
}

gboolean
pt_dsmetaconvert_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "dsmetaconvert", GST_RANK_NONE,
      gst_dsmetaconvert_get_type ());
}
