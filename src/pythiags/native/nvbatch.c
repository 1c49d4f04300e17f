/* NVIDIA's metadata on a buffer: see nvbatch.h. */
#include "nvbatch.h"

#include "nvcarried.h"
#include "runtime.h"

#define FIRST_USER_TYPE 8193         /* NVDS_START_USER_META */

/* ---- finding ---- */

static GType
meta_api (void)
{
  static gsize known = 0;
  return pt_known_type (&known, "NvDsMetaAPI"); /* registered by NVIDIA's library */
}

static guint
element_size (const PtNvPool * pool)
{
  return pool ? pool->element_size : 0;
}

static gboolean
is_known (const PtNv * found)
{
  switch (found->frame_size) {
    case PT_NV_FRAME_SIZE_5:
    case PT_NV_FRAME_SIZE_6:
    case PT_NV_FRAME_SIZE_8:
      break;
    default:
      return FALSE;
  }
  return found->object_size == PT_NV_OBJECT_SIZE || found->object_size == PT_NV_OBJECT_SIZE_9;
}

PtNvVerdict
pt_nv_measure (PtNvBatch * batch, PtNv * found)
{
  found->batch = batch;
  found->object_size = element_size (batch->object_pool);
  found->frame_size = element_size (batch->frame_pool);
  if (!is_known (found))
    return PT_NV_REFUSED;
  found->shift = found->object_size - PT_NV_OBJECT_SIZE;
  return PT_NV_FOUND;
}

PtNvVerdict
pt_nv_find (GstBuffer * buffer, PtNv * found)
{
  const GType api = meta_api ();
  gpointer state = NULL;
  PtNvMeta *meta;
  *found = (PtNv) { 0 };
  if (!api || sizeof (gpointer) != 8)
    return PT_NV_NONE;
  while ((meta = (PtNvMeta *) gst_buffer_iterate_meta_filtered (buffer, &state, api)))
    if (meta->meta_type == PT_NV_BATCH_GST_META && meta->meta_data)
      found->meta = meta;
  return found->meta ? pt_nv_measure (found->meta->meta_data, found) : PT_NV_NONE;
}

static void
let_go (gpointer buffer)
{
  gst_buffer_unref (buffer);
}

PtBatch *
pt_nv_stand_in (const PtNv * found, GstBuffer * keeper)
{
  PtBatch *batch = pt_batch_new (0);
  batch->foreign = found->batch;
  batch->foreign_shift = found->shift;
  if (keeper) {
    batch->keeper = gst_buffer_ref (keeper);
    batch->let_go = let_go;
  }
  return batch;
}

/* ---- lists ---- */

/* Where a list runs in a circle, its nodes are those before the circle and those on it. */
static guint
circular_length (const GList * head, guint around)
{
  const GList *behind = head, *ahead = head;
  guint before = 0;
  for (guint i = 0; i < around; i++)
    ahead = ahead->next;
  while (behind != ahead) {
    behind = behind->next;
    ahead = ahead->next;
    before++;
  }
  return before + around;
}

/* Below zero: a comes first. NaN is like anything, so it never decides. */
#define BY_NUMBER(a, b) do { if ((a) < (b)) return -1; if ((a) > (b)) return 1; } while (0)

static gint
compare_objects (const PtNvObject * a, const PtNvObject * b)
{
  BY_NUMBER (a->unique_component_id, b->unique_component_id);
  BY_NUMBER (a->class_id, b->class_id);
  BY_NUMBER (b->confidence, a->confidence);
  BY_NUMBER (a->object_id, b->object_id);
  BY_NUMBER (a->rect_params.left, b->rect_params.left);
  BY_NUMBER (a->rect_params.top, b->rect_params.top);
  return 0;
}

static gint
compare_labels (const PtNvLabel * a, const PtNvLabel * b)
{
  BY_NUMBER (a->label_id, b->label_id);
  BY_NUMBER (a->result_class_id, b->result_class_id);
  BY_NUMBER (b->result_prob, a->result_prob);
  return 0;
}

static gint
compare_displays (const PtNvDisplay * a, const PtNvDisplay * b, guint shift)
{
  const PtNvDisplayTail *x = pt_nv_display_tail (a, shift), *y = pt_nv_display_tail (b, shift);
  const PtRect *p = (const PtRect *) (a + 1), *q = (const PtRect *) (b + 1);
  BY_NUMBER (a->num_rects, b->num_rects);
  BY_NUMBER (a->num_labels, b->num_labels);
  BY_NUMBER (a->num_lines, b->num_lines);
  BY_NUMBER (a->num_arrows, b->num_arrows);
  BY_NUMBER (a->num_circles, b->num_circles);
  BY_NUMBER (p->left, q->left);
  BY_NUMBER (p->top, q->top);
  BY_NUMBER (x->text_params[0].x_offset, y->text_params[0].x_offset);
  BY_NUMBER (x->text_params[0].y_offset, y->text_params[0].y_offset);
  return memcmp (x->line_params, y->line_params, 4 * sizeof (guint));
}

static gint
compare (gconstpointer a, gconstpointer b, PtNvKind kind, guint shift)
{
  const PtNvClassifier *x = a, *y = b;
  switch (kind) {
    case PT_NV_FRAMES:
      return -1;
    case PT_NV_OBJECTS:
      return compare_objects (a, b);
    case PT_NV_CLASSIFIERS:
      BY_NUMBER (x->unique_component_id, y->unique_component_id);
      return 0;
    case PT_NV_LABELS:
      return compare_labels (a, b);
    case PT_NV_DISPLAYS:
      return compare_displays (a, b, shift);
    case PT_NV_USERS:
      BY_NUMBER (((const PtNvBase *) a)->meta_type, ((const PtNvBase *) b)->meta_type);
      return 0;
  }
  return 0;
}

/* The two ends are compared, then what lies next to them, and so on until they differ. */
static gboolean
begins_at_its_end (const gpointer * items, guint count, PtNvKind kind, guint shift)
{
  for (guint i = 0; i < count / 2; i++) {
    gint order = compare (items[i], items[count - 1 - i], kind, shift);
    if (order)
      return order > 0;
  }
  return kind != PT_NV_FRAMES;       /* all alike: the newest lies at the head */
}

static void
turn_around (gpointer * items, guint count)
{
  for (guint i = 0; i < count / 2; i++) {
    gpointer item = items[i];
    items[i] = items[count - 1 - i];
    items[count - 1 - i] = item;
  }
}

/* Objects lie all over the memory: the lines that readers want come while the list is walked. */
static void
ask_for_object (const PtNvObject * object, guint shift)
{
  __builtin_prefetch (&object->class_id);
  __builtin_prefetch (&object->confidence);
  __builtin_prefetch (pt_nv_object_tail (object, shift)->obj_label);
}

/* Adds the data of each node, NULL included. A mark stays behind, at distances that double, and meets
 * the walker on any circle (Brent's algorithm). */
static void
walk (GPtrArray * items, const GList * head, PtNvKind kind, guint shift)
{
  const guint start = items->len;
  const GList *mark = head;
  guint since = 0, limit = 8;
  for (const GList * node = head; node;) {
    if (kind == PT_NV_OBJECTS && node->data)
      ask_for_object (node->data, shift);
    g_ptr_array_add (items, node->data);
    node = node->next;
    since++;
    if (node && node == mark) {
      g_ptr_array_set_size (items, start + circular_length (head, since));
      return;
    }
    if (since == limit) {
      mark = node;
      since = 0;
      limit *= 2;
    }
  }
}

static void
leave_out_null (GPtrArray * items, guint start, PtNvKind kind)
{
  guint kept = start;
  for (guint i = start; i < items->len; i++)
    if (items->pdata[i] && !(kind == PT_NV_USERS && pt_nv_is_note (items->pdata[i])))
      items->pdata[kept++] = items->pdata[i];
  g_ptr_array_set_size (items, kept);
}

void
pt_nv_list (GPtrArray * items, const GList * head, PtNvKind kind, guint shift)
{
  const guint start = items->len;
  walk (items, head, kind, shift);
  leave_out_null (items, start, kind);
  const guint count = items->len - start;
  if (count > 1 && begins_at_its_end (items->pdata + start, count, kind, shift))
    turn_around (items->pdata + start, count);
}

void
pt_nv_walk (GPtrArray * items, const GList * head)
{
  const guint start = items->len;
  walk (items, head, PT_NV_FRAMES, 0);
  leave_out_null (items, start, PT_NV_FRAMES);
}

gboolean
pt_nv_list_has (const GList * head, gconstpointer item)
{
  GPtrArray *items = g_ptr_array_new ();
  walk (items, head, PT_NV_USERS, 0);
  const gboolean found = g_ptr_array_find (items, item, NULL);
  g_ptr_array_unref (items);
  return found;
}

/* ---- writing ---- */

void
pt_nv_set_text (PtText * target, const PtText * source)
{
  char *old = (char *) target->display_text;
  PtText copy = *source;
  copy.display_text = g_strdup (source->display_text);
  copy.font_params.font_name = g_intern_string (source->font_params.font_name);
  *target = copy;
  g_free (old);
}

void
pt_nv_set_mask (PtMask * target, const PtMask * source)
{
  float *old = target->data;
  PtMask copy = *source;
  if (source->data && source->size) {
    copy.data = g_malloc (source->size);
    memcpy (copy.data, source->data, source->size);
  } else {
    copy.data = NULL;
    copy.size = 0;
  }
  *target = copy;
  g_free (old);
}

/* ---- what user metas hold ---- */

#define SMALLEST_LEFT (1u << 28)     /* as bits of a float, but for zero; no frame number is as large */
#define LAST_STATE 5                 /* of TRACKER_STATE */

/* The second frame's number, or its left edge where frames are 8 bytes shorter. Where that is zero,
 * the first frame's state, or the second's number. */
gsize
pt_nv_past_frame_size (const PtNvPastTrack * track, const PtNvBatch * batch, guint shift)
{
  const char *frames = track->list;
  const guint frame_size = element_size (batch->frame_pool);
  if (shift)
    return PT_NV_PAST_FRAME_SIZE_9;
  if (frame_size == PT_NV_FRAME_SIZE_5)
    return PT_NV_PAST_FRAME_SIZE_6_3;
  if (frame_size == PT_NV_FRAME_SIZE_8 || track->num_obj < 2 || !frames)
    return PT_NV_PAST_FRAME_SIZE_8;
  const guint number = *(const guint *) (frames + PT_NV_PAST_FRAME_SIZE_8);
  const guint state = *(const guint *) (frames + PT_NV_PAST_FRAME_SIZE_6_3);
  if (number >= SMALLEST_LEFT || (!number && state > LAST_STATE))
    return PT_NV_PAST_FRAME_SIZE_6_3;
  return PT_NV_PAST_FRAME_SIZE_8;
}

gint
pt_nv_named_type (const char *name)
{
  const GQuark quark = g_quark_try_string (name);
  return quark ? FIRST_USER_TYPE + (gint) quark : 0;
}
