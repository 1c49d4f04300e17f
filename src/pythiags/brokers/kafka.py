"""Kafka, by confluent-kafka: librdkafka, as in NVIDIA's adaptor, so ``proto-cfg`` is the same."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any, ClassVar, Final

from pythiags.brokers.links import (
    SECONDS,
    Message,
    NoMore,
    NotSent,
    Outcome,
    Trouble,
    check_endpoint,
    close_within,
    missing,
)
from pythiags.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.brokers.settings import Settings

__all__ = ["connect", "subscribe"]

_log = logging.getLogger("pythiags.nvmsgbroker.librdkafka")
_log.addHandler(logging.NullHandler())

PARTITION_KEY: Final = "sensor.id"
CONSUMER_GROUP: Final = "test-consumer-group"
MOST_KEY: Final = 99
REPORT: Final = 1000
"""Milliseconds between two reports of the client on its connections."""
QUIET: Final = 15
"""Reports without an error that end an outage: the client tries every 12 seconds at least."""
SENSOR_FIELD: Final = 4
"""Of a frame in NVIDIA's protobuf schema."""


def connect(settings: Settings) -> KafkaLink:
    """See that somebody listens, and start the client, which connects by itself."""
    return KafkaLink(settings)


def subscribe(settings: Settings) -> KafkaInlet:
    """See that somebody listens, and have the client join its group, which takes seconds."""
    return KafkaInlet(settings)


def _client(kind: str, settings: Settings, own: dict[str, Any], *names: str) -> Any:
    """Return a new client.

    Args:
        kind: "Producer" or "Consumer".
        settings: Of the connection.
        own: Options that the file's come after.
        names: The keys of the file that have options.
    """
    try:
        import confluent_kafka
    except ImportError as problem:
        raise missing("kafka", problem) from None
    server = f"{settings.host}:{settings.port}"
    options: dict[str, Any] = {"bootstrap.servers": server, "logger": _log, **own}
    for name in names:
        options.update(_options(settings, name))
    check_endpoint(settings)
    try:
        return getattr(confluent_kafka, kind)(options)
    except (confluent_kafka.KafkaException, TypeError, ValueError) as problem:
        raise ConfigError(
            f"Kafka's client cannot be made: {_words(problem)}",
            where=f"{settings.file}: [message-broker]" if settings.file else None,
            hint="proto-cfg has the names of librdkafka's configuration",
        ) from None


class KafkaLink:
    """See ``Link``."""

    ends: ClassVar[bool] = False
    patience: float = 10.0

    def __init__(self, settings: Settings) -> None:
        self._topic = settings.topic
        self._key = settings.keys.get("partition-key") or PARTITION_KEY
        self._lost = 0
        self._problems: dict[str, None] = {}  # in order, each once
        self._away = False
        own = {"error_cb": self._on_error}
        self._producer = _client("Producer", settings, own, "proto-cfg", "producer-proto-cfg")
        from confluent_kafka import KafkaException

        self._error = KafkaException

    def _on_error(self, error: Any) -> None:
        """Once an outage: the client logs each attempt."""
        if not self._away:
            self._away = True
            self._problems[f"{error.str()}; messages wait until it is back"] = None

    def _on_delivery(self, error: Any, _message: Any) -> None:
        if error is None:
            self._away = False
        else:
            self._lost += 1
            self._problems[str(error.str())] = None

    def send(self, payload: bytes) -> None:
        """Leave it to the client, which says later what became of it."""
        key = partition_key(payload, self._key)
        try:
            self._producer.produce(self._topic, payload, key, on_delivery=self._on_delivery)
        except BufferError:
            raise NoMore(f"too many messages wait: {len(self._producer)}") from None
        except self._error as problem:
            raise NoMore(_words(problem)) from None
        except ValueError as problem:
            raise NotSent(str(problem)) from None
        self._producer.poll(0)

    def ask(self) -> Outcome:
        """Say which could not be delivered."""
        self._producer.poll(0)
        return self._outcome(pending=len(self._producer) > 0)

    def close(self, seconds: float) -> Outcome:
        """Wait until all are delivered."""
        left = self._producer.flush(seconds)
        if left:
            self._lost += left
            self._problems = self._problems or {"there was no time to deliver them": None}
        return self._outcome(pending=False)

    def _outcome(self, *, pending: bool) -> Outcome:
        outcome = Outcome(self._lost, pending, ". ".join(self._problems) or None)
        self._lost, self._problems = 0, {}
        return outcome


class KafkaInlet:
    """See ``Inlet``. What the group has not read before is read from the first message on."""

    def __init__(self, settings: Settings) -> None:
        self._problems: dict[str, None] = {}  # in order, each once
        self._told: set[str] = set()
        self._away = False
        self._quiet = 0
        group = settings.keys.get("consumer-group-id") or CONSUMER_GROUP
        own = {
            "group.id": group,
            "auto.offset.reset": "earliest",
            "error_cb": self._on_error,
            "stats_cb": self._on_report,
            "statistics.interval.ms": REPORT,
        }
        self._consumer: Any = _client("Consumer", settings, own, "proto-cfg", "consumer-proto-cfg")
        from confluent_kafka import KafkaException

        try:
            self._consumer.subscribe(list(settings.topics))
        except KafkaException as problem:
            self._consumer.close()
            raise ConfigError(
                f"Kafka's client refuses the topics: {_words(problem)}",
                where="topic-list",
                got=", ".join(settings.topics),
            ) from None

    def _on_error(self, error: Any) -> None:
        """Once an outage: the client logs each attempt, and connects again by itself."""
        self._away, self._quiet = True, 0
        self._note("away", f"{error.str()}; the client goes on trying")

    def _on_report(self, text: str) -> None:
        """Find out whether an outage is over, which the client does not say otherwise."""
        if "away" not in self._told:
            return
        brokers = json.loads(text)["brokers"].values()
        if not any(each["state"] == "UP" for each in brokers if each["source"] != "logical"):
            return
        self._away = False
        self._quiet += 1
        if self._quiet >= QUIET:  # one of several brokers may still be away
            self._told.discard("away")
            self._problems["connected"] = None

    def _note(self, what: str, text: str) -> None:
        if what not in self._told:
            self._told.add(what)
            self._problems[text] = None

    def take(self, seconds: float) -> Message | None:
        """Return what the client has fetched; it also says here what is wrong."""
        message = self._consumer.poll(seconds)
        if message is not None and message.error() is not None:
            text = str(message.error().str())
            self._note(text, text)
            message = None
        if message is not None:
            self._told.clear()
            self._away = False
            return Message(message.topic(), message.value() or b"")
        if self._problems:
            text = ". ".join(self._problems)
            self._problems.clear()
            raise Trouble(text)
        return None

    def close(self) -> None:
        """Leave the group. Of a broker that is away, the client would wait until it is back."""
        consumer, self._consumer = self._consumer, None
        if not self._away:
            close_within(SECONDS, consumer.close)


def _words(problem: BaseException) -> str:
    error = problem.args[0] if problem.args else problem
    return str(error.str()) if hasattr(error, "str") else str(problem)


def _options(settings: Settings, name: str) -> Iterator[tuple[str, str]]:
    """Read ``"key=value;key=value"``, in quotes, as the adaptor wants them."""
    text = settings.keys.get(name, "").strip()
    if not text:
        return
    if len(text) < 3 or text[0] != '"' or text[-1] != '"':  # noqa: PLR2004 (two quotes)
        raise ConfigError(
            f"{name} is not in quotes",
            where=f"{settings.file}: [message-broker]",
            expected=f'{name}="message.timeout.ms=2000;retries=5"',
        )
    for part in filter(None, text[1:-1].split(";")):
        key, equals, value = part.partition("=")
        if not equals:
            raise ConfigError(
                f"{name} has a part without a value",
                where=f"{settings.file}: [message-broker]",
                expected="key=value, with semicolons between",
                got=key,
            )
        yield key.strip(), value.strip()


def partition_key(payload: bytes, path: str) -> str | None:
    """Return the text at a path of names with dots between; of protobuf, the sensor's id."""
    try:
        found = json.loads(payload)
    except ValueError:
        return _sensor_in_protobuf(payload)
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found[:MOST_KEY] if isinstance(found, str) and found else None


def _sensor_in_protobuf(payload: bytes) -> str | None:
    """Return the sensor's id of a frame; None: it has none, or it is not protobuf."""
    at = 0
    try:
        while at < len(payload):
            tag, at = _varint(payload, at)
            if tag & 7 != 2:  # noqa: PLR2004 (of a length; a frame has no others)
                return None
            size, at = _varint(payload, at)
            if tag >> 3 == SENSOR_FIELD:
                return payload[at : at + size].decode() or None
            at += size
    except (IndexError, UnicodeDecodeError):
        pass
    return None


def _varint(payload: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while payload[at] & 0x80:
        number |= (payload[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return number | payload[at] << shift, at + 1
