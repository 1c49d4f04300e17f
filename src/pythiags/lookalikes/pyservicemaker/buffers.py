"""``Buffer``, and what brings buffers into a pipeline and takes them out."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from pythiags.lookalikes.pyds._pyds import batch_view, get_nvds_buf_surface
from pythiags.lookalikes.pyservicemaker.metadata import BatchMetadata

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.lookalikes.pyservicemaker.tensors import Tensor

__all__ = [
    "Buffer",
    "BufferProvider",
    "BufferRetriever",
    "Feeder",
    "Receiver",
    "check_constructed",
]

NO_TIME: Final = 0xFFFF_FFFF_FFFF_FFFF
APART: Final = 1_000_000  # nanoseconds between two buffers at least: encoders need them to differ


def check_constructed(made: object, base: type) -> None:
    """See that the constructor of a base class was called, as pybind11 does.

    Raises:
        TypeError: It is no such object, or was not.
    """
    if not isinstance(made, base):
        raise TypeError(
            "__init__(): incompatible constructor arguments: expected a "
            f"{base.__name__}, got {made!r}"
        )
    if not getattr(made, "_constructed", False):
        raise TypeError(f"{base.__name__}.__init__() must be called when overriding __init__")


class Buffer:
    """A buffer of a pipeline.

    Args:
        data: A buffer of GStreamer, or bytes; None: an empty one, which ends a stream.
    """

    __slots__ = ("_gst",)

    def __init__(self, data: Any = None) -> None:
        if isinstance(data, (bytes, bytearray, memoryview, list, tuple)):
            from pythiags.gst import Gst

            data = Gst.Buffer.new_wrapped(bytes(data))
        self._gst = data

    @property
    def gst(self) -> Any:
        """The buffer of GStreamer, or None."""
        return self._gst

    @property
    def batch_size(self) -> int:
        """How many frames it has; 1 without a batch."""
        found = self._batch()
        return 1 if found is None else int(found.n_frames)

    @property
    def batch_meta(self) -> Any:
        """The metadata; of one without any, a batch that has no frames."""
        found = self._batch()
        return BatchMetadata() if found is None else found

    @property
    def timestamp(self) -> int:
        """Its presentation time in nanoseconds, 2 ** 64 - 1 where it has none."""
        return NO_TIME if self._gst is None else int(self._gst.pts)

    def _batch(self) -> Any:
        return None if self._gst is None else batch_view(BatchMetadata, hash(self._gst))

    def extract(self, batch_id: int) -> Tensor:
        """Return a picture as a tensor of (height, width, channels), without a copy.

        Raises:
            RuntimeError: It is neither RGB nor RGBA.
            ValueError: There is no such picture.
        """
        from pythiags.lookalikes.pyservicemaker.tensors import Tensor

        if self._gst is None:
            return Tensor()
        return Tensor(get_nvds_buf_surface(hash(self._gst), batch_id), "HWC")

    def get_chunk_id(self, batch_id: int) -> int:
        """Return 0: only nvdsdynamicsrcbin counts its sources."""
        return 0

    def measure_latency(self) -> list[dict[str, Any]]:
        """Return nothing: the portable elements do not measure it."""
        return []

    def __bool__(self) -> bool:
        """Whether it is not empty."""
        return self._gst is not None

    def __repr__(self) -> str:
        """Describe it."""
        return (
            f"Buffer(batch_size={self.batch_size}, batch_meta={self.batch_meta!r}, "
            f"timestamp={self.timestamp})"
        )


# ---- out ----


class BufferRetriever:
    """The base of what takes buffers out of a pipeline: override ``consume()``."""

    def __init__(self) -> None:
        self._constructed = True

    def consume(self, buffer: Buffer) -> int:
        """Take a buffer, in the streaming thread; what is negative ends the pipeline."""
        raise RuntimeError(f"{type(self).__name__} does not override consume(buffer)")


class Receiver:
    """Has a retriever take the buffers of an appsink.

    Args:
        name: Its name.
        retriever: What takes them.
    """

    def __init__(self, name: str, retriever: BufferRetriever) -> None:
        check_constructed(retriever, BufferRetriever)
        self.name = name
        self.retriever = retriever

    def connect(self, element: Any, signals: list[str], guard: Callable[..., Any]) -> list[int]:
        """Take buffers from an element from now on; return the ids of the handlers."""
        from pythiags.gst import Gst

        def on_sample(sink: Any) -> Any:
            sample = sink.emit("pull-sample")
            if sample is None:
                return Gst.FlowReturn.EOS
            done = guard(self.retriever.consume, Buffer(sample.get_buffer()), failed=-1)
            return Gst.FlowReturn.OK if _number(done) >= 0 else Gst.FlowReturn.ERROR

        return [element.connect(signal, on_sample) for signal in signals if signal]

    def disconnect(self) -> None:
        """Nothing is left to end."""


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


# ---- in ----


class BufferProvider:
    """The base of what brings buffers into a pipeline: override ``generate()``.

    ``Flow.inject`` reads its attributes ``format``, ``width``, ``height``, ``framerate`` and
    ``device``.
    """

    def __init__(self) -> None:
        self._constructed = True

    def generate(self, size: int) -> Buffer:
        """Return the next buffer, in a thread of its own; an empty one ends the stream."""
        raise RuntimeError(f"{type(self).__name__} does not override generate(size)")


class Feeder:
    """Has a provider feed an appsrc, while it wants data.

    Args:
        name: Its name.
        provider: What makes the buffers.
    """

    def __init__(self, name: str, provider: BufferProvider) -> None:
        check_constructed(provider, BufferProvider)
        self.name = name
        self.provider = provider
        self._feeding: _Feeding | None = None

    def connect(self, element: Any, signals: list[str], guard: Callable[..., Any]) -> list[int]:
        """Feed an element from now on; return the ids of the handlers."""
        feeding = self._feeding = _Feeding(element, self.provider, guard)
        handlers = {"need-data": feeding.need, "enough-data": feeding.enough}
        return [
            element.connect(signal, handlers.get(signal, feeding.need))
            for signal in signals
            if signal
        ]

    def disconnect(self) -> None:
        """Feed no more."""
        if self._feeding is not None:
            self._feeding.close()
            self._feeding = None


class _Stamps:
    """The times of the buffers of an appsrc that stamps them.

    It has no clock, and gives no times, until all sinks have a buffer; muxers need them from the
    first buffer on.
    """

    def __init__(self, element: Any) -> None:
        self._element = element
        self._last = -APART
        self._wanted = bool(element.find_property("do-timestamp") and element.props.do_timestamp)
        if self._wanted:  # the muxer takes nothing that counts bytes
            element.set_property("format", 3)  # Gst.Format.TIME

    def stamp(self, made: Any) -> None:
        """Give a buffer a time, if it has none: the running time, and later than the last one."""
        if not self._wanted or made.pts != NO_TIME:
            return
        clock = self._element.get_clock()
        now = 0 if clock is None else clock.get_time() - self._element.get_base_time()
        self._last = max(self._last + APART, now)
        made.pts = self._last


class _Feeding:
    """The thread that makes buffers: appsrc's own is not held up by it."""

    def __init__(self, element: Any, provider: BufferProvider, guard: Callable[..., Any]) -> None:
        self._element, self._provider, self._guard = element, provider, guard
        self._stamps = _Stamps(element)
        self._changed = threading.Condition()
        self._size: int | None = None
        self._closed = False
        self._thread: threading.Thread | None = None

    def need(self, _element: Any, size: int = 0) -> None:
        with self._changed:
            self._size = min(size, 0xFFFF_FFFF)
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(
                    target=self._run, name="pyservicemaker-feeder", daemon=True
                )
                self._thread.start()
            self._changed.notify()

    def enough(self, _element: Any) -> None:
        with self._changed:
            self._size = None

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _wanted(self) -> int | None:
        """Wait until data is wanted; None: it never will be."""
        with self._changed:
            while self._size is None and not self._closed:
                self._changed.wait()
            return None if self._closed else self._size

    def _run(self) -> None:
        from pythiags.gst import Gst

        while (size := self._wanted()) is not None:
            buffer = self._guard(self._provider.generate, size, failed=None)
            made = buffer.gst if isinstance(buffer, Buffer) else None
            with self._changed:
                if self._closed:
                    return
            if made is None:
                self._element.emit("end-of-stream")
                return
            self._stamps.stamp(made)
            if self._element.emit("push-buffer", made) != Gst.FlowReturn.OK:
                return
