/* The objects of a frame to a tracker, and what it says of them back, as Gst-nvtracker does it. */
#pragma once
#include "pasts.h"

G_BEGIN_DECLS

typedef struct _PtTrackWriter PtTrackWriter;

PtTrackWriter *pt_track_writer_new (void);
void pt_track_writer_free (PtTrackWriter * self);

/* Attaches what the frames of the batch left to be said: past frames, and lists of targets. */
void pt_track_writer_attach (PtTrackWriter * self, PtBatch * batch);

typedef struct
{
  guint width, height;          /* of the tracker; 0: those of the frame */
  gboolean shows_ids;           /* an object's text ends with its id */
  const GArray *classes;        /* of gint: the only ones that are tracked; NULL or empty: all */
  gboolean from_zero;           /* a source's ids begin with 0 */
  gboolean past_frames;         /* attach what targets did before they were reported */
} PtTrackOutput;

typedef struct
{
  PtTracker *tracker;
  gboolean has_first;
  guint64 first_id;
  float scale_x, scale_y;       /* pixels of the last frame for one of the tracker */
} PtTrackSource;

/* Objects get their ids and boxes, those that the tracker expects are added, and those without an id are
 * removed. Gives how many objects the tracker did not look at, since the frame was not inferred. */
guint pt_track_frame (PtTrackWriter * self, const PtTrackOutput * output, PtTrackSource * source,
    PtFrame * frame);

/* Ends the targets of a source that has ended. The next batch says so, where one follows. */
void pt_track_end (PtTrackWriter * self, const PtTrackOutput * output, PtTrackSource * source,
    guint pad_index);

G_END_DECLS
