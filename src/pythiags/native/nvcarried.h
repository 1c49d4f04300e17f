/* User metas of portable metadata on NVIDIA's, and the other way round.
 *
 * On NVIDIA's metadata a user meta of ours is a struct of NVIDIA's where its kind has one, to be read by whoever
 * knows it; in front of it lies what it was made of, which goes back as it was. One of another's on portable
 * metadata keeps its struct and the functions that copy and free it.
 */
#pragma once
#include "nvbatch.h"

G_BEGIN_DECLS

#define PT_PAYLOAD_NVIDIA 105      /* PtPayload of a user meta that holds a PtNvUser of another's */

/* What is in front of NVIDIA's struct. */
typedef struct
{
  guint frame_size, shift;         /* whose structs: see nvlayout.h */
  gint meta_type;                  /* the rest is PtUser's */
  PtPayload payload;
  gpointer data;
  PtUserCopy copy;
  PtUserFree free;
  gpointer more;                   /* memory that NVIDIA's struct points into: see nvstructs.h */
} PtNvCarried;

/* NULL: the user meta is none of ours. */
PtNvCarried *pt_nv_carried (const PtNvUser * user);

/* Not what lives in the memory of its batch, and names its frames. */
static inline gboolean
pt_nv_can_carry (const PtUser * user)
{
  return user->payload != PT_PAYLOAD_PREPARED;
}

/* Move what a user meta holds; the source is empty then. `user` was acquired and is on no list yet. */
void pt_nv_carry (PtNvUser * user, PtUser * from, const PtNv * nv);
void pt_nv_bring_back (PtNvUser * user, PtBatch * batch, PtList * users);

/* ---- notes: user metas that no reader is shown ---- */

/* What NVIDIA's copies of a batch lose, and how many there were since: each turns most lists around. */
typedef struct
{
  guint copies;
  guint count;                     /* frames */
  struct { guint pad_index, width, height; } frames[];     /* their pipeline_width and pipeline_height */
} PtNvNote;

/* On objects that are parents or have one, of which the copies know nothing. Marks are of one batch and its copies. */
typedef struct { gsize mark, parent; } PtNvKin;  /* parent: 0: none */

gboolean pt_nv_is_note (const PtNvUser * user);

void pt_nv_write_note (PtNvUser * user, const PtBatch * batch);
void pt_nv_write_kin (PtNvUser * user, const PtObject * object);
const PtNvNote *pt_nv_read_note (const PtNvUser * user);     /* NULL: it is none */
const PtNvKin *pt_nv_read_kin (const PtNvUser * user);       /* likewise */

G_END_DECLS
