"""The life cycle of a pipeline: built from text, started, watched and stopped in bounded time."""

from __future__ import annotations

import enum
import logging
import sys
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from pythiags.description import Description
from pythiags.errors import PythiagsError, StreamError
from pythiags.gst import Gst
from pythiags.gst._gst import log_lines, log_mark
from pythiags.gst.branches import Branches
from pythiags.gst.build import build
from pythiags.gst.bus import (
    Bus,
    BusMessage,
    EosMessage,
    ErrorMessage,
    StateChangedMessage,
    WarningMessage,
)
from pythiags.gst.elements import each_element, elements_of
from pythiags.gst.ending import Ending
from pythiags.gst.explain import explain
from pythiags.gst.feed import Feed
from pythiags.gst.forks import forked, keep_alive, note_start, refuse_after_fork
from pythiags.gst.frames import FrameCount, require_frames
from pythiags.gst.mixing import SourceFrames
from pythiags.gst.network import silent_sources
from pythiags.gst.reports import WarningLog, report_branches
from pythiags.gst.sources import Sources
from pythiags.gst.tracing import Tracing
from pythiags.gst.windows import require_display
from pythiags.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pythiags.errors import SourceLost
    from pythiags.gst.feed import Stall
    from pythiags.retry import RetryPolicy, SourceStats

__all__ = ["STOP_TIMEOUT", "Pipeline", "PipelineState"]

STOP_TIMEOUT: Final = 5.0
CUT_AFTER: Final = 1.0  # seconds by which a whole stream may end before its time
QUIET: Final = 5.0  # seconds after which a network that sends nothing is reported

logger = logging.getLogger(__name__)


class PipelineState(enum.Enum):
    """The state of a pipeline; a run goes down this list, and back from RETRYING to RUNNING."""

    NEW = "new"
    STARTING = "starting"
    RUNNING = "running"
    RETRYING = "retrying"  # all live sources are lost, and are started again
    DRAINING = "draining"  # nothing new comes in; what is on its way is finished
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def final(self) -> bool:
        """Nothing follows."""
        return self in {PipelineState.STOPPED, PipelineState.FAILED}


class Pipeline:
    """Builds and runs a description; it needs no thread and no main loop of its own.

    Whoever starts it calls ``poll()`` until ``ended``, or ``wait()``, which does that.

    Args:
        description: A ``Description``, or text that becomes one.
        retry: How live sources are started again that are lost; None: they stay lost.

    Raises:
        DescriptionError: The text cannot be built.
        PythiagsError: This process was forked after a pipeline was started.

    Attributes:
        gst: The ``Gst.Pipeline``.
        branches: Adds sources and removes them.
        ended: The stream ended by itself.
        live: A live source: it does not wait for those who are slow.
        error: The first error on the bus.
    """

    def __init__(self, description: Description | str, retry: RetryPolicy | None = None) -> None:
        if isinstance(description, str):
            description = Description(description)
        refuse_after_fork()
        self.gst = build(description)
        self.ended = False
        self.live = False
        self.error: PythiagsError | None = None
        self._state = PipelineState.NEW
        self._abandoned = False  # in a forked child, where threads that are gone may hold its locks
        elements = partial(elements_of, self.gst)
        self._frames = FrameCount(elements)
        self._sources = Sources(self.gst, elements, retry)
        self.branches = Branches(self.gst, self._sources)
        self._source_frames: SourceFrames | None = None
        self._feed: Feed | None = None
        self._ending = Ending(self.gst, self._sources)
        self._bus = Bus(self.gst)
        self._end: EosMessage | None = None  # until the messages before it were returned
        self._warnings = WarningLog()
        self._quiet_until: float | None = None
        self._log_mark = log_mark()

    def __enter__(self) -> Pipeline:  # noqa: PYI034 (typing.Self is of 3.11)
        """Return the pipeline; it is stopped at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    def __del__(self, null: Gst.State = Gst.State.NULL) -> None:
        """Stop a pipeline without references: GStreamer warns about one that still plays."""
        if not getattr(self, "_state", PipelineState.STOPPED).final:
            # At the interpreter's exit PyGObject cannot look up a call that it has not made before;
            # then nothing has started the pipeline.
            with suppress(ImportError):
                self.gst.set_state(null)

    @property
    def state(self) -> PipelineState:
        """The state of the pipeline."""
        running = self._state in {PipelineState.STARTING, PipelineState.RUNNING}
        return PipelineState.RETRYING if running and self._sources.all_retrying else self._state

    def feed(self, items: Iterator[Gst.Buffer | Stall], duration: int | None = None) -> None:
        """Have its appsrc named ``source`` play what an iterator yields; see ``Feed``.

        Args:
            items: Buffers, and stalls between them.
            duration: When the last of them comes, in nanoseconds, if that is known.
        """
        source = self.gst.get_by_name("source")
        if duration is not None:
            source.set_property("duration", duration)
        self._feed = Feed(source, items)

    def start(self, on_live: Callable[[], object] | None = None) -> None:
        """Start playing; return as soon as GStreamer has accepted it.

        Args:
            on_live: Called if the source is live, before it has sent anything.

        Raises:
            StreamError: An element cannot start.
            ConfigError: An element's settings are wrong.
            NoDisplayError: An element opens windows, and there is no display.
            PythiagsError: This process was forked after a pipeline was started.
        """
        note_start(self)
        require_display([self.gst, *elements_of(self.gst)])
        self._frames.start()
        self._sources.start()
        self._state = PipelineState.STARTING
        self._quiet_until = time.monotonic() + QUIET
        result = self.gst.set_state(Gst.State.PAUSED)
        self.live = result == Gst.StateChangeReturn.NO_PREROLL
        if self.live and on_live is not None:
            on_live()  # what is live sends nothing before it plays
        if result != Gst.StateChangeReturn.FAILURE:
            result = self.gst.set_state(Gst.State.PLAYING)
        if result != Gst.StateChangeReturn.FAILURE:
            return
        self._sources.forgo()
        while self.error is None and self.poll(0.0) is not None:
            pass
        self.stop()
        raise self.error or self._refused()

    def _refused(self) -> StreamError:
        """Make the error of a start that failed without an error on the bus."""
        error = StreamError("the pipeline cannot be started", where=self.gst.get_name())
        lines = [f"{element}: {redact(line)}" for element, line in log_lines(self._log_mark)]
        error.log = tuple(lines[-3:])
        return error

    def poll(self, timeout: float = 0.0) -> BusMessage | None:
        """Wait up to ``timeout`` seconds for a bus message, and act on it."""
        refuse_after_fork()
        self._sources.look()
        change = self._sources.next_message()
        if change is not None:
            return change
        if self._sources.over and self.error is None:
            self.error = self.lost()
        message, self._end = self._end or self._bus.poll(timeout), None
        retried = message is not None and self._sources.note(message)
        if isinstance(message, EosMessage):
            self._sources.look(over=True)
            change = self._sources.next_message()
            if change is not None:  # which comes before the end
                self._end = message
                return change
            self.ended = True
        elif isinstance(message, ErrorMessage) and self.error is None and not retried:
            fed = self._feed.error if self._feed is not None else None
            self.error = fed or explain(message, log_lines(self._log_mark))
        elif isinstance(message, StateChangedMessage) and message.top:
            self._follow(message)
        elif isinstance(message, WarningMessage):
            self._warnings.log(message)
        if self._quiet_until is not None and time.monotonic() >= self._quiet_until:
            self._quiet_until = None
            self._report_silence()
        return message

    def _report_silence(self) -> None:
        """Log what has kept the pipeline from playing since the start, if something has."""
        if not self.ended and self.error is None and not self.buffers():
            for line in silent_sources(elements_of(self.gst), QUIET):
                logger.warning(line)
        self.report_branches()

    def report_branches(self) -> None:
        """Log which sinks wait for each other, if the pipeline has not begun to play for that."""
        if self._state is PipelineState.STARTING and not self.ended and self.error is None:
            report_branches(elements_of(self.gst))

    def _follow(self, change: StateChangedMessage) -> None:
        if change.new == "PLAYING" and self._state is PipelineState.STARTING:
            self._state = PipelineState.RUNNING

    def held_up_by(self) -> str | None:
        """Return the path of the element that keeps the pipeline from starting, if one does."""
        for element in each_element(self.gst.iterate_sorted()):  # as they are started: sinks first
            if element.srcpads and element.current_state < Gst.State.PAUSED:
                return str(element.get_path_string())
        return None

    def streams_here(self) -> bool:
        """Whether the calling thread is one of its streaming threads, which cannot wait for it."""
        return self._bus.streams_here()

    def wake(self) -> None:
        """Make a ``poll()`` that waits in another thread return at once."""
        if not self._state.final:
            self._bus.wake()

    def wait(self, timeout: float | None = None) -> None:
        """Poll until the stream has ended.

        Raises:
            StreamError: An element reported an error.
            NoFramesError: The stream ended before a buffer reached a sink.
            SourceLost: A live source was lost.
            TimeoutError: The stream did not end within ``timeout`` seconds.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.ended:
            self.poll(0.1)
            if self.error is not None:
                raise self.error
            if deadline is not None and time.monotonic() >= deadline and not self.ended:
                raise TimeoutError(f"{self.gst.get_name()}: did not end within {timeout} s")
        self.check_frames()
        lost = self.lost()
        if lost is not None:
            raise lost

    def finish(self) -> bool:
        """Ask the sources to end the stream, so that muxers and sinks can finish their files.

        It does not wait.

        Returns:
            False if it is paused, so that no end could get through.
        """
        self._state = PipelineState.DRAINING
        self._sources.finish()
        return self._ending.ask()

    def stop(self, timeout: float = STOP_TIMEOUT, *, failed: bool = False) -> bool:
        """Go to NULL; return False if an element still hangs after ``timeout`` seconds.

        Args:
            timeout: Seconds. A pipeline that hangs is abandoned to a daemon thread.
            failed: The end is FAILED, as it is after an error on the bus, instead of STOPPED.
        """
        if self._state.final:
            return True
        if sys.is_finalizing():  # no other thread runs any more
            self.__del__()
            return True
        self.frames()
        down = self._ending.go_down(timeout)
        self._frames.stop()
        if self._source_frames is not None:
            self._source_frames.stop()
        failed = failed or self.error is not None
        self._state = PipelineState.FAILED if failed else PipelineState.STOPPED
        self._bus.close()
        return down

    def give_up(self) -> None:
        """Be over, in a forked child; see ``pythiags.gst.forks``."""
        if not self._state.final:
            keep_alive(self)
            self._abandoned = True
            self._frames.freeze()
            self._state = PipelineState.FAILED
            self.error = forked()

    def pause(self) -> None:
        """Pause; do nothing if the pipeline has stopped."""
        if not self._state.final:
            self.gst.set_state(Gst.State.PAUSED)

    def resume(self) -> None:
        """Resume after ``pause()``; do nothing if the pipeline has stopped."""
        if self._state.final:
            return
        self.gst.set_state(Gst.State.PLAYING)
        if self.live:
            # Sinks wait for a buffer before they play, and a paused live source sends none.
            for source in each_element(self.gst.iterate_sources()):
                if not source.is_locked_state():
                    source.set_state(Gst.State.PLAYING)

    def position(self) -> float | None:
        """The position in the stream in seconds, if known."""
        if self._abandoned:
            return None
        known, value = self.gst.query_position(Gst.Format.TIME)
        return float(value) / Gst.SECOND if known and value >= 0 else None

    def duration(self) -> float | None:
        """The duration of the stream in seconds, if known."""
        if self._abandoned:
            return None
        known, value = self.gst.query_duration(Gst.Format.TIME)
        return float(value) / Gst.SECOND if known and value >= 0 else None

    def frames(self) -> int:
        """How many frames have arrived at a sink or an encoder; see ``FrameCount``."""
        return self._frames.read()

    def hold_frames(self) -> None:
        """Count no more frames: what comes to a sink from now on is the rest of an ended stream."""
        self._frames.hold()

    def buffers(self) -> int:
        """How many buffers have come to all sinks together: it grows while anything moves."""
        return sum(count for count in self._frames.arrived() if count is not None)

    def tracing(self) -> Tracing:
        """Make what measures where its time goes; see ``Tracing``."""
        return Tracing(self.gst, partial(elements_of, self.gst))

    def count_sources(self) -> None:
        """Count the frames of each source of the mixers; before it is started."""
        self._source_frames = SourceFrames(self.branches.mixers(), self.branches.source_of)

    def source_frames(self) -> dict[str, int]:
        """Return the frames of each source of the mixers, if they are counted."""
        return self._source_frames.read() if self._source_frames is not None else {}

    def plays(self) -> bool:
        """Whether it is meant to play: it is not paused."""
        return bool(self.gst.target_state == Gst.State.PLAYING)

    def sources(self) -> tuple[SourceStats, ...]:
        """Return the counters of its live sources."""
        return self._sources.stats()

    def lost(self) -> SourceLost | None:
        """Return the error of the live sources that are lost for good; None: there are none."""
        return self._sources.failure()

    def check_frames(self) -> None:
        """See that something has reached a sink: a truncated file may end in a clean EOS.

        Where the container says how long the stream is, an earlier end is logged.

        Raises:
            NoFramesError: Every sink counts its buffers, and none has seen any.
        """
        if self.lost() is None:
            require_frames(self._frames.arrived(), self.gst.get_name())
        position, duration = self.position(), self.duration()
        if position is not None and duration is not None and duration - position > CUT_AFTER:
            logger.warning(
                "the stream ended at %.1f s of %.1f s: is the input truncated?", position, duration
            )
