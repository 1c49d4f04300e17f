/* See nvinferproperties.h. */
#include "nvinferproperties.h"

#include <string.h>

static GType
process_mode_type (void)
{
  static gsize type = 0;
  if (g_once_init_enter (&type)) {
    static const GEnumValue values[] = {
      {1, "Primary (full frames)", "primary"},
      {2, "Secondary (objects)", "secondary"},
      {0, NULL, NULL}
    };
    g_once_init_leave (&type, g_enum_register_static ("PythiagsNvInferProcessMode", values));
  }
  return type;
}

void
pt_nvinfer_install_properties (GObjectClass * class)
{
  const GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;
  guint id = 0;
#define ADD(type, name, about, ...) \
  g_object_class_install_property (class, ++id, \
      g_param_spec_##type (name, name, about, __VA_ARGS__, flags))
  ADD (string, "config-file-path", "Configuration file of the network", "");
  ADD (uint, "batch-size", "Largest batch for the network", 1, 1024, 1);
  g_object_class_install_property (class, ++id,
      g_param_spec_uint ("interval", "interval", "Batches to skip after each that is inferred", 0,
          G_MAXINT, 0,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING));
  ADD (uint, "unique-id", "unique_component_id of the objects that are added", 0, G_MAXUINT, 15);
  ADD (enum, "process-mode", "What the network runs on", process_mode_type (), 1);
  ADD (int, "infer-on-gie-id", "Secondary mode: run on the objects of this nvinfer", -1, G_MAXINT,
      -1);
  ADD (string, "infer-on-class-ids", "Secondary mode: run on these classes, such as 0:2:3", "");
  ADD (string, "filter-out-class-ids", "Drop objects of these classes, such as 0;2;3", "");
  ADD (string, "model-engine-file", "TensorRT engine: not read, the onnx-file is", "");
  ADD (uint, "gpu-id", "Number of the GPU; no effect on a CPU", 0, G_MAXUINT, 0);
  ADD (boolean, "raw-output-file-write", "Write the network's outputs to files", FALSE);
  g_object_class_install_property (class, ++id,
      g_param_spec_pointer ("raw-output-generated-callback", "raw-output-generated-callback",
          "Call this function with the network's outputs", flags));
  g_object_class_install_property (class, ++id,
      g_param_spec_pointer ("raw-output-generated-userdata", "raw-output-generated-userdata",
          "Argument for raw-output-generated-callback", flags));
  ADD (boolean, "output-tensor-meta", "Attach the network's outputs to the frames", FALSE);
  ADD (boolean, "output-instance-mask", "Attach masks to the objects", FALSE);
  ADD (boolean, "input-tensor-meta", "Take tensors from upstream instead of pictures", FALSE);
  ADD (boolean, "clip-object-outside-roi", "Clip objects to the regions of nvdspreprocess", TRUE);
  ADD (boolean, "crop-objects-to-roi-boundary", "Crop objects to the region's border", FALSE);
  ADD (boolean, PT_ANALYTICS_PROPERTY, "Write the objects as GstAnalyticsRelationMeta too", FALSE);
#undef ADD
  gst_type_mark_as_plugin_api (process_mode_type (), 0);
}

void
pt_nvinferserver_install_properties (GObjectClass * class)
{
  const GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;
  guint id = 0;
#define ADD(type, name, about, ...) \
  g_object_class_install_property (class, ++id, \
      g_param_spec_##type (name, name, about, __VA_ARGS__, flags))
  ADD (string, "config-file-path", "Configuration file of the network", "");
  ADD (uint, "batch-size", "Largest batch for the network; 0: as the file says", 0, 1024, 0);
  ADD (uint, "interval", "Batches to skip after each that is inferred", 0, G_MAXINT, 0);
  ADD (uint, "unique-id", "unique_component_id of the objects that are added", 0, G_MAXUINT, 0);
  ADD (uint, "process-mode", "What the network runs on: 1 frames, 2 objects; 0: as the file says", 0, 2,
      0);
  ADD (int, "infer-on-gie-id", "On objects: run on those of this network", -1, G_MAXINT, -1);
  ADD (string, "infer-on-class-ids", "On objects: run on these classes, such as 0:2:3", "");
  g_object_class_install_property (class, ++id,
      g_param_spec_pointer ("raw-output-generated-callback", "raw-output-generated-callback",
          "Call this function with the network's outputs", flags));
  g_object_class_install_property (class, ++id,
      g_param_spec_pointer ("raw-output-generated-userdata", "raw-output-generated-userdata",
          "Argument for raw-output-generated-callback", flags));
  ADD (boolean, "input-tensor-meta", "Take tensors from upstream instead of pictures", FALSE);
  ADD (boolean, PT_ANALYTICS_PROPERTY, "Write the objects as GstAnalyticsRelationMeta too", FALSE);
#undef ADD
}

/* A value as the configuration file would spell it. */
static gchar *
spell (const GValue * value)
{
  if (G_VALUE_HOLDS_STRING (value))
    return g_strdup (g_value_get_string (value) ? g_value_get_string (value) : "");
  if (G_VALUE_HOLDS_ENUM (value))
    return g_strdup_printf ("%d", g_value_get_enum (value));
  if (G_VALUE_HOLDS_POINTER (value))
    return g_strdup (g_value_get_pointer (value) ? "1" : "0");
  if (G_VALUE_HOLDS_BOOLEAN (value))
    return g_strdup (g_value_get_boolean (value) ? "1" : "0");
  return gst_value_serialize (value);
}

gchar **
pt_nvinfer_spell (GObject * object, const GstStructure * settings, const char *factory,
    gboolean * analytics)
{
  GST_OBJECT_LOCK (object);
  gst_structure_get_boolean (settings, PT_ANALYTICS_PROPERTY, analytics);
  gint count = gst_structure_n_fields (settings), at = 0;
  gchar **pairs = g_new0 (gchar *, 2 * count + 3);
  if (!g_str_equal (factory, "nvinfer")) {
    pairs[at++] = g_strdup ("factory");
    pairs[at++] = g_strdup (factory);
  }
  for (gint i = 0; i < count; i++) {
    const gchar *name = gst_structure_nth_field_name (settings, i);
    if (g_str_equal (name, PT_ANALYTICS_PROPERTY))
      continue;
    pairs[at++] = g_strdup (name);
    pairs[at++] = spell (gst_structure_get_value (settings, name));
  }
  GST_OBJECT_UNLOCK (object);
  return pairs;
}

guint
pt_nvinfer_interval (GObject * object, const GstStructure * settings, guint planned)
{
  guint interval = planned;
  GST_OBJECT_LOCK (object);
  gst_structure_get_uint (settings, "interval", &interval);
  GST_OBJECT_UNLOCK (object);
  return interval;
}

void
pt_nvinfer_set (GObject * object, GstStructure * settings, const GValue * value,
    const GParamSpec * pspec)
{
  GST_OBJECT_LOCK (object);
  gst_structure_set_value (settings, pspec->name, value);
  GST_OBJECT_UNLOCK (object);
}

/* ---- what the configuration file says ---- */

static const char *
key_of (const PtInFile * in_file, const char *property)
{
  for (; in_file->property; in_file++)
    if (g_str_equal (in_file->property, property))
      return in_file->key;
  return NULL;
}

/* Where the keys of the properties begin and end. A file of nvinferserver's has messages instead of groups: all
 * of it counts. */
static gboolean
is_within (const gchar * line, gboolean before)
{
  if (g_str_has_prefix (line, "[") || g_str_has_prefix (line, "class-attrs-"))
    return g_str_has_prefix (line, "[property]");
  return before || g_str_has_prefix (line, "property:") || g_str_has_prefix (line, "infer_config");
}

/* The last `key=value`, or `key: value` of YAML, within the group of properties. */
static gboolean
find_number (gchar ** lines, const char *key, gint64 * number)
{
  const gsize length = strlen (key);
  gboolean within = FALSE, found = FALSE;
  for (; *lines; lines++) {
    const gchar *line = g_strchug (*lines);
    within = is_within (line, within);
    if (within && g_str_has_prefix (line, key)) {
      const gchar *rest = line + length + strspn (line + length, " \t");
      gchar *end;
      if (*rest != '=' && *rest != ':')
        continue;
      *number = g_ascii_strtoll (rest + 1, &end, 10);
      found = end != rest + 1;
    }
  }
  return found;
}

static void
set_number (GValue * value, gint64 number)
{
  if (G_VALUE_HOLDS_UINT (value))
    g_value_set_uint (value, (guint) CLAMP (number, 0, G_MAXUINT));
  else if (G_VALUE_HOLDS_INT (value))
    g_value_set_int (value, (gint) CLAMP (number, G_MININT, G_MAXINT));
  else if (G_VALUE_HOLDS_ENUM (value))
    g_value_set_enum (value, (gint) number);
  else
    g_value_set_boolean (value, number != 0);
}

/* FALSE: the file does not say. */
static gboolean
read_back (const char *path, const PtInFile * in_file, const GParamSpec * pspec, GValue * value)
{
  const char *key = key_of (in_file, pspec->name);
  gchar *content;
  gint64 number = 0;
  if (!path || !key || !g_file_get_contents (path, &content, NULL, NULL))
    return FALSE;
  gchar **lines = g_strsplit (content, "\n", -1);
  const gboolean found = find_number (lines, key, &number);
  if (found)
    set_number (value, number);
  if (found && g_param_value_validate ((GParamSpec *) pspec, value))
    g_param_value_set_default ((GParamSpec *) pspec, value);
  g_strfreev (lines);
  g_free (content);
  return found;
}

void
pt_nvinfer_get (GObject * object, const GstStructure * settings, const PtInFile * in_file,
    GValue * value, GParamSpec * pspec)
{
  GST_OBJECT_LOCK (object);
  const GValue *set = gst_structure_get_value (settings, pspec->name);
  gchar *path = g_strdup (gst_structure_get_string (settings, "config-file-path"));
  if (set)
    g_value_copy (set, value);
  GST_OBJECT_UNLOCK (object);
  if (!set && !read_back (path, in_file, pspec, value))
    g_param_value_set_default (pspec, value);
  g_free (path);
}
