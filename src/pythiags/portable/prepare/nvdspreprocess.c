/* nvdspreprocess: makes tensors of regions and objects, for an nvinfer with input-tensor-meta.
 *
 *   gst-launch-1.0 videotestsrc num-buffers=100 ! m.sink_0 \
 *       nvstreammux name=m batch-size=1 width=640 height=480 \
 *       ! nvdspreprocess config-file=config_preprocess.txt \
 *       ! nvinfer config-file-path=config_infer_primary.txt input-tensor-meta=true ! nvdsosd ! fakesink
 *
 * It reads DeepStream's configuration files. Of the functions that these name, those of NVIDIA's standard library are
 * built in; others are Python. Regions are drawn by nvdsosd, as display metadata.
 */
#include <gst/base/gstbasetransform.h>

#include "findings.h"
#include "gstmeta.h"
#include "nvinput.h"
#include "inert.h"
#include "prepfile.h"
#include "prepown.h"
#include "prepunits.h"
#include "surface.h"
#include "tensorise.h"

GST_DEBUG_CATEGORY_STATIC (preprocess_debug);
#define GST_CAT_DEFAULT preprocess_debug

typedef struct
{
  GstBaseTransform parent;
  /* Set by start, freed by stop. */
  PtPrepSettings *current;
  PtTensorise *tensorise;
  gpointer maker;               /* a function in Python; NULL: tensors are made here */
  /* of the streaming thread */
  PtPrepTargets targets;
  GArray *units;                /* of PtPrepUnit */
  GstVideoInfo info;
  PtNvInput input;
  /* under the object's lock */
  PtPrepProperties properties;
  char *file;
  PtPrepSettings *settings;     /* of the file; NULL: none was read */
  PtFindings findings;          /* on the file */
} GstNvdspreprocess;

typedef GstBaseTransformClass GstNvdspreprocessClass;

GType gst_nvdspreprocess_get_type (void);
G_DEFINE_TYPE (GstNvdspreprocess, gst_nvdspreprocess, GST_TYPE_BASE_TRANSFORM);

#define PREPROCESS(object) ((GstNvdspreprocess *) (object))
#define CAPS GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, "{ NV12, RGBA, I420 }")

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));

/* ---- the file ---- */

/* Under the lock. The file's values are the properties' until these are set after it. */
static void
read_file (GstNvdspreprocess * self)
{
  g_clear_pointer (&self->settings, pt_prep_settings_unref);
  pt_findings_empty (&self->findings);
  if (!self->file || !*self->file)
    return;
  self->settings = pt_prep_file_read (self->file, &self->properties, self->findings.notes,
      &self->findings.error);
  if (!self->settings)
    return;
  g_array_unref (self->properties.target_ids);
  self->properties = self->settings->properties;
  g_array_ref (self->properties.target_ids);
}

/* The file's settings with the properties as they are, counted. NULL after posting an error. */
static PtPrepSettings *
take_settings (GstNvdspreprocess * self)
{
  GST_OBJECT_LOCK (self);
  PtPrepSettings *settings = self->settings ? pt_prep_settings_ref (self->settings) : NULL;
  GST_OBJECT_UNLOCK (self);
  pt_findings_post (&self->findings, GST_ELEMENT (self), settings ? NULL
      : "nvdspreprocess has no configuration file: set config-file to one");
  return settings;
}

/* ---- tensors ---- */

static gboolean
fill_roi (GstNvdspreprocess * self, GstBuffer * buffer, guint place, PtRoi * roi, gpointer numbers)
{
  const PtPrepUnit *unit = &g_array_index (self->units, PtPrepUnit, place);
  GstVideoFrame mapped;
  PtPlacement at;
  if (!pt_surface_map (&mapped, buffer, unit->slot, &self->info, GST_MAP_READ)) {
    GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("The picture in slot %u of the batch cannot be read.",
            unit->slot), (NULL));
    return FALSE;
  }
  const GstVideoFrame part = pt_crop_frame (&mapped, &unit->crop);
  if (self->maker)
    pt_tensorise_picture (self->tensorise, place, &part, numbers, &at);
  else
    pt_tensorise_run (self->tensorise, place, &part, numbers, &at);
  gst_video_frame_unmap (&mapped);
  *roi = (PtRoi) {.roi = unit->roi,.frame = unit->frame,.object = unit->object,
    .scale_ratio_x = at.scale_x,.scale_ratio_y = at.scale_y,.offset_left = at.offset_x,
    .offset_top = at.offset_y,
  };
  return TRUE;
}

static gpointer
add_tensor (const PtPrepSettings * settings, PtPrepared * prepared, PtBatch * batch, guint count)
{
  const PtTensorSpec *spec = &settings->spec;
  const gsize first[] = { count, spec->channels, spec->height, spec->width };
  const gsize last[] = { count, spec->height, spec->width, spec->channels };
  return pt_prepared_add_tensor (prepared, batch, settings->name, settings->type,
      settings->channels_last ? last : first, G_N_ELEMENTS (first));
}

static void
attach (GstNvdspreprocess * self, PtPrepared * prepared, PtBatch * batch, guint first,
    const PtPrepProperties * properties)
{
  if (prepared->tensor) {
    prepared->tensor->gpu_id = properties->gpu_id;
    prepared->tensor->meta_id = first / self->current->batch_size;
    prepared->tensor->maintain_aspect_ratio = self->current->spec.maintain_aspect_ratio;
  }
  pt_prepared_attach (prepared, batch);
}

/* The same as `prepare`, by a function in Python. */
static gboolean
prepare_own (GstNvdspreprocess * self, GstBuffer * buffer, PtBatch * batch, guint first, guint count,
    const PtPrepProperties * properties)
{
  const PtTensorSpec *spec = &self->current->spec;
  const gsize size = (gsize) spec->channels * spec->height * spec->width;
  guint8 *pictures = g_malloc (size * count);
  PtRoi *rois = g_new0 (PtRoi, count);
  PtMakerInput input = {.batch = batch,.pictures = pictures,.count = count,.width = spec->width,
    .height = spec->height,.channels = spec->channels,.rois = rois,
    .target_ids = (const guint64 *) properties->target_ids->data,
    .target_count = properties->target_ids->len,.name = self->current->name,
    .type = self->current->type
  };
  char *error = NULL;
  gboolean filled = TRUE;
  for (guint i = 0; i < count && filled; i++)
    filled = fill_roi (self, buffer, first + i, rois + i, pictures + size * i);
  PtPrepared *made = filled ? pt_makers_get ()->make (self->maker, &input, &error) : NULL;
  if (made)
    attach (self, made, batch, first, properties);
  if (error)
    GST_ELEMENT_ERROR (self, LIBRARY, FAILED, ("%s", error), (NULL));
  g_free (error);
  g_free (pictures);
  g_free (rois);
  return made != NULL;
}

/* One tensor, of some of the regions. */
static gboolean
prepare (GstNvdspreprocess * self, GstBuffer * buffer, PtBatch * batch, guint first, guint count,
    const PtPrepProperties * properties)
{
  const GArray *ids = properties->target_ids;
  PtPrepared *prepared =
      pt_prepared_new (batch, count, (const guint64 *) ids->data, ids->len);
  guint8 *numbers = add_tensor (self->current, prepared, batch, count);
  for (guint i = 0; i < count; i++, numbers += pt_tensorise_size (self->tensorise))
    if (!fill_roi (self, buffer, first + i, prepared->rois + i, numbers))
      return FALSE;
  attach (self, prepared, batch, first, properties);
  return TRUE;
}

static GstFlowReturn
prepare_all (GstNvdspreprocess * self, GstBuffer * buffer, PtBatch * batch,
    const PtPrepProperties * properties)
{
  const guint most = self->current->batch_size, all = self->units->len;
  GstBuffer *plain = all ? pt_nv_input_take (&self->input, GST_ELEMENT (self),
      gst_buffer_ref (buffer), &self->info) : NULL;
  gboolean done = plain || !all;
  for (guint first = 0; first < all && done; first += most)
    done = (self->maker ? prepare_own : prepare) (self, plain, batch, first,
        MIN (most, all - first), properties);
  gst_clear_buffer (&plain);
  return done ? GST_FLOW_OK : GST_FLOW_ERROR;
}

/* ---- buffers ---- */

static GstFlowReturn
work (GstNvdspreprocess * self, GstBuffer * buffer, const PtPrepProperties * properties)
{
  PtBatch *batch = pt_buffer_get_batch (buffer);
  char *error = NULL;
  if (!batch) {
    GST_ELEMENT_ERROR (self, STREAM, FAILED, ("A buffer without metadata has no frames to prepare: put "
            "nvstreammux before %s.", GST_OBJECT_NAME (self)), (NULL));
    return GST_FLOW_ERROR;
  }
  self->targets.on_frames = properties->on_frames;
  self->targets.gie_id = properties->gie_id;
  g_array_set_size (self->units, 0);
  if (!pt_prep_units_collect (&self->targets, buffer, batch, &self->info, self->units, &error)) {
    GST_ELEMENT_ERROR (self, STREAM, FAILED, ("%s", error), (NULL));
    g_free (error);
    return GST_FLOW_ERROR;
  }
  GST_LOG_OBJECT (self, "%u regions of %" GST_PTR_FORMAT, self->units->len, buffer);
  return prepare_all (self, buffer, batch, properties);
}

static GstFlowReturn
transform_ip (GstBaseTransform * base, GstBuffer * buffer)
{
  GstNvdspreprocess *self = PREPROCESS (base);
  GST_OBJECT_LOCK (self);
  PtPrepProperties properties = self->properties;
  g_array_ref (properties.target_ids);
  GST_OBJECT_UNLOCK (self);
  const GstFlowReturn flow = properties.enable ? work (self, buffer, &properties) : GST_FLOW_OK;
  g_array_unref (properties.target_ids);
  return flow;
}

/* ---- start and stop ---- */

static gboolean
set_caps (GstBaseTransform * base, GstCaps * in, GstCaps * out G_GNUC_UNUSED)
{
  return gst_video_info_from_caps (&PREPROCESS (base)->info, in);
}

static gboolean
stop (GstBaseTransform * base)
{
  GstNvdspreprocess *self = PREPROCESS (base);
  if (self->maker)
    pt_makers_get ()->close (self->maker);
  self->maker = NULL;
  g_clear_pointer (&self->tensorise, pt_tensorise_free);
  g_clear_pointer (&self->current, pt_prep_settings_unref);
  pt_nv_input_clear (&self->input);
  return TRUE;
}

/* FALSE after posting an error. */
static gboolean
open_own (GstNvdspreprocess * self)
{
  char *error = NULL;
  if (!self->current->own)
    return TRUE;
  self->maker = pt_prep_own_open (self->current, &error);
  if (!self->maker)
    GST_ELEMENT_ERROR (self, LIBRARY, SETTINGS, ("%s", error ? error : "Python is ending"), (NULL));
  g_free (error);
  return self->maker != NULL;
}

static gboolean
start (GstBaseTransform * base)
{
  GstNvdspreprocess *self = PREPROCESS (base);
  self->current = take_settings (self);
  if (!self->current || !open_own (self)) {
    stop (base);
    return FALSE;
  }
  self->tensorise = pt_tensorise_new (self->current);
  self->targets.settings = self->current;
  g_array_set_size (self->targets.batches, 0);
  const PtTensorSpec *spec = &self->current->spec;
  GST_INFO_OBJECT (self, "%u groups, tensors '%s' of up to %u pictures of %ux%ux%u, %s",
      self->current->groups->len, self->current->name, self->current->batch_size, spec->channels,
      spec->height, spec->width, self->maker ? "made by a function in Python" : "made here");
  return TRUE;
}

/* Who writes to this buffer is downstream: its answers are good for upstream too. */
static gboolean
propose_allocation (GstBaseTransform * base, GstQuery * decide G_GNUC_UNUSED, GstQuery * query)
{
  return gst_pad_peer_query (GST_BASE_TRANSFORM_SRC_PAD (base), query);
}

/* ---- properties ---- */

enum
{
  PROP_UNIQUE_ID = 1, PROP_ENABLE, PROP_GPU_ID, PROP_ON_FRAME, PROP_GIE_ID, PROP_TARGETS, PROP_FILE,
};

/* Numbers with anything between them, as DeepStream reads them. */
static GArray *
read_ids (const char *text)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  for (const char *at = text ? text : ""; *at;) {
    char *end;
    const guint64 id = g_ascii_strtoull (at, &end, 10);
    if (end != at)
      g_array_append_val (ids, id);
    at = *end ? end + 1 : end;
  }
  return ids;
}

static char *
write_ids (const GArray * ids)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < ids->len; i++)
    g_string_append_printf (text, "%" G_GUINT64_FORMAT ";", g_array_index (ids, guint64, i));
  return g_string_free (text, FALSE);
}

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  GstNvdspreprocess *self = PREPROCESS (object);
  PtPrepProperties *properties = &self->properties;
  if (id == PROP_FILE && pt_is_set_too_late (object, spec))
    return;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_UNIQUE_ID: properties->unique_id = g_value_get_uint (value); break;
    case PROP_ENABLE: properties->enable = g_value_get_boolean (value); break;
    case PROP_GPU_ID: properties->gpu_id = g_value_get_uint (value); break;
    case PROP_ON_FRAME: properties->on_frames = g_value_get_boolean (value); break;
    case PROP_GIE_ID: properties->gie_id = g_value_get_int (value); break;
    case PROP_TARGETS:
      g_array_unref (properties->target_ids);
      properties->target_ids = read_ids (g_value_get_string (value));
      break;
    case PROP_FILE:
      g_free (self->file);
      self->file = g_value_dup_string (value);
      read_file (self);
      break;
    default: G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  GstNvdspreprocess *self = PREPROCESS (object);
  const PtPrepProperties *properties = &self->properties;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_UNIQUE_ID: g_value_set_uint (value, properties->unique_id); break;
    case PROP_ENABLE: g_value_set_boolean (value, properties->enable); break;
    case PROP_GPU_ID: g_value_set_uint (value, properties->gpu_id); break;
    case PROP_ON_FRAME: g_value_set_boolean (value, properties->on_frames); break;
    case PROP_GIE_ID: g_value_set_int (value, properties->gie_id); break;
    case PROP_TARGETS: g_value_take_string (value, write_ids (properties->target_ids)); break;
    case PROP_FILE: g_value_set_string (value, self->file); break;
    default: G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
install_properties (GObjectClass * klass)
{
  const GParamFlags any_time = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  const GParamFlags ready = any_time | GST_PARAM_MUTABLE_READY;
#define ADD(id, kind, name, blurb, ...) \
  g_object_class_install_property (klass, id, \
      g_param_spec_##kind (name, name, blurb, __VA_ARGS__))
  ADD (PROP_UNIQUE_ID, uint, "unique-id", "The number of the element", 0, G_MAXUINT, 15, any_time);
  ADD (PROP_ENABLE, boolean, "enable", "Whether anything is done", TRUE, ready);
  ADD (PROP_GPU_ID, uint, "gpu-id", "The number in what it attaches: there is no GPU", 0, G_MAXUINT, 0,
      ready);
  ADD (PROP_ON_FRAME, boolean, "process-on-frame", "Look at frames, and not at objects", TRUE, ready);
  ADD (PROP_GIE_ID, int, "operate-on-gie-id", "Look at the objects of this network; -1: at all", -1,
      G_MAXINT, -1, ready);
  ADD (PROP_TARGETS, string, "target-unique-ids", "The networks that the tensors are for, by their "
      "gie-unique-id, such as 3;4;5", "", ready);
  ADD (PROP_FILE, string, "config-file", "Regions and tensors, as in DeepStream's files; it sets the other "
      "properties to what it says", "", ready);
#undef ADD
}

/* ---- the class ---- */

static void
finalize (GObject * object)
{
  GstNvdspreprocess *self = PREPROCESS (object);
  g_array_unref (self->units);
  g_array_unref (self->targets.batches);
  g_array_unref (self->properties.target_ids);
  pt_findings_clear (&self->findings);
  g_clear_pointer (&self->settings, pt_prep_settings_unref);
  g_free (self->file);
  G_OBJECT_CLASS (gst_nvdspreprocess_parent_class)->finalize (object);
}

static void
gst_nvdspreprocess_class_init (GstNvdspreprocessClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  object_class->finalize = finalize;
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  install_properties (object_class);
  klass->start = start;
  klass->stop = stop;
  klass->set_caps = set_caps;
  klass->propose_allocation = propose_allocation;
  klass->transform_ip = transform_ip;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Portable preparation of tensors",
      "Filter/Metadata", "Makes tensors of regions and objects for networks, on a CPU",
      "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (preprocess_debug, "nvdspreprocess", 0, "portable nvdspreprocess");
}

static void
gst_nvdspreprocess_init (GstNvdspreprocess * self)
{
  self->properties = (PtPrepProperties) {.enable = TRUE,.on_frames = TRUE,.unique_id = 15,
    .gie_id = -1,.target_ids = g_array_new (FALSE, FALSE, sizeof (guint64))
  };
  self->file = g_strdup ("");
  self->units = g_array_new (FALSE, FALSE, sizeof (PtPrepUnit));
  self->targets.batches = g_array_new (FALSE, TRUE, sizeof (guint));
  pt_findings_init (&self->findings);
  gst_base_transform_set_in_place (GST_BASE_TRANSFORM (self), TRUE);
}

gboolean
pt_nvdspreprocess_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvdspreprocess", GST_RANK_NONE,
      gst_nvdspreprocess_get_type ());
}
