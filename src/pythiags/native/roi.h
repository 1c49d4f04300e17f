/* Region-of-interest metadata, read into a batch of its own: what DL Streamer and others write. */
#pragma once
#include <gst/gst.h>

#include "model.h"

G_BEGIN_DECLS

/* Where the names of things come from, as DL Streamer writes them:
 *   roi_type                            the label
 *   id, parent_id                       which region was found in which; 0 and -1: none
 *   "detection": confidence, label_id   the detector's; without it no confidence and class -1
 *   "object_id": id                     the tracker's
 *   any other: label, label_id, confidence   what a classifier found
 *   any other: data_buffer              a tensor: see roiparams.h, also for all that is left
 * misc_obj_info[0..1] keep id and parent_id.
 *
 * `caps` (may be NULL) have the size of a picture without a GstVideoMeta. NULL: no regions. */
PtBatch *pt_roi_read (GstBuffer * buffer, const GstCaps * caps);

G_END_DECLS
