"""Lanes: what an extractor's events go through, each a channel with the worker that reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pythiags.channel import Channel, Control

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pythiags.channel import Worker

__all__ = ["Lane", "Lanes"]


@dataclass(frozen=True)
class Lane:
    """One channel, and the worker that is its only reader."""

    channel: Channel
    worker: Worker


class Lanes:
    """The lanes of one attachment: events go in, each to the lane that it belongs to."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self._lanes = tuple(lanes)

    def __iter__(self) -> Iterator[Lane]:
        """Give them in their order."""
        return iter(self._lanes)

    def put(self, events: Any) -> None:
        """Put in what one call of the extractor returned.

        Raises:
            LiveMetadataError: It would outlive what it refers to.
            ChannelClosed: Nothing is let in any more.
        """
        self._lanes[0].channel.put(events)

    def close(self, *, ended: bool) -> None:
        """Let nothing more in.

        Args:
            ended: The stream ended by itself; the consumers are told so.
        """
        for lane in self._lanes:
            if ended:
                lane.channel.put_control(Control.END)
            lane.channel.close()
