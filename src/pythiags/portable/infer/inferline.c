/* See inferline.h. */
#include "inferline.h"

#define MOST_THREADS 32

/* Half as many more than run at once are ready for those runs that end before the first one, since jobs
 * leave in order; at least one is. */
static guint
room_for (guint threads)
{
  return threads + (threads + 1) / 2;
}

struct _PtInferLine
{
  GMutex lock;
  GCond changed;                   /* anything below */
  GQueue jobs;                     /* in order of arrival */
  GQueue spare;                    /* no more than were in use at a time: room, both ends, threads */
  GstFlowReturn flow;
  gboolean open, pushing;          /* pushing: a job is between next and settle */
  gpointer engine;
  const PtInferPlan *plan;
  guint room;
  GThread *threads[MOST_THREADS];
};

PtInferLine *
pt_infer_line_new (void)
{
  PtInferLine *line = g_new0 (PtInferLine, 1);
  g_mutex_init (&line->lock);
  g_cond_init (&line->changed);
  g_queue_init (&line->jobs);
  g_queue_init (&line->spare);
  line->flow = GST_FLOW_FLUSHING;
  line->room = room_for (1);
  return line;
}

void
pt_infer_line_free (PtInferLine * line)
{
  g_mutex_clear (&line->lock);
  g_cond_clear (&line->changed);
  g_free (line);
}

/* Without the lock: what a buffer carries may need the GIL to be freed. */
static void
put_back (PtInferLine * line, PtInferJob * job)
{
  pt_infer_job_clear (job);
  g_mutex_lock (&line->lock);
  g_queue_push_tail (&line->spare, job);
  g_mutex_unlock (&line->lock);
}

/* ---- the threads that run the network; all with the lock held ---- */

static PtInferJob *
first_waiting (PtInferLine * line)
{
  for (GList * each = line->jobs.head; each; each = each->next)
    if (((PtInferJob *) each->data)->state == PT_JOB_WAITS)
      return each->data;
  return NULL;
}

static void
run_one (PtInferLine * line, PtInferJob * job, PtInferBench * bench)
{
  job->state = PT_JOB_RUNS;
  g_mutex_unlock (&line->lock);
  pt_infer_job_run (job, bench, line->engine, line->plan);
  g_mutex_lock (&line->lock);
  if (job->state == PT_JOB_ABANDONED) {
    g_mutex_unlock (&line->lock);
    put_back (line, job);
    g_mutex_lock (&line->lock);
  } else
    job->state = PT_JOB_DONE;
  g_cond_broadcast (&line->changed);
}

static gpointer
run_jobs (gpointer data)
{
  PtInferLine *line = data;
  PtInferBench *bench = pt_infer_bench_new (line->plan);
  g_mutex_lock (&line->lock);
  while (line->open) {
    PtInferJob *job = first_waiting (line);
    if (job)
      run_one (line, job, bench);
    else
      g_cond_wait (&line->changed, &line->lock);
  }
  g_mutex_unlock (&line->lock);
  pt_infer_bench_free (bench);
  return NULL;
}

/* ---- opening, stopping, closing ---- */

/* With the lock held. A job that runs is its thread's to put back. */
static void
take_out (PtInferLine * line, GQueue * dropped)
{
  PtInferJob *job;
  while ((job = g_queue_pop_head (&line->jobs)))
    if (job->state == PT_JOB_RUNS)
      job->state = PT_JOB_ABANDONED;
    else
      g_queue_push_tail (dropped, job);
}

static void
put_all_back (PtInferLine * line, GQueue * dropped)
{
  PtInferJob *job;
  while ((job = g_queue_pop_head (dropped)))
    put_back (line, job);
}

void
pt_infer_line_open (PtInferLine * line, gpointer engine, const PtInferPlan * plan)
{
  guint threads = CLAMP (plan->runs_at_once, 1, MOST_THREADS);
  g_mutex_lock (&line->lock);
  line->room = room_for (threads);
  line->engine = engine;
  line->plan = plan;
  line->open = TRUE;
  line->pushing = FALSE;
  line->flow = GST_FLOW_OK;
  g_mutex_unlock (&line->lock);
  for (guint i = 0; i < threads; i++)
    line->threads[i] = g_thread_new ("nvinfer", run_jobs, line);
}

guint
pt_infer_line_room (PtInferLine * line)
{
  g_mutex_lock (&line->lock);
  guint room = line->room;
  g_mutex_unlock (&line->lock);
  return room;
}

void
pt_infer_line_shut (PtInferLine * line)
{
  g_mutex_lock (&line->lock);
  line->open = FALSE;
  g_mutex_unlock (&line->lock);
  pt_infer_line_stop (line, GST_FLOW_FLUSHING);
}

void
pt_infer_line_close (PtInferLine * line)
{
  pt_infer_line_shut (line);
  for (guint i = 0; i < MOST_THREADS; i++)
    g_clear_pointer (&line->threads[i], g_thread_join);
  g_queue_clear_full (&line->spare, (GDestroyNotify) pt_infer_job_free);
}

void
pt_infer_line_stop (PtInferLine * line, GstFlowReturn flow)
{
  GQueue dropped = G_QUEUE_INIT;
  g_mutex_lock (&line->lock);
  line->flow = flow;
  take_out (line, &dropped);
  g_cond_broadcast (&line->changed);
  g_mutex_unlock (&line->lock);
  put_all_back (line, &dropped);
}

gboolean
pt_infer_line_resume (PtInferLine * line, GstFlowReturn stopped)
{
  g_mutex_lock (&line->lock);
  gboolean resumed = line->open && line->flow == stopped;
  if (resumed)
    line->flow = GST_FLOW_OK;
  g_mutex_unlock (&line->lock);
  return resumed;
}

/* ---- the streaming thread's end ---- */

PtInferJob *
pt_infer_line_take_spare (PtInferLine * line)
{
  g_mutex_lock (&line->lock);
  PtInferJob *job = g_queue_pop_head (&line->spare);
  g_mutex_unlock (&line->lock);
  return job ? job : pt_infer_job_new ();
}

GstFlowReturn
pt_infer_line_append (PtInferLine * line, PtInferJob * job)
{
  job->state = job->pictures->len ? PT_JOB_WAITS : PT_JOB_DONE;
  g_mutex_lock (&line->lock);
  while (line->flow == GST_FLOW_OK && line->jobs.length >= line->room)
    g_cond_wait (&line->changed, &line->lock);
  GstFlowReturn flow = line->flow;
  if (flow == GST_FLOW_OK)
    g_queue_push_tail (&line->jobs, job);
  g_cond_broadcast (&line->changed);
  g_mutex_unlock (&line->lock);
  if (flow != GST_FLOW_OK)
    put_back (line, job);
  return flow;
}

GstFlowReturn
pt_infer_line_drain (PtInferLine * line)
{
  g_mutex_lock (&line->lock);
  while (line->flow == GST_FLOW_OK && (line->jobs.length || line->pushing))
    g_cond_wait (&line->changed, &line->lock);
  GstFlowReturn flow = line->flow;
  g_mutex_unlock (&line->lock);
  return flow;
}

/* ---- the output thread's end ---- */

static gboolean
has_next (PtInferLine * line)
{
  PtInferJob *first = g_queue_peek_head (&line->jobs);
  return first && first->state == PT_JOB_DONE;
}

PtInferJob *
pt_infer_line_next (PtInferLine * line)
{
  g_mutex_lock (&line->lock);
  while (line->flow != GST_FLOW_FLUSHING && !has_next (line))
    g_cond_wait (&line->changed, &line->lock);
  PtInferJob *job = g_queue_pop_head (&line->jobs);     /* there are none where it stopped */
  line->pushing = job != NULL;
  g_cond_broadcast (&line->changed);
  g_mutex_unlock (&line->lock);
  return job;
}

void
pt_infer_line_settle (PtInferLine * line, PtInferJob * job, GstFlowReturn flow)
{
  GQueue dropped = G_QUEUE_INIT;
  put_back (line, job);
  g_mutex_lock (&line->lock);
  line->pushing = FALSE;
  if (flow != GST_FLOW_OK && line->flow == GST_FLOW_OK) {       /* a flush goes first */
    line->flow = flow;
    take_out (line, &dropped);
  }
  g_cond_broadcast (&line->changed);
  g_mutex_unlock (&line->lock);
  put_all_back (line, &dropped);
}
