"""``Flow``: a pipeline as what is done with streams, one operation behind the other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pythiags.lookalikes.pyservicemaker import flowsinks, flowsources
from pythiags.lookalikes.pyservicemaker.streams import (
    MediaType,
    RenderMode,
    StreamInfo,
    UpstreamError,
    as_properties,
    link_stream,
    media_of,
    new_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pythiags.lookalikes.pyservicemaker.buffers import BufferProvider, BufferRetriever
    from pythiags.lookalikes.pyservicemaker.pipeline import Pipeline
    from pythiags.lookalikes.pyservicemaker.sourceconfig import RecordConfig

__all__ = ["Flow", "MediaType", "RenderMode", "StreamInfo"]


class Flow:
    """Streams, and what is done with them.

    Each method returns a new flow, with the streams behind its operation. Keyword arguments are
    properties of the element that it adds, with ``_`` for ``-``.

    Args:
        pipeline: Where the elements go.
        streams: The streams that there are.
        parent: The flow that this one continues.
    """

    DEFAULT_PICTURE_WIDTH = flowsources.WIDTH
    DEFAULT_PICTURE_HEIGHT = flowsources.HEIGHT
    DEFAULT_SOURCE_TYPE = flowsources.SOURCE
    DYNAMIC_SOURCE_TYPE = flowsources.DYNAMIC_SOURCE
    DEFAULT_BATCH_PUSH_TIMEOUT = flowsources.PUSH_TIMEOUT

    def __init__(
        self,
        pipeline: Pipeline,
        streams: Iterable[StreamInfo] | None = None,
        parent: Flow | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._streams = list(streams or ())
        self._parent = parent
        self._batch_size: int = 0 if parent is None else parent._batch_size  # noqa: SLF001
        self._kept: Any = None  # what must live as long as the flow

    def __call__(self, on_message: Callable[[Any], object] | None = None) -> None:
        """Run the pipeline to its end.

        Args:
            on_message: Called with each message of the pipeline.
        """
        self._pipeline.start(on_message).wait()

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline."""
        return self._pipeline

    def _then(self, *streams: StreamInfo) -> Flow:
        return Flow(self._pipeline, streams, self)

    def _one(self, operation: str = "") -> StreamInfo:
        """The only stream.

        Raises:
            UpstreamError: There are several, or none; or it is sound, and `operation` is not for
                that.
        """
        if len(self._streams) != 1:
            raise UpstreamError("multiple streams must be batched")
        if operation and self._streams[0].is_audio:
            raise UpstreamError(f"{operation} is only supported for video streams")
        return self._streams[0]

    def _append(
        self, method: str, factory: str, what: str, properties: dict[str, Any], operation: str = ""
    ) -> Flow:
        """Put an element behind the only stream."""
        stream = self._one(operation)
        name = new_name(method, what)
        self._pipeline.add(factory, name, properties)
        link_stream(self._pipeline, stream, name)
        return self._then(StreamInfo(name, media_type=stream.media_type))

    # ---- sources ----

    def capture(
        self,
        inputs: list[str],
        source_manager: Any = None,
        media_types: Any = (MediaType.VIDEO,),
        **kwargs: Any,
    ) -> Flow:
        """Read files and URIs, each as streams of its own.

        Args:
            inputs: Paths and URIs.
            source_manager: Adds and removes sources while it plays.
            media_types: The kinds of streams.
            kwargs: Properties of the sources.

        Raises:
            TypeError: There are no inputs.
            FileNotFoundError: One is not there.
        """
        streams = flowsources.capture(
            self._pipeline, inputs, source_manager, media_of(media_types), as_properties(kwargs)
        )
        return self._then(*streams)

    def batch_capture(
        self,
        input: list[str] | str,  # noqa: A002 - NVIDIA's name
        record_config: RecordConfig | None = None,
        media_types: Any = (MediaType.VIDEO,),
        **kwargs: Any,
    ) -> Flow:
        """Read files and URIs, and make batches of them.

        Args:
            input: Paths and URIs, or a file in YAML that lists sources.
            record_config: How the sources are recorded; None: not at all.
            media_types: One kind of streams.
            kwargs: Properties of the muxer and of the sources.

        Raises:
            TypeError: It is neither.
            FileNotFoundError: One is not there.
        """
        stream, size, kept = flowsources.batch_capture(
            self._pipeline, input, record_config, media_of(media_types), as_properties(kwargs)
        )
        flow = self._then(stream)
        flow._batch_size = self._batch_size = size  # noqa: SLF001
        flow._kept = kept  # noqa: SLF001
        return flow

    def inject(self, providers: list[BufferProvider], **kwargs: Any) -> Flow:
        """Take what providers make, each as a stream.

        Args:
            providers: They say format, width, height, framerate and device of what they make.
            kwargs: ``gpu_id``.

        Raises:
            TypeError: There are none, or one does not say enough.
        """
        return self._then(*flowsources.inject(self._pipeline, providers, kwargs))

    def select(self, media_type: str | None = None, originator: str | None = None) -> Flow:
        """Take some of the streams.

        Args:
            media_type: Those of this kind.
            originator: Those of this node.

        Raises:
            TypeError: It is more than one kind.
            UpstreamError: There are none.
        """
        kinds = media_of(media_type) if media_type else []
        if len(kinds) > 1:
            raise TypeError("select() accepts exactly one media type filter")
        found = [
            stream
            for stream in self._streams
            if (not kinds or stream.media_type == kinds[0])
            and (not originator or stream.originator == originator)
        ]
        if not found:
            raise UpstreamError("No stream matched the selection")
        return self._then(*found)

    # ---- between ----

    def batch(self, **kwargs: Any) -> Flow:
        """Make batches of all streams.

        Args:
            kwargs: Properties of the muxer.

        Raises:
            UpstreamError: There are no streams, or they are batched already.
        """
        if not self._streams:
            raise UpstreamError("no stream found")
        if self._batch_size:
            raise UpstreamError("already batched")
        properties = as_properties(kwargs)
        properties.setdefault("batch-size", len(self._streams))
        stream = flowsources.batch(self._pipeline, self._streams, properties)
        flow = self._then(stream)
        flow._batch_size = self._batch_size = int(properties["batch-size"])  # noqa: SLF001
        return flow

    def decode(self, **kwargs: Any) -> Flow:
        """Decode all streams.

        Args:
            kwargs: Properties of ``decodebin``.
        """
        properties = as_properties(kwargs)
        return self._then(
            *(flowsources.decode(self._pipeline, stream, properties) for stream in self._streams)
        )

    def infer(self, config: str, with_triton: bool = False, **kwargs: Any) -> Flow:
        """Run a network.

        Args:
            config: Its configuration file.
            with_triton: By ``nvinferserver``.
            kwargs: Properties of ``nvinfer``.

        Raises:
            TypeError: The configuration is no path.
            UpstreamError: There are several streams.
        """
        stream = self._one()
        if not isinstance(config, str):
            raise TypeError("Inference config must be a file path")
        properties = {"config-file-path": config, **as_properties(kwargs)}
        if stream.is_audio:
            return self._append("infer", "nvinferaudio", "infer", properties)
        if self._batch_size:
            properties.setdefault("batch-size", self._batch_size)
        factory = "nvinferserver" if with_triton else "nvinfer"
        return self._append("infer", factory, "infer", properties)

    def preprocess(self, config_file: str, tensor_generator: Any = None, **kwargs: Any) -> Flow:
        """Prepare regions for a network.

        Args:
            config_file: The configuration of ``nvdspreprocess``.
            tensor_generator: Makes tensors for the network; not supported without DeepStream.
            kwargs: Properties of ``nvdspreprocess``.

        Raises:
            FileNotFoundError: There is no such file.
            NotImplementedError: Tensors are to be made.
        """
        _check_file(config_file)
        if tensor_generator is not None:
            raise NotImplementedError(
                "Flow.preprocess(tensor_generator=…): tensors that a script makes are not "
                "supported without DeepStream"
            )
        properties = {"config-file": config_file, "target-unique-ids": 1, **as_properties(kwargs)}
        flow = self._append("preprocess", "nvdspreprocess", "preprocess", properties, "preprocess")
        return flow._append("preprocess", "queue", "queue", {})  # noqa: SLF001

    def track(self, **kwargs: Any) -> Flow:
        """Follow objects, behind a network that finds them.

        Args:
            kwargs: Properties of ``nvtracker``.
        """
        properties = as_properties(kwargs)
        return self._append("track", "nvtrackerbin", "tracker", properties, "track")

    def analyze(self, config: str, **kwargs: Any) -> Flow:
        """Watch regions and lines, behind a tracker.

        Args:
            config: The configuration of ``nvdsanalytics``.
            kwargs: Its properties.

        Raises:
            FileNotFoundError: There is no such file.
        """
        _check_file(config)
        properties = {"config-file": config, **as_properties(kwargs)}
        return self._append("analyze", "nvdsanalytics", "analyze", properties, "analyze")

    def apply(
        self, template_config: str | None = None, template_lib: str | None = None, **kwargs: Any
    ) -> Flow:
        """Have a library in C++ change the pictures, by ``nvdsvideotemplate``.

        Args:
            template_config: Its configuration.
            template_lib: The library.
            kwargs: Properties of ``nvdsvideotemplate``.
        """
        properties: dict[str, Any] = {"gpu-id": 0}
        if template_config:
            _check_file(template_config)
            properties["config-file"] = template_config
        if template_lib:
            properties["customlib-name"] = template_lib
        properties |= as_properties(kwargs)
        return self._append("apply", "nvdsvideotemplate", "apply", properties, "apply")

    def attach(
        self,
        what: Any,
        name: str = "",
        tips: str = "",
        properties: Mapping[str, Any] | None = None,
    ) -> Flow:
        """Attach something to the streams as they are here: see ``Pipeline.attach()``."""
        for stream in self._streams:
            self._pipeline.attach(
                stream.originator, what, name, tips or stream.template, properties
            )
        return self._then(*self._streams)

    def fork(self) -> Flow:
        """Let several operations go on from here."""
        return self._append("fork", "tee", "tee", {})

    # ---- sinks ----

    def retrieve(self, retriever: BufferRetriever, **kwargs: Any) -> Flow:
        """Give each buffer to a retriever, as RGB.

        Args:
            retriever: What takes them.
            kwargs: Properties of ``appsink``.
        """
        flowsinks.retrieve(self._pipeline, self._one(), retriever, as_properties(kwargs))
        return self._then()

    def render(
        self,
        mode: RenderMode = RenderMode.DISPLAY,
        enable_osd: bool = True,
        rtsp_mount_point: str = "ds-test5",
        rtsp_port: int = 8554,
        seg_mask_config: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Flow:
        """Show the pictures, or drop them.

        Args:
            mode: What to do with them.
            enable_osd: Whether metadata is drawn on them.
            rtsp_mount_point: The name of the stream, for ``RenderMode.STREAM``.
            rtsp_port: Its port.
            seg_mask_config: Properties of ``nvsegvisual``, to draw masks.
            kwargs: Properties of the sink; ``width`` and ``height`` of the tiler.

        Raises:
            ValueError: There is no such mode.
        """
        flowsinks.render(
            *(self._pipeline, self._one(), self._batch_size, mode),
            flowsinks.Rendering(enable_osd, rtsp_mount_point, rtsp_port, seg_mask_config),
            as_properties(kwargs),
        )
        return self._then()

    def encode(
        self, dest: str, use_sw_codec: bool = False, enable_osd: bool = True, **kwargs: Any
    ) -> Flow:
        """Write the stream to a file, or send it out.

        Args:
            dest: A path that ends with .mp4, .mov, .jpg, .mjpg or .wav; ``udp://localhost:PORT``;
                ``rtsp://localhost:PORT``.
            use_sw_codec: Whether the encoder is one of the CPU.
            enable_osd: Whether metadata is drawn first.
            kwargs: ``codec_type``, ``profile``, ``bitrate``, ``iframeinterval``, ``sync``; of
                sound ``audio_encoder``, ``audio_parser``, ``audio_mux``, ``audio_caps``.

        Raises:
            TypeError: It can go there, or be encoded, in no such way.
        """
        flowsinks.encode(self._pipeline, self._streams, dest, use_sw_codec, enable_osd, kwargs)
        return self._then()

    def publish(self, **kwargs: Any) -> Flow:
        """Send messages about what was found to a broker.

        Args:
            kwargs: Properties of ``nvmsgbrokersinkbin``: ``topic``, ``msg_broker_conn_str`` …
        """
        properties = {"sync": False, **as_properties(kwargs)}
        self._append("publish", "nvmsgbrokersinkbin", "msgsink", properties)
        return self._then()


def _check_file(path: str) -> None:
    if not Path(path).exists():
        raise FileNotFoundError(f"Config file {path} not found")
