"""``MediaExtractor``: the frames of files, in queues: of a part, or one each so many seconds."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Any

from pythiags.lookalikes.pyservicemaker.buffers import Buffer, BufferRetriever
from pythiags.lookalikes.pyservicemaker.flow import Flow
from pythiags.lookalikes.pyservicemaker.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from pythiags.lookalikes.pyservicemaker.tensors import Tensor

__all__ = ["FrameSampler", "MediaChunk", "MediaExtractor", "VideoFrame"]

PUT_TIMEOUT = 1.0  # seconds that a frame waits for room in its queue
FAR = 1_000_000_000  # nanoseconds to a frame that is rather sought than waited for


class MediaChunk:
    """A part of a file or a stream; all times are in nanoseconds.

    Args:
        source: A path or a URI.
        start_pts: Where it begins.
        duration: How long it is; -1: to the end.
        interval: The time between two frames; 0: all frames.
    """

    def __init__(
        self, source: str, start_pts: int = 0, duration: int = -1, interval: int = 0
    ) -> None:
        self.source, self.start_pts = source, start_pts
        self.duration, self.interval = duration, interval


class VideoFrame:
    """A decoded frame.

    Args:
        data: The picture.
        timestamp: Its time in nanoseconds.
    """

    def __init__(self, data: Tensor, timestamp: int = -1) -> None:
        self.tensor, self.timestamp = data, timestamp


class FrameSampler:
    """Takes the frames that a chunk asks for.

    Args:
        chunk: What is asked for.
        seek_fn: Called with a time to go on from, where frames are far apart; None: never.
    """

    def __init__(self, chunk: MediaChunk, seek_fn: Callable[[int], object] | None = None) -> None:
        self._chunk, self._seek = chunk, seek_fn
        self._start: int | None = chunk.start_pts or None
        self._taken = 0
        self._sought = 0
        self._last = 0
        self.done = False

    def sample(self, buffer: Buffer, pts: int, batch_id: int = 0) -> VideoFrame | None:
        """Return a frame; None: it is not asked for, or the chunk is done.

        Args:
            buffer: Has the frame.
            pts: The frame's time.
            batch_id: The frame's place in the buffer.
        """
        if self._start is None:
            self._start = pts
        chunk = self._chunk
        if chunk.duration > 0 and pts > self._start + chunk.duration:
            self.done = True
        if self.done or pts < self._start:
            return None
        due = self._start + chunk.interval * self._taken if chunk.interval > 0 else pts
        if pts >= due:
            self._taken += 1
            self._last = pts
            return VideoFrame(buffer.extract(batch_id).clone(), pts)
        self._seek_to(due, pts)
        return None

    def _seek_to(self, due: int, pts: int) -> None:
        """Go on from the next frame that is due, if it is more than a second away."""
        if self._seek is None:
            return
        if pts < self._last:  # it went back to an earlier key frame: decoding on is quicker
            self._seek = None
        elif due - pts > FAR and self._sought != due:
            self._sought = due
            self._seek(due)


class _Retriever(BufferRetriever):
    """Puts the frames of a pipeline into the queues of its chunks."""

    def __init__(
        self,
        chunks: list[MediaChunk],
        queues: list[queue.Queue[VideoFrame | None]],
        seek: Callable[[int], object] | None,
        blocking: bool,
    ) -> None:
        super().__init__()
        self._queues, self._blocking = queues, blocking
        self._samplers = [FrameSampler(chunk, seek) for chunk in chunks]
        self._ended = [False] * len(chunks)
        self._stopped = threading.Event()

    def consume(self, buffer: Buffer) -> int:
        """Take the frames of a buffer."""
        if len(self._queues) == 1:
            self._take(0, buffer, buffer.timestamp, 0)
        else:
            for frame in buffer.batch_meta.frame_items:
                self._take(frame.pad_index, buffer, frame.buffer_pts, frame.batch_id)
        return 1

    def _take(self, place: int, buffer: Buffer, pts: int, batch_id: int) -> None:
        sampler = self._samplers[place]
        frame = sampler.sample(buffer, pts, batch_id)
        while frame is not None and not self._stopped.is_set():
            try:
                self._queues[place].put(frame, timeout=PUT_TIMEOUT)
                break
            except queue.Full:
                if not self._blocking:
                    break
        if sampler.done and not self._ended[place]:
            self._end(place)

    def _end(self, place: int) -> None:
        """Put the end into a queue, as soon as there is room."""
        self._ended[place] = True
        waiting = self._queues[place]
        try:
            waiting.put_nowait(None)
        except queue.Full:
            threading.Thread(target=waiting.put, args=(None,), daemon=True).start()

    @property
    def done(self) -> bool:
        """Whether all chunks are."""
        return all(self._ended)

    def stop(self) -> None:
        """Take no more frames, and end all queues."""
        self._stopped.set()
        for place, ended in enumerate(self._ended):
            if not ended:
                self._end(place)


class MediaExtractor:
    """Extracts the frames of chunks; a context manager, which stops it.

    Args:
        chunks: What is extracted.
        batch_size: How many chunks share a pipeline, scaled to one size; 0: each has its own.
        scaling: This size.
        n_thread: How many pipelines run at once.
        q_size: How many frames a queue holds.
        enable_seek: Whether frames that are far apart are gone to.
        blocking: Whether a frame waits for room in its queue, and is not dropped after a second.

    Raises:
        NotImplementedError: There are no chunks: ``append()`` needs nvdsdynamicsrcbin.
    """

    DEFAULT_RESOLUTION = (1920, 1080)

    def __init__(
        self,
        chunks: list[MediaChunk] | None = None,
        batch_size: int = 0,
        scaling: tuple[int, int] = DEFAULT_RESOLUTION,
        n_thread: int = 1,
        q_size: int = 1,
        enable_seek: bool = False,
        blocking: bool = False,
    ) -> None:
        if not chunks:
            raise NotImplementedError(
                "MediaExtractor without chunks, whose sources are appended while it runs, needs "
                "DeepStream's nvdsdynamicsrcbin, which has no portable version; give it all chunks"
            )
        self._queues: list[queue.Queue[VideoFrame | None]] = [
            queue.Queue(maxsize=q_size) for _ in chunks
        ]
        self._slots = threading.Semaphore(n_thread)
        self._stopped = threading.Event()
        self._running: list[tuple[Flow, _Retriever]] = []
        step = batch_size or 1
        for start in range(0, len(chunks), step):
            group = slice(start, start + step)
            self._add(
                chunks[group], self._queues[group], batch_size, scaling, enable_seek, blocking
            )
        self._threads: list[threading.Thread] = []

    def _add(
        self,
        chunks: list[MediaChunk],
        queues: list[queue.Queue[VideoFrame | None]],
        batch_size: int,
        scaling: tuple[int, int],
        enable_seek: bool,
        blocking: bool,
    ) -> None:
        pipeline = Pipeline(f"media_extractor_{len(self._running)}")

        def seek(pts: int) -> None:
            # In a thread: the one that asks is a streaming thread.
            threading.Thread(target=pipeline.seek, args=(pts / 1e9,), daemon=True).start()

        retriever = _Retriever(chunks, queues, seek if enable_seek else None, blocking)
        if batch_size:
            flow = Flow(pipeline).batch_capture(
                [chunk.source for chunk in chunks], width=scaling[0], height=scaling[1]
            )
        else:
            flow = Flow(pipeline).capture([chunks[0].source])
            if chunks[0].start_pts > 0:
                pipeline.seek(chunks[0].start_pts / 1e9)
        self._running.append((flow.retrieve(retriever), retriever))

    def __call__(self) -> list[queue.Queue[VideoFrame | None]]:
        """Start, and return the queues of the chunks: frames, and None at the end."""
        for flow, retriever in self._running:
            thread = threading.Thread(target=self._run, args=(flow, retriever), daemon=True)
            self._threads.append(thread)
            thread.start()
        return self._queues

    def _run(self, flow: Flow, retriever: _Retriever) -> None:
        from pythiags.lookalikes.pyservicemaker.logs import tell

        with self._slots:
            try:
                if not self._stopped.is_set():
                    flow.pipeline.start()
                    _wait(flow.pipeline, retriever)
            except Exception as problem:  # noqa: BLE001 - nobody waits for this thread
                tell(f"MediaExtractor: {problem}")
            finally:
                retriever.stop()

    def append(self, chunk: MediaChunk) -> queue.Queue[VideoFrame | None]:
        """Refuse: see the class.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError("Dynamic adding source is not supported with this instance")

    def stop(self) -> None:
        """Stop, and end all queues."""
        self._stopped.set()
        for flow, retriever in self._running:
            retriever.stop()
            flow.pipeline.stop()

    def __enter__(self) -> MediaExtractor:  # noqa: PYI034 - it is not derived from
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()


def _wait(pipeline: Any, retriever: _Retriever) -> None:
    """Wait for the end of a pipeline, or of all its chunks."""
    while not pipeline.ended(PUT_TIMEOUT):
        if retriever.done:
            pipeline.stop()
    pipeline.wait()
