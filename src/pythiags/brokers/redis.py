"""Redis, by redis-py: each message is an entry of the stream that the topic names."""

from __future__ import annotations

import contextlib
from collections import deque
from typing import TYPE_CHECKING, Any, ClassVar, Final

from pythiags.brokers.links import (
    SECONDS,
    LinkLost,
    Message,
    NotSent,
    Outcome,
    Trouble,
    missing,
    no_broker,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.brokers.settings import Settings

__all__ = ["connect", "subscribe"]

CONSUMER_GROUP: Final = "redis-consumer-group"
CONSUMER: Final = "redis-consumer"


def connect(settings: Settings) -> RedisLink:
    """Connect, and see that the server answers."""
    return RedisLink(settings)


def subscribe(settings: Settings) -> RedisInlet:
    """Connect, and make the consumer group of each stream: new entries are read from now on."""
    return RedisInlet(settings)


def _client(settings: Settings) -> tuple[Any, tuple[type[Exception], ...], type[Exception]]:
    """Return a client that the server has answered, the errors of a loss, and that of refusals."""
    try:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError as problem:
        raise missing("redis", problem) from None
    lost = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, OSError)
    client = redis.Redis(
        settings.host,
        settings.port,
        password=settings.password or None,
        socket_timeout=SECONDS,
        socket_connect_timeout=SECONDS,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )
    try:
        client.ping()
    except (*lost, redis.exceptions.RedisError) as problem:
        client.close()
        raise no_broker(settings, problem) from None
    return client, lost, redis.exceptions.RedisError


class RedisLink:
    """See ``Link``."""

    ends: ClassVar[bool] = False

    def __init__(self, settings: Settings) -> None:
        self.patience = settings.number("flush-timeout", 10_000, 1) / 1000
        size = settings.number("streamsize", 0)
        key = settings.keys.get("payloadkey") or "metadata"
        self._words: tuple[Any, ...] = (
            "XADD",
            settings.topic,
            *(("MAXLEN", "~", size) if size else ()),
            *("*", key),
        )
        self._client, self._lost, self._error = _client(settings)

    def send(self, payload: bytes) -> None:
        """Add it to the stream; the server has it then."""
        try:
            self._client.execute_command(*self._words, payload)
        except self._lost as problem:
            raise LinkLost(str(problem) or type(problem).__name__) from None
        except self._error as problem:
            raise NotSent(str(problem)) from None

    def ask(self) -> Outcome:
        """Nothing is under way."""
        return Outcome()

    def close(self, seconds: float) -> Outcome:  # noqa: ARG002
        """Disconnect."""
        self._client.close()
        return Outcome()


class RedisInlet:
    """See ``Inlet``."""

    def __init__(self, settings: Settings) -> None:
        self._group = settings.keys.get("consumergroup") or CONSUMER_GROUP
        self._name = settings.keys.get("consumername") or CONSUMER
        self._streams = dict.fromkeys(settings.topics, ">")  # what nobody of the group has read
        self._client, lost, error = _client(settings)
        self._errors = (*lost, error)
        self._entries: deque[tuple[bytes, bytes, dict[bytes, bytes]]] = deque()
        self._lost: LinkLost | None = None
        for topic in settings.topics:
            self._join(topic, settings)

    def _join(self, topic: str, settings: Settings) -> None:
        """Make the group of a stream, and the stream, as far as they are not there."""
        try:
            self._client.xgroup_create(topic, self._group, "$", mkstream=True)
        except self._errors as problem:
            if "BUSYGROUP" not in str(problem):  # the group is there
                self._client.close()
                raise no_broker(settings, f"the stream {topic!r}: {problem}") from None

    def take(self, seconds: float) -> Message | None:
        """Return the next entry of a stream, and tell the server that it is read."""
        if self._lost is None and not self._entries:
            self._do(lambda: self._read(max(int(seconds * 1000), 1)))  # 0: without an end
        if self._lost is not None:
            raise self._lost
        if not self._entries:
            return None
        stream, number, fields = self._entries.popleft()
        # Where that fails, the entry is here all the same, and the next call says so.
        self._do(lambda: self._client.xack(stream, self._group, number))
        return _message(stream, fields)

    def _do(self, ask: Callable[[], object]) -> None:
        try:
            ask()
        except self._errors as problem:
            self._lost = LinkLost(str(problem) or type(problem).__name__)

    def _read(self, milliseconds: int) -> None:
        """Wait for the next entry of each stream."""
        found = self._client.xreadgroup(self._group, self._name, self._streams, 1, milliseconds)
        for stream, entries in found or ():
            self._entries.extend((stream, *entry) for entry in entries)

    def close(self) -> None:
        """Take the group away, as NVIDIA's adaptor does, and disconnect."""
        if self._lost is None:
            with contextlib.suppress(*self._errors):
                for topic in self._streams:
                    self._client.xgroup_destroy(topic, self._group)
        self._client.close()


def _message(stream: bytes, fields: dict[bytes, bytes]) -> Message:
    """Return the value of an entry's first field, whatever its name."""
    topic = stream.decode(errors="replace")
    if not fields:
        raise Trouble(f"an entry of {topic!r} has no fields")
    return Message(topic, next(iter(fields.values())))
