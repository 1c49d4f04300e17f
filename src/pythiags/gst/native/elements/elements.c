/* The list of portable elements. */
#include "elements.h"

gboolean pt_nv3dsink_register (void);
gboolean pt_nvdsosd_register (void);
gboolean pt_nveglglessink_register (void);
gboolean pt_nvinfer_register (void);
gboolean pt_nvmultistreamtiler_register (void);
gboolean pt_nvstreamdemux_register (void);
gboolean pt_nvstreammux_register (void);
gboolean pt_nvv4l2decoder_register (void);
gboolean pt_nvvideoconvert_register (void);

const PtElement pt_elements[] = {
  {"nv3dsink", pt_nv3dsink_register},
  {"nvdsosd", pt_nvdsosd_register},
  {"nveglglessink", pt_nveglglessink_register},
  {"nvinfer", pt_nvinfer_register},
  {"nvmultistreamtiler", pt_nvmultistreamtiler_register},
  {"nvstreamdemux", pt_nvstreamdemux_register},
  {"nvstreammux", pt_nvstreammux_register},
  {"nvv4l2decoder", pt_nvv4l2decoder_register},
  {"nvvideoconvert", pt_nvvideoconvert_register},
  {NULL, NULL}
};
