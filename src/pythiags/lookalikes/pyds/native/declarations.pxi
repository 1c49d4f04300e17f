# The C side as Cython sees it: what _gst's declarations lack.

include "../../../gst/native/declarations.pxi"

from cpython.bytes cimport PyBytes_AsString
from cpython.pycapsule cimport (
    PyCapsule_CheckExact, PyCapsule_GetContext, PyCapsule_GetName, PyCapsule_GetPointer,
    PyCapsule_New, PyCapsule_SetContext,
)
from libc.stddef cimport size_t
from libc.string cimport memchr, memset

cdef extern from "Python.h":
    ctypedef struct PyTypeObject:
        PyObject *(*tp_new)(PyTypeObject *, PyObject *, PyObject *)
    ctypedef struct PyFrameObject:
        pass
    PyFrameObject *PyEval_GetFrame()

cdef extern from "gst/gst.h" nogil:
    size_t gst_buffer_get_size(GstBuffer *)

cdef extern from "glib.h" nogil:
    void *g_malloc(size_t)
    void *g_malloc0(size_t)
    void g_free(void *)
    const char *g_intern_string(const char *)
    unsigned g_quark_from_string(const char *)
    ctypedef struct GRecMutex:
        pass
    void g_rec_mutex_lock(GRecMutex *)
    void g_rec_mutex_unlock(GRecMutex *)

cdef extern from "model.h" nogil:
    # The members that _gst has no use for.
    ctypedef struct PtBatchMore "PtBatch":
        int released
        GRecMutex meta_mutex
        void (*on_release)(PtBatch *) noexcept
        void *watcher
    ctypedef struct PtFrameMore "PtFrame":
        unsigned surface_type, surface_index
    ctypedef struct PtOwned "PtObject":
        PtNode node
        PtBatch *batch
    PtFrame *pt_batch_new_frame(PtBatch *)
    PtObject *pt_batch_new_object(PtBatch *)
    PtClassifier *pt_batch_new_classifier(PtBatch *)
    PtLabel *pt_batch_new_label(PtBatch *)
    PtDisplay *pt_batch_new_display(PtBatch *)
    PtUser *pt_batch_new_user(PtBatch *)
    void pt_batch_take_frame(PtBatch *, PtFrame *)
    void pt_frame_take_object(PtFrame *, PtObject *, PtObject *)
    void pt_classifier_take_label(PtClassifier *, PtLabel *)
    void pt_list_append(PtList *, PtNode *)

cdef extern from "copy.h" nogil:
    PtBatch *pt_batch_copy(const PtBatch *)

cdef extern from "blocks.h" nogil:
    void *pt_block_new(size_t)
    void *pt_block_try_new(size_t)
    void *pt_block_dup(const void *, size_t)
    char *pt_block_strdup(const char *)
    size_t pt_block_size(const void *)
    bint pt_block_free(void *)
    bint pt_peek(const void *, void *, size_t)
    bint pt_is_buffer(const void *)

cdef extern from "gil.h" nogil:
    ctypedef int PyGILState_STATE
    bint pt_python_enter(PyGILState_STATE *)
    void pt_python_leave(PyGILState_STATE)
