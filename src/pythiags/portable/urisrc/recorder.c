/* See recorder.h. */
#include "recorder.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "nvurisrcbin.h"
#include "recording.h"

#define GST_CAT_DEFAULT pt_uri_debug

#define LONGEST 300             /* seconds; DeepStream takes its default for more */

enum
{ VIDEO, AUDIO };

struct _PtRecorder
{
  gint references;              /* the owner's, those of threads that record, of callers */
  GstElement *owner;            /* not a reference: it closes the recorder */
  PtRecorderSettings settings;
  GMutex lock;
  GCond changed;
  /* under the lock */
  PtRecordCache caches[2];
  PtRecording *recording;       /* NULL: none */
  gboolean stopping;            /* it is to end */
  gboolean closed;              /* none may begin */
  gint64 deadline;              /* or at this moment */
  gpointer user_data;
  GThread *thread;              /* of the recording, or of the last one */
};

/* ---- what is kept ---- */

static void
take_caps (PtRecorder * self, guint medium, GstEvent * event)
{
  GstCaps *caps;
  gst_event_parse_caps (event, &caps);
  g_mutex_lock (&self->lock);
  pt_record_cache_set_caps (&self->caches[medium], caps);
  PtRecording *recording = self->recording;
  if (recording && recording->caps[medium] && !gst_caps_is_equal (recording->caps[medium], caps)) {
    GST_INFO_OBJECT (self->owner, "the stream has changed: the recording ends");
    self->stopping = TRUE;
    g_cond_signal (&self->changed);
  }
  g_mutex_unlock (&self->lock);
}

static void
take_frame (PtRecorder * self, guint medium, GstBuffer * buffer)
{
  g_mutex_lock (&self->lock);
  buffer = pt_record_cache_add (&self->caches[medium], gst_buffer_ref (buffer));
  if (self->recording && !self->stopping)
    pt_recording_push (self->recording, medium, buffer);
  g_mutex_unlock (&self->lock);
}

static GstPadProbeReturn
pass (PtRecorder * self, guint medium, GstPadProbeInfo * info)
{
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER)
    take_frame (self, medium, GST_PAD_PROBE_INFO_BUFFER (info));
  else if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_CAPS)
    take_caps (self, medium, GST_PAD_PROBE_INFO_EVENT (info));
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
pass_video (GstPad * pad, GstPadProbeInfo * info, gpointer self)
{
  return pass (self, VIDEO, info);
}

static GstPadProbeReturn
pass_audio (GstPad * pad, GstPadProbeInfo * info, gpointer self)
{
  return pass (self, AUDIO, info);
}

void
pt_recorder_watch (PtRecorder * self, GstPad * pad, gboolean video)
{
  if (self->settings.mode == (video ? PT_RECORD_AUDIO : PT_RECORD_VIDEO))
    return;
  GstCaps *caps = gst_pad_get_current_caps (pad);
  if (caps) {
    g_mutex_lock (&self->lock);
    pt_record_cache_set_caps (&self->caches[video ? VIDEO : AUDIO], caps);
    g_mutex_unlock (&self->lock);
    gst_caps_unref (caps);
  }
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      video ? pass_video : pass_audio, self, NULL);
}

/* ---- a recording ---- */

/* DeepStream's names: prefix, number in the process, time, number of the process. */
static char *
new_path (PtRecorder * self)
{
  static gint counter = 0;
  char moment[32];
  struct tm parts;
  const time_t now = time (NULL);
  strftime (moment, sizeof moment, "%Y%m%d-%H%M%S", gmtime_r (&now, &parts));
  char *name = g_strdup_printf ("%s_%05d_%s_%ld.%s", self->settings.prefix,
      g_atomic_int_add (&counter, 1), moment, (long) getpid (),
      self->settings.container == PT_RECORD_MKV ? "mkv" : "mp4");
  char *path = g_build_filename (self->settings.folder, name, NULL);
  g_free (name);
  return path;
}

static void
read_caps (const PtRecording * recording, PtRecordingInfo * info)
{
  gint width = 0, height = 0, channels = 0, rate = 0;
  if (recording->caps[VIDEO]) {
    const GstStructure *video = gst_caps_get_structure (recording->caps[VIDEO], 0);
    gst_structure_get_int (video, "width", &width);
    gst_structure_get_int (video, "height", &height);
  }
  if (recording->caps[AUDIO]) {
    const GstStructure *audio = gst_caps_get_structure (recording->caps[AUDIO], 0);
    gst_structure_get_int (audio, "channels", &channels);
    gst_structure_get_int (audio, "rate", &rate);
  }
  info->contains_video = recording->caps[VIDEO] != NULL;
  info->contains_audio = recording->caps[AUDIO] != NULL;
  info->width = width;
  info->height = height;
  info->channels = channels;
  info->sampling_rate = rate;
}

static void
report (PtRecorder * self, GstElement * owner, const PtRecording * recording, gpointer user_data)
{
  PtRecordingInfo info = {.duration = recording->end / GST_MSECOND,
    .container = self->settings.container
  };
  read_caps (recording, &info);
  info.filename = g_path_get_basename (recording->path);
  info.dirpath = g_strdup (self->settings.folder);
  GST_INFO_OBJECT (owner, "recorded %" G_GUINT64_FORMAT " ms: %s", info.duration, info.filename);
  /* The handler may stop the bin, which closes the recorder. */
  g_signal_emit_by_name (owner, "sr-done", &info, user_data);
  g_free (info.filename);
  g_free (info.dirpath);
}

static PtRecording *
await_end (PtRecorder * self, gpointer * user_data)
{
  g_mutex_lock (&self->lock);
  while (!self->stopping
      && g_cond_wait_until (&self->changed, &self->lock, self->deadline));
  self->stopping = TRUE;        /* no frame follows */
  PtRecording *recording = self->recording;
  *user_data = self->user_data;
  g_mutex_unlock (&self->lock);
  return recording;
}

static gpointer
run (gpointer data)
{
  PtRecorder *self = data;
  GstElement *owner = gst_object_ref (self->owner);
  gpointer user_data;
  char *problem;
  PtRecording *recording = await_end (self, &user_data);
  const gboolean done = pt_recording_finish (recording, &problem);
  g_mutex_lock (&self->lock);
  self->recording = NULL;
  self->stopping = FALSE;
  g_mutex_unlock (&self->lock);
  if (done)
    report (self, owner, recording, user_data);
  else
    GST_ELEMENT_WARNING (owner, RESOURCE, WRITE, ("A recording is not complete: %s", problem),
        ("%s", recording->path));
  g_free (problem);
  pt_recording_free (recording);
  pt_recorder_unref (self);
  gst_object_unref (owner);
  return NULL;
}

/* With the lock held: what was kept from `before` seconds ago on. */
static void
push_kept (PtRecorder * self, guint before)
{
  PtRecordCache *main = &self->caches[self->caches[VIDEO].caps ? VIDEO : AUDIO];
  const GstClockTime from = main->last > before * GST_SECOND ? main->last - before * GST_SECOND : 0;
  GList *first = pt_record_cache_find (main, from);
  if (!first)
    return;
  const GstClockTime zero = self->recording->zero = pt_record_time (first->data);
  for (guint medium = VIDEO; medium <= AUDIO; medium++) {
    PtRecordCache *cache = &self->caches[medium];
    GList *link = cache == main ? first : pt_record_cache_find (cache, zero);
    for (; link; link = link->next)
      pt_recording_push (self->recording, medium, link->data);
  }
}

static char *
begin (PtRecorder * self, guint before, guint duration, gpointer user_data)
{
  char *problem = NULL, *path = new_path (self);
  GstCaps *caps[2] = { self->caches[VIDEO].caps, self->caches[AUDIO].caps };
  if (self->closed)
    problem = g_strdup ("the source stops");
  else if (self->recording)
    problem = g_strdup ("another one goes on: one source makes one at a time");
  else if (!caps[VIDEO] && !caps[AUDIO])
    problem = g_strdup ("nothing has come from the camera yet");
  else
    self->recording = pt_recording_new (path, self->settings.container, caps, &problem);
  g_free (path);
  if (problem)
    return problem;
  const guint seconds = duration && duration < LONGEST ? duration : self->settings.default_duration;
  self->deadline = g_get_monotonic_time () + seconds * G_TIME_SPAN_SECOND;
  self->user_data = user_data;
  self->stopping = FALSE;
  push_kept (self, before);
  if (self->thread)             /* it is through but for a handler, which may be this caller */
    g_thread_unref (self->thread);
  self->thread = g_thread_new ("smart-record", run, pt_recorder_ref (self));
  return NULL;
}

gboolean
pt_recorder_start (PtRecorder * self, guint32 * session, guint before, guint duration,
    gpointer user_data)
{
  g_mutex_lock (&self->lock);
  char *problem = begin (self, before, duration, user_data);
  g_mutex_unlock (&self->lock);
  if (problem)
    GST_ELEMENT_WARNING (self->owner, RESOURCE, OPEN_WRITE, ("No recording begins: %s", problem),
        (NULL));
  else
    *session = 0;               /* one at a time */
  const gboolean begun = !problem;
  g_free (problem);
  return begun;
}

gboolean
pt_recorder_stop (PtRecorder * self)
{
  g_mutex_lock (&self->lock);
  const gboolean was_on = self->recording && !self->stopping;
  self->stopping |= was_on;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  return was_on;
}

gboolean
pt_recorder_is_on (PtRecorder * self)
{
  g_mutex_lock (&self->lock);
  const gboolean is_on = self->recording && !self->stopping;
  g_mutex_unlock (&self->lock);
  return is_on;
}

/* ---- the recorder ---- */

PtRecorder *
pt_recorder_new (GstElement * owner, const PtRecorderSettings * settings)
{
  PtRecorder *self = g_new0 (PtRecorder, 1);
  self->references = 1;
  self->owner = owner;
  self->settings = *settings;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  for (guint medium = VIDEO; medium <= AUDIO; medium++) {
    g_queue_init (&self->caches[medium].frames);
    self->caches[medium].length = settings->cache * GST_SECOND;
    self->caches[medium].last = GST_CLOCK_TIME_NONE;
  }
  return self;
}

void
pt_recorder_close (PtRecorder * self)
{
  g_mutex_lock (&self->lock);
  self->closed = TRUE;
  GThread *thread = g_steal_pointer (&self->thread);
  g_mutex_unlock (&self->lock);
  pt_recorder_stop (self);
  if (thread && thread == g_thread_self ())
    g_thread_unref (thread);
  else if (thread)
    g_thread_join (thread);
  pt_recorder_unref (self);
}

PtRecorder *
pt_recorder_ref (PtRecorder * self)
{
  g_atomic_int_inc (&self->references);
  return self;
}

void
pt_recorder_unref (PtRecorder * self)
{
  if (!g_atomic_int_dec_and_test (&self->references))
    return;
  g_clear_pointer (&self->thread, g_thread_unref);
  for (guint medium = VIDEO; medium <= AUDIO; medium++)
    pt_record_cache_clear (&self->caches[medium]);
  g_free (self->settings.folder);
  g_free (self->settings.prefix);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}
