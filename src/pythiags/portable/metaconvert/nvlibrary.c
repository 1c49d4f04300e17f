/* NVIDIA's library of metadata: see nvlibrary.h.
 *
 * Whoever was linked to it has brought it into the process, which must not get a second one. Else it is where the
 * linker looks, where DeepStream is installed, or in the package, which Python knows to find.
 */
#define _GNU_SOURCE             /* dladdr */
#include "nvlibrary.h"

#include "nvfunctions.h"
#include "python.h"
#include "runtime.h"

#include <dlfcn.h>

#define LIBRARY "libnvdsgst_meta.so"       /* needs libnvds_meta.so, and finds it beside itself */
#define INSTALLED "/opt/nvidia/deepstream/deepstream/lib/" LIBRARY
#define MODULE "pythiags.portable.nvmeta"  /* opens that of the package, if there is one */
#define REMEDY "pip install nvidia-deepstream-videodecode-cu13"

static gboolean
is_there (void)
{
  return !pt_nv_missing_of_batches ();
}

/* Its functions are found by the name of the library, or among the global ones. */
static gboolean
open_as (const char *name)
{
  return dlopen (name, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE) && is_there ();
}

static gboolean
open_of_package (gchar ** error)
{
  static const PtPythonUse use = { "dsmetaconvert looks for NVIDIA's library", MODULE, REMEDY };
  if (!pt_python_import (&use, error))
    return FALSE;
  if (is_there ())
    return TRUE;
  *error = g_strdup_printf ("%s, which NVIDIA's metadata is made with, is not installed (it has no %s): "
      "install NVIDIA's package with " REMEDY, LIBRARY, pt_nv_missing_of_batches ());
  return FALSE;
}

/* A batch of the library's own says how its structs are laid out. */
static gboolean
check_layout (gchar ** error)
{
  PtNv found = { 0 };
  PtNvBatch *batch = pt_nv_batch_new (1);
  const gboolean known = pt_nv_measure (batch, &found) == PT_NV_FOUND;
  if (!known)
    *error = g_strdup_printf ("the metadata of this %s is laid out as that of no DeepStream from 5.0 to 9.1: "
        "objects have %u bytes, frames %u; use the library that comes with " REMEDY, LIBRARY,
        found.object_size, found.frame_size);
  pt_nv_batch_free (batch);
  return known;
}

gboolean
pt_nv_library_load (gchar ** error)
{
  const gboolean loaded = is_there () || open_as (LIBRARY) || open_as (INSTALLED)
      || open_of_package (error);
  if (!loaded || !check_layout (error))
    return FALSE;
  pt_nv_batch_register ();
  return TRUE;
}

const char *
pt_nv_library_path (void)
{
  Dl_info file;
  return dladdr (pt_known_function ("libnvds_meta.so", "nvds_create_batch_meta"), &file)
      ? file.dli_fname : "a library of unknown place";
}
