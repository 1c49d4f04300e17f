/* Stands in for NVIDIA's libcuda.so.1: what a program asks before it uses a card, and, for their
 * names alone, the functions that the libraries of NVIDIA's decoder link to.
 *
 * STANDIN_CUINIT is what cuInit returns, 100 unless set: no device. STANDIN_CUDA is the driver's
 * version of CUDA, 13000 unless set.
 */
#include <stdlib.h>
#include <string.h>

static int
number (const char *name, int otherwise)
{
  const char *text = getenv (name);
  return text ? atoi (text) : otherwise;
}

int
cuInit (unsigned flags)
{
  (void) flags;
  return number ("STANDIN_CUINIT", 100);
}

int
cuDriverGetVersion (int *version)
{
  *version = number ("STANDIN_CUDA", 13000);
  return 0;
}

int
cuDeviceGetCount (int *count)
{
  *count = 1;
  return 0;
}

int
cuDeviceGet (int *device, int number)
{
  *device = number;
  return 0;
}

int
cuDeviceGetName (char *name, int size, int device)
{
  (void) device;
  strncpy (name, "Stand-in card", (size_t) size);
  return 0;
}

int
cuDeviceTotalMem_v2 (size_t *bytes, int device)
{
  (void) device;
  *bytes = (size_t) 8 << 30;
  return 0;
}

#define NO_DEVICE(name) int name (void); int name (void) { return 100; }
NO_DEVICE (cuArray3DCreate_v2)
NO_DEVICE (cuArrayDestroy)
NO_DEVICE (cuArrayGetPlane)
NO_DEVICE (cuCtxCreate_v4)
NO_DEVICE (cuCtxGetCurrent)
NO_DEVICE (cuCtxPopCurrent_v2)
NO_DEVICE (cuCtxPushCurrent_v2)
NO_DEVICE (cuDestroyExternalMemory)
NO_DEVICE (cuExternalMemoryGetMappedBuffer)
NO_DEVICE (cuImportExternalMemory)
NO_DEVICE (cuMemFree_v2)
NO_DEVICE (cuMemcpy2DAsync_v2)
NO_DEVICE (cuMemcpy2DAsync_v2_ptsz)
NO_DEVICE (cuMemcpy2D_v2_ptds)
NO_DEVICE (cuStreamCreate)
NO_DEVICE (cuStreamDestroy_v2)
