/* The worker of nvurisrcbin, and reconnection.
 *
 * A camera is lost when rtspsrc fails, when it ends its stream, or when nothing has come for
 * rtsp-reconnect-interval: rtspsrc itself says nothing of a server that freezes. Its front is then
 * replaced, and again whenever that long has passed without data. The element messages source-lost and
 * source-back tell of it, in the words of RetryPolicy; DeepStream has no such messages.
 */
#include "nvurisrcbin.h"

#include "inert.h"

#define GST_CAT_DEFAULT pt_uri_debug

#define LOOK_EVERY (G_USEC_PER_SEC / 4)
#define START_PATIENCE (10 * G_USEC_PER_SEC)    /* rtspsrc changes from UDP to TCP after 5 s */

/* ---- what is seen ---- */

/* With the lock held. */
static void
note_failure (GstNvurisrcbin * self, const char *reason, const char *detail)
{
  if (self->replacing || self->failed)
    return;
  self->failed = TRUE;
  self->reason = reason;
  g_free (self->detail);
  self->detail = g_strdup (detail);
  self->failed_at = g_get_monotonic_time ();
  g_cond_signal (&self->changed);
}

void
pt_uri_reconnect_note_failure (GstNvurisrcbin * self, const char *reason, const char *detail)
{
  g_mutex_lock (&self->lock);
  note_failure (self, reason, detail);
  g_mutex_unlock (&self->lock);
}

static void
post_lost (GstNvurisrcbin * self, const char *reason, const char *detail)
{
  GST_INFO_OBJECT (self, "the camera is lost: %s: %s", reason, detail);
  gst_element_post_message (GST_ELEMENT (self), gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("source-lost", "reason", G_TYPE_STRING, reason,
              "detail", G_TYPE_STRING, detail, NULL)));
}

static void
post_back (GstNvurisrcbin * self, guint attempts)
{
  GST_INFO_OBJECT (self, "the camera sends again");
  gst_element_post_message (GST_ELEMENT (self), gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("source-back", "attempts", G_TYPE_UINT, attempts, NULL)));
}

static void
note_data (GstNvurisrcbin * self)
{
  g_mutex_lock (&self->lock);
  const gboolean back = self->lost;
  const guint attempts = self->attempts;
  self->last_data = g_get_monotonic_time ();
  self->has_data = TRUE;
  self->lost = FALSE;
  self->attempts = 0;
  g_mutex_unlock (&self->lock);
  if (back)
    post_back (self, attempts);
}

/* An end of stream is a loss: a camera has none. At once, so that an end that is sent just then sees it. */
static GstPadProbeReturn
pass (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstNvurisrcbin *self = data;
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER) {
    note_data (self);
    return GST_PAD_PROBE_OK;
  }
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_EOS)
    return GST_PAD_PROBE_OK;
  g_mutex_lock (&self->lock);
  const gboolean ending = self->ending;
  if (!ending)
    note_failure (self, "eos", "the camera has ended its stream");
  g_mutex_unlock (&self->lock);
  return ending ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

void
pt_uri_reconnect_watch (GstNvurisrcbin * self, GstPad * pad)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, pass,
      self, NULL);
}

/* Whether it is not the camera's fault that nothing comes. */
static gboolean
is_held_up (GstNvurisrcbin * self)
{
  if (GST_STATE_TARGET (self) != GST_STATE_PLAYING)
    return TRUE;
  guint waiting = 0;
  g_mutex_lock (&self->lock);
  GstElement *queue = self->queue ? gst_object_ref (self->queue) : NULL;
  g_mutex_unlock (&self->lock);
  if (queue)
    g_object_get (queue, "current-level-buffers", &waiting, NULL);
  gst_clear_object (&queue);
  return waiting > 0;
}

/* ---- what follows ---- */

/* With the lock held: when the front is to be replaced, if nothing comes. */
static gint64
due_at (GstNvurisrcbin * self, gint64 interval, gint64 after_error)
{
  const gint64 last = MAX (self->last_data, self->last_start);
  if (self->failed)
    return last + after_error;
  return last + (self->has_data ? interval : MAX (interval, START_PATIENCE));
}

static void
post_exceeded (GstNvurisrcbin * self)
{
  GstStructure *structure = gst_structure_new ("attempt-exceeded",
      "source-id", G_TYPE_UINT, (guint) PT_URI_NUM (self, "source-id"),
      "attempt_exceeded", G_TYPE_BOOLEAN, TRUE, NULL);
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self), structure));
}

/* Downstream gets the end of the stream: a pipeline without other sources ends. */
static void
give_up (GstNvurisrcbin * self, guint attempts)
{
  GST_ELEMENT_WARNING (self, RESOURCE, READ,
      ("The camera is given up after %u attempts, as rtsp-reconnect-attempts says", attempts),
      (NULL));
  pt_uri_front_drop (self);
  post_exceeded (self);
  pt_uri_branches_send_eos (self);
}

/* Returns FALSE when it was the last one. */
static gboolean
connect_again (GstNvurisrcbin * self, gint64 now)
{
  const gint64 limit = PT_URI_NUM (self, "rtsp-reconnect-attempts");
  g_mutex_lock (&self->lock);
  const gboolean silent = !self->lost;  /* a failure was told of when it was seen */
  const guint attempts = self->attempts;
  const double silence = (double) (now - MAX (self->last_data, self->last_start)) / G_USEC_PER_SEC;
  self->lost = TRUE;
  self->attempts++;
  g_mutex_unlock (&self->lock);
  if (silent) {
    char *detail = g_strdup_printf ("no data for %.1f s", silence);
    post_lost (self, "timeout", detail);
    g_free (detail);
    GST_ELEMENT_WARNING (self, RESOURCE, READ,
        ("Nothing has come from the camera for %.1f s: connecting again", silence), (NULL));
  }
  if (limit >= 0 && attempts >= limit) {
    give_up (self, attempts);
    return FALSE;
  }
  GST_INFO_OBJECT (self, "attempt %u to connect again", attempts + 1);
  if (!pt_uri_front_replace (self))
    pt_uri_reconnect_note_failure (self, "state-change-failure", "rtspsrc does not start");
  return TRUE;
}

/* With the lock held, which it lets go of meanwhile: a failure is reported at once. */
static void
tell_of_failure (GstNvurisrcbin * self)
{
  const char *reason = self->reason;
  char *detail = g_strdup (self->detail);
  self->lost = TRUE;
  g_mutex_unlock (&self->lock);
  post_lost (self, reason, detail);
  g_free (detail);
  g_mutex_lock (&self->lock);
}

/* With the lock held, which it lets go of meanwhile. Returns whether to go on. */
static gboolean
look_at_camera (GstNvurisrcbin * self)
{
  g_mutex_unlock (&self->lock);
  const gint64 interval = G_USEC_PER_SEC * PT_URI_NUM (self, "rtsp-reconnect-interval");
  const gint64 initial = G_USEC_PER_SEC * PT_URI_NUM (self, "init-rtsp-reconnect-interval");
  const gboolean held_up = is_held_up (self);
  const gint64 now = g_get_monotonic_time ();
  g_mutex_lock (&self->lock);
  if (self->failed && !self->lost && !self->ending)
    tell_of_failure (self);
  if (held_up && !self->failed)
    self->last_data = now;
  const gint64 due = due_at (self, interval, initial ? initial : interval);
  if (self->ending || now < due) {
    g_cond_wait_until (&self->changed, &self->lock,
        self->ending ? now + LOOK_EVERY : MIN (due, now + LOOK_EVERY));
    return TRUE;
  }
  g_mutex_unlock (&self->lock);
  const gboolean goes_on = connect_again (self, now);
  g_mutex_lock (&self->lock);
  return goes_on;
}

static gpointer
run (gpointer data)
{
  GstNvurisrcbin *self = data;
  gboolean goes_on = TRUE;
  g_mutex_lock (&self->lock);
  while (!self->stopping && goes_on) {
    if (self->reconnects)
      goes_on = look_at_camera (self);
    else if (pt_uri_loop_is_due (self)) {
      g_mutex_unlock (&self->lock);
      pt_uri_loop_again (self);
      g_mutex_lock (&self->lock);
    } else
      g_cond_wait (&self->changed, &self->lock);
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

void
pt_uri_worker_start (GstNvurisrcbin * self)
{
  self->worker = g_thread_new ("nvurisrcbin", run, self);
}

void
pt_uri_worker_stop (GstNvurisrcbin * self)
{
  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  if (self->worker)
    g_thread_join (g_steal_pointer (&self->worker));
}
