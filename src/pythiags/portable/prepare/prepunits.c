/* See prepunits.h. */
#include "prepunits.h"

#include "pictures.h"
#include "surface.h"

/* What is being looked at. */
typedef struct
{
  const PtPrepTargets *targets;
  const PtPrepGroup *group;
  guint number;
  PtFrame *frame;
  guint slot;
  gint width, height;              /* of its picture */
  GArray *units;
  char *error;
} Look;

static gboolean
is_empty (const PtBbox * box)
{
  return box->width == 0 && box->height == 0;
}

/* As DeepStream: what lies beyond the picture's right and bottom is cut off. */
static PtRect
cut (const Look * look, float left, float top, float width, float height)
{
  return (PtRect) {
    .left = left,.top = top,
    .width = MIN (width, look->width - left),.height = MIN (height, look->height - top),
  };
}

static PtRect
region_of (const Look * look, const PtBbox * box)
{
  return is_empty (box) ? cut (look, 0, 0, look->width, look->height)
      : cut (look, box->left, box->top, box->width, box->height);
}

static void
draw (const Look * look, const PtRect * roi)
{
  if (!look->group->draw)
    return;
  PtDisplay *display = pt_frame_add_display (look->frame);
  display->num_rects = 1;
  display->rect_params[0] = *roi;
  display->rect_params[0].border_width = 2;
  display->rect_params[0].border_color = look->group->color;
}

/* FALSE: nothing of it is in the picture. */
static gboolean
add (Look * look, const PtRect * roi, PtObject * object)
{
  PtPrepUnit unit = {.frame = look->frame,.object = object,.roi = *roi,.slot = look->slot };
  if (!pt_crop_of (roi, look->width, look->height, &unit.crop))
    return FALSE;
  g_array_append_val (look->units, unit);
  return TRUE;
}

/* ---- regions of frames ---- */

static gboolean
look_at_frame (Look * look, const GArray * rois)
{
  for (guint i = 0; i < rois->len; i++) {
    const PtBbox *box = &g_array_index (rois, PtBbox, i);
    const PtRect roi = region_of (look, box);
    if (!add (look, &roi, NULL)) {
      look->error = g_strdup_printf ("Region %u of source %u in group %u, %gx%g at %g, %g, lies outside "
          "its picture of %dx%d: change roi-params-src-%u in [group-%u], or the size of the batch.",
          i, look->frame->source_id, look->number, box->width, box->height, box->left, box->top,
          look->width, look->height, look->frame->source_id, look->number);
      return FALSE;
    }
    draw (look, &roi);
  }
  return TRUE;
}

/* ---- objects ---- */

static gboolean
has_class (const PtPrepGroup * group, gint class_id)
{
  for (guint i = 0; i < group->class_ids->len; i++)
    if (g_array_index (group->class_ids, gint, i) == class_id)
      return TRUE;
  return group->class_ids->len == 0;
}

static gboolean
has_size (const PtPrepGroup * group, const PtRect * rect)
{
  return rect->width >= group->min_width && rect->height >= group->min_height
      && (!group->max_width || rect->width <= group->max_width)
      && (!group->max_height || rect->height <= group->max_height);
}

static gboolean
overlaps (const PtRect * roi, const PtRect * rect)
{
  return roi->left + roi->width > rect->left && roi->top + roi->height > rect->top
      && rect->left + rect->width > roi->left && rect->top + rect->height > roi->top;
}

static gboolean
is_wanted (const Look * look, const PtObject * object, const PtRect * roi)
{
  const PtRect *rect = &object->rect_params;
  return (look->targets->gie_id < 0 || look->targets->gie_id == object->unique_component_id)
      && has_class (look->group, object->class_id) && has_size (look->group, rect)
      && (look->group->on_all_objects || overlaps (roi, rect));
}

/* One that lies in several regions is there as often. */
static void
look_at_objects (Look * look, const GArray * rois)
{
  for (guint i = 0; i < rois->len; i++) {
    const PtRect roi = region_of (look, &g_array_index (rois, PtBbox, i));
    draw (look, &roi);
    PT_EACH (PtObject, object, look->frame->objects) {
      const PtRect *of = &object->rect_params;
      const PtRect rect = cut (look, of->left, of->top, of->width, of->height);
      if (is_wanted (look, object, &roi))
        add (look, &rect, object);
    }
  }
}

/* ---- a batch ---- */

static gboolean
look_at_group (Look * look, GstBuffer * buffer, const PtBatch * batch, const GstVideoInfo * info)
{
  PT_EACH (PtFrame, frame, batch->frames) {
    const GArray *rois =
        pt_prep_settings_rois (look->targets->settings, look->number, frame->source_id);
    if (!rois)
      continue;
    look->frame = frame;
    look->slot = pt_picture_slot (buffer, frame);
    const GstVideoInfo *of = pt_surface_info (buffer, look->slot, info);
    look->width = GST_VIDEO_INFO_WIDTH (of);
    look->height = GST_VIDEO_INFO_HEIGHT (of);
    if (!look->targets->on_frames)
      look_at_objects (look, rois);
    else if (!look_at_frame (look, rois))
      return FALSE;
  }
  return TRUE;
}

/* Whether it is the group's turn. */
static gboolean
is_due (PtPrepTargets * targets, guint number, guint interval)
{
  if (targets->batches->len <= number)
    g_array_set_size (targets->batches, number + 1);
  return g_array_index (targets->batches, guint, number)++ % (interval + 1) == 0;
}

gboolean
pt_prep_units_collect (PtPrepTargets * targets, GstBuffer * buffer, const PtBatch * batch,
    const GstVideoInfo * info, GArray * units, char **error)
{
  Look look = {.targets = targets,.units = units };
  const GPtrArray *groups = targets->settings->groups;
  for (; look.number < groups->len && !look.error; look.number++) {
    look.group = g_ptr_array_index (groups, look.number);
    if (is_due (targets, look.number, look.group->interval))
      look_at_group (&look, buffer, batch, info);
  }
  *error = look.error;
  return !look.error;
}
