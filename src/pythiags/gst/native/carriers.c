/* Which carriers of metadata are on a buffer: see carriers.h. */
#include "carriers.h"

#include "analytics.h"
#include "gstmeta.h"
#include "nvbatch.h"

#include <gst/video/video.h>

guint
pt_carriers_on (GstBuffer * buffer)
{
  PtNv found;
  guint carriers = 0;
  if (pt_nv_find (buffer, &found) != PT_NV_NONE)
    carriers |= PT_ON_DEEPSTREAM;
  if (pt_buffer_get_batch (buffer))
    carriers |= PT_ON_PORTABLE;
  if (pt_analytics_is_on (buffer))
    carriers |= PT_ON_ANALYTICS;
  if (gst_buffer_get_meta (buffer, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE))
    carriers |= PT_ON_REGIONS;
  return carriers;
}
