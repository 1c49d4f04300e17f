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
    ctypedef struct PtInferPlan:
        PtTensorSpec tensor
        unsigned int interval, runs_at_once, surface_step
        int unique_id
        PtInferArray *classes
    ctypedef struct PtInferBox:
        unsigned int frame
        int class_id
        float confidence
        PtBbox box
    ctypedef struct PtInferSurface:
        void *data
        unsigned int pitch, rows, room
    ctypedef struct PtInferEngine:
        void *(*open)(char **settings, PtInferPlan *plan, char **error) noexcept
        int (*run)(void *engine, const PtTensorSpec *spec, float *tensor, unsigned int count,
                   PtInferArray *boxes, char **error) noexcept
        int (*run_surface)(void *engine, const PtInferSurface *surface, unsigned int count,
                           PtInferArray *boxes, char **error) noexcept
        void (*interrupt)(void *engine) noexcept
        void (*close)(void *engine) noexcept
    PtInferEngine pt_python_engine
    void pt_python_engine_register()
    PtInferArray *g_array_append_vals(PtInferArray *array, const void *data, unsigned int length)
    char *infer_strdup "g_strdup"(const char *text)

from cpython.ref cimport Py_DECREF
import logging as _logging

_infer_log = _logging.getLogger("pythiags.nvinfer")
_infer_factory = None


def set_infer_engine(factory):
    """Set what makes the engine of every nvinfer that starts from now on.

    Args:
        factory: Called with the properties that were set on the element, a dict of name to text. It
            gives an object with `plan` (see `pythiags.portable.nvinfer.Plan`), `infer(tensor)`, which
            takes float32[n, c, h, w], valid during the call only, and gives n float32[k, 6] arrays
            of class, confidence, left, top, width, height in pixels of the network's input, and
            `close()`. It may have `interrupt()`, which makes `infer` raise soon. `plan.runs_at_once`
            threads call `infer` at a time. Where `plan.surface_step` is not 0 it has
            `infer_surface(address, pitch, rows, room, count)` as well, for the first `count` of
            `room` RGBA pictures in the memory of a card, `rows` rows of `pitch` bytes each. None: no
            engine.
    """
    global _infer_factory
    _infer_factory = factory


cdef void infer_fail(char **error, problem) noexcept:
    """Hand the message to C; any exception that is not pythiags's own shows its type."""
    _infer_log.debug("nvinfer failed", exc_info=problem)
    text = str(problem) if hasattr(problem, "exit_code") else f"{type(problem).__name__}: {problem}"
    error[0] = infer_strdup(text.encode("utf-8", "replace"))


cdef PtColor infer_color(color):
    cdef PtColor out
    out.red, out.green, out.blue, out.alpha = color
    return out


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
    plan.surface_step = source.surface_step
    plan.unique_id = source.unique_id
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


cdef int infer_run(void *engine, const PtTensorSpec *spec, float *tensor, unsigned int count,
                   PtInferArray *boxes, char **error) noexcept:
    try:
        import numpy
        view = <float[:count, :spec.channels, :spec.height, :spec.width]>tensor
        infer_take((<object>engine).infer(numpy.asarray(view)), count, boxes)
        return True
    except BaseException as problem:  # nothing may pass into C
        infer_fail(error, problem)
        return False


cdef int infer_run_surface(void *engine, const PtInferSurface *surface, unsigned int count,
                           PtInferArray *boxes, char **error) noexcept:
    try:
        answer = (<object>engine).infer_surface(
            <size_t>surface.data, surface.pitch, surface.rows, surface.room, count
        )
        infer_take(answer, count, boxes)
        return True
    except BaseException as problem:  # nothing may pass into C
        infer_fail(error, problem)
        return False


cdef void infer_take(answer, unsigned int count, PtInferArray *boxes) except *:
    cdef const float[:, ::1] rows
    cdef PtInferBox box
    cdef Py_ssize_t i
    if len(answer) > count:
        raise ValueError(f"the engine returned {len(answer)} frames, expected {count}")
    for frame, found in enumerate(answer):
        rows = found
        box.frame = frame
        for i in range(rows.shape[0]):
            box.class_id = <int>rows[i, 0]
            box.confidence = rows[i, 1]
            box.box.left, box.box.top = rows[i, 2], rows[i, 3]
            box.box.width, box.box.height = rows[i, 4], rows[i, 5]
            g_array_append_vals(boxes, &box, 1)


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
pt_python_engine.run_surface = infer_run_surface
pt_python_engine.interrupt = infer_interrupt
pt_python_engine.close = infer_close
pt_python_engine_register()
