"""The items of a channel: events, records, control items.

Apart from the channel, so that a worker process need not load that to understand them.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, TypeAlias

from pythiags.channel._ring import Record

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Control", "Decode", "decoded"]

Decode: TypeAlias = "Callable[[Any], Any]"


class Control(enum.Enum):
    """What a channel carries besides events, in order with them, never dropped, never counted."""

    END = "end"  # the stream ended by itself: everything before this was all there is


def decoded(event: Any, decode: Decode | None) -> Any:
    """Return what a consumer gets of an event: other than C, Python puts in what it is to get.

    A channel may hold both: what a killed run left on disk was extracted in its own way.
    """
    return event if decode is None or not isinstance(event, Record) else decode(event)
