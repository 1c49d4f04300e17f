"""MQTT 5, by paho-mqtt: QoS 0, as NVIDIA's adaptor sends and receives."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, ClassVar, Final

from pythiags.brokers.links import (
    SECONDS,
    LinkLost,
    Message,
    NotSent,
    Outcome,
    missing,
    no_broker,
)
from pythiags.errors import ConfigError

if TYPE_CHECKING:
    from pythiags.brokers.settings import Settings

__all__ = ["connect", "subscribe"]

KEEP_ALIVE: Final = 60
UNSPECIFIED: Final = 128  # a reason of MQTT 5
UNDER_WAY: Final = 1000
BYTES_UNDER_WAY: Final = 16 << 20
"""What may be on its way into the socket."""


def connect(settings: Settings) -> MqttLink:
    """Connect, and wait until the broker takes us."""
    return MqttLink(settings)


def subscribe(settings: Settings) -> MqttInlet:
    """Connect, and wait until the broker has all of the subscriptions."""
    return MqttInlet(settings)


def _client(settings: Settings) -> Any:
    """Return a client that is not connected."""
    try:
        from paho.mqtt import client as mqtt
        from paho.mqtt.enums import CallbackAPIVersion
    except ImportError as problem:
        raise missing("mqtt", problem) from None
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=settings.keys.get("client-id", ""),
        protocol=mqtt.MQTTv5,
        reconnect_on_failure=False,
    )
    client.connect_timeout = SECONDS
    if settings.username or settings.password:
        client.username_pw_set(settings.username, settings.password)
    _encrypt(client, settings)
    return client


def _open(client: Any, settings: Settings) -> None:
    keep_alive = settings.number("keep-alive", KEEP_ALIVE, 5)
    try:
        client.connect(settings.host, settings.port, keep_alive)
    except (OSError, ValueError) as problem:
        raise no_broker(settings, problem) from None


class MqttLink:
    """See ``Link``."""

    ends: ClassVar[bool] = True
    patience: float = SECONDS

    def __init__(self, settings: Settings) -> None:
        self._client = _client(settings)
        from paho.mqtt import client as mqtt

        self._topic = settings.topic
        self._sent = mqtt.MQTT_ERR_SUCCESS
        self._words = mqtt.error_string
        self._under_way: deque[tuple[Any, int]] = deque()
        self._bytes = 0
        self._answer, self._over = threading.Event(), threading.Event()
        self._refusal = f"it does not answer within {SECONDS:g} seconds"
        self._gone = ""
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        _open(self._client, settings)
        self._client.loop_start()
        self._answer.wait(SECONDS)
        if self._refusal:
            self.close(0)
            raise no_broker(settings, self._refusal)

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, code: Any, _more: Any) -> None:
        self._refusal = str(code) if code.is_failure else ""
        self._answer.set()

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, code: Any, _more: Any) -> None:
        self._gone = _reason(code)
        self._answer.set()
        self._over.set()

    def send(self, payload: bytes) -> None:
        """Hand it to the client's thread, which writes it into the socket."""
        try:
            info = self._client.publish(self._topic, payload)
        except ValueError as problem:  # a topic with wildcards, a payload that is too large
            raise NotSent(str(problem)) from None
        if info.rc != self._sent:
            raise LinkLost(self._gone or self._words(info.rc))
        self._under_way.append((info, len(payload)))
        self._bytes += len(payload)
        while self._under_way and self._under_way[0][0].is_published():
            self._oldest()
        if len(self._under_way) > UNDER_WAY or self._bytes > BYTES_UNDER_WAY:
            self._wait(SECONDS)

    def _oldest(self) -> Any:
        info, size = self._under_way.popleft()
        self._bytes -= size
        return info

    def _wait(self, seconds: float) -> None:
        """Wait for the oldest message to be written."""
        info = self._oldest()
        info.wait_for_publish(seconds)
        if not info.is_published():
            raise LinkLost(f"it takes nothing for {seconds:g} seconds")

    def ask(self) -> Outcome:
        """Nothing is known of messages of QoS 0 that were written."""
        return Outcome()

    def close(self, seconds: float) -> Outcome:
        """Wait until all is written, and disconnect."""
        end, lost = time.monotonic() + seconds, 0
        while self._under_way:
            info = self._oldest()
            if self._client.is_connected() and not info.is_published():
                info.wait_for_publish(max(end - time.monotonic(), 0))
            lost += not info.is_published()
        self._end()
        return Outcome(lost, problem="there was no time to send them" if lost else None)

    def _end(self) -> None:
        """Disconnect. The client's thread would go on writing to a broker that takes nothing."""
        connection = self._client.socket()
        if self._client.disconnect() == self._sent and not self._over.wait(1) and connection:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._client.loop_stop()


class MqttInlet:
    """See ``Inlet``. Whoever calls it does the client's work: it has no thread."""

    def __init__(self, settings: Settings) -> None:
        self._client = _client(settings)
        from paho.mqtt import client as mqtt

        self._done, self._words = mqtt.MQTT_ERR_SUCCESS, mqtt.error_string
        self._found: deque[Message] = deque()
        self._answers: list[Any] = []
        self._gone = ""
        self._client.on_connect = lambda *words: self._answers.append(words[3])
        self._client.on_subscribe = lambda *words: self._answers.extend(words[3])
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        _open(self._client, settings)
        self._await(settings, 1, "it")
        for topic in settings.topics:
            try:
                self._client.subscribe(topic)
            except ValueError as problem:
                self.close()
                raise ConfigError(
                    f"MQTT's client refuses a topic: {problem}", where="topic-list", got=topic
                ) from None
            self._await(settings, 1, f"the subscription to {topic!r}")

    def _await(self, settings: Settings, answers: int, what: str) -> None:
        """Wait until the broker has answered that it agrees."""
        end = time.monotonic() + SECONDS
        while len(self._answers) < answers and not self._gone and time.monotonic() < end:
            self._work(0.1)
        refused = [str(code) for code in self._answers if code.is_failure]
        if refused or len(self._answers) < answers:
            self.close()
            silent = self._gone or f"not answered within {SECONDS:g} seconds"
            raise no_broker(settings, f"{what}: {refused[0] if refused else silent}")
        self._answers.clear()

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, code: Any, _more: Any) -> None:
        self._gone = _reason(code)

    def _on_message(self, _client: Any, _data: Any, message: Any) -> None:
        self._found.append(Message(message.topic, message.payload))

    def _work(self, seconds: float) -> None:
        """Have the client read and write."""
        code = self._client.loop(seconds)
        if code != self._done:
            self._gone = self._gone or self._words(code)

    def take(self, seconds: float) -> Message | None:
        """Return what came."""
        if not self._found and not self._gone:
            self._work(seconds)
        if self._found:
            return self._found.popleft()
        if self._gone:
            raise LinkLost(self._gone)
        return None

    def close(self) -> None:
        """Disconnect; the client writes that at once."""
        self._client.disconnect()


def _reason(code: Any) -> str:
    """Return why the connection ended; the client has a word of its own where nobody said."""
    return "the broker has closed it" if code.value == UNSPECIFIED else str(code)


def _encrypt(mqtt_client: Any, settings: Settings) -> None:
    keys = settings.keys
    if not keys.get("enable-tls", "").startswith("1"):
        return
    import ssl

    trusted, folder = keys.get("tls-cafile") or None, keys.get("tls-capath") or None
    if not trusted and not folder:
        raise ConfigError(
            "enable-tls=1 needs the certificates to trust",
            where=f"{settings.file}: [message-broker]",
            expected="tls-cafile or tls-capath",
        )
    certificate, key = keys.get("tls-certfile"), keys.get("tls-keyfile")
    try:
        context = ssl.create_default_context(cafile=trusted, capath=folder)
        if certificate and key:
            context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as problem:
        raise ConfigError(
            f"the certificates cannot be read: {problem}",
            where=f"{settings.file}: [message-broker]",
        ) from None
    mqtt_client.tls_set_context(context)
