/* See visual.h. */
#include "visual.h"

#include "gstmeta.h"

#include "pictures.h"
#include "plan.h"
#include "surface.h"

#define GST_CAT_DEFAULT PT_VISUAL (base)->category

G_DEFINE_ABSTRACT_TYPE (PtVisual, pt_visual, GST_TYPE_BASE_TRANSFORM);

#define VISUAL_CLASS(object) ((PtVisualClass *) G_OBJECT_GET_CLASS (object))

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, "{ NV12, RGBA }")));
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, "RGBA")));

/* ---- negotiation ---- */

static GstCaps *
transform_caps (GstBaseTransform * base, GstPadDirection direction, GstCaps * caps, GstCaps * filter)
{
  GstStaticPadTemplate *other = direction == GST_PAD_SINK ? &src_template : &sink_template;
  GstCaps *template = gst_static_pad_template_get_caps (other), *all = gst_caps_new_empty ();
  for (guint i = 0; i < gst_caps_get_size (caps); i++) {
    GstStructure *any = gst_structure_copy (gst_caps_get_structure (caps, i));
    gst_structure_remove_fields (any, "format", "colorimetry", "chroma-site", "pixel-aspect-ratio",
        NULL);
    if (direction == GST_PAD_SRC)
      gst_structure_remove_field (any, "batch-size");
    VISUAL_CLASS (base)->describe (any, direction);
    gst_caps_append_structure_full (all, any, gst_caps_features_new (PT_FEATURE_NVMM, NULL));
  }
  GstCaps *result = gst_caps_intersect (all, template);
  gst_caps_unref (all);
  gst_caps_unref (template);
  if (filter) {
    GstCaps *both = gst_caps_intersect_full (filter, result, GST_CAPS_INTERSECT_FIRST);
    gst_caps_unref (result);
    result = both;
  }
  return result;
}

static gboolean
set_caps (GstBaseTransform * base, GstCaps * in, GstCaps * out)
{
  GST_INFO_OBJECT (base, "%" GST_PTR_FORMAT " becomes %" GST_PTR_FORMAT, in, out);
  return gst_video_info_from_caps (&PT_VISUAL (base)->in, in)
      && gst_video_info_from_caps (&PT_VISUAL (base)->out, out);
}

/* ---- buffers ---- */

static GstFlowReturn
submit_input_buffer (GstBaseTransform * base, gboolean discont, GstBuffer * buffer)
{
  PtVisual *self = PT_VISUAL (base);
  return pt_nv_input_submit (&self->input, base, pt_visual_parent_class, discont, buffer,
      &self->in, FALSE);
}

static GstFlowReturn
prepare_output_buffer (GstBaseTransform * base, GstBuffer * in, GstBuffer ** out)
{
  PtVisual *self = PT_VISUAL (base);
  *out = pt_pictures_like (&self->pool, in, &self->out);
  if (!*out)
    return GST_FLOW_ERROR;
  const PtPlan plan = pt_plan_whole (&self->in, &self->out);
  pt_plan_copy_metadata (&plan, in, &self->in, *out, &self->out);
  return GST_FLOW_OK;
}

static GstFlowReturn
transform (GstBaseTransform * base, GstBuffer * in, GstBuffer * out)
{
  PtVisual *self = PT_VISUAL (base);
  for (guint slot = 0; slot < pt_surface_count (in); slot++)
    if (!VISUAL_CLASS (base)->show (self, in, out, slot)) {
      GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("Picture %u of the batch cannot be shown", slot),
          ("its memory cannot be mapped"));
      return GST_FLOW_ERROR;
    }
  PtBatch *batch = pt_buffer_get_batch (out);
  if (batch)
    PT_EACH (PtFrame, frame, batch->frames) {
      const PtPlan plan =
          pt_plan_whole (pt_surface_info (in, frame->batch_id, &self->in), &self->out);
      pt_plan_move_boxes (&plan, frame, &self->out);
    }
  return GST_FLOW_OK;
}

static gboolean
propose_allocation (GstBaseTransform * base, GstQuery * decide, GstQuery * query)
{
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  return TRUE;
}

/* Pictures come from a pool of our own. */
static gboolean
decide_allocation (GstBaseTransform * base, GstQuery * query)
{
  while (gst_query_get_n_allocation_pools (query))
    gst_query_remove_nth_allocation_pool (query, 0);
  return TRUE;
}

static gboolean
stop (GstBaseTransform * base)
{
  PtVisual *self = PT_VISUAL (base);
  pt_nv_input_clear (&self->input);
  pt_pool_clear (&self->pool);
  return TRUE;
}

/* ---- the class ---- */

static void
finalize (GObject * object)
{
  stop (GST_BASE_TRANSFORM (object));
  G_OBJECT_CLASS (pt_visual_parent_class)->finalize (object);
}

static void
pt_visual_class_init (PtVisualClass * klass)
{
  GstBaseTransformClass *base_class = GST_BASE_TRANSFORM_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  G_OBJECT_CLASS (klass)->finalize = finalize;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  base_class->transform_caps = transform_caps;
  base_class->set_caps = set_caps;
  base_class->propose_allocation = propose_allocation;
  base_class->decide_allocation = decide_allocation;
  base_class->submit_input_buffer = submit_input_buffer;
  base_class->prepare_output_buffer = prepare_output_buffer;
  base_class->transform = transform;
  base_class->stop = stop;
  base_class->passthrough_on_same_caps = FALSE;
}

static void
pt_visual_init (PtVisual * self)
{
}
