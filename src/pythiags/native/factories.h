/* The portable elements, by DeepStream's names and in alphabetical order. */
#pragma once

#define PT_FACTORIES(X) \
  X (nv3dsink) \
  X (nvdsosd) \
  X (nveglglessink) \
  X (nvinfer) \
  X (nvjpegenc) \
  X (nvmultistreamtiler) \
  X (nvstreamdemux) \
  X (nvstreammux) \
  X (nvtracker) \
  X (nvv4l2decoder) \
  X (nvv4l2h264enc) \
  X (nvv4l2h265enc) \
  X (nvvideoconvert)

#define PT_FACTORY_NAME(name) #name,

/* Ends with NULL. */
static const char *const pt_factories[] = { PT_FACTORIES (PT_FACTORY_NAME) NULL };
