"""Redis, by redis-py: each message is an entry of the stream that the topic names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pythiags.brokers.links import SECONDS, LinkLost, NotSent, Outcome, missing, no_broker

if TYPE_CHECKING:
    from pythiags.brokers.settings import Settings

__all__ = ["connect"]


def connect(settings: Settings) -> RedisLink:
    """Connect, and see that the server answers."""
    return RedisLink(settings)


class RedisLink:
    """See ``Link``."""

    ends: ClassVar[bool] = False

    def __init__(self, settings: Settings) -> None:
        try:
            import redis
            from redis.backoff import NoBackoff
            from redis.retry import Retry
        except ImportError as problem:
            raise missing("redis", problem) from None
        self.patience = settings.number("flush-timeout", 10_000, 1) / 1000
        self._lost = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, OSError)
        self._error = redis.exceptions.RedisError
        size = settings.number("streamsize", 0)
        key = settings.keys.get("payloadkey") or "metadata"
        self._words: tuple[Any, ...] = (
            "XADD",
            settings.topic,
            *(("MAXLEN", "~", size) if size else ()),
            *("*", key),
        )
        self._client: Any = redis.Redis(
            settings.host,
            settings.port,
            password=settings.password or None,
            socket_timeout=SECONDS,
            socket_connect_timeout=SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        try:
            self._client.ping()
        except (*self._lost, self._error) as problem:
            self._client.close()
            raise no_broker(settings, problem) from None

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
