/* Whose each track and each classification of a relation meta is: see pt_relations_owners in analytics.h.
 *
 * Relations are a matrix, whose bytes are the square of the mtds, and most of its pages were never
 * written: to read them all would take longer than all the rest. Elements add an object and what
 * belongs to it in a regular order, so that the owner is looked for where that of the one before was.
 * Only what is not found there has its relations read.
 */
#include "analytics.h"

#include <string.h>

enum
{
  NEAR = 8,                          /* mtds that are passed over, in search of the next owner */
  FEW = 16                           /* mtds that are asked for one by one: more take a whole pass */
};

typedef struct
{
  PtRelations *relations;
  PtMtdKind kind;                    /* of what is owned */
  guint owners;                      /* kinds of what may own it, as PT_MTD_SET sums them */
  guint distance, last;              /* where the owner of the one before was */
} PtSearch;

static inline gboolean
may_own (const PtSearch * self, guint id)
{
  return PT_MTD_SET (pt_relations_kind (self->relations, id)) & self->owners;
}

static inline gboolean
owns (const PtSearch * self, guint owner, guint id)
{
  return owner < self->relations->length && may_own (self, owner)
      && (pt_relation (self->relations, owner, id) || pt_relation (self->relations, id, owner));
}

static guint
next_owner (const PtSearch * self, guint id)
{
  for (guint i = 0; i < NEAR && id < self->relations->length; i++, id++)
    if (may_own (self, id))
      return id;
  return self->relations->length;
}

static guint
owner_before (const PtSearch * self, guint id)
{
  for (guint i = 0; i < NEAR && id-- > 0; i++)
    if (may_own (self, id))
      return id;
  return self->relations->length;
}

/* As far away as the one before, the same again, one of its neighbours, or the last that was added. */
static guint
guess (const PtSearch * self, guint id)
{
  const guint places[] = {
    self->distance <= id ? id - self->distance : self->relations->length,
    self->last,
    next_owner (self, self->last + 1),
    owner_before (self, id),
    owner_before (self, MIN (self->last, self->relations->length)),
  };
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    if (owns (self, places[i], id))
      return places[i];
  return self->relations->length;
}

static guint
search (const PtSearch * self, guint id)
{
  guint owner = 0;
  while (owner < self->relations->length && !owns (self, owner, id))
    owner++;
  return owner;
}

static inline void
set_first (guint * owner, guint found)
{
  *owner = MIN (*owner, found);
}

/* Row by row, of all that may own something and of all that has no owner yet. */
static void
read_rows (const PtSearch * self, guint * found, const guint8 * open)
{
  PtRelations *relations = self->relations;
  const guint length = relations->length;
  for (guint id = 0; id < length; id++) {
    const gboolean from = may_own (self, id);
    if (!from && !open[id])
      continue;
    const guint8 *row = pt_relations_row (relations, id);
    for (guint other = 0; (other = pt_row_next (row, other, length)) < length; other++) {
      if (from && open[other])
        set_first (&found[other], id);
      if (!from && may_own (self, other))
        set_first (&found[id], other);
    }
  }
}

/* Returns how many are found in none of the likely places. */
static guint
find_likely (PtSearch * self, guint * found, guint8 * open)
{
  const guint length = self->relations->length;
  guint left = 0;
  for (guint id = 0; id < length; id++) {
    found[id] = length;
    open[id] = FALSE;
    if (pt_relations_kind (self->relations, id) != self->kind)
      continue;
    found[id] = guess (self, id);
    if (found[id] == length) {
      open[id] = TRUE;
      left++;
    } else {
      self->distance = id - found[id];
      self->last = found[id];
    }
  }
  return left;
}

const guint *
pt_relations_owners (PtRelations * self, PtMtdKind kind, guint owners)
{
  PtSearch search_for = {.relations = self,.kind = kind,.owners = owners,.distance = 1,.last = -1u };
  g_array_set_size (self->owners, self->length);
  g_byte_array_set_size (self->open, self->length);
  guint *found = (guint *) self->owners->data;
  guint8 *open = self->open->data;
  const guint left = find_likely (&search_for, found, open);
  if (left > FEW)
    read_rows (&search_for, found, open);
  else
    for (guint id = 0; left && id < self->length; id++)
      if (open[id])
        found[id] = search (&search_for, id);
  return found;
}

/* ---- tracks ---- */

static guint64
track_number (const PtRelations * self, guint id)
{
  guint64 number = PT_UNTRACKED;
  const PtMtd mtd = { id, self->meta };
  self->library->gst_analytics_tracking_mtd_get_info (&mtd, &number, NULL, NULL, NULL);
  return number;
}

void
pt_relations_tracks (PtRelations * self, guint64 * numbers)
{
  if (!self->length)            /* nor are there numbers */
    return;
  memset (numbers, 0xFF, self->length * sizeof *numbers);       /* PT_UNTRACKED */
  if (!self->counts[PT_MTD_TRACK] || !self->counts[PT_MTD_OBJECT])
    return;
  const guint *owners = pt_relations_owners (self, PT_MTD_TRACK, PT_MTD_SET (PT_MTD_OBJECT));
  for (guint id = 0; id < self->length; id++)
    if (owners[id] < self->length && numbers[owners[id]] == PT_UNTRACKED)
      numbers[owners[id]] = track_number (self, id);
}

/* ---- classifications ---- */

gboolean
pt_relations_loose (PtRelations * self, guint8 * loose)
{
  gboolean found = FALSE;
  if (!self->counts[PT_MTD_CLASSES])
    return FALSE;
  const guint *owners = pt_relations_owners (self, PT_MTD_CLASSES,
      PT_MTD_SET (PT_MTD_OBJECT) | PT_MTD_SET (PT_MTD_MASK));
  for (guint id = 0; id < self->length; id++) {
    const gboolean is_loose =
        pt_relations_kind (self, id) == PT_MTD_CLASSES && owners[id] == self->length;
    found |= is_loose;
    if (loose)
      loose[id] = is_loose;
  }
  return found;
}
