/* See group.h.
 *
 * Two boxes are neighbours where no side of the one is farther from that of the other than `eps` times
 * half the lesser width plus the lesser height. Neighbours of neighbours are of one group. A group of
 * at most `threshold` boxes is dropped, and so is one that lies within the box of a larger one.
 */
#include "group.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A side an array: see near_row. */
typedef struct
{
  int32_t *left, *top, *right, *bottom, *width, *height;
} Sides;

typedef struct
{
  int64_t left, top, width, height;     /* sums, then means */
  int64_t count;
} Group;

static int
sides_alloc (Sides * sides, const int32_t * boxes, size_t count)
{
  int32_t *memory = malloc ((count ? count : 1) * 6 * sizeof (int32_t));
  if (!memory)
    return 0;
  *sides = (Sides) {
  memory, memory + count, memory + 2 * count, memory + 3 * count, memory + 4 * count,
        memory + 5 * count};
  for (size_t i = 0; i < count; i++) {
    const int32_t *box = boxes + 4 * i;
    sides->left[i] = box[0];
    sides->top[i] = box[1];
    sides->right[i] = box[2];
    sides->bottom[i] = box[3];
    sides->width[i] = box[2] - box[0];
    sides->height[i] = box[3] - box[1];
  }
  return 1;
}

static inline int32_t
least (int32_t a, int32_t b)
{
  return a < b ? a : b;
}

static inline int32_t
distance (int32_t a, int32_t b)
{
  return a > b ? a - b : b - a;
}

/* Writes whether box `i` is a neighbour of each later one. */
static void
near_row (const Sides * s, size_t i, size_t count, double eps, uint8_t * near)
{
  int32_t left = s->left[i], top = s->top[i], right = s->right[i], bottom = s->bottom[i];
  int32_t width = s->width[i], height = s->height[i];
  for (size_t j = i + 1; j < count; j++) {
    double reach =
        eps * (least (width, s->width[j]) + least (height, s->height[j])) * 0.5;
    near[j] = (distance (left, s->left[j]) <= reach) & (distance (top, s->top[j]) <= reach)
        & (distance (right, s->right[j]) <= reach) & (distance (bottom, s->bottom[j]) <= reach);
  }
}

static uint32_t
root_of (uint32_t * parents, uint32_t box)
{
  while (parents[box] != box)
    box = parents[box] = parents[parents[box]];
  return box;
}

/* The earliest box of a group is its root. */
static void
join (uint32_t * parents, uint32_t a, uint32_t b)
{
  a = root_of (parents, a);
  b = root_of (parents, b);
  if (a < b)
    parents[b] = a;
  else
    parents[a] = b;
}

static void
connect (const Sides * sides, size_t count, double eps, uint8_t * near, uint32_t * parents)
{
  for (size_t i = 0; i < count; i++)
    parents[i] = i;
  for (size_t i = 0; i < count; i++) {
    near_row (sides, i, count, eps, near);
    for (size_t j = i + 1; j < count; j++) {
      uint8_t *next = memchr (near + j, 1, count - j);
      if (!next)
        break;
      j = next - near;
      join (parents, i, j);
    }
  }
}

/* Sums the boxes of each group; `numbers` says which group a root's is. */
static size_t
collect (const Sides * sides, size_t count, uint32_t * parents, uint32_t * numbers, Group * groups)
{
  size_t found = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t root = root_of (parents, i);
    if (root == i) {
      numbers[i] = found;
      groups[found++] = (Group) {0};
    }
    Group *group = groups + numbers[root];
    group->left += sides->left[i];
    group->top += sides->top[i];
    group->width += sides->width[i];
    group->height += sides->height[i];
    group->count++;
  }
  return found;
}

/* As OpenCV: times the reciprocal in single precision, halves to even. */
static void
average (Group * group)
{
  float part = 1.f / (float) group->count;
  group->left = (int64_t) rintf ((float) group->left * part);
  group->top = (int64_t) rintf ((float) group->top * part);
  group->width = (int64_t) rintf ((float) group->width * part);
  group->height = (int64_t) rintf ((float) group->height * part);
}

/* Whether the group lies within a larger one; 3 and the rule for less are OpenCV's. */
static int
is_within (const Group * group, const Group * other, double eps)
{
  int64_t dx = (int64_t) rint ((double) other->width * eps);
  int64_t dy = (int64_t) rint ((double) other->height * eps);
  int64_t least_count = group->count > 3 ? group->count : 3;
  return group->left >= other->left - dx && group->top >= other->top - dy
      && group->left + group->width <= other->left + other->width + dx
      && group->top + group->height <= other->top + other->height + dy
      && (other->count > least_count || group->count < 3);
}

/* Moves the groups that are large enough to the front. */
static size_t
drop_small (Group * groups, size_t count, int threshold)
{
  size_t large = 0;
  for (size_t i = 0; i < count; i++)
    if (groups[i].count > threshold) {
      average (groups + i);
      groups[large++] = groups[i];
    }
  return large;
}

static ptrdiff_t
write_means (const Group * groups, size_t count, double eps, int32_t * means)
{
  ptrdiff_t written = 0;
  for (size_t i = 0; i < count; i++) {
    size_t j = 0;
    while (j < count && (j == i || !is_within (groups + i, groups + j, eps)))
      j++;
    if (j < count)
      continue;
    int32_t *mean = means + 4 * written++;
    mean[0] = groups[i].left;
    mean[1] = groups[i].top;
    mean[2] = groups[i].left + groups[i].width;
    mean[3] = groups[i].top + groups[i].height;
  }
  return written;
}

ptrdiff_t
pt_group (const int32_t * boxes, size_t count, int threshold, double eps, int32_t * means)
{
  Sides sides = { 0 };
  size_t room = count ? count : 1;
  uint8_t *near = malloc (room);
  uint32_t *parents = malloc (room * sizeof (uint32_t));
  uint32_t *numbers = malloc (room * sizeof (uint32_t));
  Group *groups = malloc (room * sizeof (Group));
  ptrdiff_t written = -1;
  if (near && parents && numbers && groups && sides_alloc (&sides, boxes, count)) {
    connect (&sides, count, eps, near, parents);
    size_t found = collect (&sides, count, parents, numbers, groups);
    written = write_means (groups, drop_small (groups, found, threshold), eps, means);
  }
  free (sides.left);
  free (groups);
  free (numbers);
  free (parents);
  free (near);
  return written;
}
