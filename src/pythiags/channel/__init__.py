"""The bounded, counted queue between an extractor and its consumer. It does not use GStreamer.

The names are loaded when they are first used: a worker process needs hardly any of them, and has to
start quickly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pythiags.lazy import loader

if TYPE_CHECKING:
    from pythiags.channel.channel import Channel as Channel
    from pythiags.channel.channel import ChannelStats as ChannelStats
    from pythiags.channel.items import Control as Control
    from pythiags.channel.items import Gap as Gap

_HOMES: Final = {
    "Channel": "pythiags.channel.channel",
    "ChannelStats": "pythiags.channel.channel",
    "Control": "pythiags.channel.items",
    "Gap": "pythiags.channel.items",
}

__all__ = list(_HOMES)
if not TYPE_CHECKING:  # which would take any name for one that is there
    __getattr__ = loader(__name__, _HOMES)
