"""The sources of a ``Flow``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pythiags.lookalikes.pyservicemaker.buffers import Feeder
from pythiags.lookalikes.pyservicemaker.recordingaction import SmartRecordingAction
from pythiags.lookalikes.pyservicemaker.sourceconfig import (
    RecordConfig,
    SmartRecordConfig,
    SourceConfig,
)
from pythiags.lookalikes.pyservicemaker.streams import (
    StreamInfo,
    UpstreamError,
    add_chain,
    as_uri,
    link_stream,
    new_name,
)

if TYPE_CHECKING:
    from pythiags.lookalikes.pyservicemaker.pipeline import Pipeline

__all__ = ["batch", "batch_capture", "capture", "decode", "inject"]

WIDTH, HEIGHT = 1920, 1080
PUSH_TIMEOUT = 33000  # microseconds
SOURCE, DYNAMIC_SOURCE = "nvurisrcbin", "nvdsdynamicsrcbin"
MANY_SOURCES = "nvmultiurisrcbin"
PADS: Final = {"video": "vsrc_%u", "audio": "asrc_%u"}
MIME: Final = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    **dict.fromkeys(("RGB", "RGBA", "I420"), "video/x-raw"),
}


def capture(
    pipeline: Pipeline,
    inputs: list[str],
    source_manager: Any,
    media: list[str],
    properties: dict[str, Any],
) -> list[StreamInfo]:
    """See ``Flow.capture()``."""
    if source_manager is not None:
        return _capture_dynamically(pipeline, inputs, source_manager, media, properties)
    if not inputs:
        raise TypeError("No input list provided for capturing")
    streams = []
    for each in inputs:
        name = new_name("capture", "source")
        more = {"disable-audio": False} if "audio" in media else {}
        pipeline.add(SOURCE, name, {"uri": as_uri(each), **properties, **more})
        streams += [StreamInfo(name, PADS[kind], kind) for kind in media]
    return streams


def _capture_dynamically(
    pipeline: Pipeline,
    inputs: list[str],
    source_manager: Any,
    media: list[str],
    properties: dict[str, Any],
) -> list[StreamInfo]:
    if "audio" in media:
        raise NotImplementedError(f"{DYNAMIC_SOURCE} has pads for video only")
    name = new_name("capture", "source")
    pipeline.add(DYNAMIC_SOURCE, name, properties)
    for action in ("add-source", "remove-source", "terminate"):
        source_manager.attach(action, pipeline[name])
    for each in inputs:
        source_manager.add_source(each)
    return [StreamInfo(name, media_type="video")]


# ---- batches ----


def batch_capture(
    pipeline: Pipeline,
    given: list[str] | str,
    record_config: RecordConfig | SmartRecordConfig | None,
    media: list[str],
    properties: dict[str, Any],
) -> tuple[StreamInfo, int, Any]:
    """See ``Flow.batch_capture()``: the stream, the size of its batches, and what must be kept."""
    if len(media) != 1:
        raise TypeError("batch_capture() supports exactly one media type per batched stream")
    if isinstance(record_config, SmartRecordConfig):
        record_config = record_config.as_record_config()
    config = _config_of(given)
    uris = given if isinstance(given, list) else [each.uri for each in config.sensor_list]
    muxing = {
        **({"width": WIDTH, "height": HEIGHT} if media == ["video"] else {}),
        "batch-size": max(1, len(uris)),
        "batched-push-timeout": PUSH_TIMEOUT,
        "buffer-pool-size": 4,
        "drop-pipeline-eos": False,
        "live-source": False,
    }
    if config.source_type == MANY_SOURCES:
        stream, size = _many_sources(pipeline, config, muxing, media[0], properties)
        return stream, size, None
    muxing.update({key: properties[key] for key in muxing if key in properties})
    if media == ["video"]:
        muxing |= {"gpu-id": properties.get("gpu-id", 0), "compute-hw": 1}
    source, mux = new_name("batch_capture", "source"), new_name("batch_capture", "mux")
    pipeline.add("nvstreammux", mux, muxing)
    recorder = _recorder(record_config)
    for number, uri in enumerate(uris):
        name = _source_name(source, number, config, record_config)
        settings = _source_settings(uri, config, record_config, media[0], properties)
        pipeline.add(config.source_type or SOURCE, name, settings)
        _to_muxer(pipeline, StreamInfo(name, PADS[media[0]], media[0]), mux, "batch_capture")
        if recorder is not None:
            recorder.attach("start-sr", pipeline[name])
            recorder.attach("stop-sr", pipeline[name])
            pipeline.attach(name, "smart_recording_signal", "sr", "sr-done")
    return StreamInfo(mux, media_type=media[0]), len(uris), recorder


def _config_of(given: list[str] | str) -> SourceConfig:
    config = SourceConfig()
    if isinstance(given, str) and given.lower().endswith((".yaml", ".yml")):
        config.load(given)
    elif not isinstance(given, list):
        raise TypeError("input must be a source list or source config file")
    return config


def _many_sources(
    pipeline: Pipeline,
    config: SourceConfig,
    muxing: dict[str, Any],
    media: str,
    properties: dict[str, Any],
) -> tuple[StreamInfo, int]:
    """One element for all sources, which a file asks for."""
    settings = dict(config.source_properties)
    for key, value in {"file-loop": False, **muxing}.items():
        settings[key] = properties.get(key, settings.get(key, value))
    size = settings.pop("batch-size")
    settings.setdefault("max-batch-size", size)
    for key, values in (
        ("uri-list", [each.uri for each in config.sensor_list]),
        ("sensor-id-list", [each.sensor_id for each in config.sensor_list]),
        ("sensor-name-list", [each.sensor_name for each in config.sensor_list]),
    ):
        settings[key] = ",".join(map(str, values))
    if media == "audio":
        settings |= {"disable-audio": False, "mode": 1}
    name = new_name("batch_capture", "source")
    pipeline.add(MANY_SOURCES, name, settings)
    return StreamInfo(name, media_type=media), int(settings["max-batch-size"])


def _recorder(record_config: RecordConfig | None) -> SmartRecordingAction | None:
    if record_config is None or record_config.recording_type != "cloud":
        return None
    recorder = SmartRecordingAction("sr_controller")
    recorder.set(
        {
            "proto-lib": record_config.proto_lib,
            "conn-str": record_config.conn_str,
            "msgconv-config-file": record_config.msgconv_config_file,
            "proto-config-file": record_config.proto_config_file,
            "topic-list": record_config.topic_list,
        }
    )
    return recorder


def _source_name(
    source: str, number: int, config: SourceConfig, record_config: RecordConfig | None
) -> str:
    if not config.sensor_list:
        return f"{source}_{number}"
    if record_config is not None and record_config.recording_type == "cloud":
        return f"src_{number}"
    return str(config.sensor_list[number].sensor_id)


def _source_settings(
    uri: str,
    config: SourceConfig,
    record_config: RecordConfig | None,
    media: str,
    properties: dict[str, Any],
) -> dict[str, Any]:
    settings = {"uri": as_uri(uri), "gpu-id": properties.get("gpu-id", 0)}
    if record_config is not None:
        settings |= {
            "smart-record": 1 if record_config.recording_type == "cloud" else 2,
            "smart-rec-cache": record_config.rec_cache,
            "smart-rec-container": record_config.rec_container,
            "smart-rec-dir-path": record_config.rec_dir_path,
            "smart-rec-mode": record_config.rec_mode,
        }
    if media == "audio" or (record_config is not None and record_config.rec_mode in (0, 2)):
        settings["disable-audio"] = False
    loop = config.source_properties.get("file-loop", False)
    settings["file-loop"] = properties.get("file-loop", loop)
    return settings


def batch(pipeline: Pipeline, streams: list[StreamInfo], properties: dict[str, Any]) -> StreamInfo:
    """See ``Flow.batch()``."""
    kinds = {stream.is_audio for stream in streams}
    if len(kinds) > 1:
        raise UpstreamError("audio and video streams cannot be batched together")
    audio = kinds == {True}
    if not audio:
        properties.setdefault("width", WIDTH)
        properties.setdefault("height", HEIGHT)
        properties.setdefault("gpu-id", 0)
        properties["compute-hw"] = 1
    mux = new_name("batch", "mux")
    pipeline.add("nvstreammux", mux, properties)
    for stream in streams:
        _to_muxer(pipeline, stream, mux, "batch")
    return StreamInfo(mux, media_type="audio" if audio else "video")


def _to_muxer(pipeline: Pipeline, stream: StreamInfo, mux: str, method: str) -> None:
    if not stream.is_audio:
        link_stream(pipeline, stream, mux, "sink_%u")
        return
    names = add_chain(pipeline, resampling(method))
    link_stream(pipeline, stream, names[0])
    pipeline.link((names[-1], mux), ("", "sink_%u"))


def resampling(method: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Return what sound passes: a queue, and what converts it."""
    return [
        ("queue", new_name(method, "audio-queue"), {}),
        ("audioconvert", new_name(method, "audio-convert"), {}),
        ("audioresample", new_name(method, "audio-resample"), {}),
    ]


def decode(pipeline: Pipeline, stream: StreamInfo, properties: dict[str, Any]) -> StreamInfo:
    """See ``Flow.decode()``."""
    decoder = new_name("decode", "decode")
    pipeline.add("decodebin", decoder, properties)
    link_stream(pipeline, stream, decoder)
    if stream.is_audio:
        names = add_chain(pipeline, resampling("decode")[1:])
    else:
        converter = new_name("decode", "converter")
        gpu = properties.get("gpu-id", 0)
        names = add_chain(
            pipeline, [("nvvideoconvert", converter, {"gpu-id": gpu, "compute-hw": 1})]
        )
    pipeline.link(decoder, names[0])
    return StreamInfo(names[-1], media_type="audio" if stream.is_audio else "video")


# ---- what scripts make ----


def inject(pipeline: Pipeline, providers: list[Any], options: dict[str, Any]) -> list[StreamInfo]:
    """See ``Flow.inject()``."""
    if not providers:
        raise TypeError("List of providers must be supplied for injecting data")
    return [_inject(pipeline, provider, options) for provider in providers]


def _inject(pipeline: Pipeline, provider: Any, options: dict[str, Any]) -> StreamInfo:
    source = new_name("inject", "source")
    caps, is_audio = _caps_of(provider)
    pipeline.add("appsrc", source, {"caps": caps, "do-timestamp": True})
    feeder = Feeder(new_name("inject", "feeder"), provider)
    pipeline.attach(source, feeder, tips="need-data/enough-data")
    if is_audio or not caps.startswith("video/x-raw"):
        return StreamInfo(source, media_type="audio" if is_audio else "video")
    size = f"width={provider.width}, height={provider.height}"
    wanted = f"video/x-raw(memory:NVMM), format=NV12, {size}, framerate={provider.framerate}/1"
    names = add_chain(
        pipeline,
        [
            (
                "nvvideoconvert",
                new_name("inject", "converter"),
                {"gpu-id": options.get("gpu_id", 0), "compute-hw": 1},
            ),
            ("capsfilter", new_name("inject", "capsfilter"), {"caps": wanted}),
        ],
    )
    pipeline.link(source, names[0])
    return StreamInfo(names[-1], media_type="video")


def _caps_of(provider: Any) -> tuple[str, bool]:
    """The caps of what a provider makes, and whether it is sound."""
    kind = str(provider.format).upper()
    mime = MIME.get(kind)
    media = getattr(provider, "media_type", None) or ("video" if mime else "audio")
    if str(getattr(media, "value", media)).lower() == "audio":
        return _audio_caps(provider, kind), True
    if mime is None:
        raise TypeError(
            f"Format {provider.format} not supported: expected one of {', '.join(MIME)}"
        )
    if mime == "video/x-raw" and "gpu" in str(getattr(provider, "device", "")):
        mime += "(memory:NVMM)"
    values = f"format={kind}, width={provider.width}, height={provider.height}"
    return f"{mime}, {values}, framerate={provider.framerate}/1", False


def _audio_caps(provider: Any, kind: str) -> str:
    rate = getattr(provider, "sample_rate", getattr(provider, "rate", None))
    channels = getattr(provider, "channels", getattr(provider, "num_channels", None))
    if rate is None or channels is None:
        raise TypeError("Audio providers must supply sample_rate/rate and channels/num_channels")
    layout = getattr(provider, "layout", "interleaved")
    default = f"audio/x-raw, format={kind}, rate={rate}, channels={channels}, layout={layout}"
    return str(getattr(provider, "caps", default))
