"""What properties and a configuration file say of a connection.

The properties are nvmsgbroker's, or those of what receives, such as ``smart_recording_action``.

They mean what they mean to NVIDIA's adaptors, each of which has ways of its own: where the topic
stands, what may be in the file, and which environment variables come before both.
"""

from __future__ import annotations

import configparser
import os
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from pythiags.errors import ConfigError
from pythiags.suggest import did_you_mean
from pythiags.textfile import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LIBRARIES", "NAMES", "PACKAGES", "Settings", "protocol_of", "read_settings"]

LIBRARIES: Final = {
    "libnvds_kafka_proto.so": "kafka",
    "libnvds_mqtt_proto.so": "mqtt",
    "libnvds_amqp_proto.so": "amqp",
    "libnvds_redis_proto.so": "redis",
}
"""NVIDIA's libraries, and the protocol that each speaks."""

NAMES: Final = {"kafka": "Kafka", "mqtt": "MQTT", "amqp": "AMQP", "redis": "Redis"}
"""By protocol: how it is written."""

PACKAGES: Final = {"kafka": "confluent_kafka", "mqtt": "paho", "amqp": "pika", "redis": "redis"}
"""By protocol: the client that is imported. Its extra has the protocol's name."""

GROUP: Final = "message-broker"
AMQP_PORT: Final = 5672
AMQP_TOPIC: Final = "deepstream_topic"
NO_ADDRESS: Final = 3
"""A conn-str of so few letters does not count for AMQP's and Redis's adaptors."""

_EVERYWHERE: Final = frozenset({"share-connection"})
_KEYS: Final = {
    "kafka": frozenset(
        {
            *("proto-cfg", "producer-proto-cfg", "consumer-proto-cfg"),
            *("partition-key", "consumer-group-id"),
        }
    ),
    "mqtt": frozenset(
        {
            *("username", "password", "client-id", "keep-alive", "loop-timeout", "set-threaded"),
            *("enable-tls", "tls-cafile", "tls-capath", "tls-certfile", "tls-keyfile"),
        }
    ),
    "amqp": frozenset(
        {
            *("hostname", "port", "username", "password", "exchange", "topic"),
            *("amqp-framesize", "amqp-heartbeat"),
        }
    ),
    "redis": frozenset(
        {
            *("hostname", "port", "password", "streamsize", "payloadkey", "flush-timeout"),
            *("consumergroup", "consumername", "sensorid"),
        }
    ),
}
_CONN_STR: Final = {
    "kafka": "host;port, or host;port;topic",
    "mqtt": "host;port, or host;port;topic",
    "amqp": "host;port, or host;port;username, or host;port;username;password",
    "redis": "host;port, or host;port;topic",
}
_USUAL: Final = {"kafka": 9092, "mqtt": 1883, "amqp": AMQP_PORT, "redis": 6379}
_WILDCARDS: Final = {"mqtt": "+#", "amqp": "*#"}
MOST_PORT: Final = 65535


@dataclass(frozen=True)
class Settings:
    """A connection, as it was asked for."""

    protocol: str
    host: str
    port: int
    topic: str
    """What messages are sent to; "": they are received."""
    username: str = ""
    password: str = field(default="", repr=False)
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Of ``[message-broker]``."""
    file: str = ""
    """Where those come from."""
    new_api: bool = False
    notes: tuple[str, ...] = ()
    """What is doubtful."""
    topics: tuple[str, ...] = ()
    """What messages are received of."""

    @property
    def address(self) -> str:
        """The broker, as messages name it."""
        return f"the {NAMES[self.protocol]} broker at {self.host}:{self.port}"

    def number(self, key: str, default: int, least: int = 0) -> int:
        """Return a whole number of the file.

        Raises:
            ConfigError: It is none, or less than the least.
        """
        text = self.keys.get(key, "").strip()
        if not text:
            return default
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise ConfigError(
                f"{key} is not a number from {least} on", where=f"{self.file}: [{GROUP}]", got=text
            )
        return value


def protocol_of(library: str | None) -> str:
    """Return the protocol that ``proto-lib`` chooses: by the name of NVIDIA's library alone.

    Raises:
        ConfigError: It is not set, or names another library.
    """
    listed = ", ".join(LIBRARIES)
    if not library:
        raise ConfigError(
            "proto-lib is not set: it chooses the protocol",
            expected=f"one of {listed}; the file need not be there",
        )
    name = PurePath(library).name
    for known, protocol in LIBRARIES.items():
        if name == known or name.startswith(f"{known}."):
            return protocol
    if "azure" in name:
        raise ConfigError(
            "Azure's protocol needs NVIDIA's library, and DeepStream",
            where="proto-lib",
            got=library,
            hint="an IoT hub speaks MQTT too: libnvds_mqtt_proto.so with enable-tls=1 reaches it",
        )
    close = did_you_mean(name, LIBRARIES)
    raise ConfigError(
        "proto-lib names a library of its own, which needs DeepStream",
        where="proto-lib",
        expected=f"one of {listed}",
        got=library,
        hint=f"did you mean '{close}'?" if close else None,
    )


def read_settings(given: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> Settings:
    """Return what properties say, by their names.

    Args:
        given: The properties that were set, as text. What receives has ``topic-list`` in the place
            of ``topic``, and ``proto-config-file`` in that of ``config``.
        environ: Where names and passwords may be, which count more than those of the file.

    Raises:
        ConfigError: Something is missing or cannot be read. Messages never have a password in them.
    """
    protocol = protocol_of(given.get("proto-lib"))
    receives = "topic-list" in given
    file_key = "proto-config-file" if receives else "config"
    file = given.get(file_key, "")
    keys = _read_keys(file, file_key) if file else {}
    parts = given.get("conn-str", "").split(";") if given.get("conn-str") else []
    host, port = _address(protocol, parts, keys)
    username, password = _identity(protocol, parts, keys, environ)
    topics = _topics(given["topic-list"]) if receives else ()
    topic, notes = (
        ("", _wild(protocol, topics)) if receives else _topic(protocol, parts, keys, given)
    )
    return Settings(
        protocol,
        host,
        port,
        topic,
        username,
        password,
        keys,
        file,
        new_api=given.get("new-api") == "1",
        notes=(*notes, *_unknown_keys(protocol, keys, file)),
        topics=topics,
    )


def _read_keys(path: str, what: str) -> dict[str, str]:
    """Read a group as GLib does: a # begins a comment at the start of a line only."""
    parser = configparser.RawConfigParser(
        delimiters=("=",),
        comment_prefixes=("#",),
        inline_comment_prefixes=None,
        strict=False,
        empty_lines_in_values=False,
        default_section="\0",
    )
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    try:
        parser.read_string(read_text(path), source=path)
    except OSError as problem:
        raise ConfigError(f"{what} cannot be read: {problem.strerror}", where=path) from None
    except (ValueError, configparser.Error) as problem:
        line = (
            getattr(problem, "lineno", None) or next(iter(getattr(problem, "errors", ())), (0,))[0]
        )
        raise ConfigError(
            f"{what} is not a file of [group] and key=value",
            where=f"{path}:{line}" if line else path,
            expected=f"[{GROUP}], and keys below it",
        ) from None
    if not parser.has_section(GROUP):
        raise ConfigError(f"{what} has no group [{GROUP}]", where=path)
    return dict(parser.items(GROUP))


def _unknown_keys(protocol: str, keys: Mapping[str, str], file: str) -> list[str]:
    known = _KEYS[protocol] | _EVERYWHERE
    notes = []
    for key in keys:
        if key not in known:
            close = did_you_mean(key, known)
            hint = f": did you mean '{close}'?" if close else ""
            notes.append(f"{file}: [{GROUP}] {key} is not known, and not read{hint}")
    return notes


# ---- the address


def _address(protocol: str, parts: list[str], keys: Mapping[str, str]) -> tuple[str, int]:
    in_file = protocol in ("amqp", "redis")
    if not parts or (in_file and len(";".join(parts)) <= NO_ADDRESS):
        if not in_file or not keys.get("hostname"):
            raise ConfigError(
                "conn-str is not set: it says where the broker is",
                expected=f"{_CONN_STR[protocol]}, such as localhost;{_USUAL[protocol]}",
                hint="or write hostname and port into config" if in_file else None,
            )
        default = str(AMQP_PORT) if protocol == "amqp" else ""
        return keys["hostname"], _port(protocol, keys.get("port", default))
    most = 4 if protocol == "amqp" else 3
    if not 2 <= len(parts) <= most or not parts[0]:  # noqa: PLR2004 (host and port)
        raise ConfigError(
            "conn-str cannot be read",
            expected=f"{_CONN_STR[protocol]}, such as localhost;{_USUAL[protocol]}",
            got=f"{len(parts)} parts" if parts[0] else "no host",
        )
    return parts[0], _port(protocol, parts[1])


def _port(protocol: str, text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = 0
    if not 0 < port <= MOST_PORT:
        raise ConfigError(
            "the broker's port is not a number",
            expected=f"a port behind the host, such as {_USUAL[protocol]}",
            got="nothing" if not text else "something else",
        )
    return port


# ---- who connects


def _identity(
    protocol: str, parts: list[str], keys: Mapping[str, str], environ: Mapping[str, str]
) -> tuple[str, str]:
    """Return the user's name and password: of the environment, of conn-str, of the file."""
    name, word = f"USER_{protocol.upper()}", f"PASSWORD_{protocol.upper()}"
    username, password = keys.get("username", ""), keys.get("password", "")
    if protocol == "kafka":
        return "", ""
    if protocol == "amqp":
        username, password = (*parts[2:4], *(username, password)[len(parts[2:4]) :])
    username = environ.get(name, username) if protocol != "redis" else ""
    password = environ.get(word, password)
    if protocol == "amqp" and not (username and password):
        raise ConfigError(
            "the AMQP broker wants a user's name and a password",
            expected=f"username and password in config, or {name} and {word} in the environment",
        )
    return username, password


# ---- the topic


def _topic(
    protocol: str, parts: list[str], keys: Mapping[str, str], given: Mapping[str, str]
) -> tuple[str, list[str]]:
    topic = given.get("topic", "")
    if protocol == "amqp":  # what is last in conn-str may be a password
        return topic or keys.get("topic") or AMQP_TOPIC, []
    if topic:
        return topic, []
    if given.get("new-api") == "1" or len(parts) < 2 or not parts[-1]:  # noqa: PLR2004
        hint = "with new-api=true the third part of conn-str does not count" if parts[2:] else None
        raise ConfigError(
            "topic is not set: it says what messages are sent to", expected="topic=NAME", hint=hint
        )
    if len(parts) == 2:  # noqa: PLR2004 (host and port)
        note = (
            f"topic is not set, and conn-str has none: its last part, '{parts[-1]}', is the "
            "topic, as with DeepStream"
        )
        return parts[-1], [note]
    return parts[-1], []


def _topics(text: str) -> tuple[str, ...]:
    """Return the topics of a list, with commas between them, or semicolons as in other files."""
    topics = tuple(dict.fromkeys(filter(None, map(str.strip, text.replace(";", ",").split(",")))))
    if not topics:
        raise ConfigError(
            "topic-list is not set: it says what messages are received of",
            expected="topic-list=NAME, or several with commas between",
        )
    return topics


def _wild(protocol: str, topics: tuple[str, ...]) -> list[str]:
    return [
        f"topic-list: {topic!r} has a wildcard, and nothing comes of it: as with DeepStream, a "
        "message counts whose topic is in the list by its full name"
        for topic in topics
        if any(letter in topic for letter in _WILDCARDS.get(protocol, ""))
    ]
