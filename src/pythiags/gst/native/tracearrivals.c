/* How long a buffer stays in an element: its time stamp is kept from arrival to departure. */
#include "traceparts.h"

#include "nvapi.h"
#include "surface.h"

#define ARRIVAL_BITS 10
#define ARRIVALS (1 << ARRIVAL_BITS)     /* time stamps kept for each element */
#define NEIGHBOURS 8                     /* places among which one time stamp may be */

typedef struct _PtArrival
{
  GstClockTime pts;
  gint64 moment;
  gboolean left;
} PtArrival;

/* The first of the places where a time stamp may be; frames have them at even distances. */
static PtArrival *
places_of (PtTraceRecord * record, GstClockTime pts)
{
  if (!record->arrivals) {
    record->arrivals = g_new (PtArrival, ARRIVALS + NEIGHBOURS);
    for (guint i = 0; i < ARRIVALS + NEIGHBOURS; i++)
      record->arrivals[i] = (PtArrival) {.pts = GST_CLOCK_TIME_NONE,.left = TRUE };
  }
  guint64 mixed = (pts ^ (pts >> 33)) * G_GUINT64_CONSTANT (0xff51afd7ed558ccd);
  mixed = (mixed ^ (mixed >> 33)) * G_GUINT64_CONSTANT (0xc4ceb9fe1a85ec53);
  return &record->arrivals[mixed >> (64 - ARRIVAL_BITS)];
}

/* Where a time stamp is, or NULL. */
static PtArrival *
find (PtArrival * places, GstClockTime pts)
{
  for (guint i = 0; i < NEIGHBOURS; i++)
    if (places[i].pts == pts)
      return &places[i];
  return NULL;
}

/* A place that is free, or the one that was taken longest ago. */
static PtArrival *
make_room (PtArrival * places)
{
  PtArrival *oldest = places;
  for (guint i = 0; i < NEIGHBOURS; i++) {
    if (places[i].left)
      return &places[i];
    if (places[i].moment < oldest->moment)
      oldest = &places[i];
  }
  return oldest;
}

static void
seen (PtTraceRecord * record, gint64 now)
{
  record->last = now;
  if (!record->first)
    record->first = now;
}

/* Of several buffers with one time stamp, as a mixer gets them, the first waits longest. */
void
pt_arrive (PtTraceRecord * record, GstClockTime pts, gint64 now, guint count)
{
  g_mutex_lock (&record->lock);
  seen (record, now);
  record->in += count;
  /* What has gone keeps none: they were freed. */
  if (GST_CLOCK_TIME_IS_VALID (pts) && g_atomic_int_get (&record->live)) {
    PtArrival *places = places_of (record, pts), *arrival = find (places, pts);
    if (!arrival || arrival->left)
      *(arrival ? arrival : make_room (places)) = (PtArrival) {.pts = pts,.moment = now };
  }
  g_mutex_unlock (&record->lock);
}

/* The card, of what is in the memory of one. */
static const gchar *
card_of (GstBuffer * buffer)
{
  PtNvMap map;
  char name[16];
  if (!pt_nv_is_on_card (buffer) || !pt_nv_map (&map, buffer))
    return NULL;
  g_snprintf (name, sizeof name, "GPU %u", map.surface->gpu_id);
  pt_nv_unmap (&map);
  return g_intern_string (name);
}

/* Of a batch, that of its first picture. */
static const gchar *
memory_of (GstBuffer * buffer)
{
  GstBuffer *first = buffer ? pt_surface_get (buffer, 0) : NULL;
  if (!first || !gst_buffer_n_memory (first))
    return NULL;
  const gchar *card = card_of (first);
  GstAllocator *allocator = gst_buffer_peek_memory (first, 0)->allocator;
  const gchar *type = allocator && allocator->mem_type ? allocator->mem_type : "unknown";
  return card ? card : g_intern_string (type);
}

void
pt_depart (PtPadNote * note, GstBuffer * buffer, gint64 now, guint count)
{
  PtTraceRecord *record = note->record;
  const GstClockTime pts = buffer ? GST_BUFFER_PTS (buffer) : GST_CLOCK_TIME_NONE;
  g_mutex_lock (&record->lock);
  seen (record, now);
  record->out += count;
  note->passed += count;
  if (!note->memory)
    note->memory = memory_of (buffer);
  if (record->arrivals && GST_CLOCK_TIME_IS_VALID (pts)) {
    PtArrival *arrival = find (places_of (record, pts), pts);
    if (arrival) {
      pt_histogram_add (&record->stay, now - arrival->moment);
      arrival->left = TRUE;
    }
  }
  g_mutex_unlock (&record->lock);
}
