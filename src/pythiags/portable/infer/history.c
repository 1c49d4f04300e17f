/* See history.h. */
#include "history.h"

#define GROWTH 0.2f                /* of the area, after which an object is classified again */
#define CLEANING_INTERVAL 1800     /* batches */
#define MOST_UNSEEN 150            /* frames */

struct _PtInferPast
{
  gint refs;
  gint last_inferred, last_asked;  /* frame numbers */
  float width, height;             /* when it was inferred */
  GArray *labels;                  /* the output thread's */
};

typedef struct
{
  guint64 object_id;
  guint source;
} Key;

struct _PtInferHistory
{
  GHashTable *pasts;               /* Key to PtInferPast: the streaming thread's */
  GHashTable *last_frames;         /* by source: the number of its last frame */
  guint batches;                   /* since the last cleaning */
};

static guint
key_hash (gconstpointer data)
{
  const Key *key = data;
  return (guint) (key->object_id ^ (key->object_id >> 32)) * 31 + key->source;
}

static gboolean
key_equal (gconstpointer a, gconstpointer b)
{
  const Key *one = a, *other = b;
  return one->object_id == other->object_id && one->source == other->source;
}

static PtInferPast *
past_new (void)
{
  PtInferPast *past = g_new0 (PtInferPast, 1);
  past->refs = 1;
  past->labels = g_array_new (FALSE, FALSE, sizeof (PtInferLabel));
  return past;
}

static PtInferPast *
past_ref (PtInferPast * past)
{
  g_atomic_int_inc (&past->refs);
  return past;
}

void
pt_infer_past_unref (PtInferPast * past)
{
  if (!past || !g_atomic_int_dec_and_test (&past->refs))
    return;
  g_array_unref (past->labels);
  g_free (past);
}

void
pt_infer_past_keep (PtInferPast * past, const PtInferLabel * labels, guint count)
{
  g_array_set_size (past->labels, 0);
  if (count)
    g_array_append_vals (past->labels, labels, count);
}

const PtInferLabel *
pt_infer_past_labels (const PtInferPast * past, guint * count)
{
  *count = past->labels->len;
  return (const PtInferLabel *) past->labels->data;
}

PtInferHistory *
pt_infer_history_new (void)
{
  PtInferHistory *self = g_new0 (PtInferHistory, 1);
  self->pasts = g_hash_table_new_full (key_hash, key_equal, g_free,
      (GDestroyNotify) pt_infer_past_unref);
  self->last_frames = g_hash_table_new (NULL, NULL);
  return self;
}

void
pt_infer_history_free (PtInferHistory * self)
{
  g_hash_table_unref (self->pasts);
  g_hash_table_unref (self->last_frames);
  g_free (self);
}

/* ---- which objects ---- */

static gboolean
has_class (const GArray * wanted, gint class_id)
{
  for (guint i = 0; i < wanted->len; i++)
    if (g_array_index (wanted, gint, i) == class_id)
      return TRUE;
  return wanted->len == 0;
}

static gboolean
is_target (const PtInferTargets * targets, const PtObject * object)
{
  const PtRect *rect = &object->rect_params;
  return (targets->gie_id < 0 || object->unique_component_id == targets->gie_id)
      && rect->width >= targets->min_width && rect->height >= targets->min_height
      && (targets->max_width == 0 || rect->width <= targets->max_width)
      && (targets->max_height == 0 || rect->height <= targets->max_height)
      && has_class (targets->class_ids, object->class_id);
}

/* Frames are counted from 0, and again from 0 once a source comes back. */
static gboolean
is_due (const PtInferPast * past, gint frame_num, guint interval)
{
  return frame_num < past->last_inferred
      || (guint) (frame_num - past->last_inferred) > interval;
}

static gboolean
has_grown (const PtInferPast * past, const PtRect * rect)
{
  return past->width * past->height * (1 + GROWTH) < rect->width * rect->height;
}

static gboolean
is_wanted_again (const PtInferPlan * plan, const PtInferPast * past, const PtObject * object)
{
  const guint interval = plan->targets.reinfer_interval;
  const gint frame_num = object->frame->frame_num;
  if (plan->network_type == PT_NETWORK_CLASSIFIER)
    return has_grown (past, &object->rect_params) || is_due (past, frame_num, interval);
  return plan->network_type != PT_NETWORK_DETECTOR || interval == G_MAXINT
      || is_due (past, frame_num, interval);
}

static PtInferPast *
look_up (PtInferHistory * self, const PtObject * object)
{
  const Key key = { object->object_id, object->frame->pad_index };
  return g_hash_table_lookup (self->pasts, &key);
}

static PtInferPast *
remember (PtInferHistory * self, const PtObject * object)
{
  Key *key = g_new (Key, 1);
  *key = (Key) { object->object_id, object->frame->pad_index };
  PtInferPast *past = past_new ();
  g_hash_table_insert (self->pasts, key, past);
  return past;
}

PtTarget
pt_infer_history_ask (PtInferHistory * self, const PtInferPlan * plan, const PtObject * object,
    PtInferPast ** past)
{
  const gboolean tracked = object->object_id != PT_UNTRACKED;
  PtInferPast *known = tracked ? look_up (self, object) : NULL;
  const gboolean is_classifier = plan->network_type == PT_NETWORK_CLASSIFIER;
  *past = NULL;
  g_hash_table_insert (self->last_frames, GUINT_TO_POINTER (object->frame->pad_index),
      GINT_TO_POINTER (object->frame->frame_num));
  if (!tracked && plan->targets.tracked_only)
    return PT_TARGET_UNTRACKED;
  if (known)
    known->last_asked = object->frame->frame_num;
  if (!is_target (&plan->targets, object) || (known && !is_wanted_again (plan, known, object))) {
    if (!known || !is_classifier)
      return PT_TARGET_NONE;
    *past = past_ref (known);
    return PT_TARGET_RECALL;
  }
  if (!tracked)
    return PT_TARGET_INFER;
  if (!known)
    known = remember (self, object);
  known->last_inferred = known->last_asked = object->frame->frame_num;
  known->width = object->rect_params.width;
  known->height = object->rect_params.height;
  *past = is_classifier ? past_ref (known) : NULL;
  return PT_TARGET_INFER;
}

/* ---- forgetting ---- */

static gboolean
is_long_unseen (gpointer key, gpointer value, gpointer data)
{
  const PtInferHistory *self = data;
  const gint last = GPOINTER_TO_INT (g_hash_table_lookup (self->last_frames,
          GUINT_TO_POINTER (((const Key *) key)->source)));
  return last - ((const PtInferPast *) value)->last_asked > MOST_UNSEEN;
}

void
pt_infer_history_tick (PtInferHistory * self)
{
  if (++self->batches < CLEANING_INTERVAL)
    return;
  self->batches = 0;
  g_hash_table_foreach_remove (self->pasts, is_long_unseen, self);
}

static gboolean
is_of_source (gpointer key, gpointer value, gpointer data)
{
  return ((const Key *) key)->source == GPOINTER_TO_UINT (data);
}

void
pt_infer_history_forget (PtInferHistory * self, guint source)
{
  g_hash_table_foreach_remove (self->pasts, is_of_source, GUINT_TO_POINTER (source));
  g_hash_table_remove (self->last_frames, GUINT_TO_POINTER (source));
}

void
pt_infer_history_forget_all (PtInferHistory * self)
{
  g_hash_table_remove_all (self->pasts);
  g_hash_table_remove_all (self->last_frames);
}
