/* The software decoders that are installed, by what they take. */
#pragma once
#include <gst/gst.h>

G_BEGIN_DECLS

/* Factories, the highest rank first, of those that take all of the caps or some of them. Free with
 * gst_plugin_feature_list_free. */
GList *pt_decoders_for (const GstCaps * caps, gboolean all_of_them);

/* Narrows each of the caps' structures to what its decoders take. One that nothing decodes stays as
 * it is, so that its caps arrive and an error can name the package. */
GstCaps *pt_decodable_caps (const GstCaps * all);

/* The name that people know, as in "H.264". */
const char *pt_codec_name (const GstCaps * caps);

G_END_DECLS
