"""What a pipeline tells ``on_message``; and its states."""

from __future__ import annotations

import enum
from typing import Any, Final

__all__ = [
    "DynamicSourceMessage",
    "EOSMessage",
    "PipelineMessage",
    "PipelineState",
    "RecordingInfo",
    "StateTransitionMessage",
    "message_of",
]


class PipelineState(enum.IntEnum):
    """The states of an element; ``EMPTY`` is GStreamer's NULL."""

    INVALID = 0
    EMPTY = 1
    READY = 2
    PAUSED = 3
    PLAYING = 4


class PipelineMessage:
    """The base of all messages."""

    __slots__ = ()


class EOSMessage(PipelineMessage):
    """All sinks have reached the end of the stream."""

    __slots__ = ()


class StateTransitionMessage(PipelineMessage):
    """An element has changed its state.

    Args:
        origin: Its name.
        old_state: The state before.
        new_state: The state now.
    """

    __slots__ = ("new_state", "old_state", "origin")

    def __init__(self, origin: str, old_state: PipelineState, new_state: PipelineState) -> None:
        self.origin, self.old_state, self.new_state = origin, old_state, new_state

    def __repr__(self) -> str:
        """As NVIDIA's has it."""
        return (
            f"StateTransitionMessage(old_state={int(self.old_state)}, "
            f"new_state={int(self.new_state)}, origin={self.origin})"
        )


class DynamicSourceMessage(PipelineMessage):
    """A source was added to a pipeline that plays, or taken away.

    Args:
        source_id: Its number.
        source_added: Whether it was added.
        sensor_id: Its id.
        sensor_name: Its name.
        uri: Where it is.
    """

    __slots__ = ("sensor_id", "sensor_name", "source_added", "source_id", "uri")

    def __init__(
        self,
        source_id: int,
        source_added: bool,
        sensor_id: str = "",
        sensor_name: str = "",
        uri: str = "",
    ) -> None:
        self.source_id, self.source_added = source_id, source_added
        self.sensor_id, self.sensor_name, self.uri = sensor_id, sensor_name, uri

    def __repr__(self) -> str:
        """As NVIDIA's has it."""
        return (
            f"DynamicSourceMessage(source_added={int(self.source_added)}, "
            f"source_id={self.source_id}, sensor_id={self.sensor_id}, "
            f"sensor_name={self.sensor_name}, uri={self.uri})"
        )


class RecordingInfo:
    """What a recording turned out to be.

    Args:
        values: Its attributes; those that are not known are 0 or empty.
    """

    _DEFAULTS: Final = {
        "session_id": 0,
        "file_name": "",
        "file_directory": "",
        "duration": 0,
        "container_type": "",
        "width": 0,
        "height": 0,
        "contains_video": False,
        "contains_audio": False,
        "channels": 0,
        "sampling_rate": 0,
    }

    def __init__(self, **values: Any) -> None:
        self.__dict__.update({**self._DEFAULTS, **values})

    def __getattr__(self, name: str) -> Any:
        """Say that there is no such attribute."""
        raise AttributeError(f"RecordingInfo has no attribute {name!r}")

    def __repr__(self) -> str:
        """Tell all of it."""
        values = ", ".join(f"{name}={value}" for name, value in self.__dict__.items())
        return f"RecordingInfo({values})"


_ADDED: Final = {"stream-add": True, "stream-remove": False}


def message_of(message: Any) -> PipelineMessage | None:
    """Return what a message of GStreamer's bus means to a script; None: nothing."""
    from pythiags.gst import Gst

    if message.type == Gst.MessageType.EOS:
        return EOSMessage()
    if message.type == Gst.MessageType.STATE_CHANGED:
        old, new, _ = message.parse_state_changed()
        return StateTransitionMessage(
            message.src.get_name(), PipelineState(int(old)), PipelineState(int(new))
        )
    if message.type == Gst.MessageType.ELEMENT:
        structure = message.get_structure()
        added = _ADDED.get(structure.get_name()) if structure is not None else None
        if added is not None:
            number = int(structure.get_value("source-id") or 0)
            texts = ("sensor-id", "sensor-name", "uri")
            sensor, name, uri = (str(structure.get_value(text) or "") for text in texts)
            return DynamicSourceMessage(number, added, sensor, name, uri)
    return None
