"""What lies between an extractor and its consumer: bounded and counted. No GStreamer in it.

The names are loaded when they are asked for: a worker process needs hardly any of them, and has to
be there soon.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pythiags.channel.channel import Channel as Channel
    from pythiags.channel.channel import ChannelStats as ChannelStats
    from pythiags.channel.items import Control as Control

_HOMES: Final = {
    "Channel": "channel",
    "ChannelStats": "channel",
    "Control": "items",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'pythiags.channel' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"pythiags.channel.{home}"), name)
    return value
