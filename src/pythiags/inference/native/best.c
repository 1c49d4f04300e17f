/* See best.h. */
#include "best.h"

#include <stdlib.h>

#include "processors.h"

static inline __attribute__ ((always_inline))
uint8_t reaches (const float *row, size_t count, ptrdiff_t step, float least)
{
  uint8_t found = 0;
  for (size_t i = 0; i < count; i++)
    found |= row[i * step] >= least;
  return found;
}

static inline __attribute__ ((always_inline))
void reach (uint8_t * found, const float *column, size_t count, ptrdiff_t step, float least)
{
  for (size_t i = 0; i < count; i++)
    found[i] |= column[i * step] >= least;
}

/* Writes whether any class of a box reaches the lowest threshold. What lies side by side is read so; a step
 * of 1 that the compiler knows of makes vectors of it. */
FOR_EACH_PROCESSOR static void
find (const PtScores * scores, float least, uint8_t * found)
{
  if (scores->class == 1)
    for (size_t b = 0; b < scores->boxes; b++)
      found[b] = reaches (scores->data + b * scores->box, scores->classes, 1, least);
  else if (scores->box == 1)
    for (size_t c = 0; c < scores->classes; c++)
      reach (found, scores->data + c * scores->class, scores->boxes, 1, least);
  else
    for (size_t c = 0; c < scores->classes; c++)
      reach (found, scores->data + c * scores->class, scores->boxes, scores->box, least);
}

static float
lowest (const float *thresholds, size_t count)
{
  float least = thresholds[0];
  for (size_t i = 1; i < count; i++)
    if (thresholds[i] < least)
      least = thresholds[i];
  return least;
}

/* Its number; `classes`: one of the scores is not a number. */
static size_t
best_of (const PtScores * scores, size_t box)
{
  const float *row = scores->data + box * scores->box;
  size_t best = 0;
  for (size_t c = 0; c < scores->classes; c++) {
    const float score = row[c * scores->class];
    if (score != score)
      return scores->classes;
    if (score > row[best * scores->class])
      best = c;
  }
  return best;
}

ptrdiff_t
pt_best_classes (const PtScores * scores, const float *thresholds, ptrdiff_t * places, float *best,
    ptrdiff_t * numbers)
{
  if (!scores->boxes || !scores->classes)
    return 0;
  uint8_t *found = calloc (scores->boxes, 1);
  if (!found)
    return -1;
  find (scores, lowest (thresholds, scores->classes), found);
  ptrdiff_t count = 0;
  for (size_t b = 0; b < scores->boxes; b++) {
    if (!found[b])
      continue;
    const size_t number = best_of (scores, b);
    if (number == scores->classes)
      continue;
    const float score = scores->data[b * scores->box + number * scores->class];
    if (!(score >= thresholds[number]))
      continue;
    places[count] = b;
    best[count] = score;
    numbers[count++] = number;
  }
  free (found);
  return count;
}
