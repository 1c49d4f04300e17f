# The guarded probe and the info that its callback gets; the errors' policy is gst/probe.py's.

import atexit

pt_wrappers_init()


cdef object _bearer(source):
    """Whoever holds the buffer that is meant: our info, or a ``Gst.Buffer``."""
    if type(source) is not ProbeInfo and pt_unwrap_buffer(source) is NULL:
        source = source.get_buffer() if hasattr(source, "get_buffer") else source
        if type(source) is not ProbeInfo and pt_unwrap_buffer(source) is NULL:
            raise TypeError(f"expected a probe's info or a Gst.Buffer, got {source!r}")
    return source


cdef GstBuffer *_buffer_of(bearer) except NULL:
    """The buffer that a bearer holds: valid as long as the bearer."""
    if type(bearer) is ProbeInfo:
        return (<ProbeInfo>bearer).alive("get_buffer")
    return pt_unwrap_buffer(bearer)


def buffer_address(source):
    """Return the address of the GstBuffer of a probe's info or a ``Gst.Buffer``: what pyds wants."""
    source = _bearer(source)
    return <size_t>_buffer_of(source)


def carriers_on(source):
    """Return which carriers of metadata a probe's info or a ``Gst.Buffer`` has.

    A sum of 1 (DeepStream's), 2 (portable), 4 (GstAnalytics) and 8 (regions of interest).
    """
    source = _bearer(source)
    return pt_carriers_on(_buffer_of(source))


cdef void _number_frames(PtBatch *batch, unsigned long long number) noexcept:
    """The frames of a plain buffer are numbered as the buffers that passed."""
    cdef PtNode *node = batch.frames.head
    while node is not NULL:
        (<PtFrame *>node).frame_num = <int>number
        node = node.next


cdef void _end(PtBatch **batch) noexcept:
    """Its views raise MetadataReleased from now on."""
    if batch[0] is not NULL:
        pt_batch_release(batch[0])
        pt_batch_unref(batch[0])
        batch[0] = NULL


@cython.final
@cython.freelist(8)
cdef class ProbeInfo:
    """The info of a probe's callback: a ``Gst.PadProbeInfo`` that cannot outlive its call.

    After the callback has returned, every access raises
    ``MetadataReleased``.
    """

    cdef GstBuffer *buffer
    cdef PtBatch *plain
    cdef PtBatch *nvidia
    cdef NativeProbe probe
    cdef unsigned _type
    cdef readonly unsigned long id
    cdef readonly unsigned long long buffer_number
    cdef object __weakref__

    cdef GstBuffer *alive(self, str name) except NULL:
        if self.buffer is NULL:
            raise MetadataReleased(
                f"ProbeInfo.{name} was used after the probe's callback had returned",
                hint="copy what you need while the callback runs",
            )
        return self.buffer

    cdef PtBatch *read_plain(self) except? NULL:
        """The batch made of what a plain buffer has: read once, dead after the call."""
        self.alive("get_buffer")
        cdef NativeProbe probe = self.probe
        cdef GstCaps *caps
        if self.plain is not NULL:
            return self.plain
        caps = probe.current_caps()
        try:
            # Checked again: the GIL was released in between.
            self.plain = probe.read_plain(self.alive("get_buffer"), caps)
            if self.plain is not NULL:
                _number_frames(self.plain, self.buffer_number)
                if not gst_buffer_is_writable(self.buffer):
                    self.plain.read_only = True
        finally:
            if caps is not NULL:
                gst_caps_unref(caps)
        return self.plain

    cdef PtBatch *read_nvidia(self) except? NULL:
        """What stands for the buffer's DeepStream batch: made once, dead after the call."""
        cdef GstBuffer *buffer = self.alive("get_buffer")
        if self.nvidia is NULL:
            self.nvidia = _nv_stand_in(buffer, False)
        return self.nvidia

    cdef write_back(self):
        """After the call: what was added to GstAnalytics goes onto the buffer.

        Raises:
            ValueError: Somebody else holds the buffer.
        """
        cdef PtBatch *batch = self.plain
        if batch is NULL or not batch.is_analytics or not batch.grown or batch.frames.head is NULL:
            return
        if not gst_buffer_is_writable(self.buffer):
            raise ValueError("what was added is lost: the buffer is held by somebody else")
        pt_analytics_write(self.buffer, <PtObject *>(<PtFrame *>batch.frames.head).objects.head)

    cdef close(self):
        """After the call: nothing of it may be used any more."""
        self.buffer = NULL
        self.probe = None
        _end(&self.plain)
        _end(&self.nvidia)

    @property
    def type(self):
        """The kind of data, as ``Gst.PadProbeType``."""
        from gi.repository import Gst

        self.alive("type")
        return Gst.PadProbeType(self._type)

    def get_buffer(self):
        """Return the ``Gst.Buffer``, which shares the memory of the stream's buffer."""
        return pt_wrap_buffer(self.alive("get_buffer"))


@cython.final
cdef class NativeProbe:
    """A probe on a pad: calls ``callback(pad, info)`` for each buffer and lets each buffer pass.

    Args:
        pad: A ``Gst.Pad``.
        callback: Called in the streaming thread; what it returns is ignored.
        report: Called with each exception of ``callback``, in the same thread.
        writable: Make each buffer writable first, so that metadata may be added.

    Raises:
        TypeError: ``pad`` is not a ``Gst.Pad``.
    """

    cdef object callback
    cdef object report
    cdef object pad
    cdef bint bears_objects
    cdef bint bears_analytics
    cdef bint writable
    cdef _Section section
    cdef unsigned long probe_id
    cdef readonly unsigned long long buffers
    cdef readonly unsigned long long errors
    cdef readonly unsigned long long consecutive_errors
    cdef readonly unsigned long long unreported
    cdef PtHistogram _calls
    cdef PtHistogram _waits
    cdef object __weakref__

    def __cinit__(self, pad, callback, report, *, bint writable=False):
        cdef GstPad *native = <GstPad *>pt_unwrap_object(pad, GST_TYPE_PAD)
        if native is NULL:
            raise TypeError(f"expected a Gst.Pad, got {pad!r}")
        self.callback = callback
        self.report = report
        self.pad = pad
        self.writable = writable
        with nogil:
            self.probe_id = pt_probe_add_member(native, <PyObject *>self, _gone)
        _join_section(self, native)

    @property
    def attached(self):
        """Whether the callback will still be called."""
        return self.callback is not None

    @property
    def calls(self):
        """How long the callback took, a ``Histogram`` of this moment."""
        return _histogram(&self._calls)

    @property
    def waits(self):
        """How long the calls waited for the GIL, a ``Histogram`` of this moment."""
        return _histogram(&self._waits)

    def remove(self):
        """Take the probe off its pad and drop the callback. May be called twice, and from within."""
        cdef unsigned long probe_id = self.probe_id, shared_id
        cdef object pad = self.pad
        # First, so that what dies with the callback dies without GStreamer's locks.
        shared_id = self.let_go()
        cdef GstPad *native
        if probe_id:
            native = <GstPad *>pt_unwrap_object(pad, GST_TYPE_PAD)
            with nogil:
                gst_pad_remove_probe(native, probe_id)
                if shared_id:
                    gst_pad_remove_probe(native, shared_id)

    cdef unsigned long let_go(self):
        """Drop what it holds; give the probe that the pad needs no more, or 0."""
        cdef _Section section = self.section
        self.probe_id = 0
        self.callback = self.report = self.pad = self.section = None
        return 0 if section is None else section.leave(self)

    def post_error(self, str message, str debug):
        """Post an error in the name of the pad's element; False: it has none."""
        cdef bytes text = message.encode("utf-8", "replace")
        cdef bytes details = debug.encode("utf-8", "replace")
        cdef const char *c_text = text
        cdef const char *c_details = details
        cdef object pad = self.pad
        cdef bint posted = False
        cdef GstPad *native
        if pad is not None:
            native = <GstPad *>pt_unwrap_object(pad, GST_TYPE_PAD)
            with nogil:
                posted = pt_pad_post_error(native, c_text, c_details)
        return posted

    cdef GstCaps *current_caps(self) except? NULL:
        """The caps of the pad, a reference, or NULL.

        Whoever holds the GIL may not wait for the pad's lock: a thread that removes a probe holds
        that lock while it waits for the GIL.
        """
        cdef object pad = self.pad
        cdef GstCaps *caps = NULL
        cdef GstPad *native
        if pad is not None:
            native = <GstPad *>pt_unwrap_object(pad, GST_TYPE_PAD)
            with nogil:
                caps = gst_pad_get_current_caps(native)
        return caps

    cdef PtBatch *read_plain(self, GstBuffer *buffer, GstCaps *caps):
        cdef PtBatch *batch = pt_plain_read(buffer, caps)
        # A frame in which nothing was found may have no metadata: only the ones before it show this.
        if batch is not NULL:
            self.bears_objects = True
            self.bears_analytics = batch.is_analytics
        elif self.bears_objects:
            batch = pt_plain_empty(buffer, caps)
            batch.is_analytics = self.bears_analytics
            batch.read_only = not batch.is_analytics
        return batch

    cdef bint handle(self, GstPadProbeInfo *data, int64_t waited):
        """Call the callback for each buffer of the data; False: it is there no more."""
        cdef unsigned number
        if self.callback is None:
            return False
        if self.writable and not pt_probe_is_writable(data):
            with nogil:
                pt_probe_make_writable(data)
        for number in range(pt_probe_buffers(data)):
            if self.callback is None:
                break
            self.call(pt_probe_buffer(data, number), data.type, 0 if number else waited)
        return True

    cdef call(self, GstBuffer *buffer, unsigned kind, int64_t waited):
        cdef ProbeInfo info = ProbeInfo.__new__(ProbeInfo)
        info.buffer = buffer
        info.probe = self
        info._type = kind
        info.id = self.probe_id
        info.buffer_number = self.buffers
        self.buffers += 1
        pt_histogram_add(&self._waits, waited)
        self.run(info)

    cdef run(self, ProbeInfo info):
        cdef object callback = self.callback
        cdef object pad = self.pad
        cdef int64_t start = pt_now()
        try:
            callback(pad, info)
            info.write_back()
            self.consecutive_errors = 0
        except BaseException as error:
            self.errors += 1
            self.consecutive_errors += 1
            self.tell(error)
        finally:
            info.close()
            pt_histogram_add(&self._calls, pt_now() - start)

    cdef tell(self, error):
        cdef object report = self.report
        try:
            if report is not None:
                report(error)
        except BaseException:  # such as a broken log handler: it must not harm the stream either
            self.unreported += 1


cdef void _gone(PyObject *member) noexcept:
    """Somebody else has removed it from the pad, whose lock is held: its section's probe stays."""
    (<NativeProbe>member).let_go()


@cython.final
cdef class _Section:
    """The probes that follow each other on a pad, called one after the other in one GIL section."""

    cdef tuple members
    cdef size_t pad
    cdef unsigned long probe_id
    cdef unsigned long last_id

    cdef unsigned long leave(self, NativeProbe member):
        """Go on without a member; give the probe that the pad needs no more, or 0."""
        self.members = tuple([each for each in self.members if each is not member])
        if self.members:
            return 0
        if _sections.get(self.pad) is self:
            del _sections[self.pad]
        return self.probe_id


cdef dict _sections = {}  # by the pad's address: the last one of each pad that has any


cdef _join_section(NativeProbe probe, GstPad *pad):
    """Have a probe called after all that are on the pad: in the last section, or in a new one."""
    cdef _Section section = _sections.get(<size_t>pad)
    cdef unsigned long probe_id
    # Whatever was added to the pad in between has its turn in between.
    if section is not None and section.last_id + 1 == probe.probe_id:
        section.last_id = probe.probe_id
        section.members += (probe,)
        probe.section = section
        return
    section = _Section.__new__(_Section)
    section.members = (probe,)
    section.pad = <size_t>pad
    probe.section = section
    with nogil:
        probe_id = pt_probe_add(pad, <PyObject *>section, _run_section)
    section.probe_id = section.last_id = probe_id
    if section.members:
        _sections[section.pad] = section


cdef void _run_section(PyObject *section, GstPadProbeInfo *data, int64_t waited) noexcept:
    cdef _Section self = <_Section>section
    cdef tuple members = self.members
    cdef tuple called = ()
    while members is not called:  # one that a callback adds still sees this buffer, as GStreamer's do
        for member in members:
            if called and member in called:
                continue
            if (<NativeProbe>member).handle(data, waited):
                waited = 0  # the next one finds the GIL taken
        called, members = members, self.members


def _leave_python():
    """Let no streaming thread into Python any more: the interpreter goes down."""
    pt_python_close(2_000_000)


atexit.register(_leave_python)
