/* The list of portable elements. */
#include "elements.h"

const PtElement pt_elements[] = {
  {NULL, NULL}
};
