/* Writing to NVIDIA's metadata: see nvwrite.h. */
#include "nvwrite.h"

#include "gil.h"
#include "nvcarried.h"

/* What nvinfer writes where nothing is known; the pool gives zeros. */
static void
begin_object (PtNvObject * object)
{
  object->class_id = -1;
  object->object_id = PT_UNTRACKED;
  object->confidence = PT_NO_CONFIDENCE;
}

gpointer
pt_nv_add (PtNvAddable kind, PtNvBatch * batch, gpointer holder, gpointer parent)
{
  gpointer item = pt_nv_acquire (kind, batch);
  if (!item)
    return NULL;
  if (kind == PT_NV_OBJECT)
    begin_object (item);
  pt_nv_put (kind, holder, item, parent);
  return item;
}

/* ---- what was removed ---- */

static void note_items (PtBatch * batch, PtNvAddable kind, const GList * head, PtNvKind list);

/* With what is below it: the library gives that back too. */
static void
note (PtBatch * batch, PtNvAddable kind, gconstpointer item)
{
  const guint shift = batch->foreign_shift;
  g_hash_table_insert (batch->removed, (gpointer) item, GUINT_TO_POINTER (batch->removals));
  if (kind == PT_NV_OBJECT) {
    const PtNvObjectTail *tail = pt_nv_object_tail (item, shift);
    note_items (batch, PT_NV_CLASSIFIER, tail->classifiers, PT_NV_CLASSIFIERS);
    note_items (batch, PT_NV_OBJECT_USER, tail->users, PT_NV_USERS);
  } else if (kind == PT_NV_CLASSIFIER) {
    note_items (batch, PT_NV_LABEL, ((const PtNvClassifier *) item)->labels, PT_NV_LABELS);
  }
}

static void
note_items (PtBatch * batch, PtNvAddable kind, const GList * head, PtNvKind list)
{
  GPtrArray *items = g_ptr_array_new ();
  pt_nv_list (items, head, list, batch->foreign_shift);
  for (guint i = 0; i < items->len; i++)
    note (batch, kind, items->pdata[i]);
  g_ptr_array_unref (items);
}

static void
note_removal (PtBatch * batch, PtNvAddable kind, gconstpointer item)
{
  if (!batch->removed)
    batch->removed = g_hash_table_new (NULL, NULL);
  g_atomic_int_inc (&batch->removals);
  note (batch, kind, item);
}

void
pt_nv_take_off (PtBatch * batch, PtBatch * other, PtNvAddable kind, gpointer holder, gpointer item)
{
  note_removal (batch, kind, item);
  if (other != batch)
    note_removal (other, kind, item);
  pt_nv_put_back (kind, holder, item);
}

gboolean
pt_nv_remove (PtBatch * batch, PtBatch * other, PtNvAddable kind, GList ** head,
    gpointer holder, gpointer item)
{
  const gboolean found = pt_nv_list_has (*head, item);
  if (found)
    pt_nv_take_off (batch, other, kind, holder, item);
  return found;
}

gboolean
pt_nv_is_removed (const PtBatch * batch, gconstpointer at, guint seen)
{
  return batch->removed && GPOINTER_TO_UINT (g_hash_table_lookup (batch->removed, at)) > seen;
}

/* ---- Python objects ---- */

static gpointer
copy_python (gpointer data, gpointer user_data)
{
  return pt_python_ref (((PtNvUser *) data)->user_meta_data);
}

static void
release_python (gpointer data, gpointer user_data)
{
  PtNvUser *user = data;
  gpointer object = user->user_meta_data;
  user->user_meta_data = NULL;
  if (object)
    pt_python_unref (object);
}

gpointer
pt_nv_add_user (PtNvAddable kind, PtNvBatch * batch, gpointer holder, gint meta_type,
    gpointer object)
{
  PtNvUser *user = pt_nv_acquire (kind, batch);
  if (!user)
    return NULL;
  user->base.meta_type = meta_type;
  user->base.copy_func = copy_python;
  user->base.release_func = release_python;
  user->user_meta_data = object;
  pt_nv_put (kind, holder, user, NULL);
  return user;
}

gpointer
pt_nv_python_of (const PtNvUser * user)
{
  if (user->base.copy_func == (gpointer) copy_python)
    return user->user_meta_data;
  const PtNvCarried *carried = pt_nv_carried (user);
  return carried && carried->free == pt_python_unref ? carried->data : NULL;
}
