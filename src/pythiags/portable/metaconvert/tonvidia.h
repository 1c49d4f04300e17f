/* Portable metadata as NVIDIA's. */
#pragma once
#include "nvbatch.h"

G_BEGIN_DECLS

typedef enum
{
  PT_CONVERTED,
  PT_NOTHING_TO_CONVERT,
  PT_CONVERT_TWO_KINDS,            /* the buffer has both kinds, which stay */
  PT_CONVERT_LAYOUT,               /* NVIDIA's metadata is of a layout that is not known */
} PtConverted;

/* Called for each user meta that cannot be taken over. */
typedef void (*PtLeftBehind) (gpointer data, gint meta_type);

/* Moves the portable batch of a writable buffer into a batch of NVIDIA's, made by NVIDIA's library, of which no function
 * is missing (pt_nv_missing_of_batches). */
PtConverted pt_to_nvidia (GstBuffer * buffer, PtLeftBehind left, gpointer data);

G_END_DECLS
