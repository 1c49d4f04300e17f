"""The items of a channel: events, records, control items.

Apart from the channel, so that a worker process need not load that to understand them.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pythiags.channel._ring import Record

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CONTROLS", "Control", "Decode", "Gap", "decoded"]

Decode: TypeAlias = "Callable[[Any], Any]"


class Control(enum.Enum):
    """What a channel carries besides events, in order with them, never dropped, never counted."""

    END = "end"  # the stream ended by itself: everything before this was all there is


@dataclass(frozen=True)
class Gap:
    """A control item: a live source, such as a camera, was lost.

    Frames that were on their way at that moment may still follow. If the source comes back, its
    frames may have another size or rate.

    Attributes:
        source: The name of the source element.
        source_id: The number of the mixer's pad that it feeds, as ``source_id`` of its frames has
            it; None: it feeds no mixer.
        reason: ``error``, ``eos``, ``timeout`` or ``state-change-failure``, with what an element
            said.
    """

    source: str
    source_id: int | None
    reason: str

    @property
    def value(self) -> str:
        """What kind of control item it is."""
        return "gap"


CONTROLS: Final = (Control, Gap)
"""What no policy drops, and no counter counts."""


def decoded(event: Any, decode: Decode | None) -> Any:
    """Return what a consumer gets of an event: other than C, Python puts in what it is to get.

    A channel may hold both: what a killed run left on disk was extracted in its own way.
    """
    return event if decode is None or not isinstance(event, Record) else decode(event)
