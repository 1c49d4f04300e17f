/* See assign.h.
 *
 * Few targets compete for a detection, so the candidates fall apart into many small groups, each of
 * which is solved by itself: by successive shortest paths with potentials (the Hungarian method), in
 * rows^2 * columns steps.
 */
#include "assign.h"

#include <string.h>

#define NONE G_MAXUINT
#define MOST 256                /* of a group, targets or detections, that are solved for the best sum */

struct _PtAssigner
{
  GArray *root;                 /* of guint: union-find over targets, then detections */
  GArray *place;                /* of guint: row of a target, column of a detection, in its group */
  GArray *order;                /* of PtCandidate: by group */
  GArray *chosen;               /* of PtCandidate */
  GArray *used;                 /* of guint8: targets, then detections */
  GArray *matrix;               /* of float: rows * columns of a group: what a pair is worth */
  GArray *index;                /* of guint: the candidate of a cell, or NONE */
  /* of the Hungarian method */
  GArray *rows_price, *columns_price, *distance;        /* of double */
  GArray *row_of, *before;      /* of guint, by column */
  GArray *done;                 /* of guint8, by column */
};

PtAssigner *
pt_assigner_new (void)
{
  PtAssigner *self = g_new0 (PtAssigner, 1);
  self->root = g_array_new (FALSE, FALSE, sizeof (guint));
  self->place = g_array_new (FALSE, FALSE, sizeof (guint));
  self->order = g_array_new (FALSE, FALSE, sizeof (PtCandidate));
  self->chosen = g_array_new (FALSE, FALSE, sizeof (PtCandidate));
  self->used = g_array_new (FALSE, FALSE, sizeof (guint8));
  self->matrix = g_array_new (FALSE, FALSE, sizeof (float));
  self->index = g_array_new (FALSE, FALSE, sizeof (guint));
  self->rows_price = g_array_new (FALSE, FALSE, sizeof (double));
  self->columns_price = g_array_new (FALSE, FALSE, sizeof (double));
  self->distance = g_array_new (FALSE, FALSE, sizeof (double));
  self->row_of = g_array_new (FALSE, FALSE, sizeof (guint));
  self->before = g_array_new (FALSE, FALSE, sizeof (guint));
  self->done = g_array_new (FALSE, FALSE, sizeof (guint8));
  return self;
}

void
pt_assigner_free (PtAssigner * self)
{
  GArray *arrays[] = { self->root, self->place, self->order, self->chosen, self->used, self->matrix,
    self->index, self->rows_price, self->columns_price, self->distance, self->row_of, self->before,
    self->done
  };
  for (guint i = 0; i < G_N_ELEMENTS (arrays); i++)
    g_array_unref (arrays[i]);
  g_free (self);
}

/* ---- the best first ---- */

static gint
best_first (gconstpointer a, gconstpointer b)
{
  const PtCandidate *first = a, *second = b;
  if (first->score != second->score)
    return first->score < second->score ? 1 : -1;
  if (first->target != second->target)
    return first->target < second->target ? -1 : 1;
  return first->detection < second->detection ? -1 : first->detection > second->detection;
}

static void
choose_greedily (PtAssigner * self, PtCandidate * candidates, guint count, guint targets)
{
  guint8 *used = (guint8 *) self->used->data;
  qsort (candidates, count, sizeof *candidates, best_first);
  for (guint i = 0; i < count; i++) {
    const PtCandidate *each = &candidates[i];
    if (used[each->target] || used[targets + each->detection])
      continue;
    used[each->target] = used[targets + each->detection] = TRUE;
    g_array_append_val (self->chosen, *each);
  }
}

/* ---- groups ---- */

static guint
root_of (guint * root, guint one)
{
  while (root[one] != one)
    one = root[one] = root[root[one]];
  return one;
}

static void
find_groups (PtAssigner * self, const GArray * candidates, guint targets)
{
  guint *root = (guint *) self->root->data;
  for (guint i = 0; i < self->root->len; i++)
    root[i] = i;
  for (guint i = 0; i < candidates->len; i++) {
    const PtCandidate *each = &g_array_index (candidates, PtCandidate, i);
    const guint a = root_of (root, each->target), b = root_of (root, targets + each->detection);
    root[MAX (a, b)] = MIN (a, b);
  }
  for (guint i = 0; i < self->root->len; i++)
    root[i] = root_of (root, i);        /* the smallest, which is a target */
}

/* A counting sort: the candidates of a group lie together, in their order. */
static void
sort_by_group (PtAssigner * self, const GArray * candidates, guint targets)
{
  const guint *root = (const guint *) self->root->data;
  guint *next = (guint *) self->place->data;
  memset (next, 0, targets * sizeof *next);
  for (guint i = 0; i < candidates->len; i++)
    next[root[g_array_index (candidates, PtCandidate, i).target]]++;
  for (guint i = 0, sum = 0; i < targets; i++) {
    const guint count = next[i];
    next[i] = sum;
    sum += count;
  }
  g_array_set_size (self->order, candidates->len);
  for (guint i = 0; i < candidates->len; i++) {
    const PtCandidate *each = &g_array_index (candidates, PtCandidate, i);
    g_array_index (self->order, PtCandidate, next[root[each->target]]++) = *each;
  }
}

/* ---- the best sum of one group ---- */

typedef struct
{
  const PtCandidate *candidates;
  guint count, rows, columns;   /* at least as many columns as rows */
  gboolean turned;              /* rows are detections */
} Group;

static guint
row_in (const Group * group, const PtCandidate * one, guint targets)
{
  return group->turned ? targets + one->detection : one->target;
}

static guint
column_in (const Group * group, const PtCandidate * one, guint targets)
{
  return group->turned ? one->target : targets + one->detection;
}

static Group
measure (PtAssigner * self, const PtCandidate * candidates, guint count, guint targets)
{
  guint *place = (guint *) self->place->data;
  Group group = {.candidates = candidates,.count = count };
  for (guint i = 0; i < count; i++)
    place[candidates[i].target] = place[targets + candidates[i].detection] = NONE;
  for (guint i = 0; i < count; i++) {
    guint *row = &place[candidates[i].target], *column = &place[targets + candidates[i].detection];
    if (*row == NONE)
      *row = group.rows++;
    if (*column == NONE)
      *column = group.columns++;
  }
  group.turned = group.rows > group.columns;
  if (group.turned) {
    const guint rows = group.rows;
    group.rows = group.columns;
    group.columns = rows;
  }
  return group;
}

static void
fill_matrix (PtAssigner * self, const Group * group, guint targets)
{
  const guint *place = (const guint *) self->place->data;
  const guint cells = group->rows * group->columns;
  g_array_set_size (self->matrix, cells);
  g_array_set_size (self->index, cells);
  memset (self->matrix->data, 0, cells * sizeof (float));
  memset (self->index->data, 0xff, cells * sizeof (guint));
  for (guint i = 0; i < group->count; i++) {
    const PtCandidate *each = &group->candidates[i];
    const guint cell = place[row_in (group, each, targets)] * group->columns
        + place[column_in (group, each, targets)];
    g_array_index (self->matrix, float, cell) = each->score;
    g_array_index (self->index, guint, cell) = i;
  }
}

static void
start_prices (PtAssigner * self, const Group * group)
{
  g_array_set_size (self->rows_price, group->rows + 1);
  g_array_set_size (self->columns_price, group->columns + 1);
  g_array_set_size (self->distance, group->columns + 1);
  g_array_set_size (self->row_of, group->columns + 1);
  g_array_set_size (self->before, group->columns + 1);
  g_array_set_size (self->done, group->columns + 1);
  memset (self->rows_price->data, 0, (group->rows + 1) * sizeof (double));
  memset (self->columns_price->data, 0, (group->columns + 1) * sizeof (double));
  memset (self->row_of->data, 0, (group->columns + 1) * sizeof (guint));
}

/* Rows and columns count from 1 here; column 0 has the row that looks for a place. */
static guint
nearest_free_column (PtAssigner * self, const Group * group)
{
  const float *matrix = (const float *) self->matrix->data;
  double *rows_price = (double *) self->rows_price->data;
  double *columns_price = (double *) self->columns_price->data;
  double *distance = (double *) self->distance->data;
  guint *row_of = (guint *) self->row_of->data, *before = (guint *) self->before->data;
  guint8 *done = (guint8 *) self->done->data;
  for (guint j = 0; j <= group->columns; j++) {
    distance[j] = G_MAXDOUBLE;
    done[j] = FALSE;
  }
  guint column = 0;
  while (row_of[column] != 0) {
    const guint row = row_of[column];
    guint next = 0;
    double least = G_MAXDOUBLE;
    done[column] = TRUE;
    for (guint j = 1; j <= group->columns; j++) {
      if (done[j])
        continue;
      const double more = -(double) matrix[(row - 1) * group->columns + j - 1] - rows_price[row]
          - columns_price[j];
      if (more < distance[j]) {
        distance[j] = more;
        before[j] = column;
      }
      if (distance[j] < least) {
        least = distance[j];
        next = j;
      }
    }
    for (guint j = 0; j <= group->columns; j++)
      if (done[j]) {
        rows_price[row_of[j]] += least;
        columns_price[j] -= least;
      } else
        distance[j] -= least;
    column = next;
  }
  return column;
}

static void
solve (PtAssigner * self, const Group * group)
{
  start_prices (self, group);
  guint *row_of = (guint *) self->row_of->data;
  const guint *before = (const guint *) self->before->data;
  for (guint row = 1; row <= group->rows; row++) {
    row_of[0] = row;
    for (guint column = nearest_free_column (self, group); column != 0;
        column = before[column])
      row_of[column] = row_of[before[column]];
  }
  for (guint j = 1; j <= group->columns; j++) {
    if (!row_of[j])
      continue;
    const guint i = g_array_index (self->index, guint, (row_of[j] - 1) * group->columns + j - 1);
    if (i != NONE)              /* else its row stays without a partner */
      g_array_append_val (self->chosen, group->candidates[i]);
  }
}

static void
choose_in_group (PtAssigner * self, PtCandidate * candidates, guint count, guint targets)
{
  if (count == 1) {
    g_array_append_val (self->chosen, *candidates);
    return;
  }
  const Group group = measure (self, candidates, count, targets);
  if (group.columns > MOST) {
    choose_greedily (self, candidates, count, targets);
    return;
  }
  fill_matrix (self, &group, targets);
  solve (self, &group);
}

static void
choose_best_sum (PtAssigner * self, const GArray * candidates, guint targets)
{
  find_groups (self, candidates, targets);
  sort_by_group (self, candidates, targets);
  const guint *root = (const guint *) self->root->data;
  PtCandidate *order = (PtCandidate *) self->order->data;
  for (guint begin = 0, end = 0; begin < candidates->len; begin = end) {
    while (end < candidates->len && root[order[end].target] == root[order[begin].target])
      end++;
    choose_in_group (self, order + begin, end - begin, targets);
  }
}

void
pt_assigner_choose (PtAssigner * self, GArray * candidates, guint targets, guint detections,
    PtMatcher matcher)
{
  if (!candidates->len)
    return;
  g_array_set_size (self->chosen, 0);
  g_array_set_size (self->used, targets + detections);
  memset (self->used->data, 0, targets + detections);
  g_array_set_size (self->root, targets + detections);
  g_array_set_size (self->place, targets + detections);
  if (matcher == PT_MATCHER_GREEDY)
    choose_greedily (self, (PtCandidate *) candidates->data, candidates->len, targets);
  else
    choose_best_sum (self, candidates, targets);
  g_array_set_size (candidates, 0);
  g_array_append_vals (candidates, self->chosen->data, self->chosen->len);
}
