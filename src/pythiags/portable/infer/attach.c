/* See attach.h. */
#include "attach.h"

#include <string.h>

static const PtColor WHITE = { 1, 1, 1, 1 }, BLACK = { 0, 0, 0, 1 }, RED = { 1, 0, 0, 1 };

/* ---- objects ---- */

static gboolean
is_wanted (const PtInferClass * class, const PtBbox * box)
{
  return !class->filtered_out
      && box->width >= class->min_width && box->height >= class->min_height
      && (class->max_width == 0 || box->width <= class->max_width)
      && (class->max_height == 0 || box->height <= class->max_height);
}

static gboolean
is_in_region (const PtInferClass * class, const PtBbox * box, float frame_height)
{
  return (class->roi_top == 0 || box->top >= class->roi_top)
      && (class->roi_bottom == 0 || box->top + box->height <= frame_height - class->roi_bottom);
}

/* As nvinfer: the top moves and the height stays. FALSE: nothing of it is in the region. */
static gboolean
crop_to_region (const PtInferClass * class, PtBbox * box, const PtJobPicture * picture)
{
  const float bottom = picture->frame_height - class->roi_bottom;
  box->top = MAX (box->top, class->roi_top);
  box->width = MIN (box->width, picture->frame_width - box->left);
  box->height = MIN (box->height, bottom - box->top);
  return box->width > 0 && box->height > 0;
}

/* A tenth line above, in white on black. Where there is no room above, y_offset is 0 (DeepStream's wraps
 * around). */
static PtText
text_above (PtBatch * batch, const PtRect * rect, const char *text)
{
  return (PtText) {
    .display_text = pt_batch_strdup (batch, text),
    .x_offset = pt_pixels (rect->left),.y_offset = pt_pixels (rect->top - 10),
    .font_params = {.font_name = "Serif",.font_size = 11,.font_color = WHITE},
    .set_bg_clr = TRUE,.text_bg_clr = BLACK,
  };
}

/* Colours of masks: nvinfer's own, which are the same in each frame. */
static PtColor
random_color (GRand * random)
{
  double parts[3];
  for (guint i = 0; i < 3; i++) {
    const float part = (float) g_rand_int (random) / 4294967296.f;
    parts[i] = MIN (part, 0x1.fffffep-1f);
  }
  return (PtColor) { parts[0], parts[1], parts[2], 1 };
}

static void
add_mask (PtObject * object, const PtInferPlan * plan, const PtMask * mask, GRand * random)
{
  object->mask_params = *mask;
  object->mask_params.threshold = plan->mask_threshold;
  object->mask_params.data = pt_batch_alloc (object->batch, mask->size);
  memcpy (object->mask_params.data, mask->data, mask->size);
  object->rect_params.border_color = random_color (random);
}

/* To where the region lies that nvdspreprocess prepared, and cut to it where that is wanted. */
static void
move_to_roi (const PtInferPlan * plan, PtBbox * box, const PtRect * roi)
{
  box->left += roi->left;
  box->top += roi->top;
  if (!plan->clip_to_roi)
    return;
  const float right = MIN (box->left + box->width, roi->left + roi->width);
  const float bottom = MIN (box->top + box->height, roi->top + roi->height);
  box->left = MAX (box->left, roi->left);
  box->top = MAX (box->top, roi->top);
  box->width = MAX (right - box->left, 0);
  box->height = MAX (bottom - box->top, 0);
}

/* As nvinfer: left and top are kept within the picture, the size stays. A box within an object is looked at
 * before it is moved to where the object lies; one within a region of nvdspreprocess, afterwards. */
static PtObject *
add_object (const PtInferPlan * plan, const PtJobPicture * picture, const PtInferBox * found)
{
  const PtInferClass *class = &g_array_index (plan->classes, PtInferClass, found->class_id);
  const PtPlacement *at = &picture->placement;
  PtBbox box = {
    .left = (found->box.left - at->offset_x) / at->scale_x,
    .top = (found->box.top - at->offset_y) / at->scale_y,
    .width = found->box.width / at->scale_x,
    .height = found->box.height / at->scale_y,
  };
  if (picture->roi)
    move_to_roi (plan, &box, &picture->roi->roi);
  if (!is_wanted (class, &box)
      || (!plan->crop_to_roi && !is_in_region (class, &box, picture->frame_height)))
    return NULL;
  box.left = MAX (box.left, 0);
  box.top = MAX (box.top, 0);
  if (plan->crop_to_roi && !crop_to_region (class, &box, picture))
    return NULL;
  if (picture->object && !picture->roi) {
    box.left += picture->object->rect_params.left;
    box.top += picture->object->rect_params.top;
  }
  PtObject *object = pt_frame_add_object (picture->frame, picture->object);
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
  object->text_params = text_above (object->batch, &object->rect_params, class->label);
  return object;
}

static void
add_objects (PtInferJob * job, const PtInferPlan * plan, guint first)
{
  GRand *random = NULL;
  guint last_picture = G_MAXUINT;
  for (guint i = 0; i < job->results.boxes->len; i++) {
    PtInferBox *box = &g_array_index (job->results.boxes, PtInferBox, i);
    if (box->class_id < 0 || (guint) box->class_id >= plan->classes->len) {
      job->unknown++;
      job->unknown_class = box->class_id;
      continue;
    }
    PtObject *object =
        add_object (plan, &g_array_index (job->pictures, PtJobPicture, first + box->picture), box);
    if (!object)
      continue;
    job->found++;
    if (!box->mask.data)
      continue;
    if (!random)
      random = g_rand_new ();
    if (box->picture != last_picture)
      g_rand_set_seed (random, 0);
    last_picture = box->picture;
    add_mask (object, plan, &box->mask, random);
  }
  g_clear_pointer (&random, g_rand_free);
}

/* ---- what belongs to a whole picture ---- */

static PtList *
users_of (const PtJobPicture * picture)
{
  return picture->roi ? &picture->roi->users
      : picture->object ? &picture->object->users : &picture->frame->users;
}

void
pt_attach_results (PtInferJob * job, const PtInferPlan * plan, guint first, guint count)
{
  PtInferResults *results = &job->results;
  add_objects (job, plan, first);
  for (guint i = 0; i < count; i++) {
    PtJobPicture *picture = &g_array_index (job->pictures, PtJobPicture, first + i);
    if (plan->network_type != PT_NETWORK_OTHER)        /* whose outputs say nothing of objects yet */
      picture->frame->bInferDone = TRUE;
    if (i < results->maps->len)
      pt_segmentation_attach (pt_segmentation_ref (results->maps->pdata[i]),
          picture->frame->batch, users_of (picture));
    if (i < results->tensors->len)
      pt_tensors_attach (pt_tensors_ref (results->tensors->pdata[i]), picture->frame->batch,
          users_of (picture));
  }
  for (guint i = 0; i < results->labels->len; i++) {
    PtInferLabel label = g_array_index (results->labels, PtInferLabel, i);
    label.picture += first;
    g_array_append_val (job->labels, label);
  }
}

/* ---- labels ---- */

/* The object of a classifier that runs on whole pictures: as large as the picture, and of no class. */
static PtObject *
add_whole (const PtInferPlan * plan, PtFrame * frame, const PtJobPicture * picture)
{
  PtObject *object = pt_frame_add_object (frame, NULL);
  object->unique_component_id = plan->unique_id;
  object->confidence = 0;
  object->rect_params = (PtRect) {
    .width = picture->crop.w,.height = picture->crop.h,
    .border_width = 6,.border_color = RED,.bg_color = {1, 1, 0, 0.4},
  };
  object->text_params = text_above (object->batch, &object->rect_params, "");
  return object;
}

/* Each label with a blank behind it, as nvinfer puts them together; "": none has a name. */
static GString *
text_of (const PtInferLabel * labels, guint count)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < count; i++)
    if (labels[i].is_named)
      g_string_append_printf (text, "%s ", labels[i].label);
  return text;
}

static void
add_text (PtObject * object, const char *text)
{
  if (!object->text_params.display_text)
    object->text_params = text_above (object->batch, &object->rect_params, "");
  gchar *joined = g_strconcat (object->text_params.display_text, " ", text, NULL);
  object->text_params.display_text = pt_batch_strdup (object->batch, joined);
  g_free (joined);
}

static void
fill_classifier (PtClassifier * classifier, const PtInferPlan * plan, const PtInferLabel * labels,
    guint count)
{
  classifier->unique_component_id = plan->unique_id;
  if (plan->classifier_type[0])
    classifier->classifier_type = pt_batch_strdup (classifier->batch, plan->classifier_type);
  for (guint i = 0; i < count; i++) {
    PtLabel *label = pt_classifier_add_label (classifier);
    label->label_id = labels[i].label_id;
    label->result_class_id = labels[i].class_id;
    label->result_prob = labels[i].confidence;
    if (labels[i].is_named)
      pt_set_label (label->result_label, labels[i].label);
  }
}

/* As nvinfer: a region has its labels itself, whether or not it is an object's. */
static void
add_to_roi (const PtInferPlan * plan, const PtJobPicture * picture, const PtInferLabel * labels,
    guint count)
{
  PtClassifier *classifier = pt_batch_new_classifier (picture->frame->batch);
  fill_classifier (classifier, plan, labels, count);
  pt_list_append (&picture->roi->classifiers, &classifier->node);
}

/* As nvinfer: nothing at all where no label has a name. `picture` is NULL where labels are recalled, and `object` may be,
 * for the whole picture. */
static void
add_labels (PtInferJob * job, const PtInferPlan * plan, PtObject * object,
    const PtJobPicture * picture, const PtInferLabel * labels, guint count)
{
  GString *text = text_of (labels, count);
  if (text->len) {
    const gboolean has_roi = picture && picture->roi;
    if (has_roi)
      add_to_roi (plan, picture, labels, count);
    else if (!object)
      object = add_whole (plan, picture->frame, picture);
    if (object) {
      fill_classifier (pt_object_add_classifier (object), plan, labels, count);
      add_text (object, text->str);
    }
    job->found += count;
  }
  g_string_free (text, TRUE);
}

void
pt_attach_labels (PtInferJob * job, const PtInferPlan * plan)
{
  if (plan->network_type != PT_NETWORK_CLASSIFIER)
    return;
  const PtInferLabel *labels = (const PtInferLabel *) job->labels->data;
  guint at = 0;
  for (guint i = 0; i < job->pictures->len; i++) {
    const PtJobPicture *picture = &g_array_index (job->pictures, PtJobPicture, i);
    guint end = at;
    while (end < job->labels->len && labels[end].picture == i)
      end++;
    if (picture->past)
      pt_infer_past_keep (picture->past, labels + at, end - at);
    add_labels (job, plan, picture->object, picture, labels + at, end - at);
    at = end;
  }
  for (guint i = 0; i < job->recalls->len; i++) {
    const PtJobRecall *recall = &g_array_index (job->recalls, PtJobRecall, i);
    guint count;
    const PtInferLabel *kept = pt_infer_past_labels (recall->past, &count);
    add_labels (job, plan, recall->object, NULL, kept, count);
  }
}
