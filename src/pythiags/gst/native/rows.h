/* The objects of a batch as rows: what is common to all carriers, copied in one pass, without the GIL.
 *
 * Texts are copied too, each once, so that rows depend on no other memory.
 */
#pragma once
#include "analytics.h"
#include "nvbatch.h"

G_BEGIN_DECLS

typedef enum { PT_BOX_LAST, PT_BOX_DETECTOR, PT_BOX_TRACKER } PtBox;

typedef struct {
  guint64 object_id;
  PtBbox box;
  float confidence;
  gint class_id, component_id;
  guint label;                       /* its number among the texts */
} PtRow;

typedef struct { guint64 pts; gint32 frame_num; guint32 source_id, objects, reserved; } PtRowFrame;

typedef struct {
  PtBox box;
  gboolean any_confidence;
  float min_confidence;              /* NaN never passes a bound; without one it does */
  GHashTable *labels;                /* a set of texts; NULL: any */
  guint lane, lanes;                 /* only frames whose source_id % lanes is lane */
} PtWanted;

typedef struct {
  GArray *frames, *rows;             /* of PtRowFrame, those with objects, and PtRow */
  GPtrArray *texts;                  /* each once, in the order in which they are met */
  guint last;                        /* the number of the text that was asked for last */
  gsize text_bytes;                  /* of all texts, with a NUL each */
  GHashTable *numbers;               /* text to its number + 1 */
  GStringChunk *memory;              /* of the texts */
  GPtrArray *nv_frames, *nv_objects; /* lists of NVIDIA's, while they are read */
  PtRelations relations;             /* and GStreamer's */
  GArray *tracks;                    /* guint64 */
} PtRows;

void pt_rows_init (PtRows * rows);
void pt_rows_clear (PtRows * rows);

/* They replace what was there. */
void pt_rows_read (PtRows * rows, const PtBatch * batch, const PtWanted * wanted);
void pt_rows_read_nv (PtRows * rows, const PtNv * found, const PtWanted * wanted);   /* takes the meta lock */

/* What pt_analytics_read gives, without the batch; of a buffer for which pt_analytics_is_on. */
void pt_rows_read_analytics (PtRows * rows, GstBuffer * buffer, const GstCaps * caps,
    gint frame_num, const PtWanted * wanted);

G_END_DECLS
