/* What the encoders share: a bin around a stock software encoder.
 *
 * A bin:  NVMM bridge ! videoconvert ! encoder ! capsfilter
 * The properties are DeepStream's, in a table of inert.h; those that are forwarded are translated when
 * the element starts, up to the state READY.
 */
#pragma once
#include "inert.h"

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _PtEncoderBin PtEncoderBin;

typedef struct
{
  const char *factory;          /* the stock encoder */
  const char *package;          /* Debian's, which has it */
  const char *codec;            /* as people say it */
  const PtInert *properties;
  /* Sets up the encoder, and gives the caps of the output, to be freed; NULL after posting an error. */
  GstCaps *(*prepare) (PtEncoderBin * self, GstElement * encoder);
  /* A property was set while the element runs. FALSE: it does not count before the next start. */
  gboolean (*changed) (PtEncoderBin * self, GstElement * encoder, const char *name);
} PtEncoderKind;

struct _PtEncoderBin
{
  GstBin parent;
  const PtEncoderKind *kind;
  GstDebugCategory *category;
  GstElement *encoder, *filter; /* NULL: a plugin is missing */
  guint most_kilobits;          /* of a rate that is set while it runs; 0: there is no such limit */
};

typedef struct
{
  GstBinClass parent_class;
} PtEncoderBinClass;

GType pythiags_encoder_bin_get_type (void);   /* abstract */

/* For the subclass's class_init and init. */
void pt_encoder_bin_install (PtEncoderBinClass * klass, const PtEncoderKind * kind);
void pt_encoder_bin_build (PtEncoderBin * self, const PtEncoderKind * kind,
    GstDebugCategory * category);

/* The value of an own property, whatever whole number, switch or enumeration it is. */
gint64 pt_encoder_bin_number (PtEncoderBin * self, const char *name);
gboolean pt_encoder_bin_is_set (PtEncoderBin * self, const char *name);

G_END_DECLS
