/* From the candidates of a picture to its objects. */
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct
{
  const float *boxes;              /* left, top, right, bottom of each */
  const float *scores;
  const ptrdiff_t *classes;
  size_t count;
} PtCandidates;

/* Of a class. */
typedef struct
{
  float overlap;                   /* see suppress.h */
  float least;                     /* objects of lower confidence are left out */
  float most;                      /* so many objects at most; below 0: any number */
} PtLimits;

/* Values of an object: class, confidence, left, top, width, height. */
#define PT_OBJECT 6

enum { PT_NO_MEMORY = -1, PT_NO_CLASS = -2 };

/* Writes the objects, class by class, the most confident first, and returns how many they are, or one of the
 * above. Boxes are cut to the picture; what has no area left, or is not a number, is left out. Where
 * `suppress`, boxes go that overlap a better one of their class too much. `objects` has room for all. */
ptrdiff_t pt_objects (const PtCandidates * found, float width, float height, const PtLimits * limits,
    size_t classes, int suppress, float *objects);
