/* The list of portable elements. */
#include "elements.h"

gboolean pt_nvinfer_register (void);
gboolean pt_nvstreammux_register (void);
gboolean pt_nvv4l2decoder_register (void);
gboolean pt_nvvideoconvert_register (void);

const PtElement pt_elements[] = {
  {"nvinfer", pt_nvinfer_register},
  {"nvstreammux", pt_nvstreammux_register},
  {"nvv4l2decoder", pt_nvv4l2decoder_register},
  {"nvvideoconvert", pt_nvvideoconvert_register},
  {NULL, NULL}
};
