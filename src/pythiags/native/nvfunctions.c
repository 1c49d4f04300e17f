/* NVIDIA's functions on its metadata: see nvfunctions.h. */
#include "nvfunctions.h"

#include "runtime.h"

#define META "libnvds_meta.so"
#define GST_META "libnvdsgst_meta.so"

/* ---- pools and lists ---- */

typedef gpointer (*Acquire) (gpointer batch);
typedef void (*Add) (gpointer holder, gpointer item);
typedef void (*AddObject) (gpointer frame, gpointer object, gpointer parent);
typedef void (*Remove) (gpointer holder, gpointer item);

enum { ACQUIRE, ADD, REMOVE, WAYS };

static const char *const names[PT_NV_ADDABLE][WAYS] = {
  [PT_NV_FRAME] = {"nvds_acquire_frame_meta_from_pool", "nvds_add_frame_meta_to_batch",
      "nvds_remove_frame_meta_from_batch"},
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

static gpointer functions[PT_NV_ADDABLE][WAYS];     /* atomic; looked up once */

static gpointer
look_up (gpointer * known, const char *library, const char *name)
{
  gpointer function = g_atomic_pointer_get (known);
  if (!function) {
    function = pt_known_function (library, name);
    g_atomic_pointer_set (known, function);
  }
  return function;
}

static gpointer
function_of (PtNvAddable kind, guint way)
{
  return look_up (&functions[kind][way], META, names[kind][way]);
}

const char *
pt_nv_missing (PtNvAddable kind)
{
  for (guint way = 0; way < WAYS; way++)
    if (!function_of (kind, way))
      return names[kind][way];
  return NULL;
}

gpointer
pt_nv_acquire (PtNvAddable kind, PtNvBatch * batch)
{
  return ((Acquire) function_of (kind, ACQUIRE)) (batch);
}

void
pt_nv_put (PtNvAddable kind, gpointer holder, gpointer item, gpointer parent)
{
  if (kind == PT_NV_OBJECT)
    ((AddObject) function_of (kind, ADD)) (holder, item, parent);
  else
    ((Add) function_of (kind, ADD)) (holder, item);
}

void
pt_nv_put_back (PtNvAddable kind, gpointer holder, gpointer item)
{
  ((Remove) function_of (kind, REMOVE)) (holder, item);
}

/* ---- whole batches ---- */

typedef gpointer (*Create) (guint max_frames);
typedef gboolean (*Destroy) (gpointer batch);
typedef PtNvMeta *(*Attach) (GstBuffer *, gpointer data, gpointer user_data, gpointer copy, gpointer release);
typedef gint (*UserType) (const char *name);

enum { CREATE, DESTROY, COPY, RELEASE, USER_TYPE, ATTACH, API, OF_BATCHES };

static const struct { const char *library, *name; } batch_names[OF_BATCHES] = {
  [CREATE] = {META, "nvds_create_batch_meta"},
  [DESTROY] = {META, "nvds_destroy_batch_meta"},
  [COPY] = {META, "nvds_batch_meta_copy_func"},
  [RELEASE] = {META, "nvds_batch_meta_release_func"},
  [USER_TYPE] = {META, "nvds_get_user_meta_type"},
  [ATTACH] = {GST_META, "gst_buffer_add_nvds_meta"},
  [API] = {GST_META, "nvds_meta_api_get_type"},
};

static gpointer batch_functions[OF_BATCHES];        /* as above */

static gpointer
batch_function (guint which)
{
  return look_up (&batch_functions[which], batch_names[which].library, batch_names[which].name);
}

const char *
pt_nv_missing_of_batches (void)
{
  for (guint kind = 0; kind < PT_NV_ADDABLE; kind++)
    if (pt_nv_missing (kind))
      return pt_nv_missing (kind);
  for (guint which = 0; which < OF_BATCHES; which++)
    if (!batch_function (which))
      return batch_names[which].name;
  return NULL;
}

void
pt_nv_batch_register (void)
{
  ((GType (*) (void)) batch_function (API)) ();
}

PtNvBatch *
pt_nv_batch_new (guint max_frames)
{
  PtNvBatch *batch = ((Create) batch_function (CREATE)) (max_frames);
  batch->max_frames_in_batch = max_frames;  /* it is left at 0, with which a copy crashes */
  return batch;
}

void
pt_nv_batch_free (PtNvBatch * batch)
{
  ((Destroy) batch_function (DESTROY)) (batch);
}

void
pt_nv_batch_attach (PtNvBatch * batch, GstBuffer * buffer)
{
  PtNvMeta *meta = ((Attach) batch_function (ATTACH)) (buffer, batch, NULL, batch_function (COPY),
      batch_function (RELEASE));
  meta->meta_type = PT_NV_BATCH_GST_META;   /* it is not set at all */
}

gint
pt_nv_user_type (const char *name)
{
  return ((UserType) batch_function (USER_TYPE)) (name);
}
