/* The best class of each box, and the boxes where it is good enough. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Scores of boxes: that of class c of box b is data[b * box + c * class]. */
typedef struct
{
  const float *data;
  size_t boxes, classes;
  ptrdiff_t box, class;
} PtScores;

/* Writes the places of the boxes whose best class reaches its threshold, and the score and the number of
 * that class, the first of equals. Each array has room for all boxes. Returns how many they are.
 * A box with a score that is not a number is left out. -1: there is not enough memory. */
ptrdiff_t pt_best_classes (const PtScores * scores, const float *thresholds, ptrdiff_t * places,
    float *best, ptrdiff_t * numbers);
