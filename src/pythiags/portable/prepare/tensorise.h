/* Pictures as the numbers of a tensor: what NVIDIA's CustomTensorPreparation makes of them. */
#pragma once
#include "../infer/preprocess.h"
#include "prepsettings.h"

G_BEGIN_DECLS

typedef struct _PtTensorise PtTensorise;

/* `settings` are counted. */
PtTensorise *pt_tensorise_new (PtPrepSettings * settings);
void pt_tensorise_free (PtTensorise * self);

/* Bytes of a picture in the tensor. */
gsize pt_tensorise_size (const PtTensorise * self);

/* `place` is the picture's in the buffer: pictures of one place tend to be of one size, of which what is prepared
 * is used again. */
void pt_tensorise_run (PtTensorise * self, guint place, const GstVideoFrame * picture,
    gpointer numbers, PtPlacement * placement);

/* The same for a function of one's own: [height, width, channels], in bytes. */
void pt_tensorise_picture (PtTensorise * self, guint place, const GstVideoFrame * picture,
    guint8 * bytes, PtPlacement * placement);

G_END_DECLS
