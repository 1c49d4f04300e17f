/* A batch on its way through nvinfer, and what the network finds in its pictures.
 *
 * The streaming thread adds the frames, or the objects. A thread of the line (see inferline.h), with a
 * bench of its own, makes their pictures tensors, runs the network and writes what it finds. What a
 * classifier says is written by the output thread, since it may be said of later frames too.
 */
#pragma once
#include "history.h"
#include "preprocess.h"

G_BEGIN_DECLS

typedef enum { PT_JOB_WAITS, PT_JOB_RUNS, PT_JOB_DONE, PT_JOB_ABANDONED } PtJobState;

typedef struct
{
  PtFrame *frame;
  PtObject *object;                /* NULL: the picture is all of the frame, or a region */
  const PtPrepared *prepared;      /* whose region it is; NULL: the picture is yet to be scaled */
  PtRoi *roi;
  GstVideoRectangle crop;          /* where it lies in the frame's picture */
  PtInferPast *past;               /* owned; NULL: nothing is kept of it */
  float frame_width, frame_height;
  PtPlacement placement;
} PtJobPicture;

typedef struct
{
  PtObject *object;
  PtInferPast *past;               /* owned */
} PtJobRecall;

typedef struct
{
  GstBuffer *buffer;               /* owned; its batch has the frames of the pictures */
  GstVideoInfo info;               /* of the caps when it came */
  GArray *pictures;                /* of PtJobPicture, in the tensor's order */
  GArray *recalls;                 /* of PtJobRecall */
  PtInferResults results;          /* of the run that is under way */
  GArray *labels;                  /* of PtInferLabel, of all runs */
  guint found;                     /* how many objects and labels were written */
  guint unknown;                   /* boxes that were left out, as the plan has no such class */
  gint unknown_class;              /* the last one's */
  GstFlowReturn flow;              /* ERROR: see `error`; FLUSHING: Python is gone */
  gchar *error;
  PtJobState state;                /* the line's, under its lock */
} PtInferJob;

PtInferJob *pt_infer_job_new (void);
void pt_infer_job_free (PtInferJob * job);

/* Empties the job for another batch and keeps its memory. */
void pt_infer_job_clear (PtInferJob * job);

/* The batch of a buffer; where it has none, one of its own, whose frame is counted. */
PtBatch *pt_infer_ensure_batch (GstBuffer * buffer, const GstVideoInfo * info, gint * frame_num);

/* Has the picture of a frame inferred. */
void pt_infer_job_add (PtInferJob * job, PtFrame * frame);

/* Has the objects of a batch inferred that the plan is for, or given the labels that are kept of them; the
 * job has no buffer yet. Objects outside their picture are left out. FALSE: so were objects that nothing tracks. */
gboolean pt_infer_job_take_objects (PtInferJob * job, GstBuffer * buffer, const PtBatch * batch,
    PtInferHistory * history, const PtInferPlan * plan);

/* Has the regions inferred of which nvdspreprocess made tensors for this network. FALSE: a tensor is named otherwise than
 * the network's input, and left out; `*name` is its. */
gboolean pt_infer_job_take_prepared (PtInferJob * job, const PtBatch * batch,
    const PtInferPlan * plan, const char **name);

/* What a thread needs to work on jobs; its memory is used again. */
typedef struct _PtInferBench PtInferBench;

PtInferBench *pt_infer_bench_new (const PtInferPlan * plan);
void pt_infer_bench_free (PtInferBench * bench);

/* Runs the network on the pictures and writes what it finds, but for labels. */
void pt_infer_job_run (PtInferJob * job, PtInferBench * bench, gpointer engine,
    const PtInferPlan * plan);

/* Writes the labels, of jobs in the order of their frames. */
void pt_infer_job_finish (PtInferJob * job, const PtInferPlan * plan);

G_END_DECLS
