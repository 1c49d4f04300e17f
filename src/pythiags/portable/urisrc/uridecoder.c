/* The decoder inside nvurisrcbin, as its properties say. */
#include "nvurisrcbin.h"

#include "inert.h"

#define GST_CAT_DEFAULT pt_uri_debug

/* Of nvurisrcbin, and of nvv4l2decoder. */
static const struct
{
  const char *ours, *decoders;
} names[] = {
  {"dec-skip-frames", "skip-frames"}, {"drop-frame-interval", "drop-frame-interval"},
  {"low-latency-mode", "low-latency-mode"}, {"gpu-id", "gpu-id"},
  {"cudadec-memtype", "cudadec-memtype"}, {"num-extra-surfaces", "num-extra-surfaces"},
};

static void
set_number (GObject * object, GParamSpec * spec, gint64 number)
{
  GValue wanted = G_VALUE_INIT, value = G_VALUE_INIT;
  g_value_init (&value, spec->value_type);
  if (G_IS_PARAM_SPEC_ENUM (spec))
    g_value_set_enum (&value, (gint) number);
  else {
    g_value_init (&wanted, G_TYPE_INT64);
    g_value_set_int64 (&wanted, number);
    g_value_transform (&wanted, &value);
    g_value_unset (&wanted);
  }
  g_param_value_validate (spec, &value);        /* the ranges differ */
  g_object_set_property (object, spec->name, &value);
  g_value_unset (&value);
}

/* As a camera would: simulate-fps-interval-ms. */
static GstPadProbeReturn
hold_back (GstPad * pad, GstPadProbeInfo * info, gpointer self)
{
  g_usleep ((gulong) PT_URI_NUM (self, "simulate-fps-interval-ms") * 1000);
  return GST_PAD_PROBE_OK;
}

void
pt_uri_decoder_set_up (GstNvurisrcbin * self, GstElement * element)
{
  GstElementFactory *factory = gst_element_get_factory (element);
  if (!factory || !g_str_equal (GST_OBJECT_NAME (factory), "nvv4l2decoder"))
    return;
  GObjectClass *klass = G_OBJECT_GET_CLASS (element);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    GParamSpec *spec = g_object_class_find_property (klass, names[i].decoders);
    if (spec)
      set_number (G_OBJECT (element), spec, PT_URI_NUM (self, names[i].ours));
  }
  if (PT_URI_NUM (self, "simulate-fps-interval-ms")) {
    GstPad *sink = gst_element_get_static_pad (element, "sink");
    gst_pad_add_probe (sink, GST_PAD_PROBE_TYPE_BUFFER, hold_back, self, NULL);
    gst_object_unref (sink);
  }
}
