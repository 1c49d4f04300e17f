/* Which frame an object of NVIDIA's metadata is on: see nvhomes.h. */
#include "nvhomes.h"

#include "nvwrite.h"

static GPtrArray *
frames_of (const PtNvBatch * batch)
{
  GPtrArray *frames = g_ptr_array_new ();
  pt_nv_list (frames, batch->frames, PT_NV_FRAMES, 0);
  return frames;
}

/* A number that changes whenever an object is added or removed, by whomever. */
static guint64
state_of (const PtBatch * batch, const GPtrArray * frames)
{
  const PtNvBatch *foreign = batch->foreign;
  guint64 state = batch->removals;
  if (foreign->object_pool)
    state = state * 31 + foreign->object_pool->full_count;
  for (guint i = 0; i < frames->len; i++) {
    const PtNvFrame *frame = frames->pdata[i];
    state = (state * 31 + GPOINTER_TO_SIZE (frame->objects)) * 31 + frame->num_obj_meta;
  }
  return state;
}

static gboolean
is_current (const PtBatch * batch, const GPtrArray * frames)
{
  return batch->homes && batch->homes_state == state_of (batch, frames);
}

static void
read_homes (PtBatch * batch, const GPtrArray * frames)
{
  GPtrArray *objects = g_ptr_array_new ();
  if (!batch->homes)
    batch->homes = g_hash_table_new (NULL, NULL);
  g_hash_table_remove_all (batch->homes);
  for (guint i = 0; i < frames->len; i++) {
    PtNvFrame *frame = frames->pdata[i];
    g_ptr_array_set_size (objects, 0);
    pt_nv_list (objects, frame->objects, PT_NV_OBJECTS, batch->foreign_shift);
    for (guint k = 0; k < objects->len; k++)
      g_hash_table_insert (batch->homes, objects->pdata[k], frame);
  }
  g_ptr_array_unref (objects);
  batch->homes_state = state_of (batch, frames);
}

const PtNvFrame *
pt_nv_home (PtBatch * batch, gconstpointer object)
{
  GPtrArray *frames = frames_of (batch->foreign);
  if (!is_current (batch, frames))
    read_homes (batch, frames);
  g_ptr_array_unref (frames);
  return g_hash_table_lookup (batch->homes, object);
}

gpointer
pt_nv_add_object (PtBatch * batch, PtNvFrame * frame, gpointer parent)
{
  PtNvBatch *foreign = batch->foreign;
  g_rec_mutex_lock (&foreign->meta_mutex);
  GPtrArray *frames = batch->homes ? frames_of (foreign) : NULL;
  const gboolean current = frames && is_current (batch, frames);
  gpointer object = pt_nv_add (PT_NV_OBJECT, foreign, frame, parent);
  if (object && current) {
    g_hash_table_insert (batch->homes, object, frame);
    batch->homes_state = state_of (batch, frames);
  }
  g_rec_mutex_unlock (&foreign->meta_mutex);
  if (frames)
    g_ptr_array_unref (frames);
  return object;
}

gboolean
pt_nv_remove_object (PtBatch * batch, PtBatch * other, PtNvFrame * frame, gpointer object)
{
  if (pt_nv_home (batch, object) != frame)
    return FALSE;
  pt_nv_take_off (batch, other, PT_NV_OBJECT, frame, object);
  GPtrArray *frames = frames_of (batch->foreign);
  g_hash_table_remove (batch->homes, object);
  batch->homes_state = state_of (batch, frames);
  g_ptr_array_unref (frames);
  return TRUE;
}
