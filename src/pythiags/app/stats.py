"""What an App tells about a run: while it lasts, and when it is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pythiags.app.attachment import AttachmentStats
    from pythiags.gst.pipeline import PipelineState

__all__ = ["AppStats", "Reason", "Summary"]

Reason = Literal["end of stream", "timeout", "stop", "signal", "error"]


@dataclass(frozen=True)
class AppStats:
    """The counters of one moment.

    Attributes:
        state: Where the run is.
        elapsed: Seconds since the start, until the end if there was one.
        played: The part of ``elapsed`` in which there was a stream.
        draining: The part of ``elapsed`` that was spent on delivering what was pending when the
            stream was over.
        frames: How many have come to a sink; the most that any sink of raw video has counted. Where
            there is none, as when a file is all that is written: buffers.
        position: Seconds of the stream that were played, if known.
        duration: Seconds that the stream lasts, if known.
        attachments: One for each call of ``attach``, in that order.
    """

    state: PipelineState
    elapsed: float
    played: float
    draining: float
    frames: int
    position: float | None
    duration: float | None
    attachments: tuple[AttachmentStats, ...]

    @property
    def fps(self) -> float:
        """Frames a second, while there was a stream."""
        return self.frames / self.played if self.played else 0.0

    @property
    def pending(self) -> int:
        """Events of all attachments that were produced and not yet delivered or dropped."""
        return sum(each.channel.pending for each in self.attachments)


@dataclass(frozen=True)
class Summary(AppStats):
    """How a run went.

    Attributes:
        reason: What ended it.
        signal: The number of the signal that ended it, if one did.
    """

    reason: Reason
    signal: int | None = None

    @property
    def exit_code(self) -> int:
        """What a program exits with: 128 + the signal, or 0."""
        return 128 + self.signal if self.signal else 0
