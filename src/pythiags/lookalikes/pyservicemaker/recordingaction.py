"""``smart_recording_action``: messages of a broker start and stop recordings.

As DeepStream's, one connection serves all sources. It is made when the first pipeline with such a
source starts, before that plays, so nothing is lost that is sent once ``start()`` has returned; and
it ends with the last of these pipelines. (NVIDIA's is made when the action is attached, and lasts
as long as the program: but no source records before its pipeline plays, nor after.)
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pythiags.brokers import open_receiver, read_settings
from pythiags.errors import PythiagsError
from pythiags.lookalikes.pyservicemaker import commands
from pythiags.lookalikes.pyservicemaker.logs import tell
from pythiags.lookalikes.pyservicemaker.recording import start_recording, stop_recording
from pythiags.lookalikes.pyservicemaker.signals import Emitter, SmartRecordingSignal

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.brokers import Settings
    from pythiags.lookalikes.pyservicemaker.messages import RecordingInfo
    from pythiags.lookalikes.pyservicemaker.node import Node

__all__ = ["SmartRecordingAction"]

KIND: Final = "smart_recording_action"
HOME: Final = "/opt/nvidia/deepstream/deepstream"
PROTOCOL_FILE: Final = f"{HOME}/sources/libs/kafka_protocol_adaptor/cfg_kafka.txt"
"""It sets nothing: where it is not there, that is no error."""
DEFAULTS: Final = {
    "proto-lib": f"{HOME}/lib/libnvds_kafka_proto.so",
    "conn-str": "127.0.0.1;9092",
    "proto-config-file": PROTOCOL_FILE,
    "msgconv-config-file": "",
    "topic-list": "",
}


class SmartRecordingAction(Emitter):
    """``smart_recording_action``: recordings that messages of a broker start and stop.

    Its properties are read when it is attached. A broker that is away and a message that is wrong
    are told on standard error, and disturb nothing.
    """

    actions = ("start-sr", "stop-sr")

    def __init__(self, name: str) -> None:
        super().__init__(name, DEFAULTS, KIND)
        self._settings: Settings | None = None
        self._sensors: dict[str, int] | None = None
        self._sources: dict[int, Node] = {}
        self._playing: list[Node] = []
        self._leave: Callable[[], None] | None = None

    def attach(self, action_name: str, node: Node) -> None:
        """Have messages start and stop recordings of a node.

        Raises:
            RuntimeError: The properties are wrong, or the node's name does not end in a number.
        """
        super().attach(action_name, node)
        number = commands.source_number(node.name)
        if self._settings is None:
            self._read()
        known = self._sources.setdefault(number, node)
        if known is not node:
            _say(f"{node.name!r} has the number of {known.name!r}, which gets its messages")
        elif all(attached.what is not self for attached in node.attached):
            node.attach(self)

    def _read(self) -> None:
        """Read what the properties say."""
        given = {name: str(value) for name, value in self.properties.items()}
        if given["proto-config-file"] == PROTOCOL_FILE and not Path(PROTOCOL_FILE).exists():
            given["proto-config-file"] = ""
        sensors = given.pop("msgconv-config-file")
        try:
            self._sensors = commands.read_sensors(sensors) if sensors else None
            self._settings = read_settings(given)
        except PythiagsError as problem:
            raise RuntimeError(f"{KIND} {self.name!r}: {problem}") from None

    def arm(self, node: Node) -> Callable[[], None]:
        """Receive messages while the pipeline of a node runs; return what ends that.

        Raises:
            RuntimeError: The connection can never be made.
        """
        if self._settings is None or node not in self._sources.values():
            return super().arm(node)
        if not self._playing:
            try:
                self._leave = _join(self._settings, self._on_message)
            except PythiagsError as problem:
                raise RuntimeError(f"{KIND} {self.name!r}: {problem}") from None
        self._playing.append(node)

        def disarm() -> None:
            self._playing.remove(node)
            if not self._playing and self._leave is not None:
                self._leave()

        return disarm

    def _on_message(self, topic: str, payload: bytes) -> None:
        """Do what a message asks for, in the thread that receives."""
        try:
            command = commands.read_command(payload)
            node = self._source_of(command.sensor)
            for note in command.notes:
                _say(f"a message of {topic!r}: {note}")
            if command.starts:
                start_recording(node, command.before, command.duration, _reporter(node))
            elif not stop_recording(node):
                _say(f"a message of {topic!r} stops nothing: {node.name!r} does not record")
        except (ValueError, RuntimeError) as problem:
            _say(f"a message of {topic!r} is not followed: {problem}")

    def _source_of(self, sensor: str) -> Node:
        number = commands.sensor_number(sensor, self._sensors)
        if number not in self._sources:
            names = ", ".join(repr(node.name) for node in self._sources.values())
            raise ValueError(f"sensor {sensor!r} is that of source {number}; there are: {names}")
        return self._sources[number]


def _reporter(node: Node) -> Callable[[RecordingInfo], object] | None:
    """Return what hears of a recording that is complete: None: a line tells of it."""
    told = any(isinstance(attached.what, SmartRecordingSignal) for attached in node.attached)
    return (lambda _: None) if told else None


def _say(text: str) -> None:
    tell(f"{KIND}: {text}")


# ---- one connection for all that ask for the same ----

_lock = threading.Lock()
_shared: dict[tuple[object, ...], _Shared] = {}


class _Shared:
    """A connection, and who hears of its messages."""

    def __init__(self, settings: Settings, handler: Callable[[str, bytes], None]) -> None:
        self.handlers = [handler]
        self.receiver = open_receiver(settings, self._on_message, _say)

    def _on_message(self, topic: str, payload: bytes) -> None:
        for handler in tuple(self.handlers):
            handler(topic, payload)


def _join(settings: Settings, handler: Callable[[str, bytes], None]) -> Callable[[], None]:
    """Hear of messages; return what ends that.

    The consumers of a group, as Kafka and Redis have it, get each message once among them.
    """
    key = (settings.protocol, settings.host, settings.port, settings.file, settings.topics)
    with _lock:
        if key in _shared:
            _shared[key].handlers.append(handler)
        else:
            _shared[key] = _Shared(settings, handler)
        shared = _shared[key]

    def leave() -> None:
        with _lock:
            shared.handlers.remove(handler)
            if shared.handlers:
                return
            del _shared[key]
        shared.receiver.close()

    return leave
