/* GLib's locks, as ThreadSanitizer has to see them. Loaded before GLib's, which still do the work.
 *
 * GLib's mutexes and conditions wait for a word of memory, without pthread, and GLib, GObject and
 * GStreamer are not compiled with the sanitizer. So it would see none of what they order, and call
 * each use of what a GMutex protects a race. Each function here says what its own orders:
 * everything before a release of an address happens before what follows an acquire of it.
 *
 *   gcc -shared -fPIC -O1 -o locks.so locks.c $(pkg-config --cflags gstreamer-1.0) \
 *       -Wl,--no-as-needed -lgstreamer-1.0 -lgobject-2.0 -lglib-2.0
 *
 * It is linked with the libraries, so that they are found also where Python loads them for itself.
 * It only sees calls between libraries. What GLib does for itself, such as to lock the queue of a
 * pool of threads, is ordered by what our code locks as well.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <gst/gst.h>

/* Macros with checks of types around the functions. */
#undef g_object_ref
#undef g_once_init_leave

/* ThreadSanitizer's, which is loaded before. */
void __tsan_acquire (void *address);
void __tsan_release (void *address);

#define REAL(name, result, ...) \
  static result (*real) (__VA_ARGS__); \
  if (real == NULL) \
    real = (result (*) (__VA_ARGS__)) dlsym (RTLD_NEXT, #name)

#define LOCKS(Type, function) \
  void function (Type * lock) \
  { \
    REAL (function, void, Type *); \
    real (lock); \
    __tsan_acquire (lock); \
  }

#define TRIES(Type, function) \
  gboolean function (Type * lock) \
  { \
    REAL (function, gboolean, Type *); \
    gboolean locked = real (lock); \
    if (locked) \
      __tsan_acquire (lock); \
    return locked; \
  }

#define UNLOCKS(Type, function) \
  void function (Type * lock) \
  { \
    REAL (function, void, Type *); \
    __tsan_release (lock); \
    real (lock); \
  }

LOCKS (GMutex, g_mutex_lock)
TRIES (GMutex, g_mutex_trylock)
UNLOCKS (GMutex, g_mutex_unlock)
LOCKS (GRecMutex, g_rec_mutex_lock)
TRIES (GRecMutex, g_rec_mutex_trylock)
UNLOCKS (GRecMutex, g_rec_mutex_unlock)
LOCKS (GRWLock, g_rw_lock_writer_lock)
TRIES (GRWLock, g_rw_lock_writer_trylock)
UNLOCKS (GRWLock, g_rw_lock_writer_unlock)
LOCKS (GRWLock, g_rw_lock_reader_lock)
TRIES (GRWLock, g_rw_lock_reader_trylock)
UNLOCKS (GRWLock, g_rw_lock_reader_unlock)

void
g_cond_wait (GCond * cond, GMutex * mutex)
{
  REAL (g_cond_wait, void, GCond *, GMutex *);
  __tsan_release (mutex);
  real (cond, mutex);
  __tsan_acquire (mutex);
}

gboolean
g_cond_wait_until (GCond * cond, GMutex * mutex, gint64 end_time)
{
  REAL (g_cond_wait_until, gboolean, GCond *, GMutex *, gint64);
  __tsan_release (mutex);
  gboolean signalled = real (cond, mutex, end_time);
  __tsan_acquire (mutex);
  return signalled;
}

/* Who reads the word later, without a lock, acquires it. */
void
g_once_init_leave (volatile void *location, gsize result)
{
  REAL (g_once_init_leave, void, volatile void *, gsize);
  __tsan_release ((void *) location);
  real (location, result);
}

/* What is kept with an object is behind a lock in GLib, in a bit of this word. */
#define KEPT(object) (&((GObject *) (object))->qdata)

gpointer
g_object_get_qdata (GObject * object, GQuark quark)
{
  REAL (g_object_get_qdata, gpointer, GObject *, GQuark);
  gpointer data = real (object, quark);
  __tsan_acquire (KEPT (object));
  return data;
}

void
g_object_set_qdata_full (GObject * object, GQuark quark, gpointer data, GDestroyNotify destroy)
{
  REAL (g_object_set_qdata_full, void, GObject *, GQuark, gpointer, GDestroyNotify);
  __tsan_release (KEPT (object));
  real (object, quark, data, destroy);
}

/* Who may write, may after all who have read. */
gboolean
gst_mini_object_is_writable (const GstMiniObject * object)
{
  REAL (gst_mini_object_is_writable, gboolean, const GstMiniObject *);
  gboolean writable = real (object);
  if (writable)
    __tsan_acquire ((void *) object);
  return writable;
}

/* As GStreamer does it: what is given back is given back by the function below. */
GstMiniObject *
gst_mini_object_make_writable (GstMiniObject * object)
{
  if (gst_mini_object_is_writable (object))
    return object;
  GstMiniObject *copy = gst_mini_object_copy (object);
  gst_mini_object_unref (object);
  return copy;
}

/* The last reference frees, or gives back to a pool, what all others have used. */
void
g_atomic_rc_box_release_full (gpointer box, GDestroyNotify clear)
{
  REAL (g_atomic_rc_box_release_full, void, gpointer, GDestroyNotify);
  __tsan_release (box);
  __tsan_acquire (box);
  real (box, clear);
}

#define UNREFS(Type, function) \
  void function (Type object) \
  { \
    REAL (function, void, Type); \
    __tsan_release (object); \
    __tsan_acquire (object); \
    real (object); \
  }

UNREFS (GstMiniObject *, gst_mini_object_unref)
UNREFS (gpointer, gst_object_unref)
UNREFS (gpointer, g_object_unref)
UNREFS (gpointer, g_atomic_rc_box_release)

/* Of PyGObject, whose buffers GStreamer unrefs within itself. */
void
g_boxed_free (GType type, gpointer boxed)
{
  REAL (g_boxed_free, void, GType, gpointer);
  __tsan_release (boxed);
  __tsan_acquire (boxed);
  real (type, boxed);
}

#define REPLACES(function) \
  gboolean function (GstMiniObject ** place, GstMiniObject * object) \
  { \
    REAL (function, gboolean, GstMiniObject **, GstMiniObject *); \
    if (*place != NULL) { \
      __tsan_release (*place); \
      __tsan_acquire (*place); \
    } \
    return real (place, object); \
  }

REPLACES (gst_mini_object_replace)
REPLACES (gst_mini_object_take)
