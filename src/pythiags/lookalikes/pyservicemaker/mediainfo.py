"""``MediaInfo``: what a file or a stream has, as GStreamer finds it by decoding a little of it."""

from __future__ import annotations

import threading
from typing import Any, Final, NamedTuple

__all__ = ["AudioStreamInfo", "MediaInfo", "VideoStreamInfo"]

PATIENCE: Final = 10.0  # seconds that it may take


class VideoStreamInfo(NamedTuple):
    """A stream of pictures.

    Attributes:
        codec: How it is compressed, such as ``video/x-h264``.
        width: Of a picture.
        height: Of a picture.
        framerate: How many a second, as a fraction.
    """

    codec: str
    width: int
    height: int
    framerate: tuple[int, int]


class AudioStreamInfo(NamedTuple):
    """A stream of sound.

    Attributes:
        codec: How it is compressed.
        channels: How many there are.
        sampling_rate: How many samples a second.
    """

    codec: str
    channels: int
    sampling_rate: int


class MediaInfo:
    """What was found; without a value of truth where nothing could be read.

    Args:
        live: Whether it cannot be searched, as a camera.
        duration: In nanoseconds.
        streams: What it has.
        error: Why it could not be read.
    """

    def __init__(
        self,
        live: bool = False,
        duration: int = 0,
        streams: list[Any] | None = None,
        error: str = "",
    ) -> None:
        self.live, self.duration = live, duration
        self.streams: list[VideoStreamInfo | AudioStreamInfo] = list(streams or ())
        self.error = error

    @staticmethod
    def discover(uri: str) -> MediaInfo:
        """Look at a file or a URI.

        Args:
            uri: A path, too.
        """
        from pythiags.lookalikes.pyservicemaker.streams import as_uri

        try:
            return _Discovery(as_uri(uri)).run()
        except FileNotFoundError as problem:
            return MediaInfo(error=str(problem))

    def __bool__(self) -> bool:
        """Whether it could be read."""
        return not self.error

    def __repr__(self) -> str:
        """As NVIDIA's has it."""
        return (
            f"MediaInfo(live={int(self.live)}, duration={self.duration}, streams={self.streams!r})"
        )


class _Discovery:
    """A pipeline that is paused on the first buffers."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._codecs: dict[str, str] = {}
        self._lock = threading.Lock()

    def run(self) -> MediaInfo:
        from pythiags.gst import Gst

        pipeline = Gst.Pipeline.new(None)
        source = Gst.ElementFactory.make("uridecodebin", None)
        source.set_property("uri", self._uri)
        pipeline.add(source)
        sinks: list[Any] = []

        def on_pad(_source: Any, pad: Any) -> None:
            sink = Gst.ElementFactory.make("fakesink", None)
            pipeline.add(sink)
            sink.sync_state_with_parent()
            pad.link(sink.get_static_pad("sink"))
            sinks.append(sink)

        handlers = [
            (source, source.connect("pad-added", on_pad)),
            (pipeline, pipeline.connect("deep-element-added", self._on_element)),
        ]
        try:
            return self._play(pipeline, sinks)
        finally:
            for owner, handler in handlers:
                owner.disconnect(handler)
            pipeline.set_state(Gst.State.NULL)

    def _on_element(self, _pipeline: Any, _bin: Any, element: Any) -> None:
        """Hear of what decodes: its input says how a stream is compressed."""
        factory = element.get_factory()
        if factory is not None and "Decoder" in (factory.get_metadata("klass") or ""):
            pad = element.get_static_pad("sink")
            if pad is not None:
                pad.connect("notify::caps", self._on_caps)

    def _on_caps(self, pad: Any, _spec: Any) -> None:
        caps = pad.get_current_caps()
        if caps is not None:
            name = caps.get_structure(0).get_name()
            with self._lock:
                kind = name.partition("/")[0]
                self._codecs["video" if kind == "image" else kind] = name

    def _play(self, pipeline: Any, sinks: list[Any]) -> MediaInfo:
        from pythiags.gst import Gst
        from pythiags.lookalikes.pyservicemaker.running import describe

        changed = pipeline.set_state(Gst.State.PAUSED)
        live = changed == Gst.StateChangeReturn.NO_PREROLL
        if live:
            pipeline.set_state(Gst.State.PLAYING)
        message = pipeline.get_bus().timed_pop_filtered(
            int(PATIENCE * Gst.SECOND),
            Gst.MessageType.ERROR | Gst.MessageType.ASYNC_DONE | Gst.MessageType.EOS,
        )
        if message is None:
            return MediaInfo(error=f"{self._uri}: nothing came within {PATIENCE:g} s")
        if message.type == Gst.MessageType.ERROR:
            return MediaInfo(error=describe(message))
        known, duration = pipeline.query_duration(Gst.Format.TIME)
        streams = [self._stream(sink.get_static_pad("sink")) for sink in sinks]
        found = [stream for stream in streams if stream is not None]
        return MediaInfo(live, int(duration) if known else 0, found)

    def _stream(self, pad: Any) -> VideoStreamInfo | AudioStreamInfo | None:
        caps = pad.get_current_caps()
        if caps is None:
            return None
        structure = caps.get_structure(0)
        kind = structure.get_name().partition("/")[0]
        with self._lock:
            codec = self._codecs.get(kind, "")
        if kind == "video":
            _, number, of = structure.get_fraction("framerate")
            width, height = (structure.get_int(name)[1] for name in ("width", "height"))
            return VideoStreamInfo(codec, width, height, (number, of))
        if kind == "audio":
            channels, rate = (structure.get_int(name)[1] for name in ("channels", "rate"))
            return AudioStreamInfo(codec, channels, rate)
        return None
