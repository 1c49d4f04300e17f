/* What a network found, written to a batch as nvinfer writes it. */
#pragma once
#include "inferjob.h"

G_BEGIN_DECLS

/* Writes job->results of the pictures from `first` on: objects with their masks, segmentations and tensors.
 * Labels are kept in job->labels. */
void pt_attach_results (PtInferJob * job, const PtInferPlan * plan, guint first, guint count);

/* Writes job->labels to their objects, and those that are kept of objects to be recalled. */
void pt_attach_labels (PtInferJob * job, const PtInferPlan * plan);

G_END_DECLS
