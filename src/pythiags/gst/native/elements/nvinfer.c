/* nvinfer: runs a network on every frame of a batch and adds the objects it finds.
 *
 *   filesrc location=a.h264 ! h264parse ! nvv4l2decoder ! m.sink_0
 *   nvstreammux name=m width=1280 height=720 batch-size=1
 *   ! nvinfer config-file-path=config_infer_primary.txt ! nvvideoconvert ! nvdsosd ! fakesink
 *
 * Scaling, colours and metadata are C and need no GIL; the network is run by the Python engine, once
 * a batch, and a batch that `interval` skips never gets there. A buffer that bears no batch (no
 * muxer upstream) gets one of its own.
 */
#include "elements.h"
#include "../preprocess.h"
#include "../surface.h"
#include <gst/base/gstbasetransform.h>

GST_DEBUG_CATEGORY_STATIC (nvinfer_debug);
#define GST_CAT_DEFAULT nvinfer_debug

/* One picture of the batch on its way through the network. */
typedef struct
{
  PtFrame *frame;
  float height;                    /* of the picture */
  PtPlacement placement;
} PtJob;

typedef struct
{
  GstBaseTransform parent;
  GstStructure *settings;          /* the properties that were set; under the object lock */

  /* Set by start, freed by stop, used by the streaming thread in between. */
  gpointer engine;
  PtInferPlan plan;
  PtPreprocess *preprocess;
  GstVideoInfo info;
  float *tensor;                   /* `capacity` pictures */
  guint capacity;
  GArray *jobs, *boxes;            /* of PtJob; of PtInferBox */
  guint to_skip;                   /* batches before the next one that is inferred */
  gint frame_num;                  /* for buffers that bear no batch */
} PythiagsNvInfer;

typedef struct
{
  GstBaseTransformClass parent;
} PythiagsNvInferClass;

static GType pythiags_nv_infer_get_type (void);
G_DEFINE_TYPE (PythiagsNvInfer, pythiags_nv_infer, GST_TYPE_BASE_TRANSFORM);
#define NVINFER(object) ((PythiagsNvInfer *) (object))

#define CAPS GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, PT_TENSOR_FORMATS) "; " \
  GST_VIDEO_CAPS_MAKE (PT_TENSOR_FORMATS)

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));

/* ---- properties: kept by name, so that only what was set overrides the configuration file ---- */

static void
nvinfer_set_property (GObject * object, guint id, const GValue * value, GParamSpec * pspec)
{
  GST_OBJECT_LOCK (object);
  gst_structure_set_value (NVINFER (object)->settings, pspec->name, value);
  GST_OBJECT_UNLOCK (object);
}

static void
nvinfer_get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GST_OBJECT_LOCK (object);
  const GValue *set = gst_structure_get_value (NVINFER (object)->settings, pspec->name);
  if (set)
    g_value_copy (set, value);
  else
    g_param_value_set_default (pspec, value);
  GST_OBJECT_UNLOCK (object);
}

/* A value as the configuration file would spell it. */
static gchar *
spell (const GValue * value)
{
  if (G_VALUE_HOLDS_STRING (value))
    return g_strdup (g_value_get_string (value) ? g_value_get_string (value) : "");
  if (G_VALUE_HOLDS_ENUM (value))
    return g_strdup_printf ("%d", g_value_get_enum (value));
  if (G_VALUE_HOLDS_POINTER (value))
    return g_strdup (g_value_get_pointer (value) ? "1" : "0");
  if (G_VALUE_HOLDS_BOOLEAN (value))
    return g_strdup (g_value_get_boolean (value) ? "1" : "0");
  return gst_value_serialize (value);
}

static gchar **
settings_dup (PythiagsNvInfer * self)
{
  GST_OBJECT_LOCK (self);
  gint count = gst_structure_n_fields (self->settings);
  gchar **pairs = g_new0 (gchar *, 2 * count + 1);
  for (gint i = 0; i < count; i++) {
    const gchar *name = gst_structure_nth_field_name (self->settings, i);
    pairs[2 * i] = g_strdup (name);
    pairs[2 * i + 1] = spell (gst_structure_get_value (self->settings, name));
  }
  GST_OBJECT_UNLOCK (self);
  return pairs;
}

/* ---- start and stop ---- */

static gboolean
nvinfer_stop (GstBaseTransform * base)
{
  PythiagsNvInfer *self = NVINFER (base);
  if (self->engine)
    pt_infer_close (self->engine);
  self->engine = NULL;
  g_clear_pointer (&self->preprocess, pt_preprocess_free);
  g_clear_pointer (&self->plan.classes, g_array_unref);
  g_clear_pointer (&self->jobs, g_array_unref);
  g_clear_pointer (&self->boxes, g_array_unref);
  g_clear_pointer (&self->tensor, g_free);
  self->capacity = 0;
  return TRUE;
}

static gboolean
nvinfer_start (GstBaseTransform * base)
{
  PythiagsNvInfer *self = NVINFER (base);
  gchar *error = NULL;
  gchar **settings = settings_dup (self);
  self->plan = (PtInferPlan) {.classes = g_array_new (FALSE, TRUE, sizeof (PtInferClass)) };
  self->jobs = g_array_new (FALSE, FALSE, sizeof (PtJob));
  self->boxes = g_array_new (FALSE, FALSE, sizeof (PtInferBox));
  self->to_skip = 0;
  self->frame_num = 0;
  self->engine = pt_infer_open (settings, &self->plan, &error);
  g_strfreev (settings);
  if (!self->engine) {
    if (error)
      GST_ELEMENT_ERROR (self, LIBRARY, SETTINGS, ("%s", error), (NULL));
    g_free (error);
    nvinfer_stop (base);
    return FALSE;
  }
  self->preprocess = pt_preprocess_new (&self->plan.tensor);
  return TRUE;
}

static gboolean
nvinfer_set_caps (GstBaseTransform * base, GstCaps * in, GstCaps * out)
{
  return gst_video_info_from_caps (&NVINFER (base)->info, in);
}

/* Who writes to this buffer is downstream: its answers are good for upstream too. */
static gboolean
nvinfer_propose_allocation (GstBaseTransform * base, GstQuery * decide, GstQuery * query)
{
  return gst_pad_peer_query (GST_BASE_TRANSFORM_SRC_PAD (base), query);
}

/* ---- a batch ---- */

static PtBatch *
ensure_batch (PythiagsNvInfer * self, GstBuffer * buffer)
{
  PtBatch *batch = pt_buffer_get_batch (buffer);
  if (batch)
    return batch;
  batch = pt_batch_new (1);
  PtFrame *frame = pt_batch_add_frame (batch);
  frame->frame_num = self->frame_num++;
  frame->buf_pts = GST_BUFFER_PTS (buffer);
  frame->source_frame_width = frame->pipeline_width = GST_VIDEO_INFO_WIDTH (&self->info);
  frame->source_frame_height = frame->pipeline_height = GST_VIDEO_INFO_HEIGHT (&self->info);
  pt_buffer_add_batch (buffer, batch);
  return batch;
}

/* A buffer with one picture may come from a larger batch, whose slot its frame still names. */
static guint
slot_of (GstBuffer * buffer, const PtFrame * frame)
{
  return pt_surface_count (buffer) == 1 ? 0 : frame->batch_id;
}

static gboolean
add_job (PythiagsNvInfer * self, GstBuffer * buffer, PtFrame * frame)
{
  const PtTensorSpec *spec = &self->plan.tensor;
  gsize size = (gsize) spec->channels * spec->height * spec->width;
  PtJob job = {.frame = frame };
  GstVideoFrame picture;
  if (!pt_surface_map (&picture, buffer, slot_of (buffer, frame), &self->info, GST_MAP_READ))
    return FALSE;
  if (self->jobs->len == self->capacity) {
    self->capacity++;
    self->tensor = g_renew (float, self->tensor, size * self->capacity);
  }
  pt_preprocess_run (self->preprocess, &picture, self->tensor + size * self->jobs->len,
      &job.placement);
  job.height = GST_VIDEO_FRAME_HEIGHT (&picture);
  gst_video_frame_unmap (&picture);
  g_array_append_val (self->jobs, job);
  return TRUE;
}

static gboolean
is_wanted (const PtInferClass * class, const PtBbox * box, float frame_height)
{
  return !class->filtered_out
      && box->width >= class->min_width && box->height >= class->min_height
      && (class->max_width == 0 || box->width <= class->max_width)
      && (class->max_height == 0 || box->height <= class->max_height)
      && (class->roi_top == 0 || box->top >= class->roi_top)
      && (class->roi_bottom == 0 || box->top + box->height <= frame_height - class->roi_bottom);
}

/* As nvinfer: left and top are kept within the frame, the size stays; a tenth line above, the text.
 * Where there is no room above, y_offset is 0 (DeepStream's wraps around). */
static void
add_object (PythiagsNvInfer * self, const PtJob * job, const PtInferBox * found)
{
  static const PtColor white = { 1, 1, 1, 1 }, black = { 0, 0, 0, 1 };
  g_return_if_fail ((guint) found->class_id < self->plan.classes->len);
  const PtInferClass *class = &g_array_index (self->plan.classes, PtInferClass, found->class_id);
  const PtPlacement *at = &job->placement;
  PtBbox box = {
    .left = (found->box.left - at->offset_x) / at->scale_x,
    .top = (found->box.top - at->offset_y) / at->scale_y,
    .width = found->box.width / at->scale_x,
    .height = found->box.height / at->scale_y,
  };
  if (!is_wanted (class, &box, job->height))
    return;
  box.left = MAX (box.left, 0);
  box.top = MAX (box.top, 0);

  PtObject *object = pt_frame_add_object (job->frame, NULL);
  object->unique_component_id = self->plan.unique_id;
  object->class_id = found->class_id;
  object->confidence = found->confidence;
  object->detector_bbox = box;
  object->rect_params = (PtRect) {
    .left = box.left,.top = box.top,.width = box.width,.height = box.height,
    .border_width = 3,.border_color = class->border_color,
    .has_bg_color = class->has_bg_color,.bg_color = class->bg_color,
  };
  pt_set_label (object->obj_label, class->label);
  object->text_params = (PtText) {
    .display_text = pt_batch_strdup (object->batch, class->label),
    .x_offset = box.left,.y_offset = MAX (box.top - 10, 0),
    .font_params = {.font_name = "Serif",.font_size = 11,.font_color = white},
    .set_bg_clr = TRUE,.text_bg_clr = black,
  };
}

static GstFlowReturn
infer (PythiagsNvInfer * self, GstBuffer * buffer, PtBatch * batch)
{
  gchar *error = NULL;
  g_array_set_size (self->jobs, 0);
  g_array_set_size (self->boxes, 0);
  PT_EACH (PtFrame, frame, batch->frames)
    if (!add_job (self, buffer, frame)) {
      GST_ELEMENT_ERROR (self, STREAM, FORMAT,
          ("The picture in slot %u of the batch cannot be read.", frame->batch_id), (NULL));
      return GST_FLOW_ERROR;
    }
  if (!self->jobs->len)
    return GST_FLOW_OK;
  if (!pt_infer_run (self->engine, &self->plan.tensor, self->tensor, self->jobs->len,
          self->boxes, &error)) {
    if (!error)
      return GST_FLOW_FLUSHING;
    GST_ELEMENT_ERROR (self, STREAM, FAILED, ("%s", error), (NULL));
    g_free (error);
    return GST_FLOW_ERROR;
  }
  for (guint i = 0; i < self->jobs->len; i++)
    g_array_index (self->jobs, PtJob, i).frame->bInferDone = TRUE;
  for (guint i = 0; i < self->boxes->len; i++) {
    const PtInferBox *box = &g_array_index (self->boxes, PtInferBox, i);
    add_object (self, &g_array_index (self->jobs, PtJob, box->frame), box);
  }
  return GST_FLOW_OK;
}

static GstFlowReturn
nvinfer_transform_ip (GstBaseTransform * base, GstBuffer * buffer)
{
  PythiagsNvInfer *self = NVINFER (base);
  PtBatch *batch = ensure_batch (self, buffer);
  if (self->to_skip) {
    self->to_skip--;
    return GST_FLOW_OK;
  }
  self->to_skip = self->plan.interval;
  return infer (self, buffer, batch);
}

/* ---- the class ---- */

static void
nvinfer_finalize (GObject * object)
{
  gst_structure_free (NVINFER (object)->settings);
  G_OBJECT_CLASS (pythiags_nv_infer_parent_class)->finalize (object);
}

static void
pythiags_nv_infer_init (PythiagsNvInfer * self)
{
  self->settings = gst_structure_new_empty ("settings");
  gst_base_transform_set_in_place (GST_BASE_TRANSFORM (self), TRUE);
}

static GType
process_mode_type (void)
{
  static gsize type = 0;
  if (g_once_init_enter (&type)) {
    static const GEnumValue values[] = {
      {1, "Primary (full frames)", "primary"},
      {2, "Secondary (objects)", "secondary"},
      {0, NULL, NULL}
    };
    g_once_init_leave (&type, g_enum_register_static ("PythiagsNvInferProcessMode", values));
  }
  return type;
}

static void
install_properties (GObjectClass * class)
{
  const GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;
  guint id = 0;
#define ADD(type, name, about, ...) \
  g_object_class_install_property (class, ++id, \
      g_param_spec_##type (name, name, about, __VA_ARGS__, flags))
  ADD (string, "config-file-path", "Configuration file of the network", "");
  ADD (uint, "batch-size", "Largest batch for the network", 1, 1024, 1);
  ADD (uint, "interval", "Batches to skip after each that is inferred", 0, G_MAXINT, 0);
  ADD (uint, "unique-id", "unique_component_id of the objects that are added", 0, G_MAXUINT, 15);
  ADD (enum, "process-mode", "What the network is run on", process_mode_type (), 1);
  ADD (int, "infer-on-gie-id", "Secondary mode: run on the objects of this nvinfer", -1, G_MAXINT,
      -1);
  ADD (string, "infer-on-class-ids", "Secondary mode: run on these classes, as 0:2:3", "");
  ADD (string, "filter-out-class-ids", "Add no objects of these classes, as 0;2;3", "");
  ADD (string, "model-engine-file", "TensorRT engine: not read, the onnx-file is", "");
  ADD (uint, "gpu-id", "GPU: of no effect on a CPU", 0, G_MAXUINT, 0);
  ADD (boolean, "raw-output-file-write", "Write the network's outputs to files", FALSE);
  g_object_class_install_property (class, ++id,
      g_param_spec_pointer ("raw-output-generated-callback", "raw-output-generated-callback",
          "Call this function with the network's outputs", flags));
  g_object_class_install_property (class, ++id,
      g_param_spec_pointer ("raw-output-generated-userdata", "raw-output-generated-userdata",
          "Argument for raw-output-generated-callback", flags));
  ADD (boolean, "output-tensor-meta", "Attach the network's outputs to the frames", FALSE);
  ADD (boolean, "output-instance-mask", "Attach masks to the objects", FALSE);
  ADD (boolean, "input-tensor-meta", "Take tensors from upstream instead of pictures", FALSE);
  ADD (boolean, "clip-object-outside-roi", "Clip objects to the regions of nvdspreprocess", TRUE);
  ADD (boolean, "crop-objects-to-roi-boundary", "Crop objects to the region's border", FALSE);
#undef ADD
}

static void
pythiags_nv_infer_class_init (PythiagsNvInferClass * class)
{
  GObjectClass *object = G_OBJECT_CLASS (class);
  GstElementClass *element = GST_ELEMENT_CLASS (class);
  GstBaseTransformClass *transform = GST_BASE_TRANSFORM_CLASS (class);

  GST_DEBUG_CATEGORY_INIT (nvinfer_debug, "nvinfer", 0, "portable nvinfer");
  object->set_property = nvinfer_set_property;
  object->get_property = nvinfer_get_property;
  object->finalize = nvinfer_finalize;
  install_properties (object);
  gst_type_mark_as_plugin_api (process_mode_type (), 0);

  gst_element_class_set_static_metadata (element, "Portable nvinfer", "Filter/Analyzer/Video",
      "Runs a detector on every frame with ONNX Runtime", "the pythiags maintainers");
  gst_element_class_add_static_pad_template (element, &sink_template);
  gst_element_class_add_static_pad_template (element, &src_template);

  transform->start = nvinfer_start;
  transform->stop = nvinfer_stop;
  transform->set_caps = nvinfer_set_caps;
  transform->propose_allocation = nvinfer_propose_allocation;
  transform->transform_ip = nvinfer_transform_ip;
}

gboolean
pt_nvinfer_register (void)
{
  return gst_element_register (NULL, "nvinfer", GST_RANK_NONE, pythiags_nv_infer_get_type ());
}
