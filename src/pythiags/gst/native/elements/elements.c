/* The list of portable elements. */
#include "elements.h"

gboolean pt_nvv4l2decoder_register (void);

const PtElement pt_elements[] = {
  {"nvv4l2decoder", pt_nvv4l2decoder_register},
  {NULL, NULL}
};
