"""AMQP 0-9-1, by pika: to and from an exchange, with the topic as the routing key."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections import deque
from typing import TYPE_CHECKING, Any, ClassVar, Final

from pythiags.brokers.links import (
    SECONDS,
    LinkLost,
    Message,
    NotSent,
    Outcome,
    Trouble,
    close_within,
    missing,
    no_broker,
)

if TYPE_CHECKING:
    from pythiags.brokers.settings import Settings

__all__ = ["connect", "subscribe"]

FRAME_SIZE: Final = 131_072
EXCHANGE: Final = "amq.topic"


def connect(settings: Settings) -> AmqpLink:
    """Connect, log in and open a channel."""
    return AmqpLink(settings)


def subscribe(settings: Settings) -> AmqpInlet:
    """Connect, log in, and have a queue for each topic, which goes with the connection."""
    return AmqpInlet(settings)


def _connection(settings: Settings) -> tuple[Any, Any, tuple[type[Exception], ...]]:
    """Return a connection, a channel of it, and the errors that they raise."""
    try:
        import pika
        from pika import exceptions
    except ImportError as problem:
        raise missing("amqp", problem) from None
    log = logging.getLogger("pika")
    if log.level == logging.NOTSET:  # it logs what it raises; a program may want that
        log.setLevel(logging.CRITICAL)
    errors = (exceptions.AMQPError, OSError)
    parameters = pika.ConnectionParameters(
        settings.host,
        settings.port,
        credentials=pika.PlainCredentials(settings.username, settings.password),
        frame_max=settings.number("amqp-framesize", FRAME_SIZE, 4096),
        heartbeat=settings.number("amqp-heartbeat", 0),
        socket_timeout=SECONDS,
        stack_timeout=SECONDS,
        blocked_connection_timeout=SECONDS,
        # A broker that takes nothing would be waited for without an end.
        tcp_options={"TCP_USER_TIMEOUT": int(SECONDS * 1000)},
    )
    try:
        connection = pika.BlockingConnection(parameters)
        return connection, connection.channel(), errors
    except errors as problem:
        raise no_broker(settings, _words(problem)) from None


def _end(connection: Any, seconds: float, errors: tuple[type[Exception], ...]) -> None:
    """Disconnect."""

    def close() -> None:
        with contextlib.suppress(*errors):
            connection.close()

    def cut() -> None:
        # Pika waits for the broker's answer without a limit, and has no other way to end that.
        found = connection
        for name in ("_impl", "_transport", "_sock"):
            found = getattr(found, name, None)
        if found is not None:
            with contextlib.suppress(OSError):
                found.shutdown(socket.SHUT_RDWR)

    close_within(min(max(seconds, 1), SECONDS), close, cut)


class AmqpLink:
    """See ``Link``."""

    ends: ClassVar[bool] = False
    patience: float = SECONDS

    def __init__(self, settings: Settings) -> None:
        self._connection, self._channel, self._errors = _connection(settings)
        import pika

        self._closed_channel = pika.exceptions.ChannelClosed
        self._topic = settings.topic
        self._exchange = settings.keys.get("exchange") or EXCHANGE
        self._heartbeat = settings.number("amqp-heartbeat", 0)
        self._properties = pika.BasicProperties(content_type="text/plain", delivery_mode=2)

    def send(self, payload: bytes) -> None:
        """Write it into the socket."""
        try:
            self._channel.basic_publish(self._exchange, self._topic, payload, self._properties)
        except self._closed_channel as problem:
            self._open_again()
            raise NotSent(_words(problem)) from None
        except self._errors as problem:
            raise LinkLost(_words(problem)) from None

    def _open_again(self) -> None:
        """A channel is closed by what the broker refuses, such as an exchange that is not there."""
        try:
            self._channel = self._connection.channel()
        except self._errors as problem:
            raise LinkLost(_words(problem)) from None

    def ask(self) -> Outcome:
        """Let the client answer heartbeats."""
        try:
            self._connection.process_data_events(0)
        except self._errors:
            return Outcome()  # the next message tells
        return Outcome(pending=self._heartbeat > 0)

    def close(self, seconds: float) -> Outcome:
        """Disconnect."""
        _end(self._connection, seconds, self._errors)
        return Outcome()


class AmqpInlet:
    """See ``Inlet``."""

    def __init__(self, settings: Settings) -> None:
        self._found: deque[Message | Trouble] = deque()
        self._connection, self._channel, self._errors = _connection(settings)
        exchange = settings.keys.get("exchange") or EXCHANGE
        try:
            for topic in settings.topics:
                queue = self._channel.queue_declare("", auto_delete=True).method.queue
                self._channel.queue_bind(queue, exchange, topic)
                self._channel.basic_consume(queue, self._on_message, auto_ack=True)
        except self._errors as problem:
            self.close()
            raise no_broker(settings, _words(problem)) from None

    def _on_message(self, _channel: Any, how: Any, properties: Any, payload: bytes) -> None:
        if properties.content_type is None:
            text = "has no content type, and is not read, as by DeepStream's adaptor"
            self._found.append(Trouble(f"a message of {how.routing_key!r} {text}"))
        else:
            self._found.append(Message(how.routing_key, payload))

    def take(self, seconds: float) -> Message | None:
        """Return what came."""
        if not self._found:
            self._work(seconds)
        found = self._found.popleft() if self._found else None
        if isinstance(found, Trouble):
            raise found
        return found

    def _work(self, seconds: float) -> None:
        """Have the client read; it comes back with the first message."""
        try:
            self._connection.process_data_events(seconds)
        except self._errors as problem:
            raise LinkLost(_words(problem)) from None
        if not self._channel.is_open or not self._channel.consumer_tags:
            raise LinkLost("the broker has taken the queue away")

    def close(self) -> None:
        """Disconnect; the queues go with that."""
        _end(self._connection, 1, self._errors)


def _words(problem: BaseException) -> str:
    """Return what pika says: why it cannot connect, or what the broker says of a refusal."""
    inner = problem.args[0] if problem.args else None
    error = getattr(inner, "exception", problem)
    text = getattr(error, "reply_text", "")
    return text or str(error) or type(error).__name__
