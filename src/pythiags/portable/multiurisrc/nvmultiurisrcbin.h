/* nvmultiurisrcbin, inside: what its parts share.
 *
 * A bin in the bin, as DeepStream's, holds nvstreammux and an nvurisrcbin for each source. A source has
 * its pad of the mixer from the moment it is added, so that the batches do not end while a camera
 * connects. Sources are removed by a thread of the element, when they have ended and the
 * mixer has put out their last frame, or when they have failed; and by whoever asks over REST.
 */
#pragma once
#include <gst/gst.h>

#include "restserver.h"

G_BEGIN_DECLS

GST_DEBUG_CATEGORY_EXTERN (pt_multi_debug);

typedef struct
{
  GstBin parent;
  GstPad *src;
  GstElement *inner, *mux;      /* from READY on */
  GThread *worker;
  PtRestServer *rest;           /* NULL: none */
  GMutex lock;
  GCond changed;                /* anything that the worker looks at */
  /* under the lock */
  guint removed;                /* sources that are gone, in all */
  GPtrArray *sources;           /* of PtMultiSource, those included that are leaving */
  guint next_id;
  gboolean stopping, mux_ended;
} GstNvmultiurisrcbin;

typedef struct
{
  GstNvmultiurisrcbin *owner;
  guint id;                     /* of the mixer's pad */
  char *uri, *sensor_id, *sensor_name;  /* the last two may be NULL */
  GstElement *bin;
  GstPad *mux_pad;
  gulong handler;
  /* under the lock */
  gboolean leaving, failed, ended, drained;
} PtMultiSource;

/* NULL, or why not, to be freed. */
char *pt_multi_add (GstNvmultiurisrcbin * self, const char *uri, const char *sensor_id,
    const char *sensor_name);

/* FALSE: there is none with this sensor id and URI. */
gboolean pt_multi_remove (GstNvmultiurisrcbin * self, const char *uri, const char *sensor_id);
gboolean pt_multi_has (GstNvmultiurisrcbin * self, const char *sensor_id);
gboolean pt_multi_is_full (GstNvmultiurisrcbin * self);

/* The sources as a list in JSON, to be freed. */
char *pt_multi_describe (GstNvmultiurisrcbin * self);

/* An error of a source: TRUE if it is no error of the pipeline. `*drop`: nor of interest at all. */
gboolean pt_multi_note_error (GstNvmultiurisrcbin * self, GstObject * object, gboolean * drop);
/* Waits until those that have failed, or are to go, are gone. Returns how many are, in all. */
guint pt_multi_await_removals (GstNvmultiurisrcbin * self);
void pt_multi_note_given_up (GstNvmultiurisrcbin * self, GstObject * object);

/* With `inner` and `mux` there. */
void pt_multi_start (GstNvmultiurisrcbin * self);
void pt_multi_stop (GstNvmultiurisrcbin * self);

/* The server's, if it is to be there. */
void pt_multi_start_rest (GstNvmultiurisrcbin * self);
void pt_multi_stop_rest (GstNvmultiurisrcbin * self);

/* Sets on an nvurisrcbin what was set here. */
void pt_multi_set_up (GstNvmultiurisrcbin * self, GstElement * source);

#define PT_MULTI_NUM(self, name) pt_inert_number (G_OBJECT (self), name)

GType gst_nvmultiurisrcbin_get_type (void);

G_END_DECLS
