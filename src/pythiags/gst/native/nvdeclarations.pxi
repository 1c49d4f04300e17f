# NVIDIA's metadata as Cython sees it: nvlayout.h and nvbatch.h.

from libc.stdint cimport uint16_t

cdef extern from "nvbatch.h" nogil:
    ctypedef struct GNode "GList":
        pass
    ctypedef struct GRecMutex:
        pass
    bint g_rec_mutex_trylock(GRecMutex *)
    void g_rec_mutex_lock(GRecMutex *)
    void g_rec_mutex_unlock(GRecMutex *)
    const char *g_intern_string(const char *)
    char *g_strdup(const char *)
    void g_free(void *)
    ctypedef struct GPtrArray:
        void **pdata
        unsigned len
    GPtrArray *g_ptr_array_new()
    void g_ptr_array_unref(GPtrArray *)

    ctypedef struct PtNvBase:
        int meta_type
    ctypedef struct PtNvPool:
        unsigned element_size
    ctypedef struct PtNvBatch:
        unsigned max_frames_in_batch, num_frames_in_batch
        PtNvPool *frame_pool
        PtNvPool *object_pool
        PtNvPool *classifier_pool
        GNode *frames
        GNode *users
        GRecMutex meta_mutex
        int64_t misc_batch_info[4]
    ctypedef struct PtNvSensor:
        unsigned source_id
        const char *uri
        const char *sensor_id
        const char *sensor_name
    ctypedef struct PtNvFrame:
        unsigned pad_index, batch_id
        int frame_num
        uint64_t buf_pts, ntp_timestamp
        unsigned source_id
        int num_surfaces_per_frame
        unsigned source_frame_width, source_frame_height, surface_type, surface_index, num_obj_meta
        int bInferDone
        GNode *objects
        GNode *displays
        GNode *users
        int64_t misc_frame_info[4]
        unsigned pipeline_width, pipeline_height
        PtNvSensor sensor
    ctypedef struct PtNvObject:
        void *parent
        int unique_component_id, class_id
        uint64_t object_id
        PtBbox detector_bbox, tracker_bbox
        float confidence, tracker_confidence
        PtRect rect_params
    ctypedef struct PtNvObjectTail:
        PtMask mask_params
        PtText text_params
        char obj_label[128]
        GNode *classifiers
        GNode *users
        int64_t misc_obj_info[4]
    ctypedef struct PtNvClassifier:
        unsigned num_labels
        int unique_component_id
        GNode *labels
        const char *classifier_type
    ctypedef struct PtNvLabel:
        unsigned num_classes
        char result_label[128]
        char *pResult_label
        unsigned result_class_id, label_id
        float result_prob
    ctypedef struct PtNvUser:
        void *user_meta_data
    ctypedef struct PtNvArrow:
        pass
    ctypedef struct PtNvCircle:
        unsigned circle_width
    ctypedef struct PtNvDisplay:
        unsigned num_rects, num_labels, num_lines, num_arrows, num_circles
    ctypedef struct PtNvDisplayTail:
        PtText text_params[16]
        PtLine line_params[16]
        PtNvArrow arrow_params[16]
        PtNvCircle circle_params[16]
        int64_t misc_osd_data[4]

    ctypedef struct PtNvDims:
        unsigned count
        unsigned sizes[8]
        unsigned elements
    ctypedef struct PtNvLayer:
        int data_type
        PtNvDims dims
        int binding_index
        const char *name
        void *buffer
        int is_input
    ctypedef struct PtNvTensors:
        unsigned unique_id, num_output_layers
        PtNvLayer *layers
        void **host
        void **device
        int gpu_id
        unsigned width, height, channels
        int maintain_aspect_ratio
    ctypedef struct PtNvSegmentation:
        unsigned classes, width, height
        int *class_map
        float *probabilities
    ctypedef struct PtNvPastBatch:
        char *list
        unsigned num_allocated, num_filled
    ctypedef struct PtNvPastStream:
        char *list
        unsigned stream_id
        uint64_t surface_stream_id
        unsigned num_allocated, num_filled
    ctypedef struct PtNvPastTrack:
        char *list
        unsigned num_obj, num_allocated
        uint64_t unique_id
        uint16_t class_id
        char obj_label[128]
    ctypedef struct PtNvPastFrame:
        unsigned frame_num
        PtRect box
    ctypedef struct PtNvReid:
        unsigned feature_size
        float *host
    ctypedef struct PtNvPastFrameTail:
        float confidence
        unsigned age
    ctypedef struct PtPastFrame:
        PtNvPastFrame frame
    ctypedef struct PtCxxString:
        const char *text
        size_t length
        char *here "place.here"
    ctypedef struct PtCxxStrings:
        PtCxxString *begin
        PtCxxString *end
    ctypedef struct PtCxxNode:
        PtCxxNode *next
    ctypedef struct PtCxxMap:
        PtCxxNode *first
        size_t count
    ctypedef struct PtCxxTextNode:
        PtCxxString key
        uint64_t wide "value.wide"
        unsigned narrow "value.narrow"
        unsigned char flag "value.flag"
    ctypedef struct PtCxxNumberNode:
        int key
        unsigned value
    ctypedef struct PtNvAnalyticsFrame:
        PtCxxMap ocStatus, objInROIcnt, objLCCurrCnt, objLCCumCnt, objCnt
        unsigned unique_id
    ctypedef struct PtNvAnalyticsObject:
        PtCxxStrings roiStatus, ocStatus, lcStatus
        PtCxxString dirStatus, objStatus
        unsigned unique_id

    ctypedef enum PtNvVerdict:
        PT_NV_NONE
        PT_NV_FOUND
        PT_NV_REFUSED
    ctypedef struct PtNv:
        PtNvBatch *batch
        unsigned shift, object_size, frame_size
    ctypedef enum PtNvKind:
        PT_NV_FRAMES
        PT_NV_OBJECTS
        PT_NV_CLASSIFIERS
        PT_NV_LABELS
        PT_NV_DISPLAYS
        PT_NV_USERS
    PtNvVerdict pt_nv_find(GstBuffer *, PtNv *)
    PtBatch *pt_nv_stand_in(const PtNv *, GstBuffer *)
    void pt_nv_list(GPtrArray *, const GNode *, PtNvKind, unsigned)
    size_t pt_nv_label_length(const char *)
    PtNvObjectTail *pt_nv_object_tail(const void *, unsigned)
    PtNvDisplayTail *pt_nv_display_tail(const void *, unsigned)
    void pt_nv_set_text(PtText *, const PtText *)
    void pt_nv_set_mask(PtMask *, const PtMask *)
    size_t pt_nv_past_frame_size(const PtNvPastTrack *, const PtNvBatch *, unsigned)
    int pt_nv_named_type(const char *)

cdef extern from "nvcarried.h" nogil:
    int PT_PAYLOAD_NVIDIA

cdef extern from "nvwrite.h" nogil:
    ctypedef enum PtNvAddable:
        PT_NV_OBJECT
        PT_NV_CLASSIFIER
        PT_NV_LABEL
        PT_NV_DISPLAY
        PT_NV_BATCH_USER
        PT_NV_FRAME_USER
        PT_NV_OBJECT_USER
    const char *pt_nv_missing(PtNvAddable)
    void *pt_nv_add(PtNvAddable, PtNvBatch *, void *, void *)
    bint pt_nv_remove(PtBatch *, PtBatch *, PtNvAddable, GNode **, void *, void *)
    bint pt_nv_is_removed(const PtBatch *, const void *, unsigned)
    void *pt_nv_add_user(PtNvAddable, PtNvBatch *, void *, int, void *)
    void *pt_nv_python_of(const PtNvUser *)

cdef extern from "nvhomes.h" nogil:
    const PtNvFrame *pt_nv_home(PtBatch *, const void *)
    void *pt_nv_add_object(PtBatch *, PtNvFrame *, void *)
    bint pt_nv_remove_object(PtBatch *, PtBatch *, PtNvFrame *, void *)
