/* Smart recordings: encoded frames of the last seconds are kept, and a file may begin with them.
 *
 * A recording is a pipeline of its own,  appsrc ! parser ! muxer ! filesink,  fed with the frames
 * that were kept, from a key frame on, and then with those that come. A slow disk never holds
 * the stream up. One recording at a time, as with DeepStream.
 */
#pragma once
#include <gst/gst.h>

#include "uriproperties.h"

G_BEGIN_DECLS

typedef struct _PtRecorder PtRecorder;

/* In the layout of DeepStream's NvDsSRRecordingInfo, which sr-done gives. */
typedef struct
{
  gpointer ctx;                 /* NULL here */
  guint32 session_id;
  gchar *filename, *dirpath;
  guint64 duration;             /* milliseconds */
  PtRecordContainer container;
  guint width, height;
  gboolean contains_video;
  guint channels, sampling_rate;
  gboolean contains_audio;
} PtRecordingInfo;

typedef struct
{
  char *folder, *prefix;        /* of the files; taken over */
  guint cache, default_duration;        /* seconds */
  PtRecordContainer container;
  PtRecordMode mode;
} PtRecorderSettings;

/* Of an element that has the signal sr-done, and closes it before it goes. */
PtRecorder *pt_recorder_new (GstElement * owner, const PtRecorderSettings * settings);

/* Ends a recording, waits for its file, and gives the owner's reference up. None begins after it. */
void pt_recorder_close (PtRecorder * recorder);

/* For a caller in whose time the owner may close it. */
PtRecorder *pt_recorder_ref (PtRecorder * recorder);
void pt_recorder_unref (PtRecorder * recorder);

/* Keeps the encoded frames that pass a pad. */
void pt_recorder_watch (PtRecorder * recorder, GstPad * pad, gboolean video);

/* FALSE after posting a warning. `*session` becomes the recording's number. */
gboolean pt_recorder_start (PtRecorder * recorder, guint32 * session, guint before, guint duration,
    gpointer user_data);
gboolean pt_recorder_stop (PtRecorder * recorder);
gboolean pt_recorder_is_on (PtRecorder * recorder);

G_END_DECLS
