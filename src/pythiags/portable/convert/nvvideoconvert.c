/* nvvideoconvert: format, size and memory of pictures, one or a batch of them.
 *
 *   gst-launch-1.0 videotestsrc num-buffers=100 ! nvvideoconvert flip-method=clockwise \
 *       ! "video/x-raw(memory:NVMM),format=RGBA,width=480,height=640" ! fakesink
 *
 * If only the memory feature differs, the same buffer is passed on. The metadata follows the pixels:
 * boxes are moved and scaled along. Pictures in the memory of a card stay there, where it can convert
 * them and the output is NVMM memory.
 */
#include "nvvideoconvert.h"

#include <stdio.h>

#include "enums.h"
#include "gstmeta.h"
#include "surface.h"
#include "convertcaps.h"
#include "convertcard.h"

GST_DEBUG_CATEGORY_STATIC (convert_debug);
#define GST_CAT_DEFAULT self->category

typedef GstNvvideoconvert Convert;

G_DEFINE_TYPE (GstNvvideoconvert, gst_nvvideoconvert, GST_TYPE_BASE_TRANSFORM);

#define CONVERT(object) ((Convert *) (object))

#define FORMATS "{ NV12, I420, RGBA, BGRx, RGB, BGR, GRAY8, P010_10LE, Y444, Y42B, YUY2, UYVY, " \
  "YVYU, GBR, GRAY16_LE, BGR10A2_LE, RGB10A2_LE, UYVP }"
#define CAPS GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, FORMATS) "; " \
  GST_VIDEO_CAPS_MAKE (FORMATS)

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));

/* ---- negotiation ---- */

static PtFlip
current_flip (Convert * self)
{
  GST_OBJECT_LOCK (self);
  PtFlip flip = self->flip;
  GST_OBJECT_UNLOCK (self);
  return flip;
}

static GstCaps *
transform_caps (GstBaseTransform * base, GstPadDirection direction, GstCaps * caps,
    GstCaps * filter)
{
  return pt_convert_caps (direction, caps, filter, pt_flip_turns (current_flip (CONVERT (base))));
}

static GstCaps *
fixate_caps (GstBaseTransform * base, GstPadDirection direction, GstCaps * caps, GstCaps * other)
{
  return pt_convert_fixate (caps, other, pt_flip_turns (current_flip (CONVERT (base))));
}

static void
refuse_crop (Convert * self, const char *property)
{
  GST_ELEMENT_ERROR (self, LIBRARY, SETTINGS,
      ("The property '%s' is not an area: write left:top:width:height in pixels, such as "
          "20:20:40:50.", property), (NULL));
}

static void
refuse_flip (Convert * self)
{
  GST_ELEMENT_ERROR (self, STREAM, FORMAT,
      ("The property 'flip-method' cannot be used with %s pictures: set NV12 or RGBA in the "
          "caps after %s.",
          GST_VIDEO_INFO_NAME (&self->out), GST_OBJECT_NAME (self)), (NULL));
}

/* What was set can be done with the output's format; asked again for each buffer, since properties
 * may be set while playing. FALSE after posting an error, which is posted once. */
static gboolean
check_wishes (Convert * self)
{
  GST_OBJECT_LOCK (self);
  const char *bad_crop = self->bad_crop;
  const gboolean bad_flip = !pt_flip_possible (self->flip, self->out.finfo);
  GST_OBJECT_UNLOCK (self);
  if (!bad_crop && !bad_flip)
    return TRUE;
  if (!self->refused && bad_crop)
    refuse_crop (self, bad_crop);
  else if (!self->refused)
    refuse_flip (self);
  self->refused = TRUE;
  return FALSE;
}

static gboolean
changes_nothing (Convert * self)
{
  GST_OBJECT_LOCK (self);
  gboolean idle = !self->disable_passthrough && !self->flip
      && !self->src_crop.width && !self->dest_crop.width;
  GST_OBJECT_UNLOCK (self);
  return idle && pt_same_layout (&self->in, &self->out)
      && pt_same_colours (&self->in, &self->out);
}

static gboolean
set_caps (GstBaseTransform * base, GstCaps * in, GstCaps * out)
{
  Convert *self = CONVERT (base);
  gint batch_size = 1;
  if (!gst_video_info_from_caps (&self->in, in) || !gst_video_info_from_caps (&self->out, out))
    return FALSE;
  self->to_system = !pt_caps_are_nvmm (out);
  pt_leave_reset (&self->leave);
  gst_structure_get_int (gst_caps_get_structure (in, 0), "batch-size", &batch_size);
  if (self->to_system && !pt_leave_check (base, batch_size))
    return FALSE;
  if (!check_wishes (self))
    return FALSE;
  gst_base_transform_set_passthrough (base, changes_nothing (self));
  GST_INFO_OBJECT (self, "%" GST_PTR_FORMAT " becomes %" GST_PTR_FORMAT "%s", in, out,
      gst_base_transform_is_passthrough (base) ? ": buffers pass unchanged" : "");
  return TRUE;
}

/* Flips and crops may come and go in mid-stream, without new caps. */
static void
before_transform (GstBaseTransform * base, GstBuffer * buffer)
{
  gst_base_transform_set_passthrough (base, changes_nothing (CONVERT (base)));
}

static gboolean
propose_allocation (GstBaseTransform * base, GstQuery * decide, GstQuery * query)
{
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  return TRUE;
}

/* Pictures come from a pool of our own, whose rows are the default ones. */
static gboolean
decide_allocation (GstBaseTransform * base, GstQuery * query)
{
  while (gst_query_get_n_allocation_pools (query))
    gst_query_remove_nth_allocation_pool (query, 0);
  return TRUE;
}

/* ---- what is done to a picture ---- */

/* Within the picture, as DeepStream does, and where its chroma can be; without a crop, all of it. */
static PtArea
clamp_area (PtArea area, const GstVideoInfo * info)
{
  gint width = GST_VIDEO_INFO_WIDTH (info), height = GST_VIDEO_INFO_HEIGHT (info);
  if (!area.width)
    return (PtArea) {
    0, 0, width, height};
  area.x = CLAMP (area.x, 0, width - 1);
  area.y = CLAMP (area.y, 0, height - 1);
  area.width = CLAMP (area.width, 1, width - area.x);
  area.height = CLAMP (area.height, 1, height - area.y);
  return pt_area_on_cells (area, info);
}

static PtPlan
current_plan (Convert * self)
{
  GST_OBJECT_LOCK (self);
  PtPlan plan = {.from = clamp_area (self->src_crop, &self->in),
    .to = clamp_area (self->dest_crop, &self->out),.flip = self->flip,.method = self->method
  };
  self->crop = self->src_crop;
  GST_OBJECT_UNLOCK (self);
  return plan;
}

static PtPlan
plan_of (const Convert * self, const GstVideoInfo * picture)
{
  PtPlan plan = self->plan;
  plan.from = clamp_area (self->crop, picture);
  return plan;
}

static void
move_boxes (const Convert * self, GstBuffer * in, GstBuffer * out)
{
  PtBatch *batch = pt_buffer_get_batch (out);
  if (!batch)
    return;
  PT_EACH (PtFrame, frame, batch->frames) {
    const PtPlan plan = plan_of (self, pt_surface_info (in, frame->batch_id, &self->in));
    pt_plan_move_boxes (&plan, frame, &self->out);
  }
}

/* ---- the pixels ---- */

static PtConverter *
converter_of (Convert * self, guint slot)
{
  if (self->converters->len <= slot)
    g_array_set_size (self->converters, slot + 1);
  return &g_array_index (self->converters, PtConverter, slot);
}

/* Converted and scaled first, into a picture of its own, then flipped. */
static gboolean
convert_flipped (Convert * self, PtConverter * converter, GstVideoFrame * from,
    GstVideoFrame * to, const PtPlan * plan)
{
  GstVideoFrame flat;
  GstVideoInfo info = self->out;
  PtArea area = pt_plan_unflipped (plan);
  gst_video_info_set_format (&info, GST_VIDEO_INFO_FORMAT (&self->out), area.width, area.height);
  info.colorimetry = to->info.colorimetry;
  info.chroma_site = to->info.chroma_site;
  GstBuffer *buffer = pt_pool_acquire (&self->unflipped, &info);
  gboolean done = FALSE;
  if (buffer && gst_video_frame_map (&flat, &info, buffer, GST_MAP_READWRITE)) {
    done = pt_converter_run (converter, from, &plan->from, &flat, NULL, plan->method, FALSE);
    if (!pt_same_layout (&flat.info, &to->info))
      pt_fill_black (to);
    pt_flip_picture (plan->flip, &flat, to, &plan->to);
    gst_video_frame_unmap (&flat);
  }
  gst_clear_buffer (&buffer);
  return done;
}

static gboolean
convert_slot (Convert * self, GstBuffer * in, GstBuffer * out, guint slot)
{
  GstVideoFrame from, to;
  if (!pt_surface_map (&from, in, slot, &self->in, GST_MAP_READ))
    return FALSE;
  if (!pt_surface_map (&to, out, slot, &self->out, GST_MAP_WRITE)) {
    gst_video_frame_unmap (&from);
    return FALSE;
  }
  const PtPlan plan = plan_of (self, &from.info);
  PtConverter *converter = converter_of (self, slot);
  gboolean done = plan.flip ? convert_flipped (self, converter, &from, &to, &plan)
      : pt_converter_run (converter, &from, &plan.from, &to, &plan.to, plan.method, TRUE);
  gst_video_frame_unmap (&to);
  gst_video_frame_unmap (&from);
  return done;
}

static GstFlowReturn
convert_on_card (Convert * self, GstBuffer * in, GstBuffer * out)
{
  char *problem;
  GST_LOG_OBJECT (self, "on the card: %" GST_PTR_FORMAT, in);
  if (!pt_convert_on_card (in, out, &self->plan, &self->out, &problem)) {
    GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("Pictures of a GPU cannot be converted: %s.", problem),
        (NULL));
    g_free (problem);
    return GST_FLOW_ERROR;
  }
  move_boxes (self, in, out);
  return GST_FLOW_OK;
}

static GstFlowReturn
transform (GstBaseTransform * base, GstBuffer * in, GstBuffer * out)
{
  Convert *self = CONVERT (base);
  if (pt_nv_is_on_card (in))
    return convert_on_card (self, in, out);
  GST_LOG_OBJECT (self, "%u pictures of %" GST_PTR_FORMAT, pt_surface_count (in), in);
  for (guint slot = 0; slot < pt_surface_count (in); slot++)
    if (!convert_slot (self, in, out, slot)) {
      GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("A %s picture of %dx%d cannot become %s of %dx%d.",
              GST_VIDEO_INFO_NAME (&self->in), self->in.width, self->in.height,
              GST_VIDEO_INFO_NAME (&self->out), self->out.width, self->out.height), (NULL));
      return GST_FLOW_ERROR;
    }
  move_boxes (self, in, out);
  return GST_FLOW_OK;
}

/* ---- the input buffer ---- */

/* Of a buffer on a card: whether it is converted there, by the caps that its output will have. */
static gboolean
stays_on_card (Convert * self)
{
  gst_base_transform_reconfigure (GST_BASE_TRANSFORM (self));   /* if it fails, the parent's function says so */
  return !self->to_system && pt_nv_stays_on_card (GST_ELEMENT (self))
      && (changes_nothing (self)
      || pt_convert_can_stay (&self->in, &self->out, current_flip (self)));
}

static GstFlowReturn
submit_input_buffer (GstBaseTransform * base, gboolean discont, GstBuffer * buffer)
{
  Convert *self = CONVERT (base);
  const gboolean stays = pt_nv_is_on_card (buffer) && stays_on_card (self);
  return pt_nv_input_submit (&self->input, base, gst_nvvideoconvert_parent_class, discont, buffer,
      &self->in, stays);
}

/* ---- the output buffer ---- */

static GstFlowReturn
pass_on (Convert * self, GstBuffer * in, GstBuffer ** out)
{
  GstBaseTransform *base = GST_BASE_TRANSFORM (self);
  *out = in;
  GST_LOG_OBJECT (self, "passes unchanged: %" GST_PTR_FORMAT, in);
  if (!self->to_system)
    return GST_FLOW_OK;
  if (!pt_leave_check (base, pt_surface_count (in)))
    return GST_FLOW_ERROR;
  *out = pt_leave_buffer (&self->leave, base, in, &self->out);
  return *out ? GST_FLOW_OK : GST_FLOW_ERROR;
}

/* Of a batch's picture: its own colours, where the caps keep the colours. */
static GstVideoInfo
slot_info (Convert * self, GstBuffer * in, guint slot)
{
  GstVideoInfo info = self->out;
  if (pt_same_colours (&self->in, &self->out))
    pt_inherit_colours (&info, pt_surface_info (in, slot, &self->in));
  return info;
}

/* A flip that was set meanwhile begins with the next buffer. */
static GstFlowReturn
prepare_on_card (Convert * self, GstBuffer * in, GstBuffer ** out)
{
  self->plan = current_plan (self);
  self->plan.flip = PT_FLIP_NONE;
  *out = pt_convert_room_on_card (&self->on_card, in, &self->out);
  if (!*out) {
    GST_ELEMENT_ERROR (self, RESOURCE, NO_SPACE_LEFT,
        ("The GPU has no memory for pictures of %dx%d.", self->out.width, self->out.height), (NULL));
    return GST_FLOW_ERROR;
  }
  if (pt_buffer_get_batch (in))
    pt_plan_copy_metadata (&self->plan, in, &self->in, *out, &self->out);
  else
    pt_nv_copy_times (*out, in);
  return GST_FLOW_OK;
}

static GstFlowReturn
prepare_output_buffer (GstBaseTransform * base, GstBuffer * in, GstBuffer ** out)
{
  Convert *self = CONVERT (base);
  const guint pictures = pt_surface_count (in);
  if (!check_wishes (self))
    return GST_FLOW_ERROR;
  if (gst_base_transform_is_passthrough (base))
    return pass_on (self, in, out);
  if (pt_nv_is_on_card (in))
    return prepare_on_card (self, in, out);
  if (self->to_system && !pt_leave_check (base, pictures))
    return GST_FLOW_ERROR;
  gboolean plain = pt_surface_get (in, 0) == in || self->to_system;
  *out = plain ? NULL : gst_buffer_new ();
  for (guint slot = 0; slot < pictures; slot++) {
    GstBuffer *picture = pt_pool_acquire (&self->pool, &self->out);
    if (!picture) {
      gst_clear_buffer (out);
      return GST_FLOW_ERROR;
    }
    const GstVideoInfo info = slot_info (self, in, slot);
    if (plain)
      *out = picture;
    else
      pt_surface_append (*out, picture, &info);
  }
  self->plan = current_plan (self);
  pt_plan_copy_metadata (&self->plan, in, &self->in, *out, &self->out);
  return GST_FLOW_OK;
}

static gboolean
stop (GstBaseTransform * base)
{
  Convert *self = CONVERT (base);
  self->refused = FALSE;
  pt_leave_clear (&self->leave);
  pt_nv_input_clear (&self->input);
  pt_pool_clear (&self->pool);
  pt_pool_clear (&self->unflipped);
  pt_nv_pool_clear (&self->on_card);
  g_array_set_size (self->converters, 0);
  return TRUE;
}

/* ---- properties ---- */

enum
{
  PROP_METHOD = 1, PROP_FLIP, PROP_SRC_CROP, PROP_DEST_CROP, PROP_DISABLE_PASSTHROUGH,
};

static const PtInert inert[] = {
  PT_INERT_GPU_ID,
  PT_INERT_MEMORY_TYPE,
  PT_INERT_COMPUTE_HW,
  {"copy-hw", pt_compute_hw_type, 0, 0, 0, 1, PT_NO_EFFECT, "Hardware for copying"},
  {"output-buffers", NULL, G_TYPE_UINT, 1, G_MAXUINT, 4, PT_NO_EFFECT, "Buffers of the output"},
  {"bl-output", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_NO_EFFECT, "Block-linear NV12 output"},
  {"contiguous-buffers", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_NO_EFFECT,
      "A batch's pictures lie one after the other in memory"},
  {"allow-odd-crop", NULL, G_TYPE_BOOLEAN, 0, 0, TRUE, PT_NO_EFFECT, "Crop areas may be odd"},
  {"silent", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_NO_EFFECT, "Print less"},
  {NULL}
};

/* Not an area: 0:0:0:0 stays, and the element refuses to start. */
static void
set_crop (Convert * self, PtArea * area, const GValue * value, const char *name)
{
  const char *text = g_value_get_string (value);
  PtArea given = { 0 };
  char rest;
  gboolean empty = !text || !*text;
  gboolean sound = empty || (sscanf (text, "%d:%d:%d:%d%c", &given.x, &given.y, &given.width,
          &given.height, &rest) == 4 && given.width >= 0 && given.height >= 0
      && !given.width == !given.height);
  *area = sound ? given : (PtArea) { 0 };
  self->bad_crop = sound ? NULL : name;
}

static gboolean
check_settings (Convert * self)
{
  if (!self->bad_crop)
    return pt_inert_check (GST_ELEMENT (self), inert);
  refuse_crop (self, self->bad_crop);
  return FALSE;
}

static char *
crop_text (const PtArea * area)
{
  return g_strdup_printf ("%d:%d:%d:%d", area->x, area->y, area->width, area->height);
}

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  Convert *self = CONVERT (object);
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_METHOD: self->method = g_value_get_enum (value); break;
    case PROP_FLIP: self->flip = g_value_get_enum (value); break;
    case PROP_SRC_CROP: set_crop (self, &self->src_crop, value, "src-crop"); break;
    case PROP_DEST_CROP: set_crop (self, &self->dest_crop, value, "dest-crop"); break;
    case PROP_DISABLE_PASSTHROUGH: self->disable_passthrough = g_value_get_boolean (value); break;
    default: pt_inert_set (object, value, spec);
  }
  GST_OBJECT_UNLOCK (self);
  gst_base_transform_reconfigure_src (GST_BASE_TRANSFORM (self));
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  Convert *self = CONVERT (object);
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_METHOD: g_value_set_enum (value, self->method); break;
    case PROP_FLIP: g_value_set_enum (value, self->flip); break;
    case PROP_SRC_CROP: g_value_take_string (value, crop_text (&self->src_crop)); break;
    case PROP_DEST_CROP: g_value_take_string (value, crop_text (&self->dest_crop)); break;
    case PROP_DISABLE_PASSTHROUGH: g_value_set_boolean (value, self->disable_passthrough); break;
    default: pt_inert_get (object, value, spec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
install_properties (GObjectClass * klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  g_object_class_install_property (klass, PROP_METHOD,
      g_param_spec_enum ("interpolation-method", "interpolation-method",
          "How pictures are scaled", pt_interpolation_type (), PT_INTER_DEFAULT, flags));
  g_object_class_install_property (klass, PROP_FLIP,
      g_param_spec_enum ("flip-method", "flip-method", "How pictures are mirrored or rotated",
          pt_flip_type (), PT_FLIP_NONE, flags));
  g_object_class_install_property (klass, PROP_SRC_CROP,
      g_param_spec_string ("src-crop", "src-crop",
          "The area of the input that is used: left:top:width:height in pixels", "", flags));
  g_object_class_install_property (klass, PROP_DEST_CROP,
      g_param_spec_string ("dest-crop", "dest-crop",
          "The area of the output that is filled: left:top:width:height in pixels", "", flags));
  g_object_class_install_property (klass, PROP_DISABLE_PASSTHROUGH,
      g_param_spec_boolean ("disable-passthrough", "disable-passthrough",
          "Copy even where nothing changes", FALSE, flags));
  pt_inert_install (klass, inert);
}

/* ---- the class ---- */

static void
finalize (GObject * object)
{
  stop (GST_BASE_TRANSFORM (object));
  g_array_unref (CONVERT (object)->converters);
  G_OBJECT_CLASS (gst_nvvideoconvert_parent_class)->finalize (object);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !check_settings (CONVERT (element)))
    return GST_STATE_CHANGE_FAILURE;
  return GST_ELEMENT_CLASS (gst_nvvideoconvert_parent_class)->change_state (element,
      transition);
}

static void
gst_nvvideoconvert_class_init (GstNvvideoconvertClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  object_class->finalize = finalize;
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  install_properties (object_class);
  element_class->change_state = change_state;
  klass->transform_caps = transform_caps;
  klass->fixate_caps = fixate_caps;
  klass->set_caps = set_caps;
  klass->before_transform = before_transform;
  klass->propose_allocation = propose_allocation;
  klass->decide_allocation = decide_allocation;
  klass->submit_input_buffer = submit_input_buffer;
  klass->prepare_output_buffer = prepare_output_buffer;
  klass->transform = transform;
  klass->stop = stop;
  klass->passthrough_on_same_caps = FALSE;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Portable video converter",
      "Filter/Converter/Video/Scaler",
      "Changes format, size and memory of pictures and batches, on a CPU",
      "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (convert_debug, "nvvideoconvert", 0, "portable nvvideoconvert");
}

static void
gst_nvvideoconvert_init (Convert * self)
{
  self->category = convert_debug;
  self->method = PT_INTER_DEFAULT;
  self->converters = g_array_new (FALSE, TRUE, sizeof (PtConverter));
  g_array_set_clear_func (self->converters, (GDestroyNotify) pt_converter_clear);
}

gboolean
pt_nvvideoconvert_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvvideoconvert", GST_RANK_NONE,
      gst_nvvideoconvert_get_type ());
}
