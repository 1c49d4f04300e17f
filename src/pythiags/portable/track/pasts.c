/* See pasts.h. One block of memory holds the sources, their targets and all frames; nobody writes to it,
 * so that copies of the metadata share it. */
#include "pasts.h"

#include <string.h>

#include "past.h"

#define CONFIDENCE 1            /* of a tracker that does not look at pictures, says NVIDIA's documentation */

typedef struct
{
  guint pad_index;
  PtNvPastTrack track;          /* without its list */
  guint first;                  /* of the frames */
} Item;

struct _PtPasts
{
  GArray *items;                /* of Item */
  GArray *frames;               /* of PtPastFrame */
};

PtPasts *
pt_pasts_new (void)
{
  PtPasts *self = g_new0 (PtPasts, 1);
  self->items = g_array_new (FALSE, TRUE, sizeof (Item));
  self->frames = g_array_new (FALSE, TRUE, sizeof (PtPastFrame));
  return self;
}

void
pt_pasts_free (PtPasts * self)
{
  g_array_unref (self->items);
  g_array_unref (self->frames);
  g_free (self);
}

void
pt_pasts_add (PtPasts * self, guint pad_index, const PtTrajectory * trajectory, guint64 id,
    const char *label, float scale_x, float scale_y)
{
  const guint count = trajectory->count;
  if (!count)
    return;
  Item item = {.pad_index = pad_index,.first = self->frames->len,
    .track = {.num_obj = count,.num_allocated = count,.unique_id = id,
        .class_id = (guint16) trajectory->class_id}
  };
  pt_set_label (item.track.obj_label, label);
  g_array_append_val (self->items, item);
  for (guint i = 0; i < count; i++) {
    const PtTargetPast *past = &trajectory->frames[i];
    const PtPastFrame copy = {
      .frame = {.frame_num = past->frame_num,.box = {
              .left = past->box.left * scale_x,.top = past->box.top * scale_y,
              .width = past->box.width * scale_x,.height = past->box.height * scale_y}},
      .tail = {CONFIDENCE, past->age},.state = past->state,.visibility = 1
    };
    g_array_append_val (self->frames, copy);
  }
}

/* ---- one block ---- */

static guint
count_streams (const PtPasts * self)
{
  guint streams = 0;
  for (guint i = 0; i < self->items->len; i++) {
    guint before = 0;
    while (g_array_index (self->items, Item, before).pad_index
        != g_array_index (self->items, Item, i).pad_index)
      before++;
    streams += before == i;
  }
  return streams;
}

static PtNvPastStream *
stream_of (PtNvPastBatch * batch, guint pad_index)
{
  PtNvPastStream *streams = batch->list;
  guint i = 0;
  while (i < batch->num_filled && streams[i].stream_id != pad_index)
    i++;
  if (i == batch->num_filled) {
    streams[i].stream_id = pad_index;
    streams[i].surface_stream_id = (guint64) pad_index << 32;
    batch->num_filled++;
  }
  return &streams[i];
}

/* Each source's targets lie together, so they are counted first and placed then. */
static void
fill (const PtPasts * self, PtNvPastBatch * batch, PtNvPastTrack * tracks, PtPastFrame * frames)
{
  PtNvPastStream *streams = batch->list;
  memcpy (frames, self->frames->data, self->frames->len * sizeof *frames);
  for (guint i = 0; i < self->items->len; i++)
    stream_of (batch, g_array_index (self->items, Item, i).pad_index)->num_allocated++;
  for (guint i = 0; i < batch->num_filled; i++) {
    streams[i].list = tracks;
    tracks += streams[i].num_allocated;
  }
  for (guint i = 0; i < self->items->len; i++) {
    const Item *item = &g_array_index (self->items, Item, i);
    PtNvPastStream *stream = stream_of (batch, item->pad_index);
    PtNvPastTrack *track = (PtNvPastTrack *) stream->list + stream->num_filled++;
    *track = item->track;
    track->list = frames + item->first;
  }
}

static PtNvPastBatch *
build (const PtPasts * self)
{
  const guint streams = count_streams (self), tracks = self->items->len;
  const gsize head = sizeof (PtNvPastBatch) + streams * sizeof (PtNvPastStream);
  const gsize size = head + tracks * sizeof (PtNvPastTrack)
      + self->frames->len * sizeof (PtPastFrame);
  PtNvPastBatch *batch = g_atomic_rc_box_alloc0 (size);
  batch->list = batch + 1;
  batch->num_allocated = streams;
  PtNvPastTrack *first_track = (PtNvPastTrack *) ((char *) batch + head);
  fill (self, batch, first_track, (PtPastFrame *) (first_track + tracks));
  return batch;
}

static gpointer
copy (gpointer batch)
{
  return g_atomic_rc_box_acquire (batch);
}

static void
release (gpointer batch)
{
  g_atomic_rc_box_release (batch);
}

void
pt_pasts_attach (PtPasts * self, PtBatch * batch, PtPastsType type)
{
  if (!self->items->len)
    return;
  pt_add_user (batch, &batch->users, type, build (self), copy, release)->payload =
      PT_PAYLOAD_PAST_FRAMES;
  g_array_set_size (self->items, 0);
  g_array_set_size (self->frames, 0);
}
