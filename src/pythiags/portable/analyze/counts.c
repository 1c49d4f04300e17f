/* See counts.h.
 *
 * Of numbers that are as frequent DeepStream takes the first one in its table, which is a C++
 * unordered_map: at a window of 50 ms, its default, that decides whenever the number changes. So the
 * table here has the order of libstdc++'s: a new number comes first, or before the first one with which
 * it shares a bucket, and so do all of them in turn when the table grows.
 */
#include "counts.h"

typedef struct { guint count; gint64 times; } Frequency;
typedef struct { guint64 pts; guint count; } Past;

struct _PtCounts
{
  GArray *table;                /* of Frequency; none is ever removed */
  guint buckets;
  GQueue past;                  /* of Past, in the order of time */
  guint64 pts;                  /* of the last frame */
  guint now;                    /* objects in this one */
};

PtCounts *
pt_counts_new (void)
{
  PtCounts *self = g_new0 (PtCounts, 1);
  self->table = g_array_new (FALSE, FALSE, sizeof (Frequency));
  g_queue_init (&self->past);
  return self;
}

void
pt_counts_free (PtCounts * self)
{
  g_array_unref (self->table);
  g_queue_clear_full (&self->past, g_free);
  g_free (self);
}

void
pt_counts_see (PtCounts * self)
{
  self->now++;
}

/* ---- the table ---- */

static Frequency *
find (PtCounts * self, guint count)
{
  for (guint i = 0; i < self->table->len; i++) {
    Frequency *each = &g_array_index (self->table, Frequency, i);
    if (each->count == count)
      return each;
  }
  return NULL;
}

static void
insert (GArray * table, guint buckets, Frequency frequency)
{
  guint place = 0;
  for (guint i = 0; i < table->len; i++)
    if (g_array_index (table, Frequency, i).count % buckets == frequency.count % buckets) {
      place = i;
      break;
    }
  g_array_insert_val (table, place, frequency);
}

static void
grow (PtCounts * self)
{
  static const guint sizes[] = { 13, 29, 59, 127, 257, 541, 1109, 2357, 5087, 10273, 20753, 42043 };
  guint size = 0;
  while (size + 1 < G_N_ELEMENTS (sizes) && sizes[size] <= self->buckets)
    size++;
  self->buckets = sizes[size];
  GArray *table = g_array_new (FALSE, FALSE, sizeof (Frequency));
  for (guint i = 0; i < self->table->len; i++)
    insert (table, self->buckets, g_array_index (self->table, Frequency, i));
  g_array_unref (self->table);
  self->table = table;
}

static void
count_one (PtCounts * self, guint count)
{
  Frequency *known = find (self, count);
  if (known) {
    known->times++;
    return;
  }
  if (self->table->len + 1 > self->buckets)
    grow (self);
  insert (self->table, self->buckets, (Frequency) { count, 1 });
}

static guint
most_frequent (const PtCounts * self)
{
  const Frequency *most = &g_array_index (self->table, Frequency, 0);
  for (guint i = 1; i < self->table->len; i++) {
    const Frequency *each = &g_array_index (self->table, Frequency, i);
    if (each->times > most->times)
      most = each;
  }
  return most->count;
}

/* ---- the window ---- */

/* What is later than `pts` is far away too: the numbers are unsigned. */
static gboolean
is_gone (const Past * past, guint64 pts, guint window)
{
  return (double) (pts - past->pts) / 1e6 > window;
}

static void
forget (PtCounts * self, GList * link)
{
  Past *past = link->data;
  find (self, past->count)->times--;
  g_queue_delete_link (&self->past, link);
  g_free (past);
}

static void
forget_gone (PtCounts * self, guint64 pts, guint window)
{
  Past *last;
  while ((last = g_queue_peek_tail (&self->past)) && last->pts > pts
      && is_gone (last, pts, window))
    forget (self, self->past.tail);
  while (self->past.head && is_gone (self->past.head->data, pts, window))
    forget (self, self->past.head);
}

/* A second number of the same time takes the place of the first, which then is never forgotten. */
static void
keep (PtCounts * self, guint count, guint64 pts)
{
  Past *last = g_queue_peek_tail (&self->past);
  if (!last || last->pts != pts) {
    last = g_new (Past, 1);
    last->pts = pts;
    g_queue_push_tail (&self->past, last);
  }
  last->count = count;
}

gboolean
pt_counts_end (PtCounts * self, guint64 pts, guint window, guint * most)
{
  const guint count = self->now;
  self->now = 0;
  if (!count && self->pts == pts)
    return FALSE;
  count_one (self, count);
  forget_gone (self, pts, window);
  keep (self, count, pts);
  self->pts = pts;
  *most = most_frequent (self);
  return TRUE;
}
