/* See sender.h. */
#include "sender.h"

#define ASK_INTERVAL (100 * G_TIME_SPAN_MILLISECOND)
#define TELL_INTERVAL (30 * G_TIME_SPAN_SECOND) /* between two warnings of lost messages */

struct _PtSender
{
  GstElement *element;
  const PtBrokers *brokers;
  gpointer broker;
  guint patience;               /* in milliseconds */
  GThread *thread;
  /* of the thread */
  guint lost;                   /* and not yet told */
  gchar *problem;               /* why */
  gint64 tell_at;
  /* under the lock */
  GMutex lock;
  GCond changed;
  GQueue messages;              /* of GBytes */
  gsize bytes;
  gint64 deadline;              /* 0: it runs */
  gboolean ended;               /* nothing can be sent any more */
};

/* ---- what is reported ---- */

static void
tell_lost (PtSender * self)
{
  if (!self->lost)
    return;
  GST_ELEMENT_WARNING (self->element, RESOURCE, WRITE, ("%u messages are lost: %s", self->lost,
          self->problem ? self->problem : "the program is ending"), (NULL));
  self->lost = 0;
  self->tell_at = g_get_monotonic_time () + TELL_INTERVAL;
}

/* The error comes before anybody else can see that it has ended, and say less of it. */
static void
end (PtSender * self, const char *problem)
{
  GST_ELEMENT_ERROR (self->element, LIBRARY, FAILED, ("%s", problem ? problem
          : "The connection to the broker has ended."), (NULL));
  g_mutex_lock (&self->lock);
  self->ended = TRUE;
  g_mutex_unlock (&self->lock);
}

/* Takes what the report has over. */
static void
note (PtSender * self, const PtBrokerReport * report)
{
  self->lost += report->lost;
  if (report->problem) {
    g_free (self->problem);
    self->problem = report->problem;
  }
  if (report->ended)
    end (self, self->problem);
  else if (report->problem && !report->lost)
    GST_ELEMENT_WARNING (self->element, RESOURCE, WRITE, ("%s", self->problem), (NULL));
  else if (g_get_monotonic_time () >= self->tell_at)
    tell_lost (self);
}

/* ---- the thread ---- */

typedef enum { SEND, ASK, STOP } Step;

/* Waits until there is something to do. A message is the caller's. */
static Step
next_step (PtSender * self, gboolean pending, GBytes ** message)
{
  g_mutex_lock (&self->lock);
  const gint64 ask_at = g_get_monotonic_time () + ASK_INTERVAL;
  gboolean is_time = FALSE;
  while (!self->deadline && !self->ended && !is_time && g_queue_is_empty (&self->messages)) {
    if (!pending)
      g_cond_wait (&self->changed, &self->lock);
    else
      is_time = !g_cond_wait_until (&self->changed, &self->lock, ask_at);
  }
  const gboolean over = self->ended
      || (self->deadline && g_get_monotonic_time () >= self->deadline);
  *message = over ? NULL : g_queue_pop_head (&self->messages);
  if (*message)
    self->bytes -= g_bytes_get_size (*message);
  const Step step = *message ? SEND : is_time && !over && !self->deadline ? ASK : STOP;
  g_mutex_unlock (&self->lock);
  return step;
}

static gboolean
send_one (PtSender * self, GBytes * message)
{
  PtBrokerReport report = { 0 };
  gsize size = 0;
  gconstpointer payload = g_bytes_get_data (message, &size);
  GST_LOG_OBJECT (self->element, "sending %" G_GSIZE_FORMAT " bytes", size);
  self->brokers->send (self->broker, payload, size, &report);
  g_bytes_unref (message);
  note (self, &report);
  return report.pending;
}

static gboolean
ask (PtSender * self)
{
  PtBrokerReport report = { 0 };
  self->brokers->ask (self->broker, &report);
  note (self, &report);
  return report.pending;
}

/* After an error has ended it, its end is no news. */
static void
finish (PtSender * self)
{
  PtBrokerReport report = { 0 };
  g_mutex_lock (&self->lock);
  const guint left = g_queue_get_length (&self->messages);
  const gint64 remaining = self->deadline - g_get_monotonic_time ();
  const gboolean ended = self->ended;
  g_mutex_unlock (&self->lock);
  self->brokers->close (self->broker, ended ? 0 : MAX (remaining, 0) / G_TIME_SPAN_MILLISECOND, left,
      &report);
  self->lost += report.lost;
  if (report.problem && (left || !self->problem)) {
    g_free (self->problem);
    self->problem = report.problem;
  } else
    g_free (report.problem);
  tell_lost (self);
}

static void
wait_for_stop (PtSender * self)
{
  g_mutex_lock (&self->lock);
  while (!self->deadline)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
}

static gpointer
run (gpointer data)
{
  PtSender *self = data;
  GBytes *message = NULL;
  gboolean pending = FALSE;
  for (Step step; (step = next_step (self, pending, &message)) != STOP;)
    pending = step == SEND ? send_one (self, message) : ask (self);
  wait_for_stop (self);
  finish (self);
  return NULL;
}

/* ---- its users ---- */

PtSender *
pt_sender_new (GstElement * element, const PtBrokers * brokers, gpointer broker, guint patience)
{
  PtSender *self = g_new0 (PtSender, 1);
  self->element = element;
  self->brokers = brokers;
  self->broker = broker;
  self->patience = patience;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_queue_init (&self->messages);
  self->thread = g_thread_new ("nvmsgbroker", run, self);
  return self;
}

gboolean
pt_sender_push (PtSender * self, const PtMessage * message)
{
  g_mutex_lock (&self->lock);
  const gboolean ended = self->ended;
  const guint waiting = g_queue_get_length (&self->messages);
  const gboolean full = waiting >= PT_SENDER_MOST
      || (waiting && self->bytes + message->size > PT_SENDER_MOST_BYTES);
  if (!ended && !full) {
    g_queue_push_tail (&self->messages, g_bytes_new (message->payload, message->size));
    self->bytes += message->size;
    g_cond_signal (&self->changed);
  }
  g_mutex_unlock (&self->lock);
  if (!ended && full)
    GST_ELEMENT_ERROR (self->element, LIBRARY, FAILED, ("The broker takes messages more slowly than "
            "they are made: %u wait. Send fewer, or see why it is slow.", waiting), (NULL));
  return !ended && !full;
}

void
pt_sender_free (PtSender * self)
{
  g_mutex_lock (&self->lock);
  self->deadline = MAX (g_get_monotonic_time () + self->patience * G_TIME_SPAN_MILLISECOND, 1);
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  g_queue_clear_full (&self->messages, (GDestroyNotify) g_bytes_unref);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self->problem);
  g_free (self);
}
