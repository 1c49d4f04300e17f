# The hand-over between nvinfer (C) and its engine (Python): see engine.h.

cdef extern from "infer.h" nogil:
    ctypedef struct PtTensorSpec:
        unsigned int width, height, channels
        int color_format
        int maintain_aspect_ratio, symmetric_padding, scaling_filter
        float scale
        float offsets[3]
    ctypedef struct PtInferClass:
        int filtered_out, has_bg_color
        float min_width, min_height, max_width, max_height, roi_top, roi_bottom
        PtColor border_color, bg_color
        char label[128]
    ctypedef struct PtInferArray "GArray":
        pass
    ctypedef struct PtInferPointers "GPtrArray":
        pass
    ctypedef struct PtInferBytes "GBytes":
        pass
    ctypedef struct PtInferTargets:
        int gie_id, tracked_only
        PtInferArray *class_ids
        unsigned int min_width, min_height, max_width, max_height, reinfer_interval
    ctypedef enum PtNetworkType:
        pass
    ctypedef struct PtInferPlan:
        PtTensorSpec tensor
        PtNetworkType network_type
        unsigned int interval, batch_size, runs_at_once, gpu_id
        bint takes_surfaces, from_meta, clip_to_roi
        char input_name[128]
        int unique_id, on_objects
        PtInferTargets targets
        float mask_threshold
        int crop_to_roi
        char classifier_type[64]
        PtInferArray *classes
    ctypedef struct PtInferBox:
        unsigned int picture
        int class_id
        float confidence
        PtBbox box
        PtMask mask
    ctypedef struct PtInferLabel:
        unsigned int picture, label_id, class_id
        float confidence
        bint is_named
        char label[128]
    ctypedef struct PtInferResults:
        PtInferArray *boxes
        PtInferArray *labels
        PtInferPointers *tensors
        PtInferPointers *maps
    ctypedef struct PtInferSurface:
        void *data
        unsigned int pitch, rows, chroma, width, height, x, y, to_width, to_height
        float matrix[3][3]
        float bias[3]
    ctypedef struct PtInferEngine:
        void *(*open)(char **settings, PtInferPlan *plan, char **error) noexcept
        int (*run)(void *engine, const PtInferPlan *plan, float *tensor, unsigned int count,
                   PtInferResults *results, char **error) noexcept
        int (*run_prepared)(void *engine, const PtInferPlan *plan, const PtPrepared *prepared,
                            unsigned int first, unsigned int count, PtInferResults *results,
                            char **error) noexcept
        int (*run_surface)(void *engine, const PtInferPlan *plan, const PtInferSurface *surface,
                           unsigned int count, PtInferResults *results, char **error) noexcept
        void (*interrupt)(void *engine) noexcept
        void (*close)(void *engine) noexcept
    PtInferEngine pt_python_engine
    void pt_python_engine_register()
    PtInferArray *g_array_append_vals(PtInferArray *array, const void *data, unsigned int length)
    char *infer_strdup "g_strdup"(const char *text)
    void *infer_alloc "g_malloc"(size_t)
    void infer_free "g_free"(void *)
    void g_ptr_array_add(PtInferPointers *, void *)
    PtInferBytes *infer_bytes_new "g_bytes_new_take"(void *, size_t)
    void infer_bytes_unref "g_bytes_unref"(PtInferBytes *)
    PtTensors *pt_tensors_new(unsigned)
    void pt_tensors_set(PtTensors *, unsigned, const char *, int, const size_t *, unsigned,
                        PtInferBytes *, size_t, size_t)
    PtSegmentation *pt_segmentation_new(unsigned, unsigned, unsigned, unsigned)
    void pt_segmentation_set_probabilities(PtSegmentation *, PtInferBytes *, size_t, size_t)

from cpython.ref cimport Py_DECREF
import logging as _logging

_infer_log = _logging.getLogger("pythiags.nvinfer")
_infer_factory = None


def set_infer_engine(factory):
    """Set what makes the engine of every nvinfer that starts from now on.

    Args:
        factory: Called with the properties that were set on the element, a dict of name to text. It
            gives an object with `plan` (see `pythiags.portable.nvinfer.Plan`), `infer(tensor)`, which
            takes float32[n, c, h, w], valid during the call only, and gives
            `pythiags.inference.Findings`, or only its boxes as a list, and `close()`. It may have
            `interrupt()`, which makes `infer` raise soon. `plan.runs_at_once` threads call `infer`
            at a time. Where `plan.takes_surfaces` it has `infer_surface((address, pitch, rows,
            chroma), (width, height), place, colours, count)` as well, for so many NV12 pictures in
            the memory of a card: `rows` rows of `pitch` bytes from one to the next, the chroma from
            the row of that number on. `place` is where they belong in the network's input: left, top,
            width, height. `colours` are, for red, green and blue, the factors of Y, U and V, and what
            is added. Where `plan.from_meta` it has `infer_prepared(tensor)` instead, for a tensor of
            nvdspreprocess as it is. None: no engine.
    """
    global _infer_factory
    _infer_factory = factory
    pt_python_engine_register()


cdef void infer_fail(char **error, problem) noexcept:
    """Hand the message to C; any exception that is not pythiags's own shows its type."""
    _infer_log.debug("nvinfer failed", exc_info=problem)
    text = str(problem) if hasattr(problem, "exit_code") else f"{type(problem).__name__}: {problem}"
    error[0] = infer_strdup(text.encode("utf-8", "replace"))


cdef PtColor infer_color(color):
    cdef PtColor out
    out.red, out.green, out.blue, out.alpha = color
    return out


cdef void infer_fill_targets(PtInferTargets *targets, source) except *:
    cdef int class_id
    targets.gie_id = source.gie_id
    targets.min_width, targets.min_height = source.min_size
    targets.max_width, targets.max_height = source.max_size
    targets.reinfer_interval = source.reinfer_interval
    targets.tracked_only = source.tracked_only
    for class_id in source.class_ids:
        g_array_append_vals(targets.class_ids, &class_id, 1)


cdef void infer_fill_plan(PtInferPlan *plan, source) except *:
    cdef PtInferClass each
    plan.tensor.channels, plan.tensor.height, plan.tensor.width = source.infer_dims
    plan.tensor.color_format = source.model_color_format
    plan.tensor.maintain_aspect_ratio = source.maintain_aspect_ratio
    plan.tensor.symmetric_padding = source.symmetric_padding
    plan.tensor.scaling_filter = source.scaling_filter
    plan.tensor.scale = source.net_scale_factor
    for channel, offset in enumerate(source.offsets[:3]):
        plan.tensor.offsets[channel] = offset
    plan.interval = source.interval
    plan.runs_at_once = source.runs_at_once
    plan.takes_surfaces, plan.gpu_id = source.takes_surfaces, source.gpu_id
    plan.from_meta, plan.clip_to_roi = source.from_meta, source.clip_to_roi
    pt_set_label(plan.input_name, source.input_name.encode())
    plan.unique_id = source.unique_id
    plan.network_type = <PtNetworkType><int>source.network_type
    plan.batch_size = source.batch_size
    plan.mask_threshold = source.mask_threshold
    plan.crop_to_roi = source.crop_to_roi
    if source.targets is not None:
        plan.on_objects = True
        infer_fill_targets(&plan.targets, source.targets)
    name = source.classifier_type.encode()[:63]
    memcpy(plan.classifier_type, <const char *>name, len(name) + 1)
    for cls in source.classes:
        each.filtered_out = cls.filtered_out
        each.min_width, each.min_height = cls.min_size
        each.max_width, each.max_height = cls.max_size
        each.roi_top, each.roi_bottom = cls.roi_offsets
        each.border_color = infer_color(cls.border_color)
        each.has_bg_color = cls.bg_color is not None
        each.bg_color = infer_color(cls.bg_color or (0, 0, 0, 0))
        pt_set_label(each.label, cls.label.encode())
        g_array_append_vals(plan.classes, &each, 1)


cdef void *infer_open(char **settings, PtInferPlan *plan, char **error) noexcept:
    cdef int i = 0
    try:
        if _infer_factory is None:
            raise RuntimeError("no inference engine is set")
        given = {}
        while settings[i] != NULL:
            given[settings[i].decode()] = settings[i + 1].decode("utf-8", "surrogateescape")
            i += 2
        engine = _infer_factory(given)
        try:
            infer_fill_plan(plan, engine.plan)
        except BaseException:
            engine.close()
            raise
        Py_INCREF(engine)
        return <void *>engine
    except BaseException as problem:  # nothing may pass into C
        infer_fail(error, problem)
        return NULL


cdef int infer_add_boxes(PtInferResults *results, boxes, masks) except -1:
    cdef const float[:, ::1] rows
    cdef PtInferBox box
    cdef Py_ssize_t i
    for picture, found in enumerate(boxes):
        rows = found
        of = masks[picture] if picture < len(masks) else ()
        for i in range(rows.shape[0]):
            box.picture = picture
            box.class_id = <int>rows[i, 0] if 0 <= rows[i, 0] < 0x40000000 else -1  # not of a NaN
            box.confidence = rows[i, 1]
            box.box.left, box.box.top = rows[i, 2], rows[i, 3]
            box.box.width, box.box.height = rows[i, 4], rows[i, 5]
            box.mask.data = NULL
            if i < len(of) and of[i] is not None:
                infer_copy_mask(&box.mask, of[i])
            g_array_append_vals(results.boxes, &box, 1)


cdef int infer_copy_mask(PtMask *mask, source) except -1:
    import numpy

    cdef const float[::1] numbers = numpy.ascontiguousarray(source.data, numpy.float32).reshape(-1)
    mask.width, mask.height = source.width, source.height
    mask.threshold = 0
    mask.size = numbers.shape[0] * sizeof(float)
    if not mask.size:
        return 0
    mask.data = <float *>infer_alloc(mask.size)
    memcpy(mask.data, &numbers[0], mask.size)


cdef int infer_add_labels(PtInferResults *results, labels) except -1:
    cdef PtInferLabel label
    for picture, found in enumerate(labels):
        for each in found:
            label.picture, label.label_id, label.class_id = picture, each.label_id, each.class_id
            label.confidence = each.confidence
            label.is_named = each.label is not None
            pt_set_label(label.label, (each.label or "").encode())
            g_array_append_vals(results.labels, &label, 1)


cdef enum:
    MOST_DIMS = 32  # NumPy before 2.0 has no more


cdef PtInferBytes *infer_copy_array(array) except NULL:
    """The bytes of an array in C's order; they are copied without the GIL."""
    cdef const unsigned char[::1] source
    cdef size_t size = array.nbytes
    cdef void *copy = infer_alloc(size if size else 1)
    if size:
        source = array.reshape(-1).view("u1")
        with nogil:
            memcpy(copy, &source[0], size)
    return infer_bytes_new(copy, size)


cdef int infer_add_tensors(PtInferResults *results, const PtInferPlan *plan, outputs,
                           unsigned int count) except -1:
    """Share the outputs out among the pictures, over which their first dimension goes."""
    import numpy

    cdef list tensors = []
    cdef PtTensors *each
    cdef PtInferBytes *bytes_of
    cdef size_t dims[MOST_DIMS]
    cdef size_t part
    cdef unsigned int picture, layer, length
    for picture in range(count):
        each = pt_tensors_new(len(outputs))
        each.unique_id = plan.unique_id
        each.width, each.height = plan.tensor.width, plan.tensor.height
        each.channels = plan.tensor.channels
        each.maintain_aspect_ratio = plan.tensor.maintain_aspect_ratio
        each.symmetric_padding = plan.tensor.symmetric_padding
        g_ptr_array_add(results.tensors, each)
        tensors.append(<size_t>each)
    for layer, (name, array) in enumerate(outputs.items()):
        array = numpy.ascontiguousarray(array)
        kind = _TENSOR_TYPES.index(array.dtype.name) if array.dtype.name in _TENSOR_TYPES else -1
        if len(array) != count:
            raise ValueError(
                f"the output {name} has the shape {list(array.shape)}, expected {count} pictures in front"
            )
        shape = array.shape[1:]
        length = len(shape)
        if length > MOST_DIMS:
            raise ValueError(
                f"the output {name} has {length} dimensions for each picture, expected {MOST_DIMS} or fewer"
            )
        for axis in range(length):
            dims[axis] = shape[axis]
        part = array.nbytes // count
        bytes_of = infer_copy_array(array)
        for picture in range(count):
            pt_tensors_set(<PtTensors *><size_t>tensors[picture], layer, name.encode(), kind, dims,
                           length, bytes_of, part * picture, part)
        infer_bytes_unref(bytes_of)


cdef int infer_add_maps(PtInferResults *results, const PtInferPlan *plan, maps) except -1:
    import numpy

    cdef const int[:, ::1] numbers
    cdef PtSegmentation *to
    cdef PtInferBytes *bytes_of
    for each in maps:
        numbers = numpy.ascontiguousarray(each.class_map, numpy.intc)
        to = pt_segmentation_new(numbers.shape[1], numbers.shape[0], each.classes, plan.unique_id)
        g_ptr_array_add(results.maps, to)
        if numbers.shape[0] and numbers.shape[1]:
            memcpy(to.class_map, &numbers[0, 0], numbers.shape[0] * numbers.shape[1] * sizeof(int))
        if each.probabilities is not None:
            array = numpy.ascontiguousarray(each.probabilities, numpy.float32)
            bytes_of = infer_copy_array(array)
            pt_segmentation_set_probabilities(to, bytes_of, 0, array.nbytes)
            infer_bytes_unref(bytes_of)


cdef int infer_take(answer, const PtInferPlan *plan, unsigned int count,
                    PtInferResults *results) except -1:
    boxes = answer if isinstance(answer, list) else answer.boxes
    if len(boxes) > count:
        raise ValueError(f"the engine returned {len(boxes)} frames, expected {count}")
    infer_add_boxes(results, boxes, [] if boxes is answer else answer.masks)
    if boxes is not answer:
        infer_add_labels(results, answer.labels)
        infer_add_maps(results, plan, answer.maps)
        if answer.tensors is not None:
            infer_add_tensors(results, plan, answer.tensors, count)


cdef int infer_run(void *engine, const PtInferPlan *plan, float *tensor, unsigned int count,
                   PtInferResults *results, char **error) noexcept:
    try:
        import numpy
        spec = plan.tensor
        view = <float[:count, :spec.channels, :spec.height, :spec.width]>tensor
        infer_take((<object>engine).infer(numpy.asarray(view)), plan, count, results)
        return True
    except BaseException as problem:  # nothing may pass into C
        infer_fail(error, problem)
        return False


cdef int infer_run_prepared(void *engine, const PtInferPlan *plan, const PtPrepared *prepared,
                            unsigned int first, unsigned int count, PtInferResults *results,
                            char **error) noexcept:
    try:
        import numpy
        of = &prepared.tensor.tensor
        view = <const unsigned char[:of.size]>(<unsigned char *>of.host)
        shape = [of.dims[i] for i in range(of.dims_count)]
        tensor = numpy.asarray(view).view(_TENSOR_TYPES[of.type]).reshape(shape)
        answer = (<object>engine).infer_prepared(tensor[first : first + count])
        infer_take(answer, plan, count, results)
        return True
    except BaseException as problem:  # nothing may pass into C
        infer_fail(error, problem)
        return False


cdef int infer_run_surface(void *engine, const PtInferPlan *plan, const PtInferSurface *surface,
                           unsigned int count, PtInferResults *results, char **error) noexcept:
    try:
        memory = (<size_t>surface.data, surface.pitch, surface.rows, surface.chroma)
        size = (surface.width, surface.height)
        place = (surface.x, surface.y, surface.to_width, surface.to_height)
        colours = [
            ([surface.matrix[i][j] for j in range(3)], surface.bias[i]) for i in range(3)
        ]
        answer = (<object>engine).infer_surface(memory, size, place, colours, count)
        infer_take(answer, plan, count, results)
        return True
    except BaseException as problem:  # nothing may pass into C
        infer_fail(error, problem)
        return False


cdef void infer_interrupt(void *engine) noexcept:
    try:
        interrupt = getattr(<object>engine, "interrupt", None)
        if interrupt is not None:
            interrupt()
    except BaseException:
        _infer_log.exception("the engine cannot be interrupted")


cdef void infer_close(void *engine) noexcept:
    try:
        (<object>engine).close()
    except BaseException:
        _infer_log.exception("the engine did not close")
    Py_DECREF(<object>engine)


pt_python_engine.open = infer_open
pt_python_engine.run = infer_run
pt_python_engine.run_prepared = infer_run_prepared
pt_python_engine.run_surface = infer_run_surface
pt_python_engine.interrupt = infer_interrupt
pt_python_engine.close = infer_close
