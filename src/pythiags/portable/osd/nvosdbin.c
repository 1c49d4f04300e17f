/* nvosdbin: the on-screen display with the conversion before it, in one element.
 *
 *   gst-launch-1.0 filesrc location=video.h264 ! h264parse ! nvv4l2decoder ! m.sink_0 \
 *       nvstreammux name=m batch-size=1 width=1280 height=720 \
 *       ! nvosdbin display-clock=true border-width=2 ! nvvideoconvert ! fakesink
 *
 * A bin:  queue ! nvvideoconvert ! queue ! nvdsosd
 * It has the properties of nvdsosd, and its own, which change how objects are drawn: see restyle.h.
 */
#include "enums.h"
#include "gstmeta.h"
#include "inert.h"
#include "restyle.h"
#include "surface.h"

#include <gst/video/video.h>

GST_DEBUG_CATEGORY_STATIC (osdbin_debug);
#define GST_CAT_DEFAULT osdbin_debug

typedef struct
{
  GstBin parent;
  GstElement *convert, *osd;    /* NULL: a plugin is missing */
  PtRestyle style;              /* the object lock guards it */
  gchar *bad_colors;            /* what is not label=RRGGBBAA; NULL: nothing */
} GstNvosdbin;

typedef GstBinClass GstNvosdbinClass;

GType gst_nvosdbin_get_type (void);
GType gst_nvdsosd_get_type (void);
GType gst_nvvideoconvert_get_type (void);
G_DEFINE_TYPE (GstNvosdbin, gst_nvosdbin, GST_TYPE_BIN);

enum
{
  PROP_FONT = 1,
  PROP_TEXT_SIZE,
  PROP_TEXT_COLOR,
  PROP_TEXT_BG_COLOR,
  PROP_BORDER_COLORS,
  PROP_BG_COLORS,
  PROP_BORDER_WIDTH,
  PROP_TRACKING_ID,
  PROP_REFORMAT,
  PROP_MEMORY_TYPE,
  PROP_INNER,                   /* those of nvdsosd from here on */
};

#define FORMATS "{ NV12, RGBA, I420, BGRx, RGB, BGR, GRAY8 }"
#define CAPS GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, FORMATS) "; " \
  GST_VIDEO_CAPS_MAKE (FORMATS)
#define SRC_FORMATS "{ RGBA, NV12 }"
#define SRC_CAPS GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, SRC_FORMATS) "; " \
  GST_VIDEO_CAPS_MAKE (SRC_FORMATS)

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (SRC_CAPS));

/* ---- buffers ---- */

static GstPadProbeReturn
restyle_buffer (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstNvosdbin *self = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GST_LOG_OBJECT (self, "%" GST_PTR_FORMAT, buffer);
  if (!pt_buffer_get_batch (buffer))
    return GST_PAD_PROBE_OK;
  info->data = buffer = gst_buffer_make_writable (buffer);
  GST_OBJECT_LOCK (self);
  pt_restyle_batch (&self->style, pt_buffer_get_batch (buffer));
  GST_OBJECT_UNLOCK (self);
  return GST_PAD_PROBE_OK;
}

/* ---- properties ---- */

static void
set_colors (GstNvosdbin * self, GHashTable ** table, const char *text)
{
  gchar *bad;
  GHashTable *colors = pt_restyle_colors (text, &bad);
  g_clear_pointer (table, g_hash_table_unref);
  *table = colors;
  g_free (self->bad_colors);
  self->bad_colors = bad;
}

static void
set_style (GstNvosdbin * self, guint id, const GValue * value)
{
  PtRestyle *style = &self->style;
  switch (id) {
    case PROP_FONT:
      g_free (style->font);
      style->font = g_value_dup_string (value);
      style->has_font = style->font != NULL;
      break;
    case PROP_TEXT_SIZE:
      style->size = g_value_get_uint (value);
      style->has_size = TRUE;
      break;
    case PROP_TEXT_COLOR:
      style->color = g_value_get_uint (value);
      style->has_color = TRUE;
      break;
    case PROP_TEXT_BG_COLOR:
      style->background = g_value_get_uint (value);
      style->has_background = TRUE;
      break;
    case PROP_BORDER_COLORS:
      set_colors (self, &style->border_colors, g_value_get_string (value));
      break;
    case PROP_BG_COLORS:
      set_colors (self, &style->fill_colors, g_value_get_string (value));
      break;
    case PROP_BORDER_WIDTH:
      style->border = g_value_get_uint (value);
      style->has_border = TRUE;
      break;
    case PROP_TRACKING_ID:
      style->tracking_id = g_value_get_boolean (value);
      break;
    case PROP_REFORMAT:
      style->reformat = g_value_get_boolean (value);
      break;
  }
}

/* Which element has a property that is not the bin's own. */
static GObject *
inner_of (GstNvosdbin * self, guint id)
{
  GstElement *inner = id == PROP_MEMORY_TYPE ? self->convert : self->osd;
  return inner ? G_OBJECT (inner) : NULL;
}

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  GstNvosdbin *self = (GstNvosdbin *) object;
  if (id >= PROP_MEMORY_TYPE) {
    if (inner_of (self, id))
      g_object_set_property (inner_of (self, id), spec->name, value);
    return;
  }
  GST_OBJECT_LOCK (self);
  set_style (self, id, value);
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  GstNvosdbin *self = (GstNvosdbin *) object;
  const PtRestyle *style = &self->style;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_FONT: g_value_set_string (value, style->font ? style->font : "Serif"); break;
    case PROP_TEXT_SIZE: g_value_set_uint (value, style->size); break;
    case PROP_TEXT_COLOR: g_value_set_uint (value, style->color); break;
    case PROP_TEXT_BG_COLOR: g_value_set_uint (value, style->background); break;
    case PROP_BORDER_WIDTH: g_value_set_uint (value, style->border); break;
    case PROP_TRACKING_ID: g_value_set_boolean (value, style->tracking_id); break;
    case PROP_REFORMAT: g_value_set_boolean (value, style->reformat); break;
  }
  GST_OBJECT_UNLOCK (self);
  if (id >= PROP_MEMORY_TYPE && inner_of (self, id))
    g_object_get_property (inner_of (self, id), spec->name, value);
}

static void
install_number (GObjectClass * klass, guint id, const char *name, const char *blurb)
{
  g_object_class_install_property (klass, id, g_param_spec_uint (name, name, blurb, 0, G_MAXUINT, 0,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY));
}

static void
install_switch (GObjectClass * klass, guint id, const char *name, const char *blurb, gboolean on)
{
  g_object_class_install_property (klass, id, g_param_spec_boolean (name, name, blurb, on,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY));
}

static void
install_text (GObjectClass * klass, guint id, const char *name, const char *blurb, const char *initial,
    GParamFlags access)
{
  g_object_class_install_property (klass, id, g_param_spec_string (name, name, blurb, initial,
          access | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY));
}

/* The same property for the bin, which sets it on nvdsosd. */
static GParamSpec *
same_spec (GParamSpec * spec)
{
  const char *name = spec->name, *blurb = g_param_spec_get_blurb (spec);
  const GParamFlags flags = spec->flags & ~(G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  if (G_IS_PARAM_SPEC_BOOLEAN (spec))
    return g_param_spec_boolean (name, name, blurb, G_PARAM_SPEC_BOOLEAN (spec)->default_value, flags);
  if (G_IS_PARAM_SPEC_UINT (spec)) {
    const GParamSpecUInt *number = G_PARAM_SPEC_UINT (spec);
    return g_param_spec_uint (name, name, blurb, number->minimum, number->maximum,
        number->default_value, flags);
  }
  if (G_IS_PARAM_SPEC_ENUM (spec))
    return g_param_spec_enum (name, name, blurb, spec->value_type,
        G_PARAM_SPEC_ENUM (spec)->default_value, flags);
  g_return_val_if_fail (G_IS_PARAM_SPEC_STRING (spec), NULL);
  return g_param_spec_string (name, name, blurb, G_PARAM_SPEC_STRING (spec)->default_value, flags);
}

static void
install_inner (GObjectClass * klass)
{
  const GType osd = gst_nvdsosd_get_type ();
  GObjectClass *inner = g_type_class_ref (osd);
  guint count;
  GParamSpec **specs = g_object_class_list_properties (inner, &count);
  for (guint i = 0, id = PROP_INNER; i < count; i++)
    if (specs[i]->owner_type == osd)
      g_object_class_install_property (klass, id++, same_spec (specs[i]));
  g_free (specs);
  g_type_class_unref (inner);
}

static void
install_properties (GObjectClass * klass)
{
  install_text (klass, PROP_FONT, "font", "Font of labels", "Serif", G_PARAM_READWRITE);
  install_number (klass, PROP_TEXT_SIZE, "text-size", "Size of labels, in points");
  install_number (klass, PROP_TEXT_COLOR, "text-color", "Colour of labels as 0xRRGGBBAA");
  install_number (klass, PROP_TEXT_BG_COLOR, "text-bg-color", "Colour behind labels as 0xRRGGBBAA");
  install_text (klass, PROP_BORDER_COLORS, "bbox-border-colors",
      "Colours of boxes by label: label=RRGGBBAA;other=RRGGBBAA", "", G_PARAM_WRITABLE);
  install_text (klass, PROP_BG_COLORS, "bbox-bg-colors",
      "Colours inside boxes by label: label=RRGGBBAA;other=RRGGBBAA", "", G_PARAM_WRITABLE);
  install_number (klass, PROP_BORDER_WIDTH, "border-width", "Width of boxes' lines, in pixels");
  install_switch (klass, PROP_TRACKING_ID, "display-tracking-id",
      "Whether reformatted labels have the tracker's id", TRUE);
  install_switch (klass, PROP_REFORMAT, "reformat-object-labels",
      "Write labels as: label id classifiers' labels", FALSE);
  g_object_class_install_property (klass, PROP_MEMORY_TYPE,
      g_param_spec_enum ("nvbuf-memory-type", "nvbuf-memory-type",
          "Memory type of the output (no effect on a CPU)", pt_memory_type_type (), 0,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  install_inner (klass);
}

/* ---- the element ---- */

static gboolean
can_start (GstNvosdbin * self)
{
  if (!self->osd) {
    GST_ELEMENT_ERROR (self, CORE, MISSING_PLUGIN,
        ("queue is missing; install the Debian package libgstreamer1.0-0"), (NULL));
    return FALSE;
  }
  if (self->bad_colors) {
    GST_ELEMENT_ERROR (self, LIBRARY, SETTINGS,
        ("'%s' is not a colour of a label: write label=RRGGBBAA in hexadecimal digits, several joined by ;",
            self->bad_colors), (NULL));
    return FALSE;
  }
  GST_INFO_OBJECT (self, "draws with %" GST_PTR_FORMAT, self->osd);
  return TRUE;
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !can_start ((GstNvosdbin *) element))
    return GST_STATE_CHANGE_FAILURE;
  return GST_ELEMENT_CLASS (gst_nvosdbin_parent_class)->change_state (element, transition);
}

static void
set_display_text_enabled (GstNvosdbin * self, gboolean enabled)
{
  if (self->osd)
    g_object_set (self->osd, "display-text", enabled, NULL);
}

static void
finalize (GObject * object)
{
  GstNvosdbin *self = (GstNvosdbin *) object;
  g_free (self->style.font);
  g_free (self->bad_colors);
  g_clear_pointer (&self->style.border_colors, g_hash_table_unref);
  g_clear_pointer (&self->style.fill_colors, g_hash_table_unref);
  G_OBJECT_CLASS (gst_nvosdbin_parent_class)->finalize (object);
}

static void
gst_nvosdbin_class_init (GstNvosdbinClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties (object_class);
  g_signal_new_class_handler ("set-display-text-enabled", G_TYPE_FROM_CLASS (klass),
      G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION, G_CALLBACK (set_display_text_enabled), NULL, NULL, NULL,
      G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  element_class->change_state = change_state;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Portable on-screen display bin",
      "Filter/Effect/Video", "Converts pictures and draws boxes and texts from metadata, on a CPU",
      "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (osdbin_debug, "nvosdbin", 0, "portable nvosdbin");
}

static void
add_ghost (GstNvosdbin * self, const char *name, GstElement * inner)
{
  GstPadTemplate *template =
      gst_element_class_get_pad_template (GST_ELEMENT_GET_CLASS (self), name);
  GstPad *target = inner ? gst_element_get_static_pad (inner, name) : NULL;
  GstPad *ghost = target ? gst_ghost_pad_new_from_template (name, target, template)
      : gst_ghost_pad_new_no_target_from_template (name, template);
  gst_element_add_pad (GST_ELEMENT (self), ghost);
  gst_clear_object (&target);
}

static void
gst_nvosdbin_init (GstNvosdbin * self)
{
  self->style.tracking_id = TRUE;
  GstElement *first = gst_element_factory_make ("queue", NULL);
  if (first) {
    GstElement *second = gst_element_factory_make ("queue", NULL);
    self->convert = g_object_new (gst_nvvideoconvert_get_type (), "name", "convert", NULL);
    self->osd = g_object_new (gst_nvdsosd_get_type (), "name", "osd", NULL);
    gst_bin_add_many (GST_BIN (self), first, self->convert, second, self->osd, NULL);
    gst_element_link_many (first, self->convert, second, self->osd, NULL);
    GstPad *before = gst_element_get_static_pad (self->osd, "sink");
    gst_pad_add_probe (before, GST_PAD_PROBE_TYPE_BUFFER, restyle_buffer, self, NULL);
    gst_object_unref (before);
  }
  add_ghost (self, "sink", first);
  add_ghost (self, "src", self->osd);
}

gboolean
pt_nvosdbin_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvosdbin", GST_RANK_NONE, gst_nvosdbin_get_type ());
}
