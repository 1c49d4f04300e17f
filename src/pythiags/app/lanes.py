"""Lanes: what an extractor's events go through, each a channel with the worker that reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pythiags.channel import Channel, Control
from pythiags.errors import ChannelClosed, ConfigError, EventRefused
from pythiags.usercode import describe, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pythiags.workers import Worker
    from pythiags.workers.parting import Parting

__all__ = ["Lane", "Lanes", "put_all"]


@dataclass(frozen=True)
class Lane:
    """One channel, and the worker that is its only reader."""

    channel: Channel
    worker: Worker


class Lanes:
    """The lanes of one attachment: events go in, each to the lane that it belongs to.

    Args:
        lanes: At least one.
        parting: Says which event belongs where; not asked if there is one lane.
        blocking: Whether ``put()`` may wait.

    Attributes:
        failure: Why events cannot be shared out, if the first ones could not.
    """

    def __init__(self, lanes: Sequence[Lane], parting: Parting, *, blocking: bool) -> None:
        self.blocking = blocking
        self.failure: ConfigError | None = None
        self._lanes = tuple(lanes)
        self._parting = parting
        self._parted = False

    def __iter__(self) -> Iterator[Lane]:
        """Return them in their order."""
        return iter(self._lanes)

    def put(self, events: Any) -> None:
        """Put in what one call of the extractor returned.

        Raises:
            LiveMetadataError: It would outlive what it refers to.
            EventRefused: The key function raised, or code of the event's classes; counted as
                ``refused``, with the first lane.
            ConfigError: It has no key by which several workers could share it, others had.
            ChannelClosed: Nothing is let in any more; see also ``failure``.
        """
        if len(self._lanes) == 1:
            self._lanes[0].channel.put(events)
        else:
            put_all((self._lanes[lane].channel.put, part) for lane, part in self._part(events))

    def _part(self, events: Any) -> list[tuple[int, Any]]:
        try:
            parts = list(self._parting.part(events))
        except EventRefused:
            self._lanes[0].channel.refuse()
            raise
        except ConfigError as error:
            if self._parted:
                self._lanes[0].channel.refuse()
                raise
            self.failure = error  # no event has had a key so far: none will
            raise ChannelClosed("events cannot be distributed") from error
        except BaseException as error:  # code of the events' classes runs
            self._lanes[0].channel.refuse()
            raise EventRefused(
                f"events cannot be distributed among workers: {describe(error)}",
                where=self._lanes[0].channel.name,
                got=place_of(error),
            ) from error
        self._parted = True
        return parts

    def close(self, *, ended: bool) -> None:
        """Let nothing more in.

        Args:
            ended: The stream reached its end; the consumers are informed.
        """
        for lane in self._lanes:
            if ended:
                lane.channel.put_control(Control.END)
            lane.channel.close()


def put_all(puts: Iterable[tuple[Callable[[Any], object], Any]]) -> None:
    """Put something into each of several places, even if one of them raises.

    Raises:
        BaseException: The first that was raised, when all have been tried.
    """
    first: BaseException | None = None
    for put, what in puts:
        try:
            put(what)
        except BaseException as error:  # noqa: BLE001, PERF203 (raised below; there are few)
            first = first or error
    if first is not None:
        raise first
