/* See tensorise.h. */
#include "tensorise.h"

#include <string.h>

struct _PtTensorise
{
  PtPrepSettings *settings;
  PtTensorSpec spec;               /* of the scaled pictures: normalised, where no mean picture is to come */
  GPtrArray *scalers;              /* of PtPreprocess, by place */
  gsize count;                     /* numbers of a picture */
  float *planes;                   /* NULL: they are written where they belong */
};

PtTensorise *
pt_tensorise_new (PtPrepSettings * settings)
{
  PtTensorise *self = g_new0 (PtTensorise, 1);
  self->settings = pt_prep_settings_ref (settings);
  self->spec = settings->spec;
  self->count = (gsize) self->spec.channels * self->spec.height * self->spec.width;
  self->scalers = g_ptr_array_new_with_free_func ((GDestroyNotify) pt_preprocess_free);
  if (settings->mean) {
    self->spec.scale = 1;
    memset (self->spec.offsets, 0, sizeof self->spec.offsets);
  }
  if (settings->own || settings->mean || settings->channels_last || settings->type == PT_DATA_FP16)
    self->planes = g_new (float, self->count);
  return self;
}

void
pt_tensorise_free (PtTensorise * self)
{
  if (!self)
    return;
  pt_prep_settings_unref (self->settings);
  g_ptr_array_unref (self->scalers);
  g_free (self->planes);
  g_free (self);
}

gsize
pt_tensorise_size (const PtTensorise * self)
{
  return self->count * (self->settings->type == PT_DATA_FP16 ? 2 : 4);
}

/* The nearest half, an even one of two that are as near. */
static guint16
half_of (float number)
{
  union { float number; guint32 bits; } of = { number };
  const guint32 sign = of.bits >> 16 & 0x8000, size = of.bits & 0x7fffffff;
  if (size > 0x7f800000)
    return sign | 0x7e00;          /* no number */
  if (size >= 0x47800000)
    return sign | 0x7c00;          /* too large: infinite */
  if (size < 0x38800000) {         /* in steps of 2^-24: the float's own rounding does it */
    union { float number; guint32 bits; } small = {.bits = size };
    small.number += 0.5f;
    return sign | (small.bits - 0x3f000000);
  }
  return sign | ((size - 0x38000000 + 0xfff + (size >> 13 & 1)) >> 13);
}

/* One number of a plane, to where it belongs. */
static void
write_numbers (const PtTensorise * self, gpointer numbers)
{
  const PtPrepSettings *settings = self->settings;
  const gsize channels = settings->spec.channels, plane = self->count / channels;
  const float scale = settings->spec.scale;
  for (gsize channel = 0; channel < channels; channel++)
    for (gsize i = 0; i < plane; i++) {
      float number = self->planes[channel * plane + i];
      if (settings->mean)
        number = (number - settings->mean[i * channels + channel]) * scale;
      const gsize at = settings->channels_last ? i * channels + channel : channel * plane + i;
      if (settings->type == PT_DATA_FP16)
        ((guint16 *) numbers)[at] = half_of (number);
      else
        ((float *) numbers)[at] = number;
    }
}

static void
scale (PtTensorise * self, guint place, const GstVideoFrame * picture, float *planes,
    PtPlacement * placement)
{
  while (self->scalers->len <= place)
    g_ptr_array_add (self->scalers, pt_preprocess_new (&self->spec));
  pt_preprocess_run (g_ptr_array_index (self->scalers, place), picture, planes, placement);
}

void
pt_tensorise_run (PtTensorise * self, guint place, const GstVideoFrame * picture,
    gpointer numbers, PtPlacement * placement)
{
  scale (self, place, picture, self->planes ? self->planes : numbers, placement);
  if (self->planes)
    write_numbers (self, numbers);
}

void
pt_tensorise_picture (PtTensorise * self, guint place, const GstVideoFrame * picture,
    guint8 * bytes, PtPlacement * placement)
{
  const gsize channels = self->spec.channels, plane = self->count / channels;
  scale (self, place, picture, self->planes, placement);
  for (gsize channel = 0; channel < channels; channel++)
    for (gsize i = 0; i < plane; i++)
      bytes[i * channels + channel] = (guint8) (self->planes[channel * plane + i] + 0.5f);
}
