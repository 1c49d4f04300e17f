"""The sinks of a ``Flow``: pictures on a display, in files, sent out, or given to a script."""

from __future__ import annotations

import platform
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote, urlparse

from pythiags.lookalikes.pyservicemaker.buffers import BufferRetriever, Receiver
from pythiags.lookalikes.pyservicemaker.flowsources import HEIGHT, WIDTH, resampling
from pythiags.lookalikes.pyservicemaker.streams import (
    RenderMode,
    StreamInfo,
    UpstreamError,
    add_chain,
    link_stream,
    new_name,
)

if TYPE_CHECKING:
    from pythiags.lookalikes.pyservicemaker.pipeline import Pipeline

__all__ = ["Rendering", "encode", "render", "retrieve"]

Part = tuple[str, str, "dict[str, Any]"]
BITRATE, KEY_FRAMES = 2_000_000, 10
ENDINGS: Final = (".mp4", ".mov", ".jpg", ".mjpg")
CODECS: Final = {
    "h264": ("nvv4l2h264enc", "x264enc", "h264parse", "rtph264pay"),
    "h265": ("nvv4l2h265enc", "x265enc", "h265parse", "rtph265pay"),
    "av1": ("nvv4l2av1enc", "av1enc", "av1parse", "rtpav1pay"),
}
"""By name: the encoders of hardware and software, the parser and the payloader."""

BITS_TO_KILOBITS: Final = frozenset({"x264enc", "x265enc"})
"""Encoders of the CPU, whose bit rate is in thousands."""


def add_behind(pipeline: Pipeline, stream: StreamInfo, parts: list[Part]) -> str:
    """Put nodes behind a stream; return the name of the last one."""
    names = add_chain(pipeline, parts)
    link_stream(pipeline, stream, names[0])
    return names[-1]


def _converter(name: str, gpu_id: Any) -> Part:
    return ("nvvideoconvert", name, {"gpu-id": gpu_id, "compute-hw": 1})


# ---- to a script ----


def retrieve(
    pipeline: Pipeline,
    stream: StreamInfo,
    retriever: BufferRetriever,
    properties: dict[str, Any],
) -> None:
    """See ``Flow.retrieve()``."""
    gpu_id = properties.pop("gpu-id", 0)
    caps = properties.pop("audio-caps", None)
    sink = new_name("retrieve", "appsink")
    parts: list[Part]
    if stream.is_audio:
        parts = resampling("retrieve")
    else:
        parts = [_converter(new_name("retrieve", "converter"), gpu_id)]
        caps = "video/x-raw(memory:NVMM), format=RGB"
    if caps:
        parts.append(("capsfilter", new_name("retrieve", "capsfilter"), {"caps": caps}))
    parts.append(("appsink", sink, {"emit-signals": True, "sync": False, **properties}))
    add_behind(pipeline, stream, parts)
    receiver = Receiver(new_name("retrieve", "receiver"), retriever)
    pipeline.attach(sink, receiver, tips="new-sample")


# ---- to a display ----


class Rendering(NamedTuple):
    """What ``Flow.render()`` is told besides the mode; see there."""

    enable_osd: bool
    rtsp_mount_point: str
    rtsp_port: int
    seg_mask_config: dict[str, Any] | None


def render(
    pipeline: Pipeline,
    stream: StreamInfo,
    batch_size: int,
    mode: RenderMode,
    told: Rendering,
    properties: dict[str, Any],
) -> None:
    """See ``Flow.render()``."""
    if not isinstance(mode, RenderMode):
        raise ValueError("Invalid render mode")  # noqa: TRY004 - NVIDIA's
    sink = new_name("render", "sink")
    if mode == RenderMode.DISCARD:
        add_behind(pipeline, stream, [("fakesink", sink, properties)])
        return
    if stream.is_audio:
        factory = properties.pop("audio-sink", "autoaudiosink")
        parts: list[Part] = resampling("render")
    else:
        factory = "nv3dsink" if platform.processor() == "aarch64" else "nveglglessink"
        parts = _drawn(batch_size, told, properties)
    if mode == RenderMode.STREAM:
        factory = "nvrtspoutsinkbin"
        properties = {
            "rtsp-port": told.rtsp_port,
            "rtsp-mount-point": f"/{told.rtsp_mount_point.strip().lstrip('/')}",
            "sync": properties.get("sync", False),
        }
    add_behind(pipeline, stream, [*parts, (factory, sink, properties)])


def _drawn(batch_size: int, told: Rendering, properties: dict[str, Any]) -> list[Part]:
    """What a picture passes on its way to a display."""
    gpu_id = properties.get("gpu-id", 0)
    parts = [_converter(new_name("render", "convert"), gpu_id)]
    if told.seg_mask_config:
        masks = {"gpu-id": gpu_id, "original-background": 1, "alpha": 0.5, **told.seg_mask_config}
        parts.append(("nvsegvisual", new_name("render", "nvsegvisual"), masks))
    if batch_size > 1:
        size = {
            "gpu-id": gpu_id,
            "width": properties.pop("width", WIDTH),
            "height": properties.pop("height", HEIGHT),
        }
        parts.append(("nvmultistreamtiler", new_name("render", "tiler"), size))
    if told.enable_osd:
        drawing = {"gpu-id": gpu_id, "display-mask": True}
        parts.append(("nvdsosd", new_name("render", "osd"), drawing))
    return parts


# ---- to files, and out ----


def encode(
    pipeline: Pipeline,
    streams: list[StreamInfo],
    dest: str,
    use_sw_codec: bool,
    enable_osd: bool,
    options: dict[str, Any],
) -> None:
    """See ``Flow.encode()``."""
    if len(streams) != 1:
        kinds = sorted(stream.media_type for stream in streams)
        if kinds == ["audio", "video"]:
            raise NotImplementedError(
                "Flow.encode(): sound and picture in one file are not supported without "
                'DeepStream; take one by select("video") or select("audio")'
            )
        raise UpstreamError("multiple streams must be batched")
    (stream,) = streams
    target = urlparse(dest)
    to_file = target.scheme in ("", "file")
    path = unquote(target.path) if target.scheme else dest
    if stream.is_audio:
        if not to_file:
            raise TypeError("Audio encode currently supports file outputs only.")
        _encode_sound(pipeline, stream, path, options)
        return
    ending = PurePath(path).suffix.lower() if to_file else ""
    _check_target(target, to_file, ending)
    head = _head(enable_osd, options.get("gpu_id", 0), convert_last=target.scheme != "rtsp")
    if target.scheme == "rtsp":
        sink = {"rtsp-port": target.port, "sync": options.get("sync", False), "async": False}
        tail: list[Part] = [("nvrtspoutsinkbin", new_name("encode", "filesink"), sink)]
    elif ending in (".jpg", ".mjpg"):
        tail = _pictures(path, use_sw_codec, options)
    else:
        tail = _video(path if to_file else None, target.port, use_sw_codec, options)
    add_behind(pipeline, stream, [*head, *tail])


def _check_target(target: Any, to_file: bool, ending: str) -> None:
    if not to_file and target.scheme not in ("udp", "rtsp"):
        raise TypeError("Only file, rtsp or udp are supported.")
    if to_file and ending not in ENDINGS:
        raise TypeError(
            f"File extension {ending} is not supported: expected one of {', '.join(ENDINGS)}"
        )
    if not to_file and target.hostname not in (None, "localhost", "127.0.0.1"):
        raise TypeError("Only localhost is supported for streaming")


def _head(enable_osd: bool, gpu_id: Any, *, convert_last: bool) -> list[Part]:
    """What comes before the encoder."""
    parts: list[Part] = [
        ("queue", new_name("encode", "queue"), {}),
        _converter(new_name("encode", "convert"), gpu_id),
    ]
    if enable_osd:
        drawing = {"gpu-id": gpu_id, "display-mask": True}
        parts.append(("nvdsosd", new_name("encode", "osd"), drawing))
        if convert_last:
            parts.append(_converter(new_name("encode", "post-osd-convert"), gpu_id))
    return parts


def _caps(use_sw_codec: bool) -> Part:
    memory = "" if use_sw_codec else "(memory:NVMM)"
    caps = f"video/x-raw{memory}, format=I420"
    return ("capsfilter", new_name("encode", "capsfilter"), {"caps": caps})


def _file(path: str, options: dict[str, Any]) -> Part:
    properties = {"location": path, "sync": options.get("sync", False), "async": False}
    return ("filesink", new_name("encode", "filesink"), properties)


def _encoder(factory: str, options: dict[str, Any]) -> Part:
    """The encoder; those of the CPU have other properties than NVIDIA's."""
    bitrate = int(options.get("bitrate", BITRATE))
    every = options.get("iframeinterval", KEY_FRAMES)
    if factory in BITS_TO_KILOBITS:
        properties = {"bitrate": max(1, bitrate // 1000), "key-int-max": every}
    elif factory.startswith("nv"):
        properties = {
            "profile": options.get("profile", 0),
            "iframeinterval": every,
            "bitrate": bitrate,
        }
    else:
        properties = {}
    return (factory, new_name("encode", "encoder"), properties)


def _pictures(path: str, use_sw_codec: bool, options: dict[str, Any]) -> list[Part]:
    encoder = "jpegenc" if use_sw_codec else "nvjpegenc"
    return [
        _caps(use_sw_codec),
        (encoder, new_name("encode", "encoder"), {}),
        _file(path, options),
    ]


def _video(
    path: str | None, port: int | None, use_sw_codec: bool, options: dict[str, Any]
) -> list[Part]:
    codec = str(options.get("codec_type", "h264")).lower()
    if codec not in CODECS:
        raise TypeError(f"Codec type {codec} is not supported: expected one of {', '.join(CODECS)}")
    hardware, software, parser, payloader = CODECS[codec]
    parts = [
        _caps(use_sw_codec),
        _encoder(software if use_sw_codec else hardware, options),
        (parser, new_name("encode", "parser"), {} if path else {"config-interval": -1}),
    ]
    mux = new_name("encode", "mux")
    if path is not None:
        return [*parts, ("mp4mux", mux, {}), _file(path, options)]
    sink = {"host": "127.0.0.1", "port": port, "sync": options.get("sync", False), "async": False}
    return [*parts, (payloader, mux, {}), ("udpsink", new_name("encode", "filesink"), sink)]


def _encode_sound(
    pipeline: Pipeline, stream: StreamInfo, path: str, options: dict[str, Any]
) -> None:
    encoder, caps = options.get("audio_encoder"), options.get("audio_caps")
    if encoder is None and PurePath(path).suffix.lower() == ".wav":
        encoder = "wavenc"
    if not encoder:
        raise TypeError("Custom audio outputs require audio_encoder or a .wav destination")
    parts: list[Part] = resampling("encode")
    if caps:
        parts.append(("capsfilter", new_name("encode", "audio-caps"), {"caps": caps}))
    parts.append((encoder, new_name("encode", "audio-encoder"), {}))
    behind = [key for key in ("audio_parser", "audio_mux") if options.get(key)]
    parts += [(options[key], new_name("encode", key.replace("_", "-")), {}) for key in behind]
    add_behind(pipeline, stream, [*parts, _file(path, options)])
