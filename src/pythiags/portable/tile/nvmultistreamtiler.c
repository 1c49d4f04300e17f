/* nvmultistreamtiler: the frames of a batch side by side in one picture.
 *
 *   gst-launch-1.0 nvstreammux name=m batch-size=2 width=640 height=480 \
 *       ! nvmultistreamtiler rows=1 columns=2 width=1280 height=480 ! nvdsosd ! fakesink \
 *       videotestsrc num-buffers=100 ! m.sink_0   videotestsrc num-buffers=100 ! m.sink_1
 *
 * The tile of a source is the one of its number, row by row. A source that has no frame in a batch
 * keeps its last one, pixels and boxes, until it ends. As with DeepStream the output has one frame,
 * the mosaic, which has the objects of all tiles. Where all tiles are in the memory of a card, so is
 * the mosaic.
 */
#include <gst/base/gstbasetransform.h>
#include <math.h>

#include "enums.h"
#include "copy.h"
#include "gstmeta.h"
#include "nvgather.h"
#include "nvinput.h"
#include "pictures.h"
#include "transform.h"
#include "surface.h"
#include "convert.h"
#include "streams.h"

GST_DEBUG_CATEGORY_STATIC (tiler_debug);
#define GST_CAT_DEFAULT tiler_debug

#define MAX_TILES 1024

/* The metadata of a tile is that of its frame in the last buffer, where it is read in place. A source
 * that has no frame in the next buffer gets a copy, which stays until it has one. */
typedef struct
{
  GstBuffer *picture;           /* NULL: none yet, or the source has ended */
  GstVideoInfo info;
  const PtFrame *frame;         /* in `last`, or in `kept` */
  PtBatch *kept;                /* NULL: the frame is in `last` */
  PtConverter converter;
} Tile;

typedef struct
{
  GstBaseTransform parent;
  /* of the streaming thread */
  GstVideoInfo in, out;
  PtNvInput input;
  PtPool pool;
  PtNvSurfacePool mosaics;
  gboolean on_card;             /* where all tiles are, and the mosaic */
  GArray *tiles;                /* of Tile, by source */
  GstBuffer *last;              /* its metadata does not change while it is held here */
  guint warned;                 /* for how many sources the grid was last said to be too small */
  gint frame_num;
  /* under the object's lock */
  guint rows, columns, width, height;
  gint show_source;             /* -1: all */
  PtInterpolation method;
} GstNvmultistreamtiler;

typedef GstBaseTransformClass GstNvmultistreamtilerClass;
typedef GstNvmultistreamtiler Tiler;

GType gst_nvmultistreamtiler_get_type (void);
G_DEFINE_TYPE (GstNvmultistreamtiler, gst_nvmultistreamtiler,
    GST_TYPE_BASE_TRANSFORM);

#define TILER(object) ((Tiler *) (object))
#define CAPS GST_VIDEO_CAPS_MAKE_WITH_FEATURES (PT_FEATURE_NVMM, "{ NV12, RGBA, I420 }")

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));
static GstStaticPadTemplate src_template =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));

/* ---- tiles ---- */

static void
tile_empty (Tile * tile)
{
  gst_clear_buffer (&tile->picture);
  tile->frame = NULL;
  g_clear_pointer (&tile->kept, pt_batch_unref);
}

static void
tile_clear (Tile * tile)
{
  tile_empty (tile);
  pt_converter_clear (&tile->converter);
}

static Tile *
tile_of (Tiler * self, guint source)
{
  if (source >= MAX_TILES)
    return NULL;
  if (source >= self->tiles->len)
    g_array_set_size (self->tiles, source + 1);
  return &g_array_index (self->tiles, Tile, source);
}

static void
take (Tiler * self, GstBuffer * buffer, const PtFrame * frame)
{
  Tile *tile = tile_of (self, frame->pad_index);
  GstBuffer *picture = tile ? pt_picture_take (buffer, frame->batch_id) : NULL;
  if (!picture) {
    GST_WARNING_OBJECT (self, "a frame of source %u is not shown: %s", frame->pad_index,
        tile ? "the batch has no picture for it" : "there are too many sources");
    return;
  }
  tile_empty (tile);
  tile->picture = picture;
  tile->info = *pt_surface_info (buffer, frame->batch_id, &self->in);
  tile->frame = frame;
}

/* The last buffer goes: tiles that read its metadata, and have no frame in the next one, copy it. */
static void
keep_late_ones (Tiler * self)
{
  for (guint i = 0; i < self->tiles->len; i++) {
    Tile *tile = &g_array_index (self->tiles, Tile, i);
    if (!tile->frame || tile->kept || tile->frame->batch != pt_buffer_get_batch (self->last))
      continue;
    tile->kept = pt_batch_new (1);
    tile->frame = pt_frame_copy_into (tile->frame, tile->kept);
  }
}

static void
take_all (Tiler * self, GstBuffer * buffer, const PtBatch * batch)
{
  PT_EACH (PtFrame, frame, batch->frames)
    take (self, buffer, frame);
  if (self->last)
    keep_late_ones (self);
  gst_buffer_replace (&self->last, buffer);
}

/* Sets `self->on_card`: whether all tiles are there. If not, those that are become the system's. FALSE
 * after posting an error. */
static gboolean
place (Tiler * self)
{
  guint tiles = 0, there = 0;
  for (guint i = 0; i < self->tiles->len; i++) {
    Tile *tile = &g_array_index (self->tiles, Tile, i);
    tiles += tile->picture != NULL;
    there += tile->picture && pt_nv_is_on_card (tile->picture);
  }
  self->on_card = there && there == tiles;
  for (guint i = 0; i < self->tiles->len && there && !self->on_card; i++) {
    Tile *tile = &g_array_index (self->tiles, Tile, i);
    if (!tile->picture)
      continue;
    tile->picture = pt_nv_input_take (&self->input, GST_ELEMENT (self), tile->picture, &tile->info);
    if (!tile->picture)
      return FALSE;
  }
  return TRUE;
}

/* ---- where a tile lies ---- */

typedef struct
{
  guint rows, columns, width, height;
  gint only;                    /* the one source that is shown; -1: all */
  PtInterpolation method;
} Grid;

/* More sources than tiles: the grid grows to hold the highest number, as DeepStream's does. */
static void
grow (Tiler * self, Grid * grid)
{
  const guint sources = self->tiles->len, rows = grid->rows, columns = grid->columns;
  grid->rows = (guint) sqrt (sources);
  grid->columns = (sources + grid->rows - 1) / grid->rows;
  if (self->warned >= sources)
    return;
  self->warned = sources;
  GST_ELEMENT_WARNING (self, LIBRARY, SETTINGS,
      ("A grid of %u rows and %u columns has no tile for source %u: it grows to %u rows and %u "
          "columns.", rows, columns, sources - 1, grid->rows, grid->columns),
      ("Set rows and columns so that each source has a tile"));
}

static Grid
current_grid (Tiler * self)
{
  GST_OBJECT_LOCK (self);
  Grid grid = { self->rows, self->columns, self->out.width, self->out.height, self->show_source,
    self->method
  };
  GST_OBJECT_UNLOCK (self);
  if (self->tiles->len > grid.rows * grid.columns)
    grow (self, &grid);
  return grid;
}

static PtArea
tile_area (const Grid * grid, guint source)
{
  if (grid->only >= 0)
    return (PtArea) {
    0, 0, grid->width, grid->height};
  gint width = GST_ROUND_DOWN_2 (grid->width / grid->columns);
  gint height = GST_ROUND_DOWN_2 (grid->height / grid->rows);
  return (PtArea) {
  source % grid->columns * width, source / grid->columns * height, width, height};
}

static gboolean
is_shown (const Grid * grid, const Tile * tile, guint source)
{
  return tile->picture && (grid->only < 0 || (guint) grid->only == source);
}

/* ---- drawing ---- */

static gboolean
draw (Tile * tile, GstVideoFrame * canvas, const PtArea * area, PtInterpolation method)
{
  GstVideoFrame picture;
  if (!pt_frame_map (&picture, &tile->info, tile->picture, GST_MAP_READ))
    return FALSE;
  gboolean drawn = pt_converter_run (&tile->converter, &picture, NULL, canvas, area, method,
      FALSE);
  gst_video_frame_unmap (&picture);
  return drawn;
}

static guint
pixels_shown (Tiler * self, const Grid * grid)
{
  guint pixels = 0;
  for (guint i = 0; i < self->tiles->len; i++) {
    PtArea area = tile_area (grid, i);
    if (is_shown (grid, &g_array_index (self->tiles, Tile, i), i))
      pixels += area.width * area.height;
  }
  return pixels;
}

static gboolean
draw_all (Tiler * self, const Grid * grid, GstBuffer * out)
{
  GstVideoFrame canvas;
  gboolean drawn = TRUE;
  if (!gst_video_frame_map (&canvas, &self->out, out, GST_MAP_WRITE))
    return FALSE;
  if (pixels_shown (self, grid) < grid->width * grid->height)
    pt_fill_black (&canvas);
  for (guint i = 0; i < self->tiles->len; i++) {
    Tile *tile = &g_array_index (self->tiles, Tile, i);
    PtArea area = tile_area (grid, i);
    if (is_shown (grid, tile, i))
      drawn &= draw (tile, &canvas, &area, grid->method);
  }
  gst_video_frame_unmap (&canvas);
  return drawn;
}

/* ---- drawing on a card ---- */

/* Room for a mosaic where the tiles are; NULL after posting an error. */
static GstBuffer *
canvas_on_card (Tiler * self)
{
  PtNvMap map;
  PtNvSurface *surface;
  guint first = 0;
  while (!g_array_index (self->tiles, Tile, first).picture)
    first++;
  if (!pt_nv_map (&map, g_array_index (self->tiles, Tile, first).picture))
    return NULL;
  const PtNvLayout layout = pt_nv_layout_like (map.surface, &self->out, 1);
  pt_nv_unmap (&map);
  GstBuffer *canvas = pt_nv_pool_acquire (&self->mosaics, &layout, &surface);
  if (!canvas)
    GST_ELEMENT_ERROR (self, RESOURCE, NO_SPACE_LEFT,
        ("The GPU has no memory for a mosaic of %ux%u pixels.", layout.width, layout.height), (NULL));
  return canvas;
}

static gboolean
compose (Tiler * self, const Grid * grid, PtNvSurface * canvas)
{
  GPtrArray *pictures = g_ptr_array_new ();
  GArray *areas = g_array_new (FALSE, FALSE, sizeof (PtNvRect));
  for (guint i = 0; i < self->tiles->len; i++) {
    Tile *tile = &g_array_index (self->tiles, Tile, i);
    const PtArea area = tile_area (grid, i);
    const PtNvRect rect = {area.y, area.x, area.width, area.height, {NULL}};
    if (!is_shown (grid, tile, i))
      continue;
    g_ptr_array_add (pictures, tile->picture);
    g_array_append_val (areas, rect);
  }
  const int error = pictures->len ? pt_nv_compose ((GstBuffer **) pictures->pdata,
      (PtNvRect *) areas->data, pictures->len, canvas, grid->method) : 0;
  g_array_unref (areas);
  g_ptr_array_unref (pictures);
  if (error)
    GST_WARNING_OBJECT (self, "NvBufSurfTransform failed with %d", error);
  return error == 0;
}

static gboolean
compose_all (Tiler * self, const Grid * grid, GstBuffer * out)
{
  PtNvMap map;
  if (!pt_nv_map (&map, out))
    return FALSE;
  map.surface->filled = 1;
  gboolean drawn = pixels_shown (self, grid) == grid->width * grid->height
      || pt_nv_fill_black (map.surface, &self->out);
  drawn = drawn && compose (self, grid, map.surface);
  pt_nv_unmap (&map);
  return drawn;
}

/* ---- the metadata ---- */

static void
add_contents (PtFrame * mosaic, const Tile * tile, const PtArea * area)
{
  const PtArea whole = {.width = GST_VIDEO_INFO_WIDTH (&tile->info),
    .height = GST_VIDEO_INFO_HEIGHT (&tile->info)
  };
  const PtAffine affine = pt_affine_between (&whole, area, PT_FLIP_NONE);
  pt_frame_add_transformed (mosaic, tile->frame, &affine);
  mosaic->bInferDone |= tile->frame->bInferDone;
}

static void
describe (Tiler * self, const Grid * grid, GstBuffer * out)
{
  PtBatch *batch = pt_batch_new (1);
  PtFrame *mosaic = pt_batch_add_frame (batch);
  mosaic->frame_num = self->frame_num++;
  mosaic->buf_pts = GST_BUFFER_PTS (out);
  mosaic->source_frame_width = mosaic->pipeline_width = grid->width;
  mosaic->source_frame_height = mosaic->pipeline_height = grid->height;
  for (guint i = 0; i < self->tiles->len; i++) {
    Tile *tile = &g_array_index (self->tiles, Tile, i);
    PtArea area = tile_area (grid, i);
    if (is_shown (grid, tile, i))
      add_contents (mosaic, tile, &area);
  }
  pt_buffer_add_batch (out, batch);
}

/* ---- buffers ---- */

/* The frames come in, since where they are decides where the mosaic is. */
static GstFlowReturn
prepare_output_buffer (GstBaseTransform * base, GstBuffer * in, GstBuffer ** out)
{
  Tiler *self = TILER (base);
  const PtBatch *batch = pt_buffer_get_batch (in);
  if (!batch) {
    GST_ELEMENT_ERROR (self, STREAM, FAILED,
        ("A buffer without metadata has no sources to tile: put nvstreammux before %s.",
            GST_OBJECT_NAME (self)), (NULL));
    return GST_FLOW_ERROR;
  }
  GST_LOG_OBJECT (self, "%u frames in %" GST_PTR_FORMAT, batch->num_frames_in_batch, in);
  take_all (self, in, batch);
  if (!place (self))
    return GST_FLOW_ERROR;
  *out = self->on_card ? canvas_on_card (self) : pt_pool_acquire (&self->pool, &self->out);
  if (!*out)
    return GST_FLOW_ERROR;
  gst_buffer_copy_into (*out, in, GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
  return GST_FLOW_OK;
}

static GstFlowReturn
transform (GstBaseTransform * base, GstBuffer * in, GstBuffer * out)
{
  Tiler *self = TILER (base);
  const Grid grid = current_grid (self);
  const PtArea tile = tile_area (&grid, 0);
  if (!tile.width || !tile.height) {
    GST_ELEMENT_ERROR (self, LIBRARY, SETTINGS,
        ("A mosaic of %ux%u pixels is too small for %u rows and %u columns of tiles.", grid.width,
            grid.height, grid.rows, grid.columns), (NULL));
    return GST_FLOW_ERROR;
  }
  if (!(self->on_card ? compose_all : draw_all) (self, &grid, out)) {
    GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("The tiles cannot be drawn."), (NULL));
    return GST_FLOW_ERROR;
  }
  describe (self, &grid, out);
  return GST_FLOW_OK;
}

/* Pictures on a card stay there. */
static GstFlowReturn
submit_input_buffer (GstBaseTransform * base, gboolean discont, GstBuffer * buffer)
{
  Tiler *self = TILER (base);
  const gboolean stays = pt_nv_is_on_card (buffer) && pt_nv_stays_on_card (GST_ELEMENT (self));
  return pt_nv_input_submit (&self->input, base, gst_nvmultistreamtiler_parent_class, discont, buffer,
      &self->in, stays);
}

static void
empty_all (Tiler * self)
{
  for (guint i = 0; i < self->tiles->len; i++)
    tile_empty (&g_array_index (self->tiles, Tile, i));
  gst_clear_buffer (&self->last);
}

/* The sources' lives end here: behind the tiler there is one stream. */
static gboolean
sink_event (GstBaseTransform * base, GstEvent * event)
{
  Tiler *self = TILER (base);
  PtStream stream;
  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP)
    empty_all (self);
  gboolean ended = pt_event_is_stream_ended (event, &stream.source_id);
  if (ended && stream.source_id < self->tiles->len)
    tile_empty (tile_of (self, stream.source_id));
  if (ended || pt_event_is_stream_started (event, &stream)) {
    gst_event_unref (event);
    return TRUE;
  }
  return GST_BASE_TRANSFORM_CLASS (gst_nvmultistreamtiler_parent_class)->sink_event (base,
      event);
}

static gboolean
stop (GstBaseTransform * base)
{
  Tiler *self = TILER (base);
  empty_all (self);
  g_array_set_size (self->tiles, 0);
  pt_nv_input_clear (&self->input);
  pt_pool_clear (&self->pool);
  pt_nv_pool_clear (&self->mosaics);
  self->frame_num = 0;
  self->warned = 0;
  return TRUE;
}

/* ---- negotiation ---- */

/* Forward, the mosaic has its own size; backward, tiles may have any. */
static GstCaps *
transform_caps (GstBaseTransform * base, GstPadDirection direction, GstCaps * caps,
    GstCaps * filter)
{
  Tiler *self = TILER (base);
  GST_OBJECT_LOCK (self);
  gint width = self->width, height = self->height;
  GST_OBJECT_UNLOCK (self);
  GstCaps *result = gst_caps_copy (caps);
  for (guint i = 0; i < gst_caps_get_size (result); i++) {
    GstStructure *structure = gst_caps_get_structure (result, i);
    gst_structure_remove_fields (structure, "batch-size", "pixel-aspect-ratio", NULL);
    if (direction == GST_PAD_SINK)
      gst_structure_set (structure, "width", G_TYPE_INT, width, "height", G_TYPE_INT, height,
          "batch-size", G_TYPE_INT, 1, NULL);
    else
      gst_structure_set (structure, "width", GST_TYPE_INT_RANGE, 1, G_MAXINT, "height",
          GST_TYPE_INT_RANGE, 1, G_MAXINT, NULL);
  }
  if (filter) {
    GstCaps *both = gst_caps_intersect_full (filter, result, GST_CAPS_INTERSECT_FIRST);
    gst_caps_unref (result);
    result = both;
  }
  return result;
}

static gboolean
set_caps (GstBaseTransform * base, GstCaps * in, GstCaps * out)
{
  Tiler *self = TILER (base);
  GST_INFO_OBJECT (self, "%" GST_PTR_FORMAT " becomes %" GST_PTR_FORMAT, in, out);
  return gst_video_info_from_caps (&self->in, in) && gst_video_info_from_caps (&self->out, out);
}

static gboolean
propose_allocation (GstBaseTransform * base, GstQuery * decide, GstQuery * query)
{
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  return TRUE;
}

static gboolean
decide_allocation (GstBaseTransform * base, GstQuery * query)
{
  while (gst_query_get_n_allocation_pools (query))
    gst_query_remove_nth_allocation_pool (query, 0);
  return TRUE;
}

/* ---- properties ---- */

enum
{
  PROP_ROWS = 1, PROP_COLUMNS, PROP_WIDTH, PROP_HEIGHT, PROP_SHOW_SOURCE, PROP_METHOD,
};

static const PtInert inert[] = {
  PT_INERT_GPU_ID,
  PT_INERT_MEMORY_TYPE,
  PT_INERT_COMPUTE_HW,
  {"buffer-pool-size", NULL, G_TYPE_UINT, 4, MAX_TILES, 5, PT_NO_EFFECT, "Buffers of the output"},
  {"square-seq-grid", NULL, G_TYPE_BOOLEAN, 0, 0, FALSE, PT_REFUSED,
      "Adapt a square grid to the number of sources"},
  {NULL}
};

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  Tiler *self = TILER (object);
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_ROWS: self->rows = g_value_get_uint (value); break;
    case PROP_COLUMNS: self->columns = g_value_get_uint (value); break;
    case PROP_WIDTH: self->width = GST_ROUND_UP_4 (g_value_get_uint (value)); break;
    case PROP_HEIGHT: self->height = GST_ROUND_UP_4 (g_value_get_uint (value)); break;
    case PROP_SHOW_SOURCE: self->show_source = g_value_get_int (value); break;
    case PROP_METHOD: self->method = g_value_get_enum (value); break;
    default: pt_inert_set (object, value, spec);
  }
  GST_OBJECT_UNLOCK (self);
  if (id == PROP_WIDTH || id == PROP_HEIGHT)
    gst_base_transform_reconfigure_src (GST_BASE_TRANSFORM (self));
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  Tiler *self = TILER (object);
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_ROWS: g_value_set_uint (value, self->rows); break;
    case PROP_COLUMNS: g_value_set_uint (value, self->columns); break;
    case PROP_WIDTH: g_value_set_uint (value, self->width); break;
    case PROP_HEIGHT: g_value_set_uint (value, self->height); break;
    case PROP_SHOW_SOURCE: g_value_set_int (value, self->show_source); break;
    case PROP_METHOD: g_value_set_enum (value, self->method); break;
    default: pt_inert_get (object, value, spec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
install_properties (GObjectClass * klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
#define UINT(id, name, min, max, initial, blurb) \
  g_object_class_install_property (klass, id, \
      g_param_spec_uint (name, name, blurb, min, max, initial, flags))
  UINT (PROP_ROWS, "rows", 1, MAX_TILES, 1, "Rows of tiles");
  UINT (PROP_COLUMNS, "columns", 1, MAX_TILES, 1, "Columns of tiles");
  UINT (PROP_WIDTH, "width", 16, G_MAXINT16 - 3, 1920,
      "Width of the mosaic, rounded up to a multiple of 4");
  UINT (PROP_HEIGHT, "height", 16, G_MAXINT16 - 3, 1080,
      "Height of the mosaic, rounded up to a multiple of 4");
#undef UINT
  g_object_class_install_property (klass, PROP_SHOW_SOURCE,
      g_param_spec_int ("show-source", "show-source",
          "The one source that fills the whole picture; -1: all sources in tiles", -1,
          G_MAXINT, -1, flags));
  g_object_class_install_property (klass, PROP_METHOD,
      g_param_spec_enum ("interpolation-method", "interpolation-method",
          "How pictures are scaled", pt_interpolation_type (), PT_INTER_DEFAULT, flags));
  pt_inert_install (klass, inert);
}

/* ---- the class ---- */

static void
finalize (GObject * object)
{
  g_array_unref (TILER (object)->tiles);
  pt_pool_clear (&TILER (object)->pool);
  G_OBJECT_CLASS (gst_nvmultistreamtiler_parent_class)->finalize (object);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !pt_inert_check (element, inert))
    return GST_STATE_CHANGE_FAILURE;
  return GST_ELEMENT_CLASS (gst_nvmultistreamtiler_parent_class)->change_state (element,
      transition);
}

static void
gst_nvmultistreamtiler_class_init (GstNvmultistreamtilerClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  object_class->finalize = finalize;
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  install_properties (object_class);
  element_class->change_state = change_state;
  klass->transform_caps = transform_caps;
  klass->set_caps = set_caps;
  klass->sink_event = sink_event;
  klass->propose_allocation = propose_allocation;
  klass->decide_allocation = decide_allocation;
  klass->submit_input_buffer = submit_input_buffer;
  klass->prepare_output_buffer = prepare_output_buffer;
  klass->transform = transform;
  klass->stop = stop;
  klass->passthrough_on_same_caps = FALSE;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Portable stream tiler",
      "Filter/Editor/Video/Compositor", "Composes the frames of a batch into one picture, on a CPU",
      "the pythiags maintainers");
  GST_DEBUG_CATEGORY_INIT (tiler_debug, "nvmultistreamtiler", 0, "portable nvmultistreamtiler");
}

static void
gst_nvmultistreamtiler_init (Tiler * self)
{
  self->rows = self->columns = 1;
  self->width = 1920;
  self->height = 1080;
  self->show_source = -1;
  self->method = PT_INTER_DEFAULT;
  self->tiles = g_array_new (FALSE, TRUE, sizeof (Tile));
  g_array_set_clear_func (self->tiles, (GDestroyNotify) tile_clear);
}

gboolean
pt_nvmultistreamtiler_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "nvmultistreamtiler", GST_RANK_NONE,
      gst_nvmultistreamtiler_get_type ());
}
