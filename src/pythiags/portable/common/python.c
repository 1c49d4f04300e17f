/* Python, looked up at run time: see python.h.
 *
 * The plugin is not linked to libpython: in a Python program the functions are in the process, and
 * elsewhere only few elements need them. Python is started with the program name of the environment that
 * pythiags is installed in, so that it finds that environment's packages, and is never ended.
 */
#define PY_SSIZE_T_CLEAN
#define _GNU_SOURCE             /* dladdr */
#include <Python.h>

#include "python.h"

#include <dlfcn.h>
#include <stdlib.h>

#define VERSION G_STRINGIFY (PY_MAJOR_VERSION) "." G_STRINGIFY (PY_MINOR_VERSION)

/* ---- Python's functions ---- */

#define FUNCTIONS(X) \
  X (Py_IsInitialized) \
  X (PyConfig_InitPythonConfig) \
  X (PyConfig_SetBytesString) \
  X (PyConfig_Clear) \
  X (Py_InitializeFromConfig) \
  X (PyStatus_Exception) \
  X (PyEval_SaveThread) \
  X (PyGILState_Ensure) \
  X (PyGILState_Release) \
  X (PyImport_ImportModule) \
  X (PyErr_Fetch) \
  X (PyErr_NormalizeException) \
  X (PyObject_Str) \
  X (PyUnicode_AsUTF8) \
  X (Py_DecRef)

#define MEMBER(name) __typeof__ (&name) name;
typedef struct
{
  FUNCTIONS (MEMBER)
} Python;

/* FALSE: a function is missing. */
static gboolean
find_functions (Python * python, gpointer library)
{
#define FIND(name) \
  if (!(python->name = (__typeof__ (python->name)) dlsym (library, #name))) \
    return FALSE;
  FUNCTIONS (FIND)
  return TRUE;
}

/* ---- the environment that pythiags is installed in ---- */

/* Before installation the build folder names it. */
static gchar *
read_program (const char *folder)
{
  gchar *path = g_build_filename (folder, "python.path", NULL), *program = NULL;
  if (g_file_get_contents (path, &program, NULL, NULL))
    g_strchomp (program);
  g_free (path);
  return program;
}

/* <prefix>/lib/python3.x/site-packages/pythiags/portable -> <prefix>/bin/python3 */
static gchar *
derive_program (const char *folder)
{
  const char *lib = g_strrstr (folder, "/lib/python" VERSION "/");
  if (!lib)
    lib = g_strrstr (folder, "/lib64/python" VERSION "/");
  if (!lib)
    return NULL;
  gchar *program = g_strdup_printf ("%.*s/bin/python3", (int) (lib - folder), folder);
  if (!g_file_test (program, G_FILE_TEST_IS_EXECUTABLE))
    g_clear_pointer (&program, g_free);
  return program;
}

/* NULL: Python's own default is right. */
static gchar *
find_program (void)
{
  Dl_info self;
  if (!dladdr ((gpointer) pt_python_import, &self))
    return NULL;
  gchar *folder = g_path_get_dirname (self.dli_fname);
  gchar *program = read_program (folder);
  if (!program)
    program = derive_program (folder);
  g_free (folder);
  return program;
}

/* ---- the library ---- */

/* A Python that is not the system's has its library beside it: <base>/bin/python3, <base>/lib. */
static gchar *
own_library (const char *program)
{
  char *real = program ? realpath (program, NULL) : NULL;
  if (!real)
    return NULL;
  gchar *bin = g_path_get_dirname (real), *base = g_path_get_dirname (bin);
  gchar *path = g_build_filename (base, "lib", PT_PYTHON_LIBRARY, NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    g_clear_pointer (&path, g_free);
  g_free (base);
  g_free (bin);
  free (real);
  return path;
}

static gboolean
open_python (Python * python, const PtPythonUse * use, const char *program, gchar ** error)
{
  if (find_functions (python, RTLD_DEFAULT))
    return TRUE;
  gchar *path = own_library (program);
  /* Global, as the extensions that Python imports expect its functions there. */
  gpointer library = dlopen (path ? path : PT_PYTHON_LIBRARY, RTLD_NOW | RTLD_GLOBAL);
  g_free (path);
  if (library && find_functions (python, library))
    return TRUE;
  *error = g_strdup_printf ("%s in Python, but %s cannot be loaded: "
      "install the Debian package libpython" VERSION, use->what, PT_PYTHON_LIBRARY);
  return FALSE;
}

/* ---- start and import ---- */

static PyStatus
configure (const Python * python, PyConfig * config, const char *program)
{
  python->PyConfig_InitPythonConfig (config);
  config->install_signal_handlers = 0;  /* they are the program's */
  config->parse_argv = 0;
  PyStatus status = { 0 };
  if (program)
    status = python->PyConfig_SetBytesString (config, &config->program_name, program);
  if (!program || python->PyStatus_Exception (status))
    return status;
  return python->PyConfig_SetBytesString (config, &config->executable, program);
}

static gboolean
start_python (const Python * python, const PtPythonUse * use, const char *program, gchar ** error)
{
  PyConfig config;
  PyStatus status = configure (python, &config, program);
  if (!python->PyStatus_Exception (status))
    status = python->Py_InitializeFromConfig (&config);
  python->PyConfig_Clear (&config);
  gboolean failed = python->PyStatus_Exception (status);
  if (failed)
    *error = g_strdup_printf ("%s in Python, which cannot be started: %s (%s)", use->what,
        status.err_msg ? status.err_msg : "no reason given", program ? program : "no program name");
  else
    python->PyEval_SaveThread ();       /* release the GIL, which a start takes */
  return !failed;
}

/* The message of the exception that is set, which is cleared. */
static gchar *
take_exception (const Python * python)
{
  PyObject *type, *value, *traceback;
  python->PyErr_Fetch (&type, &value, &traceback);
  python->PyErr_NormalizeException (&type, &value, &traceback);
  PyObject *text = value ? python->PyObject_Str (value) : NULL;
  const char *words = text ? python->PyUnicode_AsUTF8 (text) : NULL;
  gchar *message = g_strdup (words ? words : "unknown error");
  python->Py_DecRef (text);
  python->Py_DecRef (type);
  python->Py_DecRef (value);
  python->Py_DecRef (traceback);
  return message;
}

static gboolean
import (const Python * python, const PtPythonUse * use, gchar ** error)
{
  PyGILState_STATE state = python->PyGILState_Ensure ();
  PyObject *module = python->PyImport_ImportModule (use->module);
  const gboolean imported = module != NULL;
  if (!imported) {
    gchar *message = take_exception (python);
    *error = g_strdup_printf ("%s in Python, which cannot import pythiags: %s; %s", use->what, message,
        use->remedy);
    g_free (message);
  }
  python->Py_DecRef (module);
  python->PyGILState_Release (state);
  return imported;
}

gboolean
pt_python_import (const PtPythonUse * use, gchar ** error)
{
  static GMutex lock;
  Python python;
  gchar *program = find_program ();
  g_mutex_lock (&lock);
  const gboolean runs = open_python (&python, use, program, error)
      && (python.Py_IsInitialized () || start_python (&python, use, program, error));
  g_mutex_unlock (&lock);
  g_free (program);
  /* Not under the lock: who imports may have to wait for a thread that holds the GIL and waits here. */
  return runs && import (&python, use, error);
}
