/* nvdsosd: draws what the metadata says into the pictures, in place and on the CPU.
 *
 *   gst-launch-1.0 filesrc location=video.h264 ! h264parse ! nvv4l2decoder ! m.sink_0 \
 *       nvstreammux name=m batch-size=1 width=1280 height=720 \
 *       ! nvinfer config-file-path=config_infer_primary.txt ! nvdsosd display-clock=true ! fakesink
 *
 * Boxes, texts and masks of the objects, then the display metas, then the clock. A buffer on which
 * nothing is to be drawn is passed on as it is. The drawing itself is in frame.h.
 */
#include "inert.h"
#include "frame.h"
#include "gstmeta.h"
#include "leave.h"
#include "nvinput.h"
#include "surface.h"
#include <gst/base/gstbasetransform.h>

GST_DEBUG_CATEGORY (pt_osd_debug);
#define GST_CAT_DEFAULT pt_osd_debug

#define MAX_TEXTS 512
#define MAX_TEXT_BYTES (8 << 20)

typedef struct
{
  GstBaseTransform parent;
  GstVideoInfo info;
  gboolean to_system;           /* what comes in as NVMM memory leaves it */
  PtNvInput input;
  PtLeave leave;
  PtTextCache *texts;
  PtOsdSettings settings;       /* the object lock guards it */
  gint process_mode;
} GstNvdsosd;

typedef GstBaseTransformClass GstNvdsosdClass;

enum
{
  PROP_DISPLAY_BBOX = 1,
  PROP_DISPLAY_TEXT,
  PROP_DISPLAY_MASK,
  PROP_DISPLAY_CLOCK,
  PROP_CLOCK_FONT,
  PROP_CLOCK_FONT_SIZE,
  PROP_CLOCK_COLOR,
  PROP_X_CLOCK_OFFSET,
  PROP_Y_CLOCK_OFFSET,
  PROP_PROCESS_MODE,
};

#define OSD_CAPS \
  GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, PT_CANVAS_FORMATS) "; " \
  GST_VIDEO_CAPS_MAKE (PT_CANVAS_FORMATS)

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (OSD_CAPS));
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (OSD_CAPS));

static GType
process_mode_type (void)
{
  static gsize once = 0;
  static const GEnumValue values[] = {
    {0, "Draw on the CPU", "CPU_MODE"},
    {1, "Draw on the GPU", "GPU_MODE"},
    {2, "Draw with the VIC of a Jetson", "HW_MODE"},
    {0, NULL, NULL}
  };
  return pt_enum_type (&once, "PythiagsNvOsdProcessMode", values);
}

static const PtInert inert[] = {
  {"gpu-id", NULL, G_TYPE_UINT, 0, G_MAXUINT, 0, FALSE, "Which GPU draws"},
  {"hw-blend-color-attr", NULL, G_TYPE_STRING, 0, 0, 0, FALSE,
      "Colours per class that the VIC of a Jetson blends"},
  {NULL}
};

GType gst_nvdsosd_get_type (void);
G_DEFINE_TYPE (GstNvdsosd, gst_nvdsosd, GST_TYPE_BASE_TRANSFORM);

/* -- negotiation ------------------------------------------------------------------------------ */

/* The same pictures go out, in NVMM memory first where they came in it; or in plain memory. */
static GstCaps *
osd_transform_caps (GstBaseTransform * base, GstPadDirection direction, GstCaps * caps,
    GstCaps * filter)
{
  GstCaps *result = gst_caps_copy (caps);
  const gboolean forward = direction == GST_PAD_SINK;
  for (guint i = 0; i < gst_caps_get_size (caps); i++) {
    GstCapsFeatures *features = gst_caps_get_features (caps, i);
    if (gst_caps_features_contains (features, PT_FEATURE_NVMM) != forward)
      continue;
    GstStructure *other = gst_structure_copy (gst_caps_get_structure (caps, i));
    if (forward)
      gst_structure_remove_field (other, "batch-size");
    gst_caps_append_structure_full (result, other,
        forward ? NULL : gst_caps_features_new (PT_FEATURE_NVMM, NULL));
  }
  if (filter) {
    GstCaps *both = gst_caps_intersect_full (filter, result, GST_CAPS_INTERSECT_FIRST);
    gst_caps_unref (result);
    result = both;
  }
  return result;
}

static gboolean
osd_set_caps (GstBaseTransform * base, GstCaps * input, GstCaps * output)
{
  GstNvdsosd *self = (GstNvdsosd *) base;
  gint batch_size = 1;
  GST_INFO_OBJECT (self, "draws on %" GST_PTR_FORMAT "; the output is %" GST_PTR_FORMAT, input, output);
  self->to_system = pt_caps_are_nvmm (input) && !pt_caps_are_nvmm (output);
  pt_leave_reset (&self->leave);
  gst_structure_get_int (gst_caps_get_structure (input, 0), "batch-size", &batch_size);
  return (!self->to_system || pt_leave_check (base, batch_size))
      && gst_video_info_from_caps (&self->info, input);
}

/* -- buffers ---------------------------------------------------------------------------------- */

static gboolean
frame_has_drawing (const PtFrame * frame, const PtOsdSettings * settings)
{
  return frame->displays.head
      || (frame->objects.head && (settings->bbox || settings->text || settings->mask));
}

static gboolean
slot_has_drawing (const PtBatch * batch, guint slot, const PtOsdSettings * settings)
{
  if (settings->clock)
    return TRUE;
  if (batch)
    PT_EACH (PtFrame, frame, batch->frames)
        if (frame->batch_id == slot && frame_has_drawing (frame, settings))
        return TRUE;
  return FALSE;
}

static gboolean
buffer_has_drawing (GstBuffer * buffer, const PtOsdSettings * settings)
{
  const PtBatch *batch = pt_buffer_get_batch (buffer);
  for (guint slot = 0; slot < pt_surface_count (buffer); slot++)
    if (slot_has_drawing (batch, slot, settings))
      return TRUE;
  return FALSE;
}

static gboolean
draw_slot (GstNvdsosd * self, GstBuffer * buffer, guint slot, const PtOsdSettings * settings)
{
  GstVideoFrame picture;
  if (!pt_surface_map (&picture, buffer, slot, &self->info, GST_MAP_READWRITE))
    return FALSE;
  PtPen pen = {.texts = self->texts,.settings = settings };
  pt_canvas_init (&pen.canvas, &picture);
  const PtBatch *batch = pt_buffer_get_batch (buffer);
  if (batch)
    PT_EACH (PtFrame, frame, batch->frames)
        if (frame->batch_id == slot)
        pt_draw_frame (&pen, frame);
  if (settings->clock)
    pt_draw_clock (&pen);
  pt_canvas_clear (&pen.canvas);
  gst_video_frame_unmap (&picture);
  return TRUE;
}

static PtOsdSettings
settings_copy (GstNvdsosd * self)
{
  GST_OBJECT_LOCK (self);
  PtOsdSettings settings = self->settings;
  settings.clock_font = g_strdup (settings.clock_font);
  GST_OBJECT_UNLOCK (self);
  return settings;
}

/* Pictures on a card become the system's, since drawing is the CPU's. */
static GstFlowReturn
osd_submit_input_buffer (GstBaseTransform * base, gboolean discont, GstBuffer * buffer)
{
  GstNvdsosd *self = (GstNvdsosd *) base;
  return pt_nv_input_submit (&self->input, base, gst_nvdsosd_parent_class, discont, buffer,
      &self->info, FALSE);
}

/* Only a buffer that will be drawn on must be writable: the others pass without a copy. */
static GstFlowReturn
osd_prepare_output_buffer (GstBaseTransform * base, GstBuffer * input, GstBuffer ** output)
{
  GstNvdsosd *self = (GstNvdsosd *) base;
  PtOsdSettings settings = settings_copy (self);
  gboolean drawing = buffer_has_drawing (input, &settings);
  g_free (settings.clock_font);
  GstBuffer *from = input;
  if (self->to_system) {
    if (!pt_leave_check (base, pt_surface_count (input)))
      return GST_FLOW_ERROR;
    from = pt_leave_buffer (&self->leave, base, input, &self->info);
    if (!from)
      return GST_FLOW_ERROR;
  }
  *output = drawing && !gst_buffer_is_writable (from) ? gst_buffer_copy (from) : from;
  return GST_FLOW_OK;
}

static GstFlowReturn
osd_transform_ip (GstBaseTransform * base, GstBuffer * buffer)
{
  GstNvdsosd *self = (GstNvdsosd *) base;
  PtOsdSettings settings = settings_copy (self);
  const PtBatch *batch = pt_buffer_get_batch (buffer);
  GstFlowReturn result = GST_FLOW_OK;
  GST_LOG_OBJECT (self, "%u pictures of %" GST_PTR_FORMAT, pt_surface_count (buffer), buffer);
  for (guint slot = 0; slot < pt_surface_count (buffer) && result == GST_FLOW_OK; slot++)
    if (slot_has_drawing (batch, slot, &settings) && gst_buffer_is_writable (buffer)
        && !draw_slot (self, buffer, slot, &settings)) {
      GST_ELEMENT_ERROR (self, RESOURCE, WRITE, ("Picture %u of the batch cannot be drawn on", slot),
          ("its memory cannot be mapped for writing"));
      result = GST_FLOW_ERROR;
    }
  g_free (settings.clock_font);
  return result;
}

/* The same buffer is passed on: downstream decides whether padded rows are accepted. */
static gboolean
osd_propose_allocation (GstBaseTransform * base, GstQuery * decide, GstQuery * query)
{
  return gst_pad_peer_query (GST_BASE_TRANSFORM_SRC_PAD (base), query);
}

/* -- the element ------------------------------------------------------------------------------ */

static gboolean
osd_start (GstBaseTransform * base)
{
  GstNvdsosd *self = (GstNvdsosd *) base;
  if (!pt_inert_check (GST_ELEMENT (self), inert))
    return FALSE;
  self->input.reader.lends = TRUE;      /* drawing reads and writes them where they are */
  self->texts = pt_text_cache_new (GST_OBJECT (self), MAX_TEXTS, MAX_TEXT_BYTES);
  return TRUE;
}

static gboolean
osd_stop (GstBaseTransform * base)
{
  GstNvdsosd *self = (GstNvdsosd *) base;
  g_clear_pointer (&self->texts, pt_text_cache_free);
  pt_leave_clear (&self->leave);
  pt_nv_input_clear (&self->input);
  return TRUE;
}

static void
osd_set_property (GObject * object, guint id, const GValue * value, GParamSpec * pspec)
{
  GstNvdsosd *self = (GstNvdsosd *) object;
  PtOsdSettings *settings = &self->settings;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_DISPLAY_BBOX:
      settings->bbox = g_value_get_boolean (value);
      break;
    case PROP_DISPLAY_TEXT:
      settings->text = g_value_get_boolean (value);
      break;
    case PROP_DISPLAY_MASK:
      settings->mask = g_value_get_boolean (value);
      break;
    case PROP_DISPLAY_CLOCK:
      settings->clock = g_value_get_boolean (value);
      break;
    case PROP_CLOCK_FONT:
      g_free (settings->clock_font);
      settings->clock_font = g_value_dup_string (value);
      break;
    case PROP_CLOCK_FONT_SIZE:
      settings->clock_points = g_value_get_uint (value);
      break;
    case PROP_CLOCK_COLOR:
      settings->clock_color = g_value_get_uint (value);
      break;
    case PROP_X_CLOCK_OFFSET:
      settings->clock_x = g_value_get_uint (value);
      break;
    case PROP_Y_CLOCK_OFFSET:
      settings->clock_y = g_value_get_uint (value);
      break;
    case PROP_PROCESS_MODE:
      self->process_mode = g_value_get_enum (value);
      break;
    default:
      pt_inert_set (object, value, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
osd_get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstNvdsosd *self = (GstNvdsosd *) object;
  const PtOsdSettings *settings = &self->settings;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_DISPLAY_BBOX:
      g_value_set_boolean (value, settings->bbox);
      break;
    case PROP_DISPLAY_TEXT:
      g_value_set_boolean (value, settings->text);
      break;
    case PROP_DISPLAY_MASK:
      g_value_set_boolean (value, settings->mask);
      break;
    case PROP_DISPLAY_CLOCK:
      g_value_set_boolean (value, settings->clock);
      break;
    case PROP_CLOCK_FONT:
      g_value_set_string (value, settings->clock_font);
      break;
    case PROP_CLOCK_FONT_SIZE:
      g_value_set_uint (value, settings->clock_points);
      break;
    case PROP_CLOCK_COLOR:
      g_value_set_uint (value, settings->clock_color);
      break;
    case PROP_X_CLOCK_OFFSET:
      g_value_set_uint (value, settings->clock_x);
      break;
    case PROP_Y_CLOCK_OFFSET:
      g_value_set_uint (value, settings->clock_y);
      break;
    case PROP_PROCESS_MODE:
      g_value_set_enum (value, self->process_mode);
      break;
    default:
      pt_inert_get (object, value, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
osd_finalize (GObject * object)
{
  g_free (((GstNvdsosd *) object)->settings.clock_font);
  G_OBJECT_CLASS (gst_nvdsosd_parent_class)->finalize (object);
}

#define READ_WRITE \
  (G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING)

static void
install_switch (GObjectClass * klass, guint id, const char *name, const char *blurb, gboolean on)
{
  g_object_class_install_property (klass, id,
      g_param_spec_boolean (name, name, blurb, on, READ_WRITE));
}

static void
install_number (GObjectClass * klass, guint id, const char *name, const char *blurb, guint max,
    guint initial)
{
  g_object_class_install_property (klass, id,
      g_param_spec_uint (name, name, blurb, 0, max, initial, READ_WRITE));
}

static void
install_properties (GObjectClass * klass)
{
  install_switch (klass, PROP_DISPLAY_BBOX, "display-bbox", "Whether to draw boxes", TRUE);
  install_switch (klass, PROP_DISPLAY_TEXT, "display-text", "Whether to draw texts", TRUE);
  install_switch (klass, PROP_DISPLAY_MASK, "display-mask", "Whether to draw instance masks",
      FALSE);
  install_switch (klass, PROP_DISPLAY_CLOCK, "display-clock", "Whether to draw a clock", FALSE);
  install_number (klass, PROP_CLOCK_FONT_SIZE, "clock-font-size", "Size of the clock, in points",
      60, PT_DEFAULT_POINTS);
  install_number (klass, PROP_CLOCK_COLOR, "clock-color", "Colour of the clock as 0xRRGGBBAA",
      G_MAXUINT, G_MAXUINT);
  install_number (klass, PROP_X_CLOCK_OFFSET, "x-clock-offset", "Left edge of the clock, in pixels",
      G_MAXUINT, 0);
  install_number (klass, PROP_Y_CLOCK_OFFSET, "y-clock-offset", "Top edge of the clock, in pixels",
      G_MAXUINT, 0);
  g_object_class_install_property (klass, PROP_CLOCK_FONT, g_param_spec_string ("clock-font",
          "clock-font", "Font of the clock, with its style", "Serif", READ_WRITE));
  g_object_class_install_property (klass, PROP_PROCESS_MODE, g_param_spec_enum ("process-mode",
          "process-mode", "Hardware for drawing; all modes draw on the CPU", process_mode_type (), 0,
          READ_WRITE));
  pt_inert_install (klass, inert);
}

static void
gst_nvdsosd_class_init (GstNvdsosdClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->set_property = osd_set_property;
  object_class->get_property = osd_get_property;
  object_class->finalize = osd_finalize;
  install_properties (object_class);

  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Portable on-screen display",
      "Filter/Effect/Video", "Draws boxes, texts and shapes from metadata, on a CPU",
      "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (pt_osd_debug, "nvdsosd", 0, "portable nvdsosd");

  GstBaseTransformClass *base_class = GST_BASE_TRANSFORM_CLASS (klass);
  base_class->start = osd_start;
  base_class->stop = osd_stop;
  base_class->transform_caps = osd_transform_caps;
  base_class->set_caps = osd_set_caps;
  base_class->propose_allocation = osd_propose_allocation;
  base_class->submit_input_buffer = osd_submit_input_buffer;
  base_class->prepare_output_buffer = osd_prepare_output_buffer;
  base_class->transform_ip = osd_transform_ip;
}

static void
gst_nvdsosd_init (GstNvdsosd * self)
{
  gst_base_transform_set_in_place (GST_BASE_TRANSFORM (self), TRUE);
}

gboolean
pt_nvdsosd_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvdsosd", GST_RANK_NONE, gst_nvdsosd_get_type ());
}
