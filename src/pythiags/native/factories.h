/* The portable elements, by DeepStream's names and in alphabetical order. */
#pragma once

/* Those that DeepStream has no need of. */
#define PT_OWN_FACTORIES(X) \
  X (dsmetaconvert)

#define PT_FACTORIES(X) \
  X (nv3dsink) \
  X (nvdsanalytics) \
  X (nvdslogger) \
  X (nvdsmetamux) \
  X (nvdsosd) \
  X (nvdspreprocess) \
  X (nveglglessink) \
  X (nvegltransform) \
  X (nvinfer) \
  X (nvinferserver) \
  X (nvjpegdec) \
  X (nvjpegenc) \
  X (nvmsgbroker) \
  X (nvmsgconv) \
  X (nvmultistreamtiler) \
  X (nvmultiurisrcbin) \
  X (nvof) \
  X (nvofvisual) \
  X (nvosdbin) \
  X (nvrtspoutsinkbin) \
  X (nvsegvisual) \
  X (nvstreamdemux) \
  X (nvstreammux) \
  X (nvtracker) \
  X (nvurisrcbin) \
  X (nvv4l2decoder) \
  X (nvv4l2h264enc) \
  X (nvv4l2h265enc) \
  X (nvvidconv) \
  X (nvvideoconvert) \
  X (nvvideoencfilesinkbin)

/* Names that exist only to say what to use instead: see portable/refuse. */
#define PT_REFUSED_FACTORIES(X) \
  X (nvarguscamerasrc) \
  X (nvdsvideotemplate)

#define PT_FACTORY_NAME(name) #name,

/* Ends with NULL. */
static const char *const pt_factories[] = { PT_OWN_FACTORIES (PT_FACTORY_NAME) PT_FACTORIES (PT_FACTORY_NAME) NULL };
