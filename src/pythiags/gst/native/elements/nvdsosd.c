/* nvdsosd: draws what the metadata says into the pictures, in place and on the CPU.
 *
 *   gst-launch-1.0 ... ! nvinfer config-file-path=a.txt ! nvdsosd ! nvvideoconvert ! ...
 *
 * Boxes, texts and masks of the objects, then the display metas, then the clock. A buffer on which
 * nothing is to be drawn is passed on as it is. The drawing itself is in ../draw.
 */
#include "elements.h"
#include "inert.h"
#include "../draw/shapes.h"
#include "../draw/text.h"
#include "../surface.h"
#include <gst/base/gstbasetransform.h>
#include <math.h>
#include <time.h>

#define MAX_TEXTS 512
#define MAX_TEXT_BYTES (8 << 20)
#define CIRCLE_WIDTH 2          /* pixels: the metadata has none */
#define MASK_ALPHA 0.5          /* of a mask without a background colour */
#define CLOCK_POINTS 12

typedef struct
{
  gboolean bbox, text, mask, clock;
  gchar *clock_font;
  guint clock_points, clock_color;      /* 0xRRGGBBAA */
  guint clock_x, clock_y;
} PtOsdSettings;

typedef struct
{
  GstBaseTransform parent;
  GstVideoInfo info;
  PtTextCache *texts;
  PtOsdSettings settings;       /* the object lock guards it */
  gint process_mode;
} PythiagsNvDsOsd;

typedef GstBaseTransformClass PythiagsNvDsOsdClass;

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
      "Colours that the VIC of a Jetson blends, by class"},
  {NULL}
};

GType pythiags_nv_ds_osd_get_type (void);
G_DEFINE_TYPE (PythiagsNvDsOsd, pythiags_nv_ds_osd, GST_TYPE_BASE_TRANSFORM);

/* -- drawing ---------------------------------------------------------------------------------- */

/* What drawing one picture needs: the canvas, and how its size relates to the metadata's. */
typedef struct
{
  PtCanvas canvas;
  PtTextCache *texts;
  const PtOsdSettings *settings;
  double sx, sy;
} PtPen;

/* A text's place wraps around when it was computed as a little above the picture: DeepStream
 * subtracts from an unsigned number. Such a text is put at the edge, where it can be read. */
static gint
unwrap (guint offset, double scale)
{
  gint place = (gint) offset;
  return place < 0 ? 0 : (gint) MIN (place * scale, 1 << 24);
}

/* The middle of a pixel, so that a line of one pixel is crisp; a negative number may have wrapped. */
static double
middle (guint value, double scale)
{
  return ((gint) value + 0.5) * scale;
}

static void
draw_text (PtPen * pen, const PtText * text)
{
  if (!pen->settings->text || !text->display_text || !*text->display_text)
    return;
  guint points = text->font_params.font_size ? text->font_params.font_size : CLOCK_POINTS;
  gint x = unwrap (text->x_offset, pen->sx), y = unwrap (text->y_offset, pen->sy);
  if (x >= pen->canvas.width || y >= pen->canvas.height)
    return;
  const PtTextImage *image = pt_text_cache_get (pen->texts, text->display_text,
      text->font_params.font_name, points);
  if (!image->coverage)
    return;
  gint margin = text->set_bg_clr ? 1 + (gint) MIN (points, 64) / 5 : 0;
  if (text->set_bg_clr) {
    PtPaint behind = pt_canvas_paint (&pen->canvas, &text->text_bg_clr);
    pt_canvas_fill (&pen->canvas, x, y, x + image->width + 2 * margin, y + image->height, &behind);
  }
  PtPaint ink = pt_canvas_paint (&pen->canvas, &text->font_params.font_color);
  pt_canvas_blend (&pen->canvas, x + margin, y, image->coverage, image->stride, image->width,
      image->height, &ink);
}

static PtBox
scaled_box (const PtPen * pen, const PtRect * rect)
{
  return (PtBox) {rect->left * pen->sx, rect->top * pen->sy, rect->width * pen->sx,
    rect->height * pen->sy};
}

static void
draw_rect (PtPen * pen, const PtRect * rect)
{
  if (!pen->settings->bbox)
    return;
  PtBox box = scaled_box (pen, rect);
  if (rect->has_bg_color)
    pt_draw_area (&pen->canvas, &box, &rect->bg_color);
  if (rect->border_width)
    pt_draw_border (&pen->canvas, &box, rect->border_width, &rect->border_color);
}

static void
draw_mask (PtPen * pen, const PtObject * object)
{
  const PtMask *mask = &object->mask_params;
  guint64 values = (guint64) mask->width * mask->height;
  if (!pen->settings->mask || !mask->data || values > mask->size / sizeof (float))
    return;
  PtBox box = scaled_box (pen, &object->rect_params);
  PtColor color = object->rect_params.bg_color;
  if (!object->rect_params.has_bg_color) {
    color = object->rect_params.border_color;
    color.alpha *= MASK_ALPHA;
  }
  pt_draw_mask (&pen->canvas, &box, mask->data, mask->width, mask->height, mask->threshold, &color);
}

static void
draw_line (PtPen * pen, const PtLine * line)
{
  pt_draw_line (&pen->canvas, middle (line->x1, pen->sx), middle (line->y1, pen->sy),
      middle (line->x2, pen->sx), middle (line->y2, pen->sy), line->line_width, &line->line_color);
}

static void
draw_arrow (PtPen * pen, const PtArrow * arrow)
{
  enum { AT_START, AT_END };    /* anything else: at both */
  pt_draw_arrow (&pen->canvas, middle (arrow->x1, pen->sx), middle (arrow->y1, pen->sy),
      middle (arrow->x2, pen->sx), middle (arrow->y2, pen->sy), arrow->arrow_width,
      arrow->arrow_head != AT_END, arrow->arrow_head != AT_START, &arrow->arrow_color);
}

static void
draw_circle (PtPen * pen, const PtCircle * circle)
{
  double x = middle (circle->xc, pen->sx), y = middle (circle->yc, pen->sy);
  double radius = circle->radius * (pen->sx + pen->sy) / 2;
  if (circle->has_bg_color)
    pt_draw_circle (&pen->canvas, x, y, radius, 0, &circle->bg_color);
  pt_draw_circle (&pen->canvas, x, y, radius, CIRCLE_WIDTH, &circle->circle_color);
}

static void
draw_display (PtPen * pen, const PtDisplay * display)
{
  for (guint i = 0; i < MIN (display->num_rects, PT_MAX_DISPLAY); i++)
    draw_rect (pen, &display->rect_params[i]);
  for (guint i = 0; i < MIN (display->num_lines, PT_MAX_DISPLAY); i++)
    draw_line (pen, &display->line_params[i]);
  for (guint i = 0; i < MIN (display->num_arrows, PT_MAX_DISPLAY); i++)
    draw_arrow (pen, &display->arrow_params[i]);
  for (guint i = 0; i < MIN (display->num_circles, PT_MAX_DISPLAY); i++)
    draw_circle (pen, &display->circle_params[i]);
  for (guint i = 0; i < MIN (display->num_labels, PT_MAX_DISPLAY); i++)
    draw_text (pen, &display->text_params[i]);
}

/* Labels come last, so that no box of a neighbour covers them. */
static void
draw_frame (PtPen * pen, const PtFrame * frame)
{
  pen->sx = frame->pipeline_width ? (double) pen->canvas.width / frame->pipeline_width : 1;
  pen->sy = frame->pipeline_height ? (double) pen->canvas.height / frame->pipeline_height : 1;
  PT_EACH (PtObject, object, frame->objects)
      draw_mask (pen, object);
  PT_EACH (PtObject, object, frame->objects)
      draw_rect (pen, &object->rect_params);
  PT_EACH (PtObject, object, frame->objects)
      draw_text (pen, &object->text_params);
  PT_EACH (PtDisplay, display, frame->displays)
      draw_display (pen, display);
}

static void
draw_clock (PtPen * pen)
{
  const PtOsdSettings *settings = pen->settings;
  char now[64];
  struct tm local;
  time_t seconds = time (NULL);
  localtime_r (&seconds, &local);
  strftime (now, sizeof now, "%a %b %e %H:%M:%S %Y", &local);
  guint color = settings->clock_color;
  PtText text = {.display_text = now,.x_offset = settings->clock_x,.y_offset = settings->clock_y,
    .font_params = {settings->clock_font, settings->clock_points,
          {(color >> 24) / 255.0, (color >> 16 & 255) / 255.0, (color >> 8 & 255) / 255.0,
          (color & 255) / 255.0}}
  };
  PtOsdSettings shown = *settings;
  shown.text = TRUE;            /* the clock does not depend on display-text */
  pen->sx = pen->sy = 1;
  pen->settings = &shown;
  draw_text (pen, &text);
  pen->settings = settings;
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
draw_slot (PythiagsNvDsOsd * self, GstBuffer * buffer, guint slot, const PtOsdSettings * settings)
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
        draw_frame (&pen, frame);
  if (settings->clock)
    draw_clock (&pen);
  pt_canvas_clear (&pen.canvas);
  gst_video_frame_unmap (&picture);
  return TRUE;
}

static PtOsdSettings
settings_copy (PythiagsNvDsOsd * self)
{
  GST_OBJECT_LOCK (self);
  PtOsdSettings settings = self->settings;
  settings.clock_font = g_strdup (settings.clock_font);
  GST_OBJECT_UNLOCK (self);
  return settings;
}

/* Only a buffer that will be drawn on must be writable: the others go on without a copy. */
static GstFlowReturn
osd_prepare_output_buffer (GstBaseTransform * base, GstBuffer * input, GstBuffer ** output)
{
  PtOsdSettings settings = settings_copy ((PythiagsNvDsOsd *) base);
  gboolean drawing = buffer_has_drawing (input, &settings);
  g_free (settings.clock_font);
  *output = drawing && !gst_buffer_is_writable (input) ? gst_buffer_copy (input) : input;
  return GST_FLOW_OK;
}

static GstFlowReturn
osd_transform_ip (GstBaseTransform * base, GstBuffer * buffer)
{
  PythiagsNvDsOsd *self = (PythiagsNvDsOsd *) base;
  PtOsdSettings settings = settings_copy (self);
  const PtBatch *batch = pt_buffer_get_batch (buffer);
  GstFlowReturn result = GST_FLOW_OK;
  for (guint slot = 0; slot < pt_surface_count (buffer) && result == GST_FLOW_OK; slot++)
    if (slot_has_drawing (batch, slot, &settings) && gst_buffer_is_writable (buffer)
        && !draw_slot (self, buffer, slot, &settings)) {
      GST_ELEMENT_ERROR (self, RESOURCE, WRITE, ("Picture %u of the batch cannot be drawn on", slot),
          ("its memory could not be mapped for writing"));
      result = GST_FLOW_ERROR;
    }
  g_free (settings.clock_font);
  return result;
}

static gboolean
osd_set_caps (GstBaseTransform * base, GstCaps * input, GstCaps * output)
{
  return gst_video_info_from_caps (&((PythiagsNvDsOsd *) base)->info, input);
}

/* Padded rows are fine: upstream need not copy them away. */
static gboolean
osd_propose_allocation (GstBaseTransform * base, GstQuery * decide, GstQuery * query)
{
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  return TRUE;
}

/* -- the element ------------------------------------------------------------------------------ */

static gboolean
osd_start (GstBaseTransform * base)
{
  PythiagsNvDsOsd *self = (PythiagsNvDsOsd *) base;
  if (!pt_inert_check (GST_ELEMENT (self), inert))
    return FALSE;
  self->texts = pt_text_cache_new (MAX_TEXTS, MAX_TEXT_BYTES);
  return TRUE;
}

static gboolean
osd_stop (GstBaseTransform * base)
{
  g_clear_pointer (&((PythiagsNvDsOsd *) base)->texts, pt_text_cache_free);
  return TRUE;
}

static void
osd_set_property (GObject * object, guint id, const GValue * value, GParamSpec * pspec)
{
  PythiagsNvDsOsd *self = (PythiagsNvDsOsd *) object;
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
  PythiagsNvDsOsd *self = (PythiagsNvDsOsd *) object;
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
  g_free (((PythiagsNvDsOsd *) object)->settings.clock_font);
  G_OBJECT_CLASS (pythiags_nv_ds_osd_parent_class)->finalize (object);
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
      60, CLOCK_POINTS);
  install_number (klass, PROP_CLOCK_COLOR, "clock-color", "Colour of the clock as 0xRRGGBBAA",
      G_MAXUINT, G_MAXUINT);
  install_number (klass, PROP_X_CLOCK_OFFSET, "x-clock-offset", "Left edge of the clock, in pixels",
      G_MAXUINT, 0);
  install_number (klass, PROP_Y_CLOCK_OFFSET, "y-clock-offset", "Top edge of the clock, in pixels",
      G_MAXUINT, 0);
  g_object_class_install_property (klass, PROP_CLOCK_FONT, g_param_spec_string ("clock-font",
          "clock-font", "Font of the clock, with its style", "Serif", READ_WRITE));
  g_object_class_install_property (klass, PROP_PROCESS_MODE, g_param_spec_enum ("process-mode",
          "process-mode", "Who draws; the CPU does in all modes", process_mode_type (), 0,
          READ_WRITE));
  pt_inert_install (klass, inert);
}

static void
pythiags_nv_ds_osd_class_init (PythiagsNvDsOsdClass * klass)
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
      "Filter/Effect/Video", "Draws boxes, texts and shapes from metadata on the CPU", "pythiags");

  GstBaseTransformClass *base_class = GST_BASE_TRANSFORM_CLASS (klass);
  base_class->start = osd_start;
  base_class->stop = osd_stop;
  base_class->set_caps = osd_set_caps;
  base_class->propose_allocation = osd_propose_allocation;
  base_class->prepare_output_buffer = osd_prepare_output_buffer;
  base_class->transform_ip = osd_transform_ip;
}

static void
pythiags_nv_ds_osd_init (PythiagsNvDsOsd * self)
{
  gst_base_transform_set_in_place (GST_BASE_TRANSFORM (self), TRUE);
}

gboolean
pt_nvdsosd_register (void)
{
  return gst_element_register (NULL, "nvdsosd", GST_RANK_NONE, pythiags_nv_ds_osd_get_type ());
}
