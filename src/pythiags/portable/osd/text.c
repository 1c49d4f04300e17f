/* See text.h. Pango chooses a font for each character, shapes and orders them, as in GStreamer's own
 * overlays: a label in Chinese or Arabic needs no other font name. */
#include "text.h"
#include <pango/pangocairo.h>
#include <string.h>

#define MAX_BYTES 1024          /* of a text */
#define MAX_POINTS 288
#define MAX_WIDTH 8192          /* of an image */
#define MAX_HEIGHT 4096
#define DOTS_AN_INCH 96         /* as on a screen, so that sizes match DeepStream's */

typedef struct
{
  PtTextImage image;
  cairo_surface_t *surface;     /* owns the coverage */
  gsize bytes;
  char *key;
} PtEntry;

GST_DEBUG_CATEGORY_EXTERN (pt_osd_debug);
#define GST_CAT_DEFAULT pt_osd_debug

struct _PtTextCache
{
  GstObject *owner;
  PangoLayout *layout;          /* for every text in turn */
  GHashTable *links;            /* key -> link of `order` */
  GQueue order;                 /* of PtEntry, the latest used first */
  guint max_images;
  gsize bytes, max_bytes;
};

static void
entry_free (PtEntry * entry)
{
  if (entry->surface)
    cairo_surface_destroy (entry->surface);
  g_free (entry->key);
  g_free (entry);
}

/* -- rendering -------------------------------------------------------------------------------- */

/* A font map of its own, as Pango's default one belongs to a thread. */
static PangoLayout *
layout_new (void)
{
  PangoFontMap *fonts = pango_cairo_font_map_new ();
  pango_cairo_font_map_set_resolution (PANGO_CAIRO_FONT_MAP (fonts), DOTS_AN_INCH);
  PangoContext *context = pango_font_map_create_context (fonts);
  PangoLayout *layout = pango_layout_new (context);
  g_object_unref (context);
  g_object_unref (fonts);
  return layout;
}

static void
set_font (PangoLayout * layout, const char *name, guint points)
{
  char *valid = g_utf8_make_valid (name && *name ? name : "Serif", -1);
  PangoFontDescription *font = pango_font_description_from_string (valid);
  pango_font_description_set_size (font, CLAMP (points, 1, MAX_POINTS) * PANGO_SCALE);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  g_free (valid);
}

static void
set_text (PangoLayout * layout, const char *text)
{
  char *valid = g_utf8_make_valid (text, (gssize) strnlen (text, MAX_BYTES));
  pango_layout_set_text (layout, valid, -1);
  g_free (valid);
}

/* As high as the lines are, and so wide that a slanted letter at an end is whole. */
static PangoRectangle
extents_of (PangoLayout * layout)
{
  PangoRectangle ink, lines;
  pango_layout_get_pixel_extents (layout, &ink, &lines);
  gint left = MIN (ink.x, lines.x), right = MAX (ink.x + ink.width, lines.x + lines.width);
  return (PangoRectangle) {
    .x = left,.y = lines.y,.width = CLAMP (right - left, 0, MAX_WIDTH),
    .height = CLAMP (lines.height, 0, MAX_HEIGHT)
  };
}

static PtEntry *
render (PangoLayout * layout, const char *text, const char *font, guint points)
{
  PtEntry *entry = g_new0 (PtEntry, 1);
  set_font (layout, font, points);
  set_text (layout, text);
  const PangoRectangle extents = extents_of (layout);
  if (!extents.width || !extents.height)
    return entry;
  cairo_surface_t *surface =
      cairo_image_surface_create (CAIRO_FORMAT_A8, extents.width, extents.height);
  cairo_t *cairo = cairo_create (surface);
  cairo_move_to (cairo, -extents.x, -extents.y);
  pango_cairo_show_layout (cairo, layout);
  gboolean drawn = cairo_status (cairo) == CAIRO_STATUS_SUCCESS;
  cairo_destroy (cairo);
  cairo_surface_flush (surface);
  if (!drawn) {
    cairo_surface_destroy (surface);
    return entry;
  }
  entry->surface = surface;
  entry->image = (PtTextImage) {
    .width = extents.width,.height = extents.height,
    .stride = cairo_image_surface_get_stride (surface),
    .coverage = cairo_image_surface_get_data (surface)
  };
  entry->bytes = (gsize) entry->image.stride * extents.height;
  return entry;
}

/* -- the cache -------------------------------------------------------------------------------- */

PtTextCache *
pt_text_cache_new (GstObject * owner, guint max_images, gsize max_bytes)
{
  PtTextCache *cache = g_new0 (PtTextCache, 1);
  cache->owner = owner;
  cache->layout = layout_new ();
  cache->links = g_hash_table_new (g_str_hash, g_str_equal);
  g_queue_init (&cache->order);
  cache->max_images = max_images;
  cache->max_bytes = max_bytes;
  return cache;
}

void
pt_text_cache_free (PtTextCache * cache)
{
  g_hash_table_unref (cache->links);
  g_queue_clear_full (&cache->order, (GDestroyNotify) entry_free);
  g_object_unref (cache->layout);
  g_free (cache);
}

static void
evict (PtTextCache * cache)
{
  while (cache->order.length > cache->max_images
      || (cache->bytes > cache->max_bytes && cache->order.length > 1)) {
    PtEntry *oldest = g_queue_pop_tail (&cache->order);
    g_hash_table_remove (cache->links, oldest->key);
    cache->bytes -= oldest->bytes;
    entry_free (oldest);
  }
}

const PtTextImage *
pt_text_cache_get (PtTextCache * cache, const char *text, const char *font, guint points)
{
  char *key = g_strdup_printf ("%u %s\n%.*s", points, font ? font : "", MAX_BYTES, text);
  GList *link = g_hash_table_lookup (cache->links, key);
  if (link) {
    g_free (key);
    g_queue_unlink (&cache->order, link);
    g_queue_push_head_link (&cache->order, link);
    return &((PtEntry *) link->data)->image;
  }
  PtEntry *entry = render (cache->layout, text, font, points);
  gint unknown = pango_layout_get_unknown_glyphs_count (cache->layout);
  if (unknown)
    GST_WARNING_OBJECT (cache->owner, "no installed font has %d characters of: %.*s", unknown,
        MAX_BYTES, text);
  entry->key = key;
  g_queue_push_head (&cache->order, entry);
  g_hash_table_insert (cache->links, key, cache->order.head);
  cache->bytes += entry->bytes;
  evict (cache);
  return &entry->image;
}
