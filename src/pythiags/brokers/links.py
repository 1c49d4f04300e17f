"""What a connection to a broker is, whatever the protocol."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from pythiags.brokers.settings import NAMES
from pythiags.errors import MissingDependency, PythiagsError, StreamError
from pythiags.extras import install_line

if TYPE_CHECKING:
    from pythiags.brokers.settings import Settings

__all__ = [
    "SECONDS",
    "Link",
    "LinkLost",
    "NoMore",
    "NotSent",
    "Outcome",
    "check_endpoint",
    "missing",
    "no_broker",
]

SECONDS: Final = 5.0
"""How long an answer of a broker is waited for."""


class LinkLost(Exception):
    """The connection is gone, and the message with it."""


class NotSent(Exception):
    """This message cannot be sent; the next one may."""


class NoMore(Exception):
    """DeepStream's adaptor fails here, which ends the stream."""


@dataclass(frozen=True)
class Outcome:
    """What became of messages that were under way."""

    lost: int = 0
    pending: bool = False
    problem: str | None = None


class Link(Protocol):
    """A connection. One thread calls its methods, and none blocks for longer than ``SECONDS``."""

    ends: ClassVar[bool]
    """Whether the stream ends when it is lost, as with DeepStream's adaptor."""
    patience: float
    """Seconds that ``close`` may be given."""

    def send(self, payload: bytes) -> None:
        """Send a message, or take it over.

        Raises:
            LinkLost: The connection is gone.
            NotSent: The broker refuses it.
            NoMore: Nothing can be sent any more.
        """

    def ask(self) -> Outcome:
        """Return what became of messages since the last call."""

    def close(self, seconds: float) -> Outcome:
        """Wait for messages that are under way, and disconnect."""


def missing(protocol: str, problem: ImportError) -> MissingDependency:
    """Return the error that a protocol's client is not installed."""
    return MissingDependency(
        f"nvmsgbroker's client for {NAMES[protocol]} cannot be imported: {problem}",
        hint=install_line(protocol),
    )


def no_broker(settings: Settings, problem: object) -> PythiagsError:
    """Return the error that a broker is not there, or does not take us."""
    text = str(problem).strip() or type(problem).__name__
    return StreamError(
        f"{settings.address} cannot be connected to: {text}",
        hint="see that it runs, and that host, port and identity are right",
    )


def check_endpoint(settings: Settings) -> None:
    """Look whether anything listens there at all.

    Raises:
        StreamError: Nothing does.
    """
    try:
        socket.create_connection((settings.host, settings.port), SECONDS).close()
    except OSError as problem:
        raise no_broker(settings, problem) from None
