"""Whether a run goes well: what /healthz answers."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pythiags.gst.pipeline import PipelineState
from pythiags.redact import redact
from pythiags.retry import PAUSES, SILENCE, RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.app.stats import AppStats
    from pythiags.errors import PythiagsError
    from pythiags.retry import SourceStats

__all__ = ["Health", "Reason", "Stillness", "health"]

LOOK_EVERY: Final = 1.0  # seconds
_PLAYING: Final = (PipelineState.STARTING, PipelineState.RUNNING, PipelineState.RETRYING)


class Stillness:
    """For how long nothing has come to any sink.

    Time in which the pipeline is paused does not count.

    Attributes:
        moved: Something has come since the start.
        pause: Seconds between what came last and what came before it, as far as looks can tell.
    """

    def __init__(self) -> None:
        self.moved = False
        self.pause = 0.0
        self._count = 0
        self._since = math.nan
        self._next_look = -math.inf

    def is_due(self, now: float) -> bool:
        """Whether it is time for another look, once a second."""
        return now >= self._next_look

    def look(self, now: float, count: int, *, playing: bool) -> None:
        """Take in how many buffers have come to all sinks together.

        Args:
            now: Seconds of a clock that does not jump.
            count: The buffers.
            playing: The pipeline is not paused.
        """
        self._next_look = now + LOOK_EVERY
        if count != self._count:
            self.pause = self.seconds(now) if self.moved else 0.0
        if count != self._count or not playing or math.isnan(self._since):
            self.moved = self.moved or count > 0
            self._count, self._since = count, now

    def seconds(self, now: float) -> float:
        """Return for how long."""
        return 0.0 if math.isnan(self._since) else now - self._since


@dataclass(frozen=True)
class Reason:
    """Why a run does not go well.

    Attributes:
        kind: ``"stalled"``, ``"source-lost"`` or ``"failed"``.
        source: The name of the source; empty: it is about the whole pipeline.
        detail: What happened.
    """

    kind: str
    source: str
    detail: str


@dataclass(frozen=True)
class Health:
    """The health of a run.

    Attributes:
        status: ``"starting"``: no buffer has come to a sink yet; ``"ok"``; ``"ending"``: what is
            left is delivered; ``"unhealthy"``.
        state: Of the run, as ``AppStats.state`` has it.
        reasons: Why it is unhealthy; empty if it is not.
        frames: Frames that arrived at a sink.
        quiet: Seconds since a buffer came to a sink.
        sources: The status of each live source.
    """

    status: str
    state: str
    reasons: tuple[Reason, ...]
    frames: int
    quiet: float
    sources: dict[str, str]

    @property
    def well(self) -> bool:
        """Whether all goes well."""
        return not self.reasons

    def json(self) -> str:
        """Return it as one line of JSON."""
        reasons = [
            {name: text for name, text in vars(each).items() if text} for each in self.reasons
        ]
        return json.dumps({**vars(self), "quiet": round(self.quiet, 3), "reasons": reasons})


def health(
    stats: AppStats,
    error: PythiagsError | None,
    quiet: float,
    *,
    moved: bool,
    retry: RetryPolicy | None,
    pause: float = 0.0,
) -> Health:
    """Judge a run.

    Args:
        stats: Its counters.
        error: What ended it, if an error did.
        quiet: Seconds without a buffer at any sink.
        moved: Whether there was any buffer.
        retry: How live sources are started again; its time-outs are the limits.
        pause: Seconds between the last two buffers: where they are rare, a longer silence is no
            stall yet.
    """
    start, stall = _limits(retry)
    limit = max(stall, PAUSES * pause) if moved else start
    reasons = tuple(_reasons(stats, error, quiet, moved=moved, limit=limit))
    status = "ok" if moved else "starting"
    if stats.state not in _PLAYING:
        status = "ending"
    return Health(
        status="unhealthy" if reasons else status,
        state=stats.state.value,
        reasons=reasons,
        frames=stats.frames,
        quiet=quiet,
        sources={each.name: each.status for each in stats.sources},
    )


def _reasons(
    stats: AppStats,
    error: PythiagsError | None,
    quiet: float,
    *,
    moved: bool,
    limit: float,
) -> Iterator[Reason]:
    if error is not None:
        where = f"{error.where}: " if error.where else ""
        yield Reason("failed", "", f"{type(error).__name__}: {where}{error.message}")
    for source in stats.sources:
        kind = _trouble(source)
        if kind is not None:
            yield Reason(kind, source.name, redact(source.why) or "it sends nothing")
    if stats.state not in _PLAYING or error is not None:
        return
    if quiet >= limit:
        since = "" if moved else " since the start"
        yield Reason("stalled", "", f"no buffer has come to a sink for {quiet:.0f} s{since}")


def _limits(policy: RetryPolicy | None) -> tuple[float, float]:
    """How many seconds nothing may come since the start, and later."""
    if policy is None:
        return RetryPolicy.start_timeout, SILENCE
    return policy.start_timeout, policy.stall_timeout


def _trouble(source: SourceStats) -> str | None:
    """What is wrong with a live source; one that has yet to send its first buffer is not late."""
    if source.lost or source.status == "retrying":
        return "source-lost"
    return "stalled" if source.status == "buffering" and source.buffers else None
