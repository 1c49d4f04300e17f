# The C side as Cython sees it: model.h, gstmeta.h, probe.h, wrappers.h and a little of GStreamer.

cimport cython
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcpy, memmove, strlen

cdef extern from "gst/gst.h" nogil:
    ctypedef struct GstBuffer:
        uint64_t pts
    ctypedef struct GstElement
    ctypedef struct GstPad
    ctypedef struct GstPadProbeInfo:
        unsigned type
    bint gst_buffer_is_writable(GstBuffer *)
    GstBuffer *gst_buffer_ref(GstBuffer *)
    void gst_buffer_unref(GstBuffer *)
    ctypedef struct GstCaps
    void gst_pad_remove_probe(GstPad *, unsigned long)
    GstCaps *gst_pad_get_current_caps(GstPad *)
    void gst_caps_unref(GstCaps *)
    ctypedef size_t GType
    GType GST_TYPE_ELEMENT, GST_TYPE_PAD

cdef extern from "model.h" nogil:
    int PT_MAX_DISPLAY
    ctypedef struct PtColor:
        double red, green, blue, alpha
    ctypedef struct PtBbox:
        float left, top, width, height
    ctypedef struct PtRect:
        float left, top, width, height
        unsigned border_width
        PtColor border_color
        unsigned has_bg_color
        PtColor bg_color
        int has_color_info, color_id
    ctypedef struct PtFont:
        const char *font_name
        unsigned font_size
        PtColor font_color
    ctypedef struct PtText:
        const char *display_text
        unsigned x_offset, y_offset
        PtFont font_params
        int set_bg_clr
        PtColor text_bg_clr
    ctypedef struct PtMask:
        float *data
        unsigned size
        float threshold
        unsigned width, height
    ctypedef struct PtLine:
        unsigned x1, y1, x2, y2, line_width
        PtColor line_color
    ctypedef struct PtArrow:
        unsigned x1, y1, x2, y2, arrow_width
        int arrow_head
        PtColor arrow_color
    ctypedef struct PtCircle:
        unsigned xc, yc, radius
        PtColor circle_color
        unsigned has_bg_color
        PtColor bg_color
    ctypedef struct PtNode:
        PtNode *next
        PtNode *prev
        void *list
    ctypedef struct PtList:
        PtNode *head
        PtNode *tail
    ctypedef enum PtPayload:
        PT_PAYLOAD_OTHER, PT_PAYLOAD_TENSORS, PT_PAYLOAD_SEGMENTATION, PT_PAYLOAD_PAST_FRAMES
        PT_PAYLOAD_PREPARED
    ctypedef void *(*PtUserCopy)(void *) noexcept
    ctypedef void (*PtUserFree)(void *) noexcept
    ctypedef struct PtBatch:
        int released
        bint read_only, is_analytics, grown
        void *foreign
        unsigned foreign_shift, removals
        unsigned max_frames_in_batch, num_frames_in_batch
        PtList frames, users
        int64_t misc_batch_info[4]
    ctypedef struct PtUser:
        PtNode node
        int meta_type
        void *data
        PtUserCopy copy
        PtUserFree free
        PtPayload payload
    ctypedef struct PtLabel:
        PtNode node
        unsigned num_classes, result_class_id, label_id
        float result_prob
        char result_label[128]
    ctypedef struct PtClassifier:
        PtNode node
        unsigned num_labels
        int unique_component_id
        const char *classifier_type
        PtList labels
    ctypedef struct PtFrame:
        PtNode node
        PtBatch *batch
        unsigned pad_index, batch_id
        int frame_num
        uint64_t buf_pts, ntp_timestamp
        unsigned source_id
        int num_surfaces_per_frame
        unsigned source_frame_width, source_frame_height, pipeline_width, pipeline_height
        unsigned num_obj_meta
        int bInferDone
        PtList objects, displays, users, params
        int64_t misc_frame_info[4]
    ctypedef struct PtObject:
        PtNode node
        PtBatch *batch
        PtFrame *frame
        PtObject *parent
        int unique_component_id, class_id
        uint64_t object_id
        PtBbox detector_bbox, tracker_bbox
        float confidence, tracker_confidence
        PtRect rect_params
        PtMask mask_params
        unsigned mtd
        PtText text_params
        char obj_label[128]
        PtList classifiers, users, params
        int64_t misc_obj_info[4]
    ctypedef struct PtDisplay:
        PtNode node
        unsigned num_rects, num_labels, num_lines, num_arrows, num_circles
        PtRect rect_params[16]
        PtText text_params[16]
        PtLine line_params[16]
        PtArrow arrow_params[16]
        PtCircle circle_params[16]

    PtBatch *pt_batch_new(unsigned)
    PtBatch *pt_batch_ref(PtBatch *)
    void pt_batch_unref(PtBatch *)
    void pt_batch_release(PtBatch *)
    PtFrame *pt_batch_add_frame(PtBatch *)
    PtObject *pt_frame_add_object(PtFrame *, PtObject *)
    void pt_object_set_parent(PtObject *, PtObject *)
    void pt_frame_cut_circles(PtFrame *)
    PtClassifier *pt_object_add_classifier(PtObject *)
    PtLabel *pt_classifier_add_label(PtClassifier *)
    PtDisplay *pt_frame_add_display(PtFrame *)
    PtUser *pt_add_user(PtBatch *, PtList *, int, void *, PtUserCopy, PtUserFree)
    bint pt_batch_remove_frame(PtFrame *)
    bint pt_frame_remove_object(PtObject *)
    bint pt_list_remove(PtList *, PtNode *)
    void pt_set_label(char *, const char *)
    const char *pt_batch_strdup(PtBatch *, const char *)
    void *pt_batch_alloc(PtBatch *, size_t)

cdef extern from "gstmeta.h" nogil:
    void pt_buffer_add_batch(GstBuffer *, PtBatch *)
    PtBatch *pt_buffer_get_batch(GstBuffer *)

cdef extern from "tensors.h" nogil:
    ctypedef struct PtTensor:
        const char *name
        int type
        bint columns_first
        unsigned dims_count
        const size_t *dims
        GstBuffer *data
        const void *host
        size_t size
    ctypedef struct PtTensors:
        unsigned count, unique_id, width, height, channels
        int maintain_aspect_ratio, symmetric_padding
        PtTensor *tensors
    ctypedef struct PtSegmentation:
        unsigned width, height, count, unique_id
        int *class_map
        const float *probabilities
        size_t probabilities_size
    bint pt_segmentation_read(const PtSegmentation *, int *)

cdef extern from "prepared.h" nogil:
    ctypedef struct PtRoi:
        PtRect roi
        PtFrame *frame
        PtObject *object
        double scale_ratio_x, scale_ratio_y, offset_left, offset_top
        PtList classifiers, users
    ctypedef struct PtPreparedTensor:
        PtTensor tensor
        uint64_t buffer_size
        int data_type, maintain_aspect_ratio
        unsigned gpu_id, meta_id
    ctypedef struct PtPrepared:
        const uint64_t *target_ids
        unsigned target_count, roi_count
        PtRoi *rois
        PtPreparedTensor *tensor

cdef extern from "analytics.h" nogil:
    bint pt_analytics_write(GstBuffer *, PtObject *)
    void pt_analytics_relate(PtBatch *)

cdef extern from "carriers.h" nogil:
    unsigned pt_carriers_on(GstBuffer *)

cdef extern from "plain.h" nogil:
    PtBatch *pt_plain_read(GstBuffer *, const GstCaps *)
    PtBatch *pt_plain_empty(GstBuffer *, const GstCaps *)

cdef extern from "roiparams.h" nogil:
    ctypedef struct GstStructure
    void pt_params_load(PtBatch *)
    const GstStructure *pt_param_of(const PtUser *)
    const char *gst_structure_get_name(const GstStructure *)

cdef extern from "structures.h":
    object pt_structure_fields(const GstStructure *)

cdef extern from "tuples.h":
    object pt_tuple_new(type, Py_ssize_t)
    void pt_tuple_set "PyTuple_SET_ITEM"(object, Py_ssize_t, PyObject *)

cdef extern from "histogram.h" nogil:
    ctypedef struct PtHistogram:
        uint64_t count, total, longest
    void pt_histogram_add(PtHistogram *, int64_t)
    void pt_histogram_merge(PtHistogram *, const PtHistogram *)
    double pt_histogram_quantile(const PtHistogram *, double)
    uint64_t pt_histogram_below(const PtHistogram *, uint64_t)

cdef extern from "ringapi.h" nogil:
    const char *PT_RING_API
    const char *PT_RING_HANDLE
    unsigned PT_RING_API_VERSION
    ctypedef struct PtRing
    ctypedef struct PtRingApi:
        unsigned version

cdef extern from "probe.h":
    ctypedef void (*PtProbeCall)(PyObject *, GstPadProbeInfo *, int64_t) noexcept
    ctypedef void (*PtProbeGone)(PyObject *) noexcept
    void pt_probe_use_rings(const PtRingApi *)
    unsigned long pt_probe_add(GstPad *, PyObject *, PtProbeCall) nogil
    unsigned long pt_probe_add_member(GstPad *, PyObject *, PtProbeGone) nogil
    bint pt_probe_is_writable(const GstPadProbeInfo *)
    void pt_probe_make_writable(GstPadProbeInfo *) nogil
    unsigned pt_probe_buffers(const GstPadProbeInfo *)
    GstBuffer *pt_probe_buffer(const GstPadProbeInfo *, unsigned)
    int64_t pt_now() nogil
    bint pt_pad_post_error(GstPad *, const char *, const char *) nogil

cdef extern from "gil.h" nogil:
    int pt_python_close(int64_t) except? -1
    void *pt_python_ref(void *) noexcept
    void pt_python_unref(void *) noexcept

cdef extern from "wrappers.h":
    bint pt_wrappers_init() except 0
    object pt_wrap_buffer(GstBuffer *)
    void *pt_unwrap_object(object, GType)
    GstBuffer *pt_unwrap_buffer(object)
