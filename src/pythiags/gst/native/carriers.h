/* Which carriers of metadata are on a buffer. */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

typedef enum                         /* in the order in which they are looked for */
{
  PT_ON_DEEPSTREAM = 1 << 0,
  PT_ON_PORTABLE = 1 << 1,
  PT_ON_ANALYTICS = 1 << 2,
  PT_ON_REGIONS = 1 << 3,
} PtCarriers;

guint pt_carriers_on (GstBuffer * buffer);           /* a set of PtCarriers */

G_END_DECLS
