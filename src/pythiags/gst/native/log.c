/* See log.h. */
#include "log.h"

static GMutex lock;
static PtLogLine kept[PT_LOG_KEPT];
static guint64 count;

/* No lock of an object is taken here: whoever logs may hold it. GStreamer's own log function reads
 * names in the same way. */
static const char *
element_name (GObject * object)
{
  if (!object || !GST_IS_OBJECT (object))
    return "";
  if (GST_IS_PAD (object) && GST_OBJECT_PARENT (object))
    object = G_OBJECT (GST_OBJECT_PARENT (object));
  return GST_OBJECT_NAME (object) ? GST_OBJECT_NAME (object) : "";
}

static void
keep (GstDebugCategory * category, GstDebugLevel level, const gchar * file, const gchar * function,
    gint line, GObject * object, GstDebugMessage * message, gpointer data)
{
  if (level > GST_LEVEL_WARNING)
    return;
  const char *text = gst_debug_message_get (message);
  g_mutex_lock (&lock);
  PtLogLine *place = &kept[count++ % PT_LOG_KEPT];
  g_strlcpy (place->element, element_name (object), sizeof place->element);
  g_snprintf (place->text, sizeof place->text, "%s %s %s", gst_debug_level_get_name (level),
      gst_debug_category_get_name (category), text ? text : "");
  g_mutex_unlock (&lock);
}

static gpointer
start (gpointer data)
{
  if (!g_getenv ("GST_DEBUG") && gst_debug_get_default_threshold () == GST_LEVEL_NONE) {
    gst_debug_remove_log_function (gst_debug_log_default);
    gst_debug_set_default_threshold (GST_LEVEL_WARNING);
    gst_debug_set_active (TRUE);
  }
  gst_debug_add_log_function (keep, NULL, NULL);
  return NULL;
}

void
pt_log_start (void)
{
  static GOnce once = G_ONCE_INIT;
  g_once (&once, start, NULL);
}

guint64
pt_log_count (void)
{
  g_mutex_lock (&lock);
  const guint64 now = count;
  g_mutex_unlock (&lock);
  return now;
}

guint
pt_log_read (guint64 since, PtLogLine * lines)
{
  guint read = 0;
  g_mutex_lock (&lock);
  if (count > PT_LOG_KEPT)
    since = MAX (since, count - PT_LOG_KEPT);
  for (; since < count; since++)
    lines[read++] = kept[since % PT_LOG_KEPT];
  g_mutex_unlock (&lock);
  return read;
}
