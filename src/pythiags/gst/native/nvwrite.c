/* Writing to NVIDIA's metadata: see nvwrite.h. */
#include "nvwrite.h"

#include "gil.h"
#include "runtime.h"

typedef gpointer (*Acquire) (gpointer batch);
typedef void (*Add) (gpointer holder, gpointer item);
typedef void (*AddObject) (gpointer frame, gpointer object, gpointer parent);
typedef void (*Remove) (gpointer holder, gpointer item);

typedef struct
{
  const char *acquire, *add, *remove;
} Names;

static const Names names[PT_NV_ADDABLE] = {
  [PT_NV_OBJECT] = {"nvds_acquire_obj_meta_from_pool", "nvds_add_obj_meta_to_frame",
      "nvds_remove_obj_meta_from_frame"},
  [PT_NV_CLASSIFIER] = {"nvds_acquire_classifier_meta_from_pool",
        "nvds_add_classifier_meta_to_object", "nvds_remove_classifier_meta_from_obj"},
  [PT_NV_LABEL] = {"nvds_acquire_label_info_meta_from_pool",
      "nvds_add_label_info_meta_to_classifier", "nvds_remove_label_info_meta_from_classifier"},
  [PT_NV_DISPLAY] = {"nvds_acquire_display_meta_from_pool", "nvds_add_display_meta_to_frame",
      "nvds_remove_display_meta_from_frame"},
  [PT_NV_BATCH_USER] = {"nvds_acquire_user_meta_from_pool", "nvds_add_user_meta_to_batch",
      "nvds_remove_user_meta_from_batch"},
  [PT_NV_FRAME_USER] = {"nvds_acquire_user_meta_from_pool", "nvds_add_user_meta_to_frame",
      "nvds_remove_user_meta_from_frame"},
  [PT_NV_OBJECT_USER] = {"nvds_acquire_user_meta_from_pool", "nvds_add_user_meta_to_obj",
      "nvds_remove_user_meta_from_object"},
};

static gpointer functions[PT_NV_ADDABLE][3];        /* atomic; looked up once */

static gpointer
function_of (PtNvAddable kind, guint which)
{
  gpointer function = g_atomic_pointer_get (&functions[kind][which]);
  if (!function) {
    const char *const *all = (const char *const *) &names[kind];
    function = pt_known_function ("libnvds_meta.so", all[which]);
    g_atomic_pointer_set (&functions[kind][which], function);
  }
  return function;
}

const char *
pt_nv_missing (PtNvAddable kind)
{
  const char *const *all = (const char *const *) &names[kind];
  for (guint which = 0; which < 3; which++)
    if (!function_of (kind, which))
      return all[which];
  return NULL;
}

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
  gpointer item = ((Acquire) function_of (kind, 0)) (batch);
  if (!item)
    return NULL;
  if (kind == PT_NV_OBJECT) {
    begin_object (item);
    ((AddObject) function_of (kind, 1)) (holder, item, parent);
  } else {
    ((Add) function_of (kind, 1)) (holder, item);
  }
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
  ((Remove) function_of (kind, 2)) (holder, item);
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
  PtNvUser *user = ((Acquire) function_of (kind, 0)) (batch);
  if (!user)
    return NULL;
  user->base.meta_type = meta_type;
  user->base.copy_func = copy_python;
  user->base.release_func = release_python;
  user->user_meta_data = object;
  ((Add) function_of (kind, 1)) (holder, user);
  return user;
}

gboolean
pt_nv_holds_python (const PtNvUser * user)
{
  return user->base.copy_func == (gpointer) copy_python;
}
