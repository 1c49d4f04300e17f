/* The portable elements: each registers itself under DeepStream's name. */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

typedef gboolean (*PtElementRegister) (void);

typedef struct
{
  const char *factory;
  PtElementRegister add;        /* in this process only; FALSE: GStreamer refused it */
} PtElement;

/* Ends with an entry whose factory is NULL. */
extern const PtElement pt_elements[];

G_END_DECLS
