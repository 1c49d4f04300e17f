/* Stands in for NVIDIA's libnvbufsurface.so and libnvbufsurftransform.so: surfaces in the memory of a
 * card that is none. Their memory is the C library's, whatever type it says it is; pictures are scaled
 * with two taps, as samples lie at the centres of pixels.
 *
 * STANDIN_SURFACES is how many surfaces there may be at a time. standin_surfaces() and
 * standin_transforms() count those that there are, and calls.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct
{
  uint32_t width, height, pitch, format, layout;
  uint64_t descriptor;
  uint32_t size;
  uint8_t *data;
  uint32_t planes, widths[4], heights[4], pitches[4], offsets[4], sizes[4], bytes[4];
  void *reserved[16];
  void *rest[17];
} Picture;

typedef struct
{
  uint32_t gpu, batch, filled;
  bool contiguous;
  uint32_t memory;
  Picture *pictures;
  bool imported;
  void *reserved[4];
} Surface;

typedef struct
{
  uint32_t gpu, width, height, size;
  bool contiguous;
  uint32_t format, layout, memory;
  void *reserved[4];
} Create;

typedef struct
{
  uint32_t top, left, width, height;
  void *reserved[4];
} Rect;

typedef struct
{
  uint32_t flags, flip, filter;
  const Rect *from, *to;
  void *reserved[4];
} How;

_Static_assert (sizeof (Picture) == 416 && sizeof (Surface) == 72, "as NVIDIA's");

static int surfaces, transforms;

int
standin_surfaces (void)
{
  return __atomic_load_n (&surfaces, __ATOMIC_SEQ_CST);
}

int
standin_transforms (void)
{
  return __atomic_load_n (&transforms, __ATOMIC_SEQ_CST);
}

static bool
is_rgba (const Picture * picture)
{
  return picture->format == 19;
}

static void
lay_out (Picture * picture, const Create * wanted, uint8_t * data)
{
  const bool rgba = wanted->format == 19;
  const uint32_t pitch = (wanted->width * (rgba ? 4 : 1) + 255) / 256 * 256;
  *picture = (Picture) {.width = wanted->width,.height = wanted->height,.pitch = pitch,
    .format = wanted->format,.data = data,.planes = rgba ? 1 : 2
  };
  for (uint32_t plane = 0; plane < picture->planes; plane++) {
    picture->widths[plane] = plane ? (wanted->width + 1) / 2 : wanted->width;
    picture->heights[plane] = plane ? (wanted->height + 1) / 2 : wanted->height;
    picture->pitches[plane] = pitch;
    picture->bytes[plane] = rgba ? 4 : plane + 1;
    picture->sizes[plane] = pitch * picture->heights[plane];
    picture->offsets[plane] = picture->size;
    picture->size += picture->sizes[plane];
  }
}

int
NvBufSurfaceCreate (Surface ** made, uint32_t batch, const Create * wanted)
{
  const char *most = getenv ("STANDIN_SURFACES");
  if (__atomic_add_fetch (&surfaces, 1, __ATOMIC_SEQ_CST) > (most ? atoi (most) : 1000)) {
    __atomic_sub_fetch (&surfaces, 1, __ATOMIC_SEQ_CST);
    return -1;
  }
  Surface *surface = calloc (1, sizeof *surface);
  Picture first;
  lay_out (&first, wanted, NULL);
  uint8_t *data = malloc ((size_t) first.size * batch);
  memset (data, 0xAA, (size_t) first.size * batch);
  *surface = (Surface) {.gpu = wanted->gpu,.batch = batch,.contiguous = wanted->contiguous,.memory = wanted->memory,
    .pictures = calloc (batch, sizeof (Picture))
  };
  for (uint32_t i = 0; i < batch; i++)
    lay_out (&surface->pictures[i], wanted, data + (size_t) i * first.size);
  *made = surface;
  return 0;
}

int
NvBufSurfaceDestroy (Surface * surface)
{
  free (surface->pictures[0].data);
  free (surface->pictures);
  free (surface);
  __atomic_sub_fetch (&surfaces, 1, __ATOMIC_SEQ_CST);
  return 0;
}

int
NvBufSurfaceMemSet (Surface * surface, int picture, int plane, uint8_t value)
{
  Picture *at = &surface->pictures[picture];
  memset (at->data + at->offsets[plane], value, at->sizes[plane]);
  return 0;
}

int
NvBufSurfTransformSetSessionParams (const void *session)
{
  (void) session;
  return 0;
}

/* One byte of a plane at a place between its samples. */
static double
sample (const Picture * picture, uint32_t plane, uint32_t byte, double x, double y)
{
  const uint32_t step = picture->bytes[plane];
  const double right = picture->widths[plane] - 1, bottom = picture->heights[plane] - 1;
  x = x < 0 ? 0 : x > right ? right : x;
  y = y < 0 ? 0 : y > bottom ? bottom : y;
  const uint32_t left = (uint32_t) x, top = (uint32_t) y;
  const uint32_t next = left + (left < right), below = top + (top < bottom);
  const uint8_t *first = picture->data + picture->offsets[plane] + byte;
  const uint8_t *row = first + (size_t) top * picture->pitches[plane];
  const uint8_t *other = first + (size_t) below * picture->pitches[plane];
  const double a = row[left * step] * (1 - x + left) + row[next * step] * (x - left);
  const double b = other[left * step] * (1 - x + left) + other[next * step] * (x - left);
  return a * (1 - y + top) + b * (y - top);
}

static uint8_t
to_byte (double value)
{
  return (uint8_t) (value < 0 ? 0 : value > 255 ? 255 : value + 0.5);
}

/* BT.601, of the range of video. */
static void
to_rgb (const Picture * from, double x, double y, uint8_t * pixel)
{
  const double luma = 1.164384 * (sample (from, 0, 0, x, y) - 16);
  const double u = sample (from, 1, 0, (x + 0.5) / 2 - 0.5, (y + 0.5) / 2 - 0.5) - 128;
  const double v = sample (from, 1, 1, (x + 0.5) / 2 - 0.5, (y + 0.5) / 2 - 0.5) - 128;
  pixel[0] = to_byte (luma + 1.596027 * v);
  pixel[1] = to_byte (luma - 0.391762 * u - 0.812968 * v);
  pixel[2] = to_byte (luma + 2.017232 * u);
  pixel[3] = 255;
}

static void
scale_plane (const Picture * from, Rect crop, Picture * to, uint32_t plane, Rect area)
{
  const uint32_t step = to->bytes[plane];
  const bool coloured = is_rgba (to) && !is_rgba (from);
  for (uint32_t y = 0; y < area.height; y++)
    for (uint32_t x = 0; x < area.width; x++) {
      const double at_x = crop.left + (x + 0.5) * crop.width / area.width - 0.5;
      const double at_y = crop.top + (y + 0.5) * crop.height / area.height - 0.5;
      uint8_t *pixel = to->data + to->offsets[plane]
          + (size_t) (area.top + y) * to->pitches[plane] + (area.left + x) * step;
      if (coloured)
        to_rgb (from, at_x, at_y, pixel);
      else
        for (uint32_t byte = 0; byte < step; byte++)
          pixel[byte] = to_byte (sample (from, plane, byte, at_x, at_y));
    }
}

/* Of a plane whose samples are one for two pixels each way. */
static Rect
halved (Rect area)
{
  return (Rect) {area.top / 2, area.left / 2, (area.width + 1) / 2, (area.height + 1) / 2, {0}};
}

int
NvBufSurfTransform (const Surface * from, Surface * to, const How * how)
{
  __atomic_add_fetch (&transforms, 1, __ATOMIC_SEQ_CST);
  if (from->filled > to->batch || (is_rgba (&from->pictures[0]) && !is_rgba (&to->pictures[0])))
    return -3;
  for (uint32_t i = 0; i < from->filled; i++) {
    const Picture *source = &from->pictures[i];
    Picture *target = &to->pictures[i];
    Rect crop = {0, 0, source->width, source->height, {0}};
    Rect area = {0, 0, target->width, target->height, {0}};
    if (how->flags & 1)
      crop = how->from[i];
    if (how->flags & 2)
      area = how->to[i];
    scale_plane (source, crop, target, 0, area);
    if (target->planes == 2)
      scale_plane (source, halved (crop), target, 1, halved (area));
  }
  return 0;
}
