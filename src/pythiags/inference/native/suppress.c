/* See suppress.h. */
#include "suppress.h"

#include <math.h>
#include <stdlib.h>

#include "processors.h"

/* Boxes that are compared before the answer is looked at: an integer of vectors. */
#define BLOCK 32

/* The boxes that stay, a side an array, so that a vector holds one side of several boxes. */
typedef struct
{
  float *left, *top, *right, *bottom, *area;
} Kept;

static int
kept_alloc (Kept * kept, size_t count)
{
  size_t room = (count + BLOCK - 1) / BLOCK * BLOCK;
  float *memory = calloc (room ? room : BLOCK, 5 * sizeof (float));
  if (!memory)
    return 0;
  *kept = (Kept) {
  memory, memory + room, memory + 2 * room, memory + 3 * room, memory + 4 * room};
  for (size_t i = 0; i < room; i++)
    kept->area[i] = INFINITY;      /* nothing overlaps a place that is not filled */
  return 1;
}

static void
kept_add (Kept * kept, size_t at, const float *box, float area)
{
  kept->left[at] = box[0];
  kept->top[at] = box[1];
  kept->right[at] = box[2];
  kept->bottom[at] = box[3];
  kept->area[at] = area;
}

static inline float
smaller (float a, float b)
{
  return a < b ? a : b;
}

static inline float
larger (float a, float b)
{
  return a > b ? a : b;
}

/* Whether the box overlaps one of BLOCK boxes too much. */
static inline __attribute__ ((always_inline))
int overlaps_block (const Kept * kept, size_t at, const float *box, float area, float threshold)
{
  const float *left = kept->left + at, *top = kept->top + at, *right = kept->right + at;
  const float *bottom = kept->bottom + at, *areas = kept->area + at;
  int found = 0;
  for (int i = 0; i < BLOCK; i++) {
    float width = larger (smaller (right[i], box[2]) - larger (left[i], box[0]), 0);
    float height = larger (smaller (bottom[i], box[3]) - larger (top[i], box[1]), 0);
    float common = width * height;
    found |= common > threshold * (areas[i] + area - common);
  }
  return found;
}

/* Fills `kept` and `places`; returns how many stay. */
FOR_EACH_PROCESSOR static size_t
keep (const float *boxes, size_t count, float threshold, size_t most, Kept * kept, int64_t * places)
{
  size_t stay = 0;
  for (size_t i = 0; i < count && stay < most; i++) {
    const float *box = boxes + 4 * i;
    float area = (box[2] - box[0]) * (box[3] - box[1]);
    int gone = 0;
    for (size_t at = 0; at < stay && !gone; at += BLOCK)
      gone = overlaps_block (kept, at, box, area, threshold);
    if (gone)
      continue;
    kept_add (kept, stay, box, area);
    places[stay++] = i;
  }
  return stay;
}

ptrdiff_t
pt_suppress (const float *boxes, size_t count, float threshold, size_t most, int64_t * places)
{
  Kept kept;
  if (!kept_alloc (&kept, count < most ? count : most))
    return -1;
  size_t stay = keep (boxes, count, threshold, most, &kept, places);
  free (kept.left);
  return stay;
}
