/* User metas across the border: see nvcarried.h. */
#include "nvcarried.h"

#include "nvfunctions.h"
#include "nvstructs.h"

#define HIDDEN_TYPE "PYTHIAGS.USER_META"   /* of what has no struct of NVIDIA's, under a number of NVIDIA's */
#define NOTE_TYPE "PYTHIAGS.NOTE"
#define LAST_COMMON_TYPE 7                 /* up to NVDS_USER_META no number stands for a struct of user metas */
#define FIRST_USER_TYPE 8193

typedef gpointer (*NvCopy) (gpointer user, gpointer nothing);
typedef void (*NvRelease) (gpointer user, gpointer nothing);

/* ---- ours on NVIDIA's metadata ---- */

static gpointer
copy_carried (gpointer data, gpointer nothing)
{
  const PtNvCarried *from = pt_nv_carried (data);
  PtNvCarried copy = *from;
  copy.data = from->data ? from->copy (from->data) : NULL;
  return pt_nv_struct_new (&copy);
}

static void
release_carried (gpointer data, gpointer nothing)
{
  PtNvUser *user = data;
  PtNvCarried *carried = pt_nv_carried (user);
  if (carried->data && carried->free)
    carried->free (carried->data);
  pt_nv_struct_free (user->user_meta_data);
  user->user_meta_data = NULL;
}

PtNvCarried *
pt_nv_carried (const PtNvUser * user)
{
  return user->base.release_func == (gpointer) release_carried && user->user_meta_data
      ? pt_nv_struct_carried (user->user_meta_data) : NULL;
}

/* The number that its kind has in the release. */
static gint
type_of (const PtNvCarried * carried, gboolean is_known)
{
  const char *name = is_known ? pt_nv_struct_name (carried) : NULL;
  if (name)
    return pt_nv_user_type (name);
  return is_known || carried->meta_type >= FIRST_USER_TYPE
      || carried->meta_type <= LAST_COMMON_TYPE ? carried->meta_type : pt_nv_user_type (HIDDEN_TYPE);
}

static void
restore_foreign (PtNvUser * user, PtUser * from)
{
  const PtNvUser *foreign = from->data;
  user->user_meta_data = foreign->user_meta_data;
  user->base.meta_type = foreign->base.meta_type;
  user->base.context = foreign->base.context;
  user->base.copy_func = foreign->base.copy_func;
  user->base.release_func = foreign->base.release_func;
  g_free (from->data);
  from->data = NULL;
}

void
pt_nv_carry (PtNvUser * user, PtUser * from, const PtNv * nv)
{
  if ((int) from->payload == PT_PAYLOAD_NVIDIA && from->data) {
    restore_foreign (user, from);
    return;
  }
  const PtNvCarried carried = { nv->frame_size, nv->shift, from->meta_type, from->payload, from->data,
    from->copy, from->free
  };
  user->user_meta_data = pt_nv_struct_new (&carried);
  user->base.meta_type = type_of (&carried, pt_nv_struct_is_known (&carried));
  user->base.copy_func = from->copy ? (gpointer) copy_carried : NULL;
  user->base.release_func = release_carried;
  from->data = NULL;
}

/* ---- another's on portable metadata ---- */

static gpointer
copy_foreign (gpointer data)
{
  PtNvUser *from = data;
  PtNvUser *copy = g_new (PtNvUser, 1);
  *copy = *from;
  copy->user_meta_data = ((NvCopy) from->base.copy_func) (from, NULL);
  return copy;
}

static void
free_foreign (gpointer data)
{
  PtNvUser *user = data;
  if (user->base.release_func)
    ((NvRelease) user->base.release_func) (user, NULL);
  g_free (user);
}

void
pt_nv_bring_back (PtNvUser * user, PtBatch * batch, PtList * users)
{
  PtNvCarried *carried = pt_nv_carried (user);
  if (carried) {
    pt_add_user (batch, users, carried->meta_type, carried->data, carried->copy,
        carried->free)->payload = carried->payload;
    carried->data = NULL;
    return;
  }
  PtNvUser *foreign = g_new (PtNvUser, 1);
  *foreign = *user;
  foreign->base.batch_meta = NULL;
  pt_add_user (batch, users, user->base.meta_type, foreign,
      user->base.copy_func ? copy_foreign : NULL, free_foreign)->payload =
      (PtPayload) PT_PAYLOAD_NVIDIA;
  user->user_meta_data = NULL;
  user->base.copy_func = user->base.release_func = NULL;
}

/* ---- notes ---- */

static gpointer
copy_note (gpointer data, gpointer nothing)
{
  const PtNvNote *note = ((const PtNvUser *) data)->user_meta_data;
  PtNvNote *copy = g_memdup2 (note, sizeof *note + note->count * sizeof note->frames[0]);
  copy->copies++;
  return copy;
}

static void
release_note (gpointer data, gpointer nothing)
{
  PtNvUser *user = data;
  g_clear_pointer (&user->user_meta_data, g_free);
}

static gpointer
copy_kin (gpointer data, gpointer nothing)
{
  return g_memdup2 (((const PtNvUser *) data)->user_meta_data, sizeof (PtNvKin));
}

static void
set_note (PtNvUser * user, gpointer note, NvCopy copy)
{
  user->base.meta_type = pt_nv_user_type (NOTE_TYPE);
  user->base.copy_func = copy;
  user->base.release_func = release_note;
  user->user_meta_data = note;
}

gboolean
pt_nv_is_note (const PtNvUser * user)
{
  return user->base.release_func == (gpointer) release_note;
}

void
pt_nv_write_note (PtNvUser * user, const PtBatch * batch)
{
  PtNvNote *note = g_malloc0 (sizeof *note + batch->num_frames_in_batch * sizeof note->frames[0]);
  PT_EACH (PtFrame, frame, batch->frames) {
    if (note->count == batch->num_frames_in_batch)
      break;
    note->frames[note->count].pad_index = frame->pad_index;
    note->frames[note->count].width = frame->pipeline_width;
    note->frames[note->count++].height = frame->pipeline_height;
  }
  set_note (user, note, copy_note);
}

void
pt_nv_write_kin (PtNvUser * user, const PtObject * object)
{
  PtNvKin *kin = g_new (PtNvKin, 1);
  *kin = (PtNvKin) { GPOINTER_TO_SIZE (object), GPOINTER_TO_SIZE (object->parent) };
  set_note (user, kin, copy_kin);
}

const PtNvNote *
pt_nv_read_note (const PtNvUser * user)
{
  return user->base.copy_func == (gpointer) copy_note ? user->user_meta_data : NULL;
}

const PtNvKin *
pt_nv_read_kin (const PtNvUser * user)
{
  return user->base.copy_func == (gpointer) copy_kin ? user->user_meta_data : NULL;
}
