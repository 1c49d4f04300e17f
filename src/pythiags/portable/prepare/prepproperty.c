/* [property] of a configuration file of nvdspreprocess: see preplines.h. */
#include "preplines.h"

#define MOST_VALUES (1u << 28)      /* of a tensor: a GiB of floats */

/* What must be there, with an example. */
static const char *const required[][2] = {
  {"processing-width", "960"}, {"processing-height", "544"}, {"network-input-order", "0"},
  {"network-input-shape", "8;3;544;960"}, {"network-color-format", "0"},
  {"tensor-data-type", "0"}, {"tensor-name", "<the name of the network's input>"},
  {"scaling-filter", "1"}, {"scaling-pool-memory-type", "0"},
  {"custom-lib-path", "/opt/nvidia/deepstream/deepstream/lib/gst-plugins/libcustom2d_preprocess.so"},
  {"custom-tensor-preparation-function", "CustomTensorPreparation"},
};

/* Names that are known here, for who has written one wrongly. */
static const char *const known[] = {
  "enable", "target-unique-ids", "operate-on-gie-id", "unique-id", "gpu-id", "process-on-frame",
  "processing-width", "processing-height", "maintain-aspect-ratio", "symmetric-padding",
  "tensor-buf-pool-size", "scaling-buf-pool-size", "scaling-filter", "scaling-pool-compute-hw",
  "scaling-pool-memory-type", "network-input-order", "network-input-shape",
  "network-color-format", "tensor-data-type", "tensor-name", "custom-lib-path",
  "custom-tensor-preparation-function", NULL
};

static gboolean
read_target_ids (PtReading * self, const PtEntry * entry, PtPrepProperties * properties)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (gint));
  const gboolean read = pt_read_numbers (self, entry, 0, G_MAXINT, numbers);
  g_array_unref (properties->target_ids);
  properties->target_ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  for (guint i = 0; i < numbers->len; i++) {
    const guint64 id = g_array_index (numbers, gint, i);
    g_array_append_val (properties->target_ids, id);
  }
  g_array_unref (numbers);
  return read;
}

static gboolean
read_shape (PtReading * self, const PtEntry * entry, PtPrepReading * reading)
{
  g_array_set_size (reading->shape, 0);
  return pt_read_numbers (self, entry, 1, PT_PREP_MOST, reading->shape);
}

static gboolean
read_text (PtReading * self, const PtEntry * entry)
{
  PtPrepReading *reading = self->settings;
  if (!*entry->value)
    return PT_FAIL (self, entry, "%s has no value", entry->key);
  if (g_str_equal (entry->key, "tensor-name")) {
    g_free (reading->settings->name);
    reading->settings->name = g_strdup (entry->value);
  }
  return TRUE;                     /* the library and its function: see pt_prep_read_library */
}

typedef struct
{
  const char *key;
  gpointer value;                  /* of gboolean, guint or gint */
  gint least, most;                /* both 0: a switch */
} Field;

static gboolean
read_field (PtReading * self, const PtEntry * entry, const Field * fields)
{
  for (; fields->key; fields++)
    if (g_str_equal (entry->key, fields->key))
      return fields->most ? pt_read_number (self, entry, fields->least, fields->most, fields->value)
          : pt_read_switch (self, entry, fields->value);
  pt_reading_note_unknown (self, entry, known);
  return TRUE;
}

static gboolean
read_key (PtReading * self, const PtEntry * entry, gpointer data G_GNUC_UNUSED)
{
  PtPrepReading *reading = self->settings;
  PtPrepProperties *element = &reading->settings->properties;
  PtTensorSpec *spec = &reading->settings->spec;
  guint unused;                    /* of what is the GPU's */
  const Field fields[] = {
    {"enable", &element->enable, 0, 0},
    {"process-on-frame", &element->on_frames, 0, 0},
    {"unique-id", &element->unique_id, 0, G_MAXINT},
    {"gpu-id", &element->gpu_id, 0, G_MAXINT},
    {"operate-on-gie-id", &element->gie_id, -1, G_MAXINT},
    {"maintain-aspect-ratio", &spec->maintain_aspect_ratio, 0, 0},
    {"symmetric-padding", &spec->symmetric_padding, 0, 0},
    {"processing-width", &reading->width, 1, PT_PREP_MOST},
    {"processing-height", &reading->height, 1, PT_PREP_MOST},
    {"network-input-order", &reading->order, 0, 2},
    {"network-color-format", &spec->color_format, 0, PT_COLOR_GRAY},
    {"tensor-data-type", &reading->settings->type, 0, PT_DATA_TYPES - 1},
    {"scaling-filter", &spec->scaling_filter, 0, 6},
    {"scaling-pool-memory-type", &unused, 0, 4},
    {"scaling-pool-compute-hw", &unused, 0, 2},
    {"scaling-buf-pool-size", &unused, 1, G_MAXINT},
    {"tensor-buf-pool-size", &unused, 1, G_MAXINT},
    {NULL}
  };
  if (g_str_equal (entry->key, "target-unique-ids"))
    return read_target_ids (self, entry, element);
  if (g_str_equal (entry->key, "network-input-shape"))
    return read_shape (self, entry, reading);
  if (g_str_equal (entry->key, "tensor-name") || g_str_has_prefix (entry->key, "custom-"))
    return read_text (self, entry);
  return read_field (self, entry, fields);
}

/* ---- what fits ---- */

static gboolean
check_required (PtReading * self, const PtSection * section)
{
  for (guint i = 0; i < G_N_ELEMENTS (required); i++)
    if (!pt_reading_entry (self, PT_PREP_PROPERTY, required[i][0]))
      return pt_reading_fail (self, section->line, PT_PREP_PROPERTY, "has no %s: write %s=%s",
          required[i][0], required[i][0], required[i][1]);
  return TRUE;
}

/* A number too many in a file is not to take all memory. */
static gboolean
check_values (PtReading * self, const PtEntry * entry)
{
  const PtPrepReading *reading = self->settings;
  guint64 values = 1;
  for (guint i = 0; i < reading->shape->len && values <= MOST_VALUES; i++)
    values *= (guint64) g_array_index (reading->shape, gint, i);
  return values <= MOST_VALUES || PT_FAIL (self, entry, "network-input-shape=%s: a tensor has at most %u "
      "values: write a smaller batch", entry->value, MOST_VALUES);
}

static gboolean
check_size (PtReading * self, const PtEntry * entry)
{
  PtPrepReading *reading = self->settings;
  const PtTensorSpec *spec = &reading->settings->spec;
  const guint channels = spec->color_format == PT_COLOR_GRAY ? 1 : 3;
  if (spec->width != reading->width || spec->height != reading->height)
    return PT_FAIL (self, entry, "network-input-shape: the network's input is %ux%u, and "
        "processing-width and -height are %ux%u: they have to be the same", spec->width,
        spec->height, reading->width, reading->height);
  if (spec->channels != channels)
    return PT_FAIL (self, entry, "network-input-shape has %u channels, and network-color-format=%u "
        "has %u", spec->channels, spec->color_format, channels);
  return TRUE;
}

/* Of a function of one's own: the pictures are of the size that they are processed in, and the tensor is the
 * function's. */
static gboolean
take_own_shape (PtReading * self)
{
  PtPrepReading *reading = self->settings;
  PtTensorSpec *spec = &reading->settings->spec;
  const PtEntry *entry = pt_reading_entry (self, PT_PREP_PROPERTY, "network-input-shape");
  if (!reading->shape->len || reading->shape->len > PT_MAX_DIMS)
    return PT_FAIL (self, entry, "network-input-shape has %u numbers: expected 1 to %d", reading->shape->len, PT_MAX_DIMS);
  reading->settings->batch_size = g_array_index (reading->shape, gint, 0);
  spec->channels = spec->color_format == PT_COLOR_GRAY ? 1 : 3;
  spec->width = reading->width;
  spec->height = reading->height;
  return check_values (self, entry);
}

/* The order and the shape of the tensor. */
static gboolean
take_shape (PtReading * self)
{
  PtPrepReading *reading = self->settings;
  const PtEntry *entry = pt_reading_entry (self, PT_PREP_PROPERTY, "network-input-shape");
  const gint *sizes = (const gint *) reading->shape->data;
  const gboolean last = reading->order == 1;
  if (reading->order == 2)
    return PT_FAIL (self, pt_reading_entry (self, PT_PREP_PROPERTY, "network-input-order"),
        "network-input-order: 2 is for tensors of a function of one's own: write 0 (NCHW) or 1 (NHWC)");
  if (reading->shape->len != 4)
    return PT_FAIL (self, entry, "network-input-shape has %u numbers: expected 4, %s",
        reading->shape->len, last ? "batch;height;width;channels" : "batch;channels;height;width");
  PtTensorSpec *spec = &reading->settings->spec;
  reading->settings->channels_last = last;
  reading->settings->batch_size = sizes[0];
  spec->channels = sizes[last ? 3 : 1];
  spec->height = sizes[last ? 1 : 2];
  spec->width = sizes[last ? 2 : 3];
  return check_size (self, entry) && check_values (self, entry);
}

/* NVIDIA's library writes floats, or halves of planes, whatever it is asked for. */
static gboolean
check_type (PtReading * self)
{
  PtPrepReading *reading = self->settings;
  const PtPrepSettings *settings = reading->settings;
  const PtEntry *entry = pt_reading_entry (self, PT_PREP_PROPERTY, "tensor-data-type");
  if (settings->type != PT_DATA_FP32 && settings->type != PT_DATA_FP16)
    return PT_FAIL (self, entry, "tensor-data-type: CustomTensorPreparation writes floats, also where "
        "%u is asked for: write 0 (FP32) or 7 (FP16)", settings->type);
  if (settings->type == PT_DATA_FP16 && settings->channels_last
      && settings->spec.color_format != PT_COLOR_GRAY)
    return PT_FAIL (self, entry, "tensor-data-type: CustomTensorPreparation writes nothing for 7 (FP16) "
        "with network-input-order=1 (NHWC): write 0 (FP32), or 0 (NCHW) there");
  return TRUE;
}

gboolean
pt_prep_read_property (PtReading * self, const PtSection * section)
{
  if (!pt_read_keys (self, PT_PREP_PROPERTY, read_key, NULL) || !check_required (self, section))
    return FALSE;
  return pt_prep_is_standard (self) ? take_shape (self) && check_type (self)
      : take_own_shape (self);
}
