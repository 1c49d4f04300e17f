"""AMQP 0-9-1, by pika: to an exchange, with the topic as the routing key."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Any, ClassVar, Final

from pythiags.brokers.links import SECONDS, LinkLost, NotSent, Outcome, missing, no_broker

if TYPE_CHECKING:
    from pythiags.brokers.settings import Settings

__all__ = ["connect"]

FRAME_SIZE: Final = 131_072
EXCHANGE: Final = "amq.topic"


def connect(settings: Settings) -> AmqpLink:
    """Connect, log in and open a channel."""
    return AmqpLink(settings)


class AmqpLink:
    """See ``Link``."""

    ends: ClassVar[bool] = False
    patience: float = SECONDS

    def __init__(self, settings: Settings) -> None:
        try:
            import pika
            from pika import exceptions
        except ImportError as problem:
            raise missing("amqp", problem) from None
        log = logging.getLogger("pika")
        if log.level == logging.NOTSET:  # it logs what it raises; a program may want that
            log.setLevel(logging.CRITICAL)
        self._errors = (exceptions.AMQPError, OSError)
        self._closed_channel = exceptions.ChannelClosed
        self._topic = settings.topic
        self._exchange = settings.keys.get("exchange") or EXCHANGE
        self._heartbeat = settings.number("amqp-heartbeat", 0)
        self._properties = pika.BasicProperties(content_type="text/plain", delivery_mode=2)
        parameters = pika.ConnectionParameters(
            settings.host,
            settings.port,
            credentials=pika.PlainCredentials(settings.username, settings.password),
            frame_max=settings.number("amqp-framesize", FRAME_SIZE, 4096),
            heartbeat=self._heartbeat,
            socket_timeout=SECONDS,
            stack_timeout=SECONDS,
            blocked_connection_timeout=SECONDS,
            # A broker that takes nothing would be waited for without an end.
            tcp_options={"TCP_USER_TIMEOUT": int(SECONDS * 1000)},
        )
        try:
            self._connection: Any = pika.BlockingConnection(parameters)
            self._channel: Any = self._connection.channel()
        except self._errors as problem:
            raise no_broker(settings, _words(problem)) from None

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
        """Disconnect. The client waits for the broker's answer, we do not for longer than that."""
        closing = threading.Thread(target=self._end, daemon=True, name="nvmsgbroker-close")
        closing.start()
        closing.join(min(max(seconds, 1), SECONDS))
        return Outcome()

    def _end(self) -> None:
        with contextlib.suppress(*self._errors):
            self._connection.close()


def _words(problem: BaseException) -> str:
    """Return what pika says: why it cannot connect, or what the broker says of a refusal."""
    inner = problem.args[0] if problem.args else None
    error = getattr(inner, "exception", problem)
    text = getattr(error, "reply_text", "")
    return text or str(error) or type(error).__name__
