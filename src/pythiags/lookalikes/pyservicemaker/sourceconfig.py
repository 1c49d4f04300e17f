"""``SourceConfig``: files that list sources; and the settings of recordings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pythiags.lookalikes.pyservicemaker.plainyaml import load_yaml

__all__ = ["CameraInfo", "RecordConfig", "SensorInfo", "SmartRecordConfig", "SourceConfig"]


class SensorInfo(NamedTuple):
    """A source that has a URI.

    Attributes:
        sensor_id: Its id.
        sensor_name: Its name.
        uri: Where it is.
    """

    sensor_id: Any
    sensor_name: Any
    uri: Any


class CameraInfo(NamedTuple):
    """A camera; what its file does not say is None."""

    camera_type: Any
    camera_video_format: Any
    camera_width: Any
    camera_height: Any
    camera_fps_n: Any
    camera_fps_d: Any
    camera_csi_sensor_id: Any
    camera_v4l2_dev_node: Any
    gpu_id: Any
    nvbuf_mem_type: Any
    nvvideoconvert_copy_hw: Any


class SourceConfig:
    """What a file of sources says; nothing before ``load()``."""

    def __init__(self) -> None:
        self._sensors: list[SensorInfo] = []
        self._cameras: list[CameraInfo] = []
        self._type: str | None = None
        self._properties: dict[str, Any] = {}

    @property
    def sensor_list(self) -> list[SensorInfo]:
        """The sources with a URI, of ``source-list``."""
        return self._sensors

    @property
    def camera_list(self) -> list[CameraInfo]:
        """The cameras, of ``camera-list``."""
        return self._cameras

    @property
    def source_type(self) -> str | None:
        """The factory of the sources, ``source-bin``; "camerabin" of a file with cameras."""
        return self._type

    @property
    def source_properties(self) -> dict[str, Any]:
        """The properties of the sources."""
        return self._properties

    def load(self, config_file: str) -> None:
        """Read a file in YAML.

        Raises:
            OSError: It cannot be read.
            ValueError: It is no such file.
        """
        document = load_yaml(Path(config_file)) or {}
        if not isinstance(document, dict):
            raise ValueError(f"{config_file}: expected source-list: or camera-list:")  # noqa: TRY004
        for source in document.get("source-list") or ():
            self._sensors.append(SensorInfo(*(source.get(key) for key in _keys(SensorInfo))))
        for camera in document.get("camera-list") or ():
            self._cameras.append(CameraInfo(*(camera.get(key) for key in _keys(CameraInfo))))
        described = document.get("source-config")
        if described:
            self._type = described.get("source-bin")
            self._properties = described.get("properties") or {}
        if self._cameras:
            self._type = "camerabin"


def _keys(cls: Any) -> list[str]:
    """The keys of a named tuple in a file."""
    return [name.replace("_", "-") for name in cls._fields]


@dataclass
class RecordConfig:
    """How sources are recorded: of one's own accord, or by messages of a broker.

    Args:
        recording_type: "local" or "cloud"; the next five are for "cloud".
        proto_lib: The library of the broker's protocol.
        conn_str: Where the broker is.
        msgconv_config_file: The configuration of nvmsgconv.
        proto_config_file: The configuration of the protocol.
        topic_list: The topics to listen to.
        rec_cache: How many seconds are kept from before a recording starts.
        rec_container: 0 for MP4, 1 for Matroska.
        rec_dir_path: The folder of the files.
        rec_mode: 0 for sound and picture, 1 for the picture, 2 for the sound.

    Raises:
        ValueError: One of the five is missing.
    """

    recording_type: str = "local"
    proto_lib: str | None = None
    conn_str: str | None = None
    msgconv_config_file: str | None = None
    proto_config_file: str | None = None
    topic_list: str | None = None
    rec_cache: int = 20
    rec_container: int = 0
    rec_dir_path: str = "."
    rec_mode: int = 0

    def __post_init__(self) -> None:
        """See that all is there."""
        if self.recording_type.lower() != "cloud":
            return
        wanted = ("proto_lib", "conn_str", "msgconv_config_file", "proto_config_file", "topic_list")
        missing = [name for name in wanted if not getattr(self, name)]
        if missing:
            raise ValueError(f"Missing required cloud recording fields: {', '.join(missing)}")


@dataclass
class SmartRecordConfig:
    """``RecordConfig`` of before DeepStream 9: recordings that messages of a broker start."""

    proto_lib: str
    conn_str: str
    msgconv_config_file: str
    proto_config_file: str
    topic_list: str
    smart_rec_cache: int = 20
    smart_rec_container: int = 0
    smart_rec_dir_path: str = "."
    smart_rec_mode: int = 0

    def as_record_config(self) -> RecordConfig:
        """Return the same settings by their newer names."""
        return RecordConfig(
            *("cloud", self.proto_lib, self.conn_str, self.msgconv_config_file),
            *(self.proto_config_file, self.topic_list, self.smart_rec_cache),
            *(self.smart_rec_container, self.smart_rec_dir_path, self.smart_rec_mode),
        )
