/* See inferjob.h. */
#include "inferjob.h"
#include "analytics.h"
#include "nvinput.h"
#include "oncard.h"
#include "surface.h"

typedef struct
{
  PtFrame *frame;
  float height;
  PtPlacement placement;
} PtJobPicture;

PtInferJob *
pt_infer_job_new (void)
{
  PtInferJob *job = g_new0 (PtInferJob, 1);
  job->pictures = g_array_new (FALSE, FALSE, sizeof (PtJobPicture));
  job->boxes = g_array_new (FALSE, FALSE, sizeof (PtInferBox));
  return job;
}

void
pt_infer_job_clear (PtInferJob * job)
{
  gst_clear_buffer (&job->buffer);
  g_clear_pointer (&job->error, g_free);
  g_array_set_size (job->pictures, 0);
  g_array_set_size (job->boxes, 0);
  job->flow = GST_FLOW_OK;
}

void
pt_infer_job_free (PtInferJob * job)
{
  pt_infer_job_clear (job);
  g_array_unref (job->pictures);
  g_array_unref (job->boxes);
  g_free (job);
}

/* ---- before the network ---- */

/* A buffer with one picture may come from a larger batch, whose slot its frame still names. */
static guint
slot_of (GstBuffer * buffer, const PtFrame * frame)
{
  return pt_surface_count (buffer) == 1 ? 0 : frame->batch_id;
}

void
pt_infer_job_add (PtInferJob * job, PtFrame * frame)
{
  PtJobPicture picture = {.frame = frame };
  g_array_append_val (job->pictures, picture);
}

struct _PtInferBench
{
  PtPreprocess *preprocess;
  float *tensor;
  guint capacity;                  /* of the tensor, in pictures */
  gsize size;                      /* of a picture, in values */
  PtTensorSpec spec;
  guint surface_step;              /* of the plan */
  PtOnCard card;
  PtNvInput input;                 /* for pictures of a card that the network cannot take */
};

PtInferBench *
pt_infer_bench_new (const PtInferPlan * plan)
{
  const PtTensorSpec *spec = &plan->tensor;
  PtInferBench *bench = g_new0 (PtInferBench, 1);
  bench->spec = *spec;
  bench->surface_step = plan->surface_step;
  bench->preprocess = pt_preprocess_new (spec);
  bench->size = (gsize) spec->channels * spec->height * spec->width;
  return bench;
}

void
pt_infer_bench_free (PtInferBench * bench)
{
  pt_preprocess_free (bench->preprocess);
  pt_on_card_clear (&bench->card);
  pt_nv_input_clear (&bench->input);
  g_free (bench->tensor);
  g_free (bench);
}

static gboolean
prepare_picture (PtInferJob * job, GstBuffer * buffer, PtInferBench * bench, guint number)
{
  GstVideoFrame mapped;
  PtJobPicture *picture = &g_array_index (job->pictures, PtJobPicture, number);
  if (!pt_surface_map (&mapped, buffer, slot_of (buffer, picture->frame), &job->info,
          GST_MAP_READ))
    return FALSE;
  pt_preprocess_run (bench->preprocess, &mapped, bench->tensor + bench->size * number,
      &picture->placement);
  picture->height = GST_VIDEO_FRAME_HEIGHT (&mapped);
  gst_video_frame_unmap (&mapped);
  return TRUE;
}

/* The job has failed. */
static void
fail (PtInferJob * job, gchar * error)
{
  job->flow = GST_FLOW_ERROR;
  job->error = error;
}

/* Tensors of plain pictures. FALSE: the job has failed. */
static gboolean
prepare (PtInferJob * job, GstBuffer * buffer, PtInferBench * bench)
{
  if (bench->capacity < job->pictures->len) {
    bench->capacity = job->pictures->len;
    bench->tensor = g_renew (float, bench->tensor, bench->size * bench->capacity);
  }
  for (guint i = 0; i < job->pictures->len; i++)
    if (!prepare_picture (job, buffer, bench, i)) {
      fail (job, g_strdup_printf ("The picture in slot %u of the batch cannot be read.",
              g_array_index (job->pictures, PtJobPicture, i).frame->batch_id));
      return FALSE;
    }
  return TRUE;
}

/* Pictures of a card, scaled there. FALSE: the job has failed. */
static gboolean
prepare_on_card (PtInferJob * job, PtInferBench * bench, PtInferSurface * scaled)
{
  const guint count = job->pictures->len;
  const guint width = GST_VIDEO_INFO_WIDTH (&job->info), height = GST_VIDEO_INFO_HEIGHT (&job->info);
  const PtPlacement placement = pt_preprocess_placement (pt_preprocess_place (&bench->spec, width,
          height), width, height);
  guint *slots = g_new (guint, count);
  char *problem;
  for (guint i = 0; i < count; i++) {
    PtJobPicture *picture = &g_array_index (job->pictures, PtJobPicture, i);
    slots[i] = picture->frame->batch_id;
    picture->placement = placement;
    picture->height = height;
  }
  const gboolean done = pt_on_card_scale (&bench->card, &bench->spec, bench->surface_step,
      job->buffer, slots, count, scaled, &problem);
  g_free (slots);
  if (!done)
    fail (job, g_strdup_printf ("The pictures of a batch cannot be scaled: %s.", problem));
  g_free (problem);
  return done;
}

/* ---- after it ---- */

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
add_object (const PtInferPlan * plan, const PtJobPicture * picture, const PtInferBox * found)
{
  static const PtColor white = { 1, 1, 1, 1 }, black = { 0, 0, 0, 1 };
  g_return_if_fail ((guint) found->class_id < plan->classes->len);
  const PtInferClass *class = &g_array_index (plan->classes, PtInferClass, found->class_id);
  const PtPlacement *at = &picture->placement;
  PtBbox box = {
    .left = (found->box.left - at->offset_x) / at->scale_x,
    .top = (found->box.top - at->offset_y) / at->scale_y,
    .width = found->box.width / at->scale_x,
    .height = found->box.height / at->scale_y,
  };
  if (!is_wanted (class, &box, picture->height))
    return;
  box.left = MAX (box.left, 0);
  box.top = MAX (box.top, 0);

  PtObject *object = pt_frame_add_object (picture->frame, NULL);
  object->unique_component_id = plan->unique_id;
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

/* Behind the last object of the frame, or its first one where there was none. */
static PtObject *
first_behind (const PtFrame * frame, const PtNode * last)
{
  return (PtObject *) (last ? last->next : frame->objects.head);
}

/* The flow says whether it has failed. */
static void
run_on_card (PtInferJob * job, PtInferBench * bench, gpointer engine)
{
  PtInferSurface scaled;
  if (prepare_on_card (job, bench, &scaled)
      && !pt_infer_engine_get ()->run_surface (engine, &scaled, job->pictures->len, job->boxes,
          &job->error))
    job->flow = job->error ? GST_FLOW_ERROR : GST_FLOW_FLUSHING;
}

static void
run_on_tensors (PtInferJob * job, GstBuffer * buffer, PtInferBench * bench, gpointer engine)
{
  if (prepare (job, buffer, bench)
      && !pt_infer_engine_get ()->run (engine, &bench->spec, bench->tensor, job->pictures->len,
          job->boxes, &job->error))
    job->flow = job->error ? GST_FLOW_ERROR : GST_FLOW_FLUSHING;
}

/* Where the network runs on the CPU. */
static void
run_on_copies (PtInferJob * job, PtInferBench * bench, gpointer engine)
{
  char *problem;
  GstBuffer *plain = pt_nv_read (&bench->input.reader, job->buffer, &bench->input.pool, &job->info,
      &problem);
  if (plain) {
    run_on_tensors (job, plain, bench, engine);
    gst_buffer_unref (plain);
    return;
  }
  fail (job, g_strdup_printf ("A picture in NVIDIA's memory cannot be read: %s.", problem));
  g_free (problem);
}

static void
run (PtInferJob * job, PtInferBench * bench, gpointer engine)
{
  if (!pt_nv_is_surface (job->buffer, &job->info))
    run_on_tensors (job, job->buffer, bench, engine);
  else if (bench->surface_step && pt_nv_is_on_card (job->buffer))
    run_on_card (job, bench, engine);
  else
    run_on_copies (job, bench, engine);
}

void
pt_infer_job_run (PtInferJob * job, PtInferBench * bench, gpointer engine,
    const PtInferPlan * plan)
{
  run (job, bench, engine);
  if (job->flow != GST_FLOW_OK)
    return;
  for (guint i = 0; i < job->pictures->len; i++)
    g_array_index (job->pictures, PtJobPicture, i).frame->bInferDone = TRUE;
  const PtFrame *frame = job->pictures->len
      ? g_array_index (job->pictures, PtJobPicture, 0).frame : NULL;
  const PtNode *last = frame ? frame->objects.tail : NULL;
  for (guint i = 0; i < job->boxes->len; i++) {
    const PtInferBox *box = &g_array_index (job->boxes, PtInferBox, i);
    add_object (plan, &g_array_index (job->pictures, PtJobPicture, box->frame), box);
  }
  if (plan->analytics && frame)
    pt_analytics_write (job->buffer, first_behind (frame, last));
}
