/* The portable tracker without GStreamer: called by the tests and by benchmarks/tracking.py. */
#include <string.h>

#include "assign.h"
#include "library.h"
#include "tracker.h"

typedef struct
{
  PtTrackSettings settings;
  PtTrackIds ids;
  PtTracker *tracker;
  GArray *tracks;
  char *notes;
} Tracking;

/* NULL: `error` says why. */
Tracking *
tracking_new (const char *library, const char *config, int past_frames, char *error, size_t room)
{
  Tracking *self = g_new0 (Tracking, 1);
  GPtrArray *notes = g_ptr_array_new_with_free_func (g_free);
  char *what = NULL;
  const gboolean read = pt_library_settings (&self->settings, library, config, notes, &what);
  g_ptr_array_add (notes, NULL);
  self->notes = g_strjoinv ("\n", (gchar **) notes->pdata);
  g_ptr_array_unref (notes);
  g_strlcpy (error, what ? what : "", room);
  g_free (what);
  if (!read) {
    g_free (self->notes);
    g_free (self);
    return NULL;
  }
  self->settings.past_frames |= past_frames;
  self->tracker = pt_tracker_new (&self->settings, &self->ids, 0);
  self->tracks = g_array_new (FALSE, FALSE, sizeof (PtTrack));
  return self;
}

void
tracking_free (Tracking * self)
{
  pt_tracker_free (self->tracker);
  g_array_unref (self->tracks);
  g_free (self->notes);
  g_free (self);
}

const char *
tracking_notes (const Tracking * self)
{
  return self->notes;
}

const PtTrackSettings *
tracking_settings (const Tracking * self)
{
  return &self->settings;
}

unsigned
tracking_count (const Tracking * self)
{
  return pt_tracker_count (self->tracker);
}

void
tracking_reset (Tracking * self)
{
  pt_tracker_reset (self->tracker);
}

void
tracking_end_all (Tracking * self)
{
  pt_tracker_end_all (self->tracker);
}

/* How many tracks are reported; tracking_track gives each. */
unsigned
tracking_update (Tracking * self, const PtDetection * detections, unsigned count, int inferred,
    unsigned frame_num, float width, float height)
{
  pt_tracker_update (self->tracker, detections, count, inferred, frame_num, width, height,
      self->tracks);
  return self->tracks->len;
}

const PtTrack *
tracking_track (const Tracking * self, unsigned number)
{
  return &g_array_index (self->tracks, PtTrack, number);
}

/* `kind`: 0 shadows, 1 ended. NULL: there are no more. */
const PtTrajectory *
tracking_trajectory (const Tracking * self, int kind, unsigned number)
{
  const GArray *all = kind ? pt_tracker_ended (self->tracker) : pt_tracker_shadows (self->tracker);
  return number < all->len ? &g_array_index (all, PtTrajectory, number) : NULL;
}

/* Chooses in place, and gives how many pairs were chosen. */
unsigned
tracking_choose (PtCandidate * candidates, unsigned count, unsigned targets, unsigned detections,
    int matcher)
{
  PtAssigner *assigner = pt_assigner_new ();
  GArray *array = g_array_new (FALSE, FALSE, sizeof (PtCandidate));
  g_array_append_vals (array, candidates, count);
  pt_assigner_choose (assigner, array, targets, detections, matcher);
  if (array->len)
    memcpy (candidates, array->data, array->len * sizeof *candidates);
  const unsigned chosen = array->len;
  g_array_unref (array);
  pt_assigner_free (assigner);
  return chosen;
}
