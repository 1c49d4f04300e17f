/* The line between nvinfer's streaming thread and its output thread.
 *
 *   streaming thread            threads of the line         output thread
 *   append: waits for room  ->  run the network  ->  next: waits for the first job to be done
 *
 * Jobs leave in the order in which they came, whoever is done first. No more wait or run than half as
 * many again as may run at once, which bounds how far the stream runs ahead of its network. One lock
 * guards it all, and is never held while the network runs or anything is pushed.
 */
#pragma once
#include "inferjob.h"

G_BEGIN_DECLS

typedef struct _PtInferLine PtInferLine;

PtInferLine *pt_infer_line_new (void);
void pt_infer_line_free (PtInferLine * line);

/* Starts the threads, plan->runs_at_once of them; both arguments are borrowed until close. */
void pt_infer_line_open (PtInferLine * line, gpointer engine, const PtInferPlan * plan);

/* How many jobs wait or run at most. */
guint pt_infer_line_room (PtInferLine * line);

/* Waits for what runs. Whoever calls append or next must have been stopped before. */
void pt_infer_line_close (PtInferLine * line);

/* Drops all jobs and wakes whoever waits; `flow` is what they get from now on. */
void pt_infer_line_stop (PtInferLine * line, GstFlowReturn flow);

/* Stops it for good: until it is opened again it stays stopped. */
void pt_infer_line_shut (PtInferLine * line);

/* Lets jobs in again where this is why the line stopped, in one step, so that nobody who means one
 * stop undoes another. FALSE: it is not, or the line is shut. */
gboolean pt_infer_line_resume (PtInferLine * line, GstFlowReturn stopped);

/* A job to be filled and appended: empty, its memory used before. */
PtInferJob *pt_infer_line_take_spare (PtInferLine * line);

/* Takes over the job, and drops it where the result is not OK. */
GstFlowReturn pt_infer_line_append (PtInferLine * line, PtInferJob * job);

/* The first job, once it is done; `settle` must follow. NULL: flushing or shut. Where the line stopped for
 * another reason this waits, as it may be resumed. */
PtInferJob *pt_infer_line_next (PtInferLine * line);

/* The job has gone downstream, with this result; other than OK it stops the line. */
void pt_infer_line_settle (PtInferLine * line, PtInferJob * job, GstFlowReturn flow);

/* Waits until every job has gone downstream. Gives OK, or why the line stopped. */
GstFlowReturn pt_infer_line_drain (PtInferLine * line);

G_END_DECLS
