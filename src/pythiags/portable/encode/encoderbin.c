/* See encoderbin.h. */
#include "encoderbin.h"

#include <gst/video/video.h>

#include "bridge.h"

typedef PtEncoderBin PythiagsEncoderBin;
typedef PtEncoderBinClass PythiagsEncoderBinClass;

G_DEFINE_ABSTRACT_TYPE (PythiagsEncoderBin, pythiags_encoder_bin, GST_TYPE_BIN);

#define ENCODER_BIN(object) ((PtEncoderBin *) (object))

/* ---- properties ---- */

gint64
pt_encoder_bin_number (PtEncoderBin * self, const char *name)
{
  return pt_inert_number (G_OBJECT (self), name);
}

gboolean
pt_encoder_bin_is_set (PtEncoderBin * self, const char *name)
{
  return g_object_get_data (G_OBJECT (self), name) != NULL;
}

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  PtEncoderBin *self = ENCODER_BIN (object);
  GST_OBJECT_LOCK (self);
  pt_inert_set (object, value, spec);
  const gboolean runs = GST_STATE (self) > GST_STATE_READY;
  GST_OBJECT_UNLOCK (self);
  if (runs && self->encoder && !self->kind->changed (self, self->encoder, spec->name))
    GST_CAT_WARNING_OBJECT (self->category, self, "%s counts from the next start", spec->name);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  GST_OBJECT_LOCK (object);
  pt_inert_get (object, value, spec);
  GST_OBJECT_UNLOCK (object);
}

/* ---- the bin ---- */

static GstPadProbeReturn
log_buffer (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  PtEncoderBin *self = data;
  GST_CAT_LOG_OBJECT (self->category, self, "encoded %" GST_PTR_FORMAT,
      GST_PAD_PROBE_INFO_BUFFER (info));
  return GST_PAD_PROBE_OK;
}

/* Without `inner` the pad can be linked, and the element fails when it starts. */
static void
add_ghost (PtEncoderBin * self, const char *name, GstElement * inner)
{
  GstPadTemplate *template =
      gst_element_class_get_pad_template (GST_ELEMENT_GET_CLASS (self), name);
  GstPad *ghost = gst_ghost_pad_new_no_target_from_template (name, template);
  if (inner) {
    GstPad *target = gst_element_get_static_pad (inner, name);
    gst_ghost_pad_set_target (GST_GHOST_PAD (ghost), target);
    gst_object_unref (target);
  } else
    gst_pad_set_active (ghost, TRUE);
  gst_element_add_pad (GST_ELEMENT (self), ghost);
}

static void
fill (PtEncoderBin * self, GstElement * bridge, GstElement * convert)
{
  gst_bin_add_many (GST_BIN (self), bridge, convert, self->encoder, self->filter, NULL);
  gst_element_link_many (bridge, convert, self->encoder, self->filter, NULL);
  GstPad *src = gst_element_get_static_pad (self->filter, "src");
  gst_pad_add_probe (src, GST_PAD_PROBE_TYPE_BUFFER, log_buffer, self, NULL);
  gst_object_unref (src);
}

static void
drop (GstElement * element)
{
  if (element)
    gst_object_unref (gst_object_ref_sink (element));
}

void
pt_encoder_bin_build (PtEncoderBin * self, const PtEncoderKind * kind,
    GstDebugCategory * category)
{
  GstElement *bridge = pt_bridge_new (NULL, FALSE);
  GstElement *convert = gst_element_factory_make ("videoconvert", NULL);
  self->kind = kind;
  self->category = category;
  self->encoder = gst_element_factory_make (kind->factory, NULL);
  self->filter = gst_element_factory_make ("capsfilter", NULL);
  if (convert && self->encoder && self->filter)
    fill (self, bridge, convert);
  else {
    drop (bridge);
    drop (convert);
    drop (g_steal_pointer (&self->encoder));
    drop (g_steal_pointer (&self->filter));
  }
  add_ghost (self, "sink", self->encoder ? bridge : NULL);
  add_ghost (self, "src", self->filter);
}

/* ---- start ---- */

static gboolean
prepare (PtEncoderBin * self)
{
  if (!self->encoder) {
    GST_ELEMENT_ERROR (self, CORE, MISSING_PLUGIN,
        ("No software encoder for %s is installed: %s is missing; install the Debian package %s",
            self->kind->codec, self->kind->factory, self->kind->package), (NULL));
    return FALSE;
  }
  if (!pt_inert_check (GST_ELEMENT (self), self->kind->properties))
    return FALSE;
  GstCaps *caps = self->kind->prepare (self, self->encoder);
  if (!caps)
    return FALSE;
  GST_CAT_INFO_OBJECT (self->category, self, "%" GST_PTR_FORMAT " encodes to %" GST_PTR_FORMAT,
      self->encoder, caps);
  g_object_set (self->filter, "caps", caps, NULL);
  gst_caps_unref (caps);
  return TRUE;
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  if ((transition == GST_STATE_CHANGE_NULL_TO_READY
          || transition == GST_STATE_CHANGE_READY_TO_PAUSED) && !prepare (ENCODER_BIN (element)))
    return GST_STATE_CHANGE_FAILURE;
  return GST_ELEMENT_CLASS (pythiags_encoder_bin_parent_class)->change_state (element, transition);
}

void
pt_encoder_bin_install (PtEncoderBinClass * klass, const PtEncoderKind * kind)
{
  G_OBJECT_CLASS (klass)->set_property = set_property;  /* GObject does not inherit them */
  G_OBJECT_CLASS (klass)->get_property = get_property;
  pt_inert_install (G_OBJECT_CLASS (klass), kind->properties);
}

static void
pythiags_encoder_bin_class_init (PtEncoderBinClass * klass)
{
  GST_ELEMENT_CLASS (klass)->change_state = change_state;
}

static void
pythiags_encoder_bin_init (PtEncoderBin * self)
{
}
