"""The counters of an App as plain values, for JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import SimpleNamespace
from typing import Any

from pythiags.app.stats import (
    AppStats,
    AttachmentStats,
    ExtractionStats,
    LaneStats,
    ReloadStats,
    Share,
)
from pythiags.channel import ChannelStats
from pythiags.retry import SourceStats

__all__ = ["as_plain", "from_plain"]


def as_plain(stats: AppStats) -> dict[str, Any]:
    """Return the counters in dicts and lists, with the rate and the sums over workers."""
    made = _values(stats) | {"state": stats.state.value, "fps": stats.fps}
    for row, each in zip(made["attachments"], stats.attachments, strict=True):
        row["channel"] = _values(each.channel)
    return dict(made)


def _values(value: Any) -> Any:
    """Return a value as ``asdict`` does, which turns a Counter into one of pairs (until 3.12)."""
    if is_dataclass(value):
        return {each.name: _values(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {key: _values(each) for key, each in value.items()}
    return [_values(each) for each in value] if isinstance(value, tuple) else value


def from_plain(plain: Mapping[str, Any]) -> AppStats:
    """Return the counters that ``as_plain()`` has written; the state has no more than its value.

    It needs no GStreamer.

    Raises:
        KeyError: One of them is missing; other versions have others.
        TypeError: One of them is unknown.
    """
    state: Any = SimpleNamespace(value=str(plain["state"]))
    own = {name: plain[name] for name in ("elapsed", "played", "draining", "frames")}
    return AppStats(
        state=state,
        **own,
        position=plain["position"],
        duration=plain["duration"],
        attachments=tuple(map(_attachment, plain["attachments"])),
        sources=tuple(SourceStats(**each) for each in plain["sources"]),
        reloads=tuple(ReloadStats(**each) for each in plain["reloads"]),
    )


def _attachment(plain: Mapping[str, Any]) -> AttachmentStats:
    lanes = [
        LaneStats(**{**lane, "channel": ChannelStats(**lane["channel"])}) for lane in plain["lanes"]
    ]
    return AttachmentStats(
        **{name: plain[name] for name in ("name", "element", "worker")},
        extraction=ExtractionStats(**plain["extraction"]),
        share=Share(**plain["share"]),
        lanes=tuple(lanes),
    )
