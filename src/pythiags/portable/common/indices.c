/* See indices.h. The array is sorted. */
#include "indices.h"

GArray *
pt_indices_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (guint));
}

/* The place of the first number that is not below `index`. */
static guint
place_of (const GArray * indices, guint index)
{
  guint place = 0;
  while (place < indices->len && g_array_index (indices, guint, place) < index)
    place++;
  return place;
}

static gboolean
is_at (const GArray * indices, guint place, guint index)
{
  return place < indices->len && g_array_index (indices, guint, place) == index;
}

gboolean
pt_indices_reserve (GArray * indices, gboolean given, guint * index)
{
  guint place = 0;
  if (given)
    place = place_of (indices, *index);
  else
    while (is_at (indices, place, place))
      place++;
  if (!given)
    *index = place;
  if (is_at (indices, place, *index))
    return FALSE;
  g_array_insert_val (indices, place, *index);
  return TRUE;
}

void
pt_indices_free (GArray * indices, guint index)
{
  guint place = place_of (indices, index);
  if (is_at (indices, place, index))
    g_array_remove_index (indices, place);
}
