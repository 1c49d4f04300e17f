"""What a connection to a broker is, whatever the protocol: one that sends, or one that receives."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, Protocol

from pythiags.brokers.settings import NAMES
from pythiags.errors import MissingDependency, PythiagsError, StreamError
from pythiags.extras import install_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.brokers.settings import Settings

__all__ = [
    "SECONDS",
    "Inlet",
    "Link",
    "LinkLost",
    "Message",
    "NoMore",
    "NotSent",
    "Outcome",
    "Trouble",
    "check_endpoint",
    "close_within",
    "missing",
    "no_broker",
]

SECONDS: Final = 5.0
"""How long an answer of a broker is waited for."""


class LinkLost(Exception):
    """The connection is gone, and the message with it."""

    def __str__(self) -> str:
        """Return why without a full stop, as libraries may write one: more is said behind it."""
        return super().__str__().rstrip(".")


class NotSent(Exception):
    """This message cannot be sent; the next one may."""


class NoMore(Exception):
    """DeepStream's adaptor fails here, which ends the stream."""


class Trouble(Exception):
    """Something is wrong that a connection survives: a message, or what its client mends itself."""


class Message(NamedTuple):
    """What has come on a topic."""

    topic: str
    payload: bytes


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


class Inlet(Protocol):
    """A connection that receives. One thread at a time calls its methods."""

    def take(self, seconds: float) -> Message | None:
        """Return the next message; None: none came within these seconds.

        Raises:
            LinkLost: The connection is gone.
            Trouble: Something is wrong, and the next call goes on.
        """

    def close(self) -> None:
        """Disconnect. A connection that is lost is not waited for."""


def missing(protocol: str, problem: ImportError) -> MissingDependency:
    """Return the error that a protocol's client is not installed."""
    return MissingDependency(
        f"the client for {NAMES[protocol]} cannot be imported: {problem}",
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


def close_within(
    seconds: float, close: Callable[[], object], cut: Callable[[], object] | None = None
) -> None:
    """Have a client close, which waits for the broker's answer, for no longer than that.

    Args:
        seconds: How long.
        close: Closes; it runs in a thread of its own.
        cut: Ends the connection, so that ``close`` and its thread end as well. None: they may stay.
    """
    closing = threading.Thread(target=close, daemon=True, name="broker-close")
    closing.start()
    closing.join(seconds)
    if closing.is_alive() and cut is not None:
        cut()
        closing.join(seconds)
