/* Elements that a bin of outputs makes, adds and links one behind the other. */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  GstBin *bin;
  const char *stem;             /* of the elements' names: <bin>-<stem>_<part>; NULL: <bin>-<part> */
  GstElement *first, *last;     /* NULL: there is none yet */
  gboolean failed;              /* an error was posted */
} PtChain;

/* Adds an element. NULL after posting an error that names the Debian package, or if the chain has
 * failed before. */
GstElement *pt_chain_append (PtChain * chain, const char *factory, const char *part,
    const char *package);

/* Adds a capsfilter; an error is posted as above. */
void pt_chain_filter (PtChain * chain, const char *part, const char *caps);

/* Takes the elements from one to the last out of the bin. NULL: there are none. */
void pt_chain_remove (GstBin * bin, GstElement * first);

/* Takes all elements out of a bin. */
void pt_chain_empty (GstBin * bin);

G_END_DECLS
