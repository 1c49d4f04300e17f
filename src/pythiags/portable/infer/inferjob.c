/* See inferjob.h. */
#include "inferjob.h"

#include "analytics.h"
#include "attach.h"
#include "crop.h"
#include "gstmeta.h"
#include "nvinput.h"
#include "oncard.h"
#include "pictures.h"
#include "surface.h"

static void
clear_picture (gpointer data)
{
  g_clear_pointer (&((PtJobPicture *) data)->past, pt_infer_past_unref);
}

static void
clear_recall (gpointer data)
{
  g_clear_pointer (&((PtJobRecall *) data)->past, pt_infer_past_unref);
}

PtInferJob *
pt_infer_job_new (void)
{
  PtInferJob *job = g_new0 (PtInferJob, 1);
  job->pictures = g_array_new (FALSE, FALSE, sizeof (PtJobPicture));
  g_array_set_clear_func (job->pictures, clear_picture);
  job->recalls = g_array_new (FALSE, FALSE, sizeof (PtJobRecall));
  g_array_set_clear_func (job->recalls, clear_recall);
  job->labels = g_array_new (FALSE, FALSE, sizeof (PtInferLabel));
  pt_infer_results_init (&job->results);
  return job;
}

void
pt_infer_job_clear (PtInferJob * job)
{
  gst_clear_buffer (&job->buffer);
  g_clear_pointer (&job->error, g_free);
  g_array_set_size (job->pictures, 0);
  g_array_set_size (job->recalls, 0);
  g_array_set_size (job->labels, 0);
  pt_infer_results_empty (&job->results);
  job->found = job->unknown = 0;
  job->flow = GST_FLOW_OK;
}

void
pt_infer_job_free (PtInferJob * job)
{
  pt_infer_job_clear (job);
  g_array_unref (job->pictures);
  g_array_unref (job->recalls);
  g_array_unref (job->labels);
  pt_infer_results_clear (&job->results);
  g_free (job);
}

/* ---- before the network ---- */

PtBatch *
pt_infer_ensure_batch (GstBuffer * buffer, const GstVideoInfo * info, gint * frame_num)
{
  PtBatch *batch = pt_buffer_get_batch (buffer);
  if (batch)
    return batch;
  batch = pt_batch_new (1);
  PtFrame *frame = pt_batch_add_frame (batch);
  frame->frame_num = (*frame_num)++;
  frame->buf_pts = GST_BUFFER_PTS (buffer);
  frame->source_frame_width = frame->pipeline_width = GST_VIDEO_INFO_WIDTH (info);
  frame->source_frame_height = frame->pipeline_height = GST_VIDEO_INFO_HEIGHT (info);
  pt_buffer_add_batch (buffer, batch);
  return batch;
}

void
pt_infer_job_add (PtInferJob * job, PtFrame * frame)
{
  PtJobPicture picture = {.frame = frame };
  g_array_append_val (job->pictures, picture);
}

/* Takes over `past`. */
static void
add_object (PtInferJob * job, GstBuffer * buffer, PtObject * object, PtInferPast * past)
{
  PtJobPicture picture = {.frame = object->frame,.object = object,.past = past };
  const GstVideoInfo *info =
      pt_surface_info (buffer, pt_picture_slot (buffer, object->frame), &job->info);
  if (pt_crop_of (&object->rect_params, GST_VIDEO_INFO_WIDTH (info),
          GST_VIDEO_INFO_HEIGHT (info), &picture.crop))
    g_array_append_val (job->pictures, picture);
  else
    pt_infer_past_unref (past);
}

gboolean
pt_infer_job_take_objects (PtInferJob * job, GstBuffer * buffer, const PtBatch * batch,
    PtInferHistory * history, const PtInferPlan * plan)
{
  gboolean all_are_tracked = TRUE;
  PtInferPast *past;
  PT_EACH (PtFrame, frame, batch->frames)
    PT_EACH (PtObject, object, frame->objects) {
    const PtTarget target = pt_infer_history_ask (history, plan, object, &past);
    const PtJobRecall recall = { object, past };
    if (target == PT_TARGET_INFER)
      add_object (job, buffer, object, past);
    else if (target == PT_TARGET_RECALL)
      g_array_append_val (job->recalls, recall);
    all_are_tracked &= target != PT_TARGET_UNTRACKED;
  }
  pt_infer_history_tick (history);
  return all_are_tracked;
}

static void
add_prepared (PtInferJob * job, const PtPrepared * prepared)
{
  for (guint i = 0; i < prepared->roi_count; i++) {
    PtRoi *roi = prepared->rois + i;
    const PtJobPicture picture = {.frame = roi->frame,.object = roi->object,.prepared = prepared,
      .roi = roi,.placement = {roi->scale_ratio_x, roi->scale_ratio_y, roi->offset_left,
          roi->offset_top}
    };
    g_array_append_val (job->pictures, picture);
  }
}

gboolean
pt_infer_job_take_prepared (PtInferJob * job, const PtBatch * batch, const PtInferPlan * plan,
    const char **name)
{
  gboolean fits = TRUE;
  PT_EACH (PtUser, user, batch->users) {
    const PtPrepared *prepared = user->data;
    if (user->payload != PT_PAYLOAD_PREPARED || !prepared->tensor
        || !pt_prepared_is_for (prepared, plan->unique_id))
      continue;
    *name = prepared->tensor->tensor.name;
    if (g_strcmp0 (*name, plan->input_name) == 0)
      add_prepared (job, prepared);
    else
      fits = FALSE;
  }
  return fits;
}

struct _PtInferBench
{
  PtPreprocess *preprocess;
  float *tensor;
  guint capacity;                  /* of the tensor, in pictures */
  gsize size;                      /* of a picture, in values */
  PtTensorSpec spec;
  PtNvInput input;                 /* for pictures of a card that the network cannot take */
};

PtInferBench *
pt_infer_bench_new (const PtInferPlan * plan)
{
  const PtTensorSpec *spec = &plan->tensor;
  PtInferBench *bench = g_new0 (PtInferBench, 1);
  bench->spec = *spec;
  bench->preprocess = pt_preprocess_new (spec);
  bench->size = (gsize) spec->channels * spec->height * spec->width;
  return bench;
}

void
pt_infer_bench_free (PtInferBench * bench)
{
  pt_preprocess_free (bench->preprocess);
  pt_nv_input_clear (&bench->input);
  g_free (bench->tensor);
  g_free (bench);
}

static gboolean
prepare_picture (PtInferJob * job, GstBuffer * buffer, PtInferBench * bench, guint number,
    float *tensor)
{
  GstVideoFrame mapped;
  PtJobPicture *picture = &g_array_index (job->pictures, PtJobPicture, number);
  if (!pt_surface_map (&mapped, buffer, pt_picture_slot (buffer, picture->frame), &job->info,
          GST_MAP_READ))
    return FALSE;
  picture->frame_width = GST_VIDEO_FRAME_WIDTH (&mapped);
  picture->frame_height = GST_VIDEO_FRAME_HEIGHT (&mapped);
  if (picture->object) {
    const GstVideoFrame part = pt_crop_frame (&mapped, &picture->crop);
    pt_preprocess_run (bench->preprocess, &part, tensor, &picture->placement);
  } else {
    picture->crop = (GstVideoRectangle) {
      0, 0, GST_VIDEO_FRAME_WIDTH (&mapped), GST_VIDEO_FRAME_HEIGHT (&mapped)
    };
    pt_preprocess_run (bench->preprocess, &mapped, tensor, &picture->placement);
  }
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
prepare (PtInferJob * job, GstBuffer * buffer, PtInferBench * bench, guint first, guint count)
{
  if (bench->capacity < count) {
    bench->capacity = count;
    bench->tensor = g_renew (float, bench->tensor, bench->size * bench->capacity);
  }
  for (guint i = 0; i < count; i++)
    if (!prepare_picture (job, buffer, bench, first + i, bench->tensor + bench->size * i)) {
      fail (job, g_strdup_printf ("The picture in slot %u of the batch cannot be read.",
              g_array_index (job->pictures, PtJobPicture, first + i).frame->batch_id));
      return FALSE;
    }
  return TRUE;
}

/* Pictures of a card that the network takes where they are. */
static gboolean
are_on_card (PtInferJob * job, PtInferBench * bench, const PtInferPlan * plan,
    PtInferSurface * surface)
{
  const guint count = job->pictures->len;
  guint *slots = g_new (guint, count);
  for (guint i = 0; i < count; i++)
    slots[i] = g_array_index (job->pictures, PtJobPicture, i).frame->batch_id;
  const gboolean found = plan->takes_surfaces && !plan->on_objects
      && pt_on_card_describe (surface, &bench->spec, job->buffer, &job->info, slots, count);
  g_free (slots);
  const guint width = GST_VIDEO_INFO_WIDTH (&job->info), height = GST_VIDEO_INFO_HEIGHT (&job->info);
  const PtPlacement placement = pt_preprocess_placement (pt_preprocess_place (&bench->spec, width,
          height), width, height);
  for (guint i = 0; i < count && found; i++) {
    PtJobPicture *picture = &g_array_index (job->pictures, PtJobPicture, i);
    picture->placement = placement;
    picture->crop = (GstVideoRectangle) { 0, 0, width, height };
    picture->frame_width = width;
    picture->frame_height = height;
  }
  return found;
}

/* ---- the network; the flow says whether it has failed ---- */

/* What it found is of pictures that there are. FALSE: the job has failed. */
static gboolean
check_pictures (PtInferJob * job, guint count)
{
  guint last = 0;
  for (guint i = 0; i < job->results.boxes->len; i++)
    last = MAX (last, g_array_index (job->results.boxes, PtInferBox, i).picture);
  for (guint i = 0; i < job->results.labels->len; i++)
    last = MAX (last, g_array_index (job->results.labels, PtInferLabel, i).picture);
  if (last < count)
    return TRUE;
  fail (job, g_strdup_printf ("The engine found something in picture %u, counted from 0, of %u.",
          last, count));
  return FALSE;
}

/* What was found in some pictures. */
static void
take (PtInferJob * job, const PtInferPlan * plan, gboolean done, guint first, guint count)
{
  if (done) {
    if (check_pictures (job, count))
      pt_attach_results (job, plan, first, count);
  } else
    job->flow = job->error ? GST_FLOW_ERROR : GST_FLOW_FLUSHING;
  pt_infer_results_empty (&job->results);
}

static void
run_on_card (PtInferJob * job, const PtInferSurface * surface, gpointer engine,
    const PtInferPlan * plan)
{
  const guint count = job->pictures->len;
  take (job, plan, pt_infer_engine_get ()->run_surface (engine, plan, surface, count,
          &job->results, &job->error), 0, count);
}

static void
run_on_tensors (PtInferJob * job, GstBuffer * buffer, PtInferBench * bench, gpointer engine,
    const PtInferPlan * plan)
{
  const guint all = job->pictures->len, most = plan->batch_size ? plan->batch_size : all;
  for (guint first = 0; first < all && job->flow == GST_FLOW_OK; first += most) {
    const guint count = MIN (most, all - first);
    if (prepare (job, buffer, bench, first, count))
      take (job, plan, pt_infer_engine_get ()->run (engine, plan, bench->tensor, count,
              &job->results, &job->error), first, count);
  }
}

/* How many regions from this one on are of one tensor. */
static guint
count_of_tensor (const PtInferJob * job, guint first)
{
  const PtJobPicture *pictures = (const PtJobPicture *) job->pictures->data;
  guint end = first;
  while (end < job->pictures->len && pictures[end].prepared == pictures[first].prepared)
    end++;
  return end - first;
}

static void
run_on_prepared (PtInferJob * job, gpointer engine, const PtInferPlan * plan)
{
  for (guint first = 0, count; first < job->pictures->len && job->flow == GST_FLOW_OK; first += count) {
    const PtJobPicture *picture = &g_array_index (job->pictures, PtJobPicture, first);
    count = count_of_tensor (job, first);
    if (plan->batch_size)
      count = MIN (count, plan->batch_size);
    take (job, plan, pt_infer_engine_get ()->run_prepared (engine, plan, picture->prepared,
            picture->roi - picture->prepared->rois, count, &job->results, &job->error), first, count);
  }
}

/* How large the pictures are that the regions are of. */
static void
measure_frames (PtInferJob * job)
{
  for (guint i = 0; i < job->pictures->len; i++) {
    PtJobPicture *picture = &g_array_index (job->pictures, PtJobPicture, i);
    const GstVideoInfo *info = pt_surface_info (job->buffer,
        pt_picture_slot (job->buffer, picture->frame), &job->info);
    picture->frame_width = GST_VIDEO_INFO_WIDTH (info);
    picture->frame_height = GST_VIDEO_INFO_HEIGHT (info);
  }
}

/* Where the network runs on the CPU or on parts of the pictures, or takes no such pictures. */
static void
run_on_copies (PtInferJob * job, PtInferBench * bench, gpointer engine, const PtInferPlan * plan)
{
  char *problem;
  GstBuffer *plain = pt_nv_read (&bench->input.reader, job->buffer, &bench->input.pool, &job->info,
      &problem);
  if (plain) {
    run_on_tensors (job, plain, bench, engine, plan);
    gst_buffer_unref (plain);
    return;
  }
  fail (job, g_strdup_printf ("A picture in NVIDIA's memory cannot be read: %s.", problem));
  g_free (problem);
}

static void
run_on_surface (PtInferJob * job, PtInferBench * bench, gpointer engine, const PtInferPlan * plan)
{
  PtInferSurface surface;
  char *refused = plan->takes_surfaces ? pt_on_card_refuse (job->buffer, plan->gpu_id) : NULL;
  if (refused)
    fail (job, refused);
  else if (are_on_card (job, bench, plan, &surface))
    run_on_card (job, &surface, engine, plan);
  else
    run_on_copies (job, bench, engine, plan);
}

static void
run (PtInferJob * job, PtInferBench * bench, gpointer engine, const PtInferPlan * plan)
{
  if (plan->from_meta) {
    measure_frames (job);
    run_on_prepared (job, engine, plan);
  } else if (!pt_nv_is_surface (job->buffer, &job->info))
    run_on_tensors (job, job->buffer, bench, engine, plan);
  else
    run_on_surface (job, bench, engine, plan);
}

/* Behind the last object of the frame, or its first one where there was none. */
static PtObject *
first_behind (const PtFrame * frame, const PtNode * last)
{
  return (PtObject *) (last ? last->next : frame->objects.head);
}

void
pt_infer_job_run (PtInferJob * job, PtInferBench * bench, gpointer engine,
    const PtInferPlan * plan)
{
  const PtFrame *frame = job->pictures->len
      ? g_array_index (job->pictures, PtJobPicture, 0).frame : NULL;
  const PtNode *last = frame ? frame->objects.tail : NULL;
  run (job, bench, engine, plan);
  if (job->flow == GST_FLOW_OK && plan->analytics && frame
      && plan->network_type != PT_NETWORK_CLASSIFIER)
    pt_analytics_write (job->buffer, first_behind (frame, last));
}

void
pt_infer_job_finish (PtInferJob * job, const PtInferPlan * plan)
{
  const PtFrame *frame = job->pictures->len
      ? g_array_index (job->pictures, PtJobPicture, 0).frame : NULL;
  pt_attach_labels (job, plan);
  if (plan->analytics && frame && plan->network_type == PT_NETWORK_CLASSIFIER)
    pt_analytics_write (job->buffer, (PtObject *) frame->objects.head);
}
