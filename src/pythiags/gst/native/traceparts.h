/* What the parts of the tracer share: what is kept with elements and pads (tracenotes.c), and which
 * buffers are in an element (tracearrivals.c).
 */
#pragma once
#include "trace.h"

G_BEGIN_DECLS

struct _PtTrace
{
  GstElement *pipeline;                  /* not owned: compared only; NULL: it was stopped */
  GPtrArray *records;
};

/* What is known of a pad, and kept with it. */
typedef struct _PtPadNote
{
  struct _PtPadNote *older;              /* may be in use still: freed with the pad */
  PtTraceRecord *record;                 /* of its element; NULL: nobody wants to know */
  gint generation;                       /* of traces when that was found out */
  guint64 passed;                        /* under the record's lock, as is `memory` */
  const gchar *memory;
} PtPadNote;

PtTraceRecord *pt_record_ref (PtTraceRecord * record);   /* of NULL: NULL */
void pt_record_unref (gpointer record);                  /* may be NULL */

/* Grows with each trace. */
gint pt_notes_generation (void);
void pt_notes_init (void);
void pt_notes_begin (PtTrace * trace);
gboolean pt_notes_end (PtTrace * trace);                 /* FALSE: it was stopped already */

/* The note of a pad that somebody holds: any thread may ask, and it is there as long as the pad. The
 * tests ask from threads of their own. */
__attribute__ ((visibility ("default"))) PtPadNote *pt_note_of (GstPad * pad);
PtPadNote *pt_note_known (GstPad * pad);                 /* NULL: none was made */

/* A buffer comes to an element, or leaves it by a pad. */
void pt_arrive (PtTraceRecord * record, GstClockTime pts, gint64 now, guint count);
void pt_depart (PtPadNote * note, GstBuffer * buffer, gint64 now, guint count);

G_END_DECLS
