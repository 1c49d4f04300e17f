/* One file of encoded frames, written by a pipeline of its own. */
#pragma once
#include <gst/gst.h>

#include "recordcache.h"
#include "uriproperties.h"

G_BEGIN_DECLS

typedef struct
{
  GstElement *pipeline, *sources[2];    /* of video and of audio; NULL: not recorded */
  char *path;
  GstClockTime zero;            /* what becomes 0 in the file */
  GstClockTime end;             /* of the last frame, likewise */
  gboolean waits;               /* a frame was left out: for a key frame */
  GstCaps *caps[2];
} PtRecording;

/* NULL: `*problem` says why, and must be freed. Caps may be NULL. */
PtRecording *pt_recording_new (const char *path, PtRecordContainer container, GstCaps * caps[2],
    char **problem);

/* A frame of medium 0, video, or 1, audio. It does not wait. */
void pt_recording_push (PtRecording * recording, guint medium, GstBuffer * buffer);

/* Waits until the file is complete. FALSE: `*problem` says why not, and must be freed. */
gboolean pt_recording_finish (PtRecording * recording, char **problem);

void pt_recording_free (PtRecording * recording);

G_END_DECLS
