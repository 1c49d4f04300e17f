/* See writer.h. */
#include "writer.h"

#include <math.h>
#include <string.h>

#define MOST_CLASSES 4096       /* whose looks are kept */
#define TEXT_ABOVE 20           /* pixels from an object's text to its box */
#define CONFIDENCE 1            /* of a tracker that does not look at pictures, says NVIDIA's documentation */

/* How objects of a class look: those that no detector saw in a frame look like the first one. */
typedef struct
{
  PtRect rect;
  PtText text;
  char *display_text, *font_name;
  gint unique_component_id;
  char label[PT_MAX_LABEL];
} Look;

struct _PtTrackWriter
{
  GHashTable *looks;            /* of Look, by class */
  GArray *detections;           /* of PtDetection */
  GPtrArray *objects;           /* of PtObject, one a detection */
  GArray *tracks;               /* of PtTrack */
  PtPasts *before, *shadows, *ended;
};

static void
look_free (gpointer data)
{
  Look *look = data;
  g_free (look->display_text);
  g_free (look->font_name);
  g_free (look);
}

PtTrackWriter *
pt_track_writer_new (void)
{
  PtTrackWriter *self = g_new0 (PtTrackWriter, 1);
  self->looks = g_hash_table_new_full (NULL, NULL, NULL, look_free);
  self->detections = g_array_new (FALSE, FALSE, sizeof (PtDetection));
  self->objects = g_ptr_array_new ();
  self->tracks = g_array_new (FALSE, FALSE, sizeof (PtTrack));
  self->before = pt_pasts_new ();
  self->shadows = pt_pasts_new ();
  self->ended = pt_pasts_new ();
  return self;
}

void
pt_track_writer_free (PtTrackWriter * self)
{
  g_hash_table_unref (self->looks);
  g_array_unref (self->detections);
  g_ptr_array_unref (self->objects);
  g_array_unref (self->tracks);
  pt_pasts_free (self->before);
  pt_pasts_free (self->shadows);
  pt_pasts_free (self->ended);
  g_free (self);
}

/* ---- from the frame to the tracker ---- */

typedef struct
{
  float x, y;                   /* pixels of the frame for one of the tracker */
  float width, height;          /* of the frame */
} Scale;

static Scale
scale_of (const PtTrackOutput * output, const PtFrame * frame)
{
  const float width = MAX (frame->pipeline_width, 1), height = MAX (frame->pipeline_height, 1);
  return (Scale) { output->width ? width / output->width : 1,
    output->height ? height / output->height : 1, width, height
  };
}

static gboolean
is_tracked (const PtTrackOutput * output, const PtObject * object)
{
  if (!output->classes || !output->classes->len)
    return TRUE;
  for (guint i = 0; i < output->classes->len; i++)
    if (g_array_index (output->classes, gint, i) == object->class_id)
      return TRUE;
  return FALSE;
}

static void
keep_look (PtTrackWriter * self, const PtObject * object)
{
  const gpointer class = GINT_TO_POINTER (object->class_id);
  if (g_hash_table_contains (self->looks, class)
      || g_hash_table_size (self->looks) >= MOST_CLASSES)
    return;
  Look *look = g_new0 (Look, 1);
  look->rect = object->rect_params;
  look->text = object->text_params;
  look->display_text = g_strdup (object->text_params.display_text);
  look->font_name = g_strdup (object->text_params.font_params.font_name);
  look->unique_component_id = object->unique_component_id;
  memcpy (look->label, object->obj_label, sizeof look->label);
  g_hash_table_insert (self->looks, class, look);
}

static void
collect (PtTrackWriter * self, const PtTrackOutput * output, const PtFrame * frame,
    const Scale * scale)
{
  g_array_set_size (self->detections, 0);
  g_ptr_array_set_size (self->objects, 0);
  PT_EACH (PtObject, object, frame->objects) {
    if (!is_tracked (output, object))
      continue;
    const PtRect *rect = &object->rect_params;
    const PtDetection detection = {.class_id = object->class_id,.confidence = object->confidence,
      .box = {rect->left / scale->x, rect->top / scale->y, rect->width / scale->x,
          rect->height / scale->y}
    };
    g_array_append_val (self->detections, detection);
    g_ptr_array_add (self->objects, object);
    keep_look (self, object);
  }
}

/* ---- and back ---- */

/* The part within the frame. FALSE: there is none. */
static gboolean
clip (PtBbox * box, const Scale * scale)
{
  const float right = MIN (box->left + box->width, scale->width);
  const float bottom = MIN (box->top + box->height, scale->height);
  box->left = MAX (box->left, 0);
  box->top = MAX (box->top, 0);
  box->width = right - box->left;
  box->height = bottom - box->top;
  return box->width > 0 && box->height > 0;
}

static guint64
id_of (const PtTrackOutput * output, PtTrackSource * source, guint64 id)
{
  if (!source->has_first) {
    source->has_first = TRUE;
    source->first_id = id;
  }
  return output->from_zero ? (id & ~(guint64) G_MAXUINT32) + (guint32) (id - source->first_id) : id;
}

/* An object that no detector saw. */
static PtObject *
add_expected (PtTrackWriter * self, PtFrame * frame, const PtTrack * track)
{
  PtObject *object = pt_frame_add_object (frame, NULL);
  const Look *look = g_hash_table_lookup (self->looks, GINT_TO_POINTER (track->class_id));
  object->class_id = track->class_id;
  if (!look)
    return object;
  object->rect_params = look->rect;
  object->text_params = look->text;
  object->text_params.display_text = pt_batch_strdup (frame->batch, look->display_text);
  object->text_params.font_params.font_name = pt_batch_strdup (frame->batch, look->font_name);
  object->unique_component_id = look->unique_component_id;
  memcpy (object->obj_label, look->label, sizeof look->label);
  return object;
}

static void
write_text (const PtTrackOutput * output, PtObject * object)
{
  static const PtColor white = { 1, 1, 1, 1 }, black = { 0, 0, 0, 1 };
  PtText *text = &object->text_params;
  char shown[PT_MAX_LABEL + 32];
  text->font_params = (PtFont) { "Serif", 10, white };
  text->set_bg_clr = TRUE;
  text->text_bg_clr = black;
  text->x_offset = pt_pixels (object->rect_params.left);
  text->y_offset = pt_pixels (object->rect_params.top - TEXT_ABOVE);
  if (!output->shows_ids)
    return;
  char label[PT_MAX_LABEL];
  pt_set_label (label, text->display_text);
  g_snprintf (shown, sizeof shown, "%s%s%" G_GUINT64_FORMAT, label, *label ? " " : "",
      object->object_id);
  text->display_text = pt_batch_strdup (object->batch, shown);
}

static void
write_box (PtObject * object, const PtBbox * whole, const PtBbox * clipped)
{
  PtRect *rect = &object->rect_params;
  rect->left = clipped->left;
  rect->top = clipped->top;
  rect->width = clipped->width;
  rect->height = clipped->height;
  object->tracker_bbox = *whole;
  object->tracker_confidence = CONFIDENCE;
}

static void
write_track (PtTrackWriter * self, const PtTrackOutput * output, PtFrame * frame,
    const PtTrack * track, guint64 id, const Scale * scale)
{
  const PtBbox whole = { track->box.left * scale->x, track->box.top * scale->y,
    track->box.width * scale->x, track->box.height * scale->y
  };
  PtBbox clipped = whole;
  const gboolean visible = clip (&clipped, scale);
  PtObject *object = track->detection >= 0 ? g_ptr_array_index (self->objects, track->detection)
      : visible ? add_expected (self, frame, track) : NULL;
  if (!object)
    return;
  if (!visible) {
    pt_frame_remove_object (object);
    return;
  }
  object->object_id = id;
  if (object->class_id == track->class_id)      /* else the target is thought to be another one's */
    write_box (object, &whole, &clipped);
  write_text (output, object);
}

static void
remove_untracked (const PtTrackOutput * output, PtFrame * frame)
{
  if (output->classes && output->classes->len)
    return;                     /* the others pass as they are */
  PT_EACH (PtObject, object, frame->objects)
    if (object->object_id == PT_UNTRACKED)
      pt_frame_remove_object (object);
}

/* ---- what is said of targets beside ---- */

static void
add_past (PtTrackWriter * self, PtPasts * to, guint pad_index, const PtTrajectory * trajectory,
    guint64 id, const PtTrackSource * source)
{
  const Look *look = g_hash_table_lookup (self->looks, GINT_TO_POINTER (trajectory->class_id));
  pt_pasts_add (to, pad_index, trajectory, id, look ? look->label : "", source->scale_x,
      source->scale_y);
}

static void
add_all (PtTrackWriter * self, PtPasts * to, const GArray * trajectories, guint pad_index,
    const PtTrackOutput * output, PtTrackSource * source)
{
  for (guint i = 0; i < trajectories->len; i++) {
    const PtTrajectory *each = &g_array_index (trajectories, PtTrajectory, i);
    add_past (self, to, pad_index, each, id_of (output, source, each->id), source);
  }
}

void
pt_track_end (PtTrackWriter * self, const PtTrackOutput * output, PtTrackSource * source,
    guint pad_index)
{
  pt_tracker_end_all (source->tracker);
  add_all (self, self->ended, pt_tracker_ended (source->tracker), pad_index, output, source);
}

void
pt_track_writer_attach (PtTrackWriter * self, PtBatch * batch)
{
  pt_pasts_attach (self->before, batch, PT_PASTS_BEFORE);
  pt_pasts_attach (self->ended, batch, PT_PASTS_ENDED);
  pt_pasts_attach (self->shadows, batch, PT_PASTS_SHADOW);
}

guint
pt_track_frame (PtTrackWriter * self, const PtTrackOutput * output, PtTrackSource * source,
    PtFrame * frame)
{
  const Scale scale = scale_of (output, frame);
  const gboolean inferred = frame->bInferDone;
  const guint pad_index = frame->pad_index;
  source->scale_x = scale.x;
  source->scale_y = scale.y;
  collect (self, output, frame, &scale);
  pt_tracker_update (source->tracker, (const PtDetection *) self->detections->data,
      self->detections->len, inferred, (guint) frame->frame_num, scale.width / scale.x,
      scale.height / scale.y, self->tracks);
  for (guint i = 0; i < self->tracks->len; i++) {
    const PtTrack *track = &g_array_index (self->tracks, PtTrack, i);
    const guint64 id = id_of (output, source, track->id);
    write_track (self, output, frame, track, id, &scale);
    if (output->past_frames)
      add_past (self, self->before, pad_index, &track->past, id, source);
  }
  add_all (self, self->shadows, pt_tracker_shadows (source->tracker), pad_index, output, source);
  add_all (self, self->ended, pt_tracker_ended (source->tracker), pad_index, output, source);
  remove_untracked (output, frame);
  return inferred ? 0 : self->detections->len;
}
