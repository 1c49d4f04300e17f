/* A batch on its way through nvinfer: its pictures as tensors, and what the network finds in them.
 *
 * The streaming thread adds the pictures, a thread of the line (see inferline.h) runs the network
 * and writes the objects; no two of them at a time.
 */
#pragma once
#include "preprocess.h"

G_BEGIN_DECLS

typedef enum { PT_JOB_WAITS, PT_JOB_RUNS, PT_JOB_DONE, PT_JOB_ABANDONED } PtJobState;

typedef struct
{
  GstBuffer *buffer;               /* owned; its batch has the frames of the pictures */
  GArray *pictures;                /* of PtJobPicture, in the tensor's order */
  float *tensor;
  guint capacity;                  /* of the tensor, in pictures */
  GArray *boxes;                   /* of PtInferBox */
  GstFlowReturn flow;              /* ERROR: the network failed; FLUSHING: Python is gone */
  gchar *error;
  PtJobState state;                /* the line's, under its lock */
} PtInferJob;

PtInferJob *pt_infer_job_new (void);
void pt_infer_job_free (PtInferJob * job);

/* Empties the job for another batch and keeps its memory. */
void pt_infer_job_clear (PtInferJob * job);

/* Prepares one picture of the buffer for the network. FALSE: it cannot be read. */
gboolean pt_infer_job_add (PtInferJob * job, PtPreprocess * preprocess, const PtTensorSpec * spec,
    GstBuffer * buffer, const GstVideoInfo * info, PtFrame * frame);

/* Runs the network on the pictures and adds the objects to their frames. */
void pt_infer_job_run (PtInferJob * job, gpointer engine, const PtInferPlan * plan);

G_END_DECLS
