/* A batch on its way through nvinfer, and what the network finds in its pictures.
 *
 * The streaming thread adds the frames. A thread of the line (see inferline.h), with a bench of its
 * own, makes their pictures tensors, runs the network and writes the objects.
 */
#pragma once
#include "preprocess.h"

G_BEGIN_DECLS

typedef enum { PT_JOB_WAITS, PT_JOB_RUNS, PT_JOB_DONE, PT_JOB_ABANDONED } PtJobState;

typedef struct
{
  GstBuffer *buffer;               /* owned; its batch has the frames of the pictures */
  GstVideoInfo info;               /* of the caps when it came */
  GArray *pictures;                /* of PtJobPicture, in the tensor's order */
  GArray *boxes;                   /* of PtInferBox */
  GstFlowReturn flow;              /* ERROR: see `error`; FLUSHING: Python is gone */
  gchar *error;
  PtJobState state;                /* the line's, under its lock */
} PtInferJob;

PtInferJob *pt_infer_job_new (void);
void pt_infer_job_free (PtInferJob * job);

/* Empties the job for another batch and keeps its memory. */
void pt_infer_job_clear (PtInferJob * job);

/* Has the picture of a frame inferred. */
void pt_infer_job_add (PtInferJob * job, PtFrame * frame);

/* What a thread needs to work on jobs; its memory is used again. */
typedef struct _PtInferBench PtInferBench;

PtInferBench *pt_infer_bench_new (const PtInferPlan * plan);
void pt_infer_bench_free (PtInferBench * bench);

/* Runs the network on the pictures and adds the objects to their frames. */
void pt_infer_job_run (PtInferJob * job, PtInferBench * bench, gpointer engine,
    const PtInferPlan * plan);

G_END_DECLS
