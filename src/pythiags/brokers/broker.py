"""A broker as nvmsgbroker has it: what happens where it goes away is decided here.

As with DeepStream, a broker that is not there at the start is an error. One that goes away later:

- Kafka's client connects again by itself; messages wait, for up to ``message.timeout.ms``.
- With MQTT the stream ends with an error.
- With AMQP and Redis all later messages are lost.
- With ``new-api`` a connection is tried again every two seconds, and messages are lost until it
  succeeds; after six minutes the stream ends with an error.
"""

from __future__ import annotations

import configparser
import logging
import time
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

from pythiags.brokers.links import LinkLost, NoMore, NotSent, Outcome
from pythiags.errors import PythiagsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.brokers.links import Link
    from pythiags.brokers.settings import Settings

__all__ = ["Broker", "Report", "Retry", "open_broker"]

_log = logging.getLogger("pythiags.nvmsgbroker")

NO_TIME: Final = "there was no time to send them"

RETRY_FILE: Final = "/opt/nvidia/deepstream/deepstream/sources/libs/nvmsgbroker/cfg_nvmsgbroker.txt"
"""Where DeepStream reads how to connect again, for all of its elements."""


@dataclass(frozen=True)
class Retry:
    """How a connection is tried again."""

    interval: float = 2.0
    """Seconds between two attempts."""
    limit: float = 360.0
    """Seconds after which it is given up."""
    wanted: bool = True


@dataclass(frozen=True)
class Report:
    """What a call has to tell: ``PtBrokerReport`` of ``native/broker.h``."""

    lost: int = 0
    ended: bool = False
    pending: bool = False
    problem: str | None = None


class Broker:
    """A connection, and what is done without one. One thread calls its methods.

    Args:
        settings: What was asked for.
        connect: Makes a connection.
        retry: How it is tried again, with ``new_api``.
        clock: Seconds.

    Raises:
        PythiagsError: The broker is not there.
    """

    def __init__(
        self,
        settings: Settings,
        connect: Callable[[Settings], Link],
        retry: Retry | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._connect = connect
        self._retry = retry or Retry()
        self._clock = clock
        self._lost_at = self._next = 0.0
        self._why = ""
        self._link: Link | None = connect(settings)
        self.patience = self._link.patience

    def send(self, payload: bytes) -> Report:
        """Send a message."""
        link = self._link or self._again()
        if link is None:
            return self._without()
        try:
            link.send(payload)
        except LinkLost as problem:
            return self._lose(link, problem)
        except NoMore as problem:
            return Report(1, ended=True, problem=f"{self._settings.address}: {problem}")
        except NotSent as problem:
            return Report(1, pending=True, problem=f"{self._settings.address}: {problem}")
        return Report(pending=True)

    def ask(self) -> Report:
        """Say what became of messages that were under way."""
        if self._link is None:
            return Report()
        outcome = self._link.ask()
        return Report(outcome.lost, pending=outcome.pending, problem=self._said(outcome.problem))

    def close(self, seconds: float, left: int = 0) -> Report:
        """Wait for messages that are under way, and disconnect.

        Args:
            seconds: How long.
            left: Messages that were never sent.
        """
        outcome = Outcome() if self._link is None else self._link.close(seconds)
        self._link = None
        lost = outcome.lost + left
        if not lost:
            return Report()
        problem = self._said(outcome.problem) or self._why or self._said(NO_TIME)
        _log.warning("%d messages are lost: %s", lost, problem)
        return Report(lost, problem=problem)

    def _said(self, problem: str | None) -> str | None:
        return f"{self._settings.address}: {problem}" if problem else None

    def _lose(self, link: Link, problem: LinkLost) -> Report:
        outcome = link.close(0)
        self._link = None
        self._lost_at = self._clock()
        self._next = self._lost_at + self._retry.interval
        self._why = f"{self._settings.address}: the connection is lost: {problem}"
        tries = self._settings.new_api and self._retry.wanted
        ended = not tries and (link.ends or self._settings.new_api)
        if not self._settings.new_api:
            self._why += ". As DeepStream's, it is not made again: set new-api=true for that"
        elif tries:
            self._why += f". It is tried again every {self._retry.interval:g} seconds"
        return Report(1 + outcome.lost, ended=ended, problem=self._why)

    def _again(self) -> Link | None:
        """Connect again, where that is wanted and its time has come."""
        if not self._settings.new_api or self._clock() < self._next:
            return None
        try:
            self._link = self._connect(self._settings)
        except PythiagsError as problem:
            self._next = self._clock() + self._retry.interval
            _log.info("%s", problem.message)
            return None
        _log.info("%s: connected again", self._settings.address)
        return self._link

    def _without(self) -> Report:
        given_up = self._settings.new_api and (
            self._clock() - self._lost_at > self._retry.limit or not self._retry.wanted
        )
        if given_up:
            problem = f"{self._why}, for {self._retry.limit:g} seconds by now: it is given up"
            return Report(1, ended=True, problem=problem)
        return Report(1, problem=self._why)


def open_broker(settings: Settings) -> Broker:
    """Connect to a broker.

    Raises:
        PythiagsError: Its client is missing, it is not there, or it refuses us.
    """
    for note in settings.notes:
        _log.warning("%s", note)
    module = import_module(f"pythiags.brokers.{settings.protocol}")
    connect: Callable[[Settings], Link] = module.connect
    return Broker(settings, connect, read_retry(RETRY_FILE) if settings.new_api else None)


def read_retry(path: str) -> Retry:
    """Return what DeepStream's file says of connecting again; its defaults without that file."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read(path, encoding="utf-8")
        group = "nvmsgbroker"
        return Retry(
            interval=parser.getint(group, "retry-interval", fallback=2),
            limit=parser.getint(group, "max-retry-limit", fallback=360),
            wanted=parser.getboolean(group, "auto-reconnect", fallback=True),
        )
    except (ValueError, configparser.Error) as problem:
        _log.warning("%s cannot be read, and does not count: %s", path, problem)
        return Retry()
