/* See objects.h. */
#include "objects.h"

#include <stdlib.h>

#include "suppress.h"

#define SIDES 4

typedef struct
{
  float sides[SIDES];
  float score;
  ptrdiff_t class;
  size_t place;
} Candidate;

/* What the steps work on. */
typedef struct
{
  Candidate *candidates;
  float *boxes;                    /* of one class */
  int64_t *kept;                   /* places in those */
} Desk;

static inline float
cut (float value, float most)
{
  const float low = value < 0 ? 0 : value;
  return low > most ? most : low;
}

/* Returns how many candidates have an area. */
static size_t
take (const PtCandidates * found, float width, float height, Candidate * candidates)
{
  size_t count = 0;
  for (size_t i = 0; i < found->count; i++) {
    const float *box = found->boxes + SIDES * i;
    const Candidate candidate = {
      {cut (box[0], width), cut (box[1], height), cut (box[2], width), cut (box[3], height)},
      found->scores[i], found->classes[i], i
    };
    const float *sides = candidate.sides;
    if (sides[2] > sides[0] && sides[3] > sides[1])
      candidates[count++] = candidate;
  }
  return count;
}

/* By class, then by confidence, what is not a number last; else as they came. */
static int
compare (const void *one, const void *other)
{
  const Candidate *a = one, *b = other;
  if (a->class != b->class)
    return a->class < b->class ? -1 : 1;
  const int a_is_nan = a->score != a->score, b_is_nan = b->score != b->score;
  if (a_is_nan != b_is_nan)
    return a_is_nan - b_is_nan;
  if (a->score != b->score && !a_is_nan)
    return a->score > b->score ? -1 : 1;
  return a->place < b->place ? -1 : 1;
}

/* Returns how many of a class stay, and writes their places to `desk->kept`; -1: no memory. */
static ptrdiff_t
keep (Desk * desk, const Candidate * candidates, size_t count, const PtLimits * limits, int suppress)
{
  if (!suppress) {
    for (size_t i = 0; i < count; i++)
      desk->kept[i] = i;
    return count;
  }
  for (size_t i = 0; i < count; i++)
    for (size_t side = 0; side < SIDES; side++)
      desk->boxes[SIDES * i + side] = candidates[i].sides[side];
  const size_t most = limits->most < 0 ? count : (size_t) limits->most;
  return pt_suppress (desk->boxes, count, limits->overlap, most, desk->kept);
}

static void
write_object (const Candidate * candidate, float *object)
{
  const float *sides = candidate->sides;
  object[0] = candidate->class;
  object[1] = candidate->score;
  object[2] = sides[0];
  object[3] = sides[1];
  object[4] = sides[2] - sides[0];
  object[5] = sides[3] - sides[1];
}

/* The objects of one class. */
static ptrdiff_t
write_class (Desk * desk, const Candidate * candidates, size_t count, const PtLimits * limits,
    int suppress, float *objects)
{
  const ptrdiff_t stay = keep (desk, candidates, count, limits, suppress);
  ptrdiff_t written = 0;
  for (ptrdiff_t i = 0; i < stay && (limits->most < 0 || written < limits->most); i++)
    if (candidates[desk->kept[i]].score >= limits->least)
      write_object (candidates + desk->kept[i], objects + PT_OBJECT * written++);
  return stay < 0 ? stay : written;
}

static ptrdiff_t
write_all (Desk * desk, size_t count, const PtLimits * limits, size_t classes, int suppress,
    float *objects)
{
  ptrdiff_t written = 0;
  for (size_t first = 0, end; first < count; first = end) {
    const Candidate *mine = desk->candidates + first;
    for (end = first + 1; end < count && desk->candidates[end].class == mine->class;)
      end++;
    if (mine->class < 0 || (size_t) mine->class >= classes)
      return PT_NO_CLASS;
    const ptrdiff_t more = write_class (desk, mine, end - first, limits + mine->class, suppress,
        objects + PT_OBJECT * written);
    if (more < 0)
      return PT_NO_MEMORY;
    written += more;
  }
  return written;
}

ptrdiff_t
pt_objects (const PtCandidates * found, float width, float height, const PtLimits * limits,
    size_t classes, int suppress, float *objects)
{
  if (!found->count)
    return 0;
  Desk desk = {
    malloc (found->count * sizeof (Candidate)), malloc (found->count * SIDES * sizeof (float)),
    malloc (found->count * sizeof (int64_t))
  };
  ptrdiff_t written = PT_NO_MEMORY;
  if (desk.candidates && desk.boxes && desk.kept) {
    const size_t count = take (found, width, height, desk.candidates);
    qsort (desk.candidates, count, sizeof (Candidate), compare);
    written = write_all (&desk, count, limits, classes, suppress, objects);
  }
  free (desk.candidates);
  free (desk.boxes);
  free (desk.kept);
  return written;
}
