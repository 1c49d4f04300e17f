/* NVIDIA's structs of user metas: see nvstructs.h. */
#include "nvstructs.h"

#include "zones.h"

#define HEAD (((sizeof (PtNvCarried) + 15) / 16) * 16)

/* ---- kinds ---- */

typedef gpointer (*Build) (const PtNvCarried * carried);

/* Room for a struct, zeroed, behind what it was made of. */
static gpointer
room (const PtNvCarried * carried, gsize size)
{
  char *block = g_malloc0 (HEAD + size);
  *(PtNvCarried *) block = *carried;
  return block + HEAD;
}

/* NULL: none. */
static Build
build_of (const PtNvCarried * carried)
{
  return NULL;
}

gpointer
pt_nv_struct_new (const PtNvCarried * carried)
{
  const Build build = carried->data ? build_of (carried) : NULL;
  return build ? build (carried) : room (carried, 16);
}

PtNvCarried *
pt_nv_struct_carried (gpointer at)
{
  return (PtNvCarried *) ((char *) at - HEAD);
}

void
pt_nv_struct_free (gpointer at)
{
  g_free ((char *) at - HEAD);
}

gboolean
pt_nv_struct_is_known (const PtNvCarried * carried)
{
  return carried->data && build_of (carried);
}

const char *
pt_nv_struct_name (const PtNvCarried * carried)
{
  if (carried->frame_size == PT_NV_FRAME_SIZE_8)
    return NULL;
  switch ((int) carried->payload) {
    case PT_PAYLOAD_ZONES_FRAME:
      return "NVIDIA.DSANALYTICSFRAME.USER_META";
    case PT_PAYLOAD_ZONES_OBJECT:
      return "NVIDIA.DSANALYTICSOBJ.USER_META";
    default:
      return NULL;
  }
}
