"""One run, from start to NULL: a thread that watches the bus and brings all down in order."""

from __future__ import annotations

import logging
import math
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Final

from pythiags.app.cost import READ_INTERVAL
from pythiags.app.delivery import Delivery, Limit
from pythiags.app.diagnosis import diagnose
from pythiags.app.signals import wait
from pythiags.app.sinks import EndWatch
from pythiags.channel import Gap
from pythiags.errors import PythiagsError, StreamError, UserCodeError
from pythiags.gst.bus import SourceMessage
from pythiags.gst.forks import forked, keep_alive, note_start
from pythiags.gst.pipeline import STOP_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pythiags.app.attachment import Attachment
    from pythiags.app.services import Services
    from pythiags.app.stats import Reason
    from pythiags.gst.bus import BusMessage
    from pythiags.gst.pipeline import Pipeline

__all__ = ["Run"]

POLL: Final = 0.1  # seconds: how late a stop may be noticed if nothing wakes the thread
EOS_PATIENCE: Final = 2.0  # seconds without a frame at a sink: no end-of-stream gets through
EOS_LIMIT: Final = 10.0  # seconds for it to get from the sources to the sinks, all in all
OPEN_LEAST: Final = 5.0  # seconds that consumers have to open, however short the time to play
STOP_HUNG: Final = 1.0  # seconds for a pipeline to come down that has not even started

logger = logging.getLogger(__name__)


class Run:
    """Leads a pipeline and its attachments through one run, in a thread of its own.

    A run ends when the stream does, on the first error, when its time is over, or when it is asked
    to (``stop()``). However it ends, what was produced is delivered first, as far as the limit
    allows; there is none after a natural end.

    Args:
        pipeline: Not started yet.
        attachments: Their workers are started before the pipeline and ended after it.
        timeout: Seconds to play; None: until the end.
        drain_timeout: Seconds to deliver what is pending after an error.
        publish: Called with each message of the bus, in the run's thread.
        services: What accompanies the run; closed when all is down.

    Attributes:
        error: What ended the run, if it was an error.
        reason: What ended it.
        playing: Set when GStreamer has taken on to play, or has refused.
        over: Set when everything is down.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        attachments: Sequence[Attachment],
        *,
        timeout: float | None,
        drain_timeout: float,
        publish: Callable[[BusMessage], object],
        services: Services,
    ) -> None:
        self.error: PythiagsError | None = None
        self.reason: Reason = "end of stream"
        self.playing = threading.Event()
        self.over = threading.Event()
        self._pipeline = pipeline
        self._attachments = attachments
        self._lanes = [lane for attachment in attachments for lane in attachment.lanes]
        self._timeout = math.inf if timeout is None else timeout
        self._drain_timeout = drain_timeout
        self._publish = publish
        self._services = services
        # Moments: start() was called, playing was requested, the pipeline was down, all was over.
        self._started = self._streaming = self._streamed = self._ended = math.nan
        self._stopped = math.nan  # the moment at which the program asked for the end
        self._next_reading = -math.inf
        self._ends = EndWatch(pipeline.gst)
        self._limit = Limit()
        self._delivery = Delivery(self._lanes, self._limit, drain_timeout)
        self._stop_asked = False  # a plain attribute: a signal handler sets it
        self._has_begun = False  # to play
        self._has_started = True  # False: an element does not let it
        self._thread = threading.Thread(target=self._main, name="pythiags-app", daemon=True)

    def start(self) -> None:
        """Begin.

        Raises:
            PythiagsError: This process was forked after a pipeline was started.
        """
        note_start(self)
        self._started = time.monotonic()
        self._thread.start()

    def stop(self, drain: float) -> None:
        """Ask for the end: deliver for up to ``drain`` seconds, then go. Returns at once.

        May be called by a signal handler, from any thread, and again: the earliest moment counts.
        """
        self._limit.lower(drain)
        self._stop_asked = True
        self._pipeline.wake()

    def give_up(self) -> None:
        """Be over, in a forked child; see ``pythiags.gst.forks``."""
        if self.over.is_set():
            return
        keep_alive(self)
        self.error = forked()
        self._ended = time.monotonic()
        self.playing, self.over = threading.Event(), threading.Event()  # locks may be held
        self.playing.set()
        self.over.set()

    @property
    def ending(self) -> bool:
        """Whether the end has begun, so that who asks again wants it now."""
        return self._stop_asked or self._pipeline.ended

    @property
    def elapsed(self) -> float:
        """Seconds from the start until now, or until the end."""
        return _or_now(self._ended) - self._started

    @property
    def played(self) -> float:
        """The part of ``elapsed`` in which there was a stream and the pipeline was not yet down."""
        if math.isnan(self._streaming):
            return 0.0
        end = self._streamed if math.isnan(self._stopped) else self._stopped
        return _or_now(end) - self._streaming

    @property
    def draining(self) -> float:
        """The part of ``elapsed`` that was spent on what was pending when it was down."""
        if math.isnan(self._streamed):
            return 0.0
        return _or_now(self._ended) - self._streamed

    def is_awaited_by_caller(self) -> bool:
        """Whether the calling thread is one that the end waits for."""
        return (
            threading.get_ident() == self._thread.ident
            or self._pipeline.streams_here()
            or any(attachment.runs_here() for attachment in self._attachments)
        )

    def wait_for_the_end(self, timeout: float | None) -> None:
        """Wait until everything is down.

        Raises:
            TimeoutError: It is not, after ``timeout`` seconds.
            PythiagsError: What ended the run, or the caller is what the end waits for.
        """
        if self.is_awaited_by_caller() and not self.over.is_set():
            raise PythiagsError(
                "this thread cannot wait for the end of the run, because the run waits for this "
                "thread",
                where=threading.current_thread().name,
                hint="call stop() instead, which returns at once in this thread",
            )
        if not wait(self.over, timeout):
            raise TimeoutError(f"the app did not end within {timeout} s")
        if self.error is not None:
            raise self.error

    def _main(self) -> None:
        self._keep_error(self._play)
        self._keep_error(self._end)
        self._keep_error(partial(self._pipeline.stop, failed=True))  # if the line above went wrong
        self._keep_error(self._services.close)
        self._ended = time.monotonic()
        self.playing.set()
        self.over.set()

    def _keep_error(self, part: Callable[[], object]) -> None:
        try:
            part()
        except PythiagsError as error:
            self.error = error
        except BaseException as error:  # a fault of ours: come down all the same
            logger.exception("the run failed")
            self.error = PythiagsError(f"internal error: {type(error).__name__}: {error}")

    def _play(self) -> None:
        self._begin()
        self._watch()

    def _begin(self) -> None:
        """Bring all up, unless it is asked to end: an open() or an element may take for ever."""
        time_to_open = max(self._timeout, OPEN_LEAST)
        for attachment in self._attachments:
            attachment.prepare()
        for lane in self._lanes:
            if not self._stop_asked:
                lane.worker.launch()
        for lane in self._lanes:
            # If it was launched, it has to be given up, too.
            lane.worker.start(lambda: self._stop_asked, time_to_open)
        self._streaming = time.monotonic()
        if not self._stop_asked:
            self._start_pipeline()
        self.playing.set()

    def _hold_up(self, *, by_disk: bool) -> None:
        """Say whether a disk that is slow may hold the stream up."""
        for lane in self._lanes:
            lane.channel.be_patient(by_disk)

    def _start_pipeline(self) -> None:
        self._has_begun = True
        self._hold_up(by_disk=True)
        errors: list[BaseException] = []

        def start() -> None:
            try:
                self._pipeline.start(on_live=lambda: self._hold_up(by_disk=False))
            except BaseException as error:  # noqa: BLE001 (raised below, in the run's thread)
                errors.append(error)

        thread = threading.Thread(target=start, name="pythiags-start", daemon=True)
        thread.start()
        while thread.is_alive() and not self._stop_asked and self._time_left > 0:
            thread.join(min(POLL, self._time_left))
        if errors:
            raise errors[0]
        self._has_started = not thread.is_alive()
        if not self._has_started and not self._stop_asked:
            raise StreamError(
                f"the pipeline did not start within {self._timeout:g} s",
                where=self._pipeline.held_up_by(),
                hint="check the file, network or model it waits for; -v and GST_DEBUG=3 show more",
            )

    def _watch(self) -> None:
        """Follow the bus until there is a reason to end."""
        while not (self._pipeline.ended or self._stop_asked):
            if self._time_left <= 0:
                self._pipeline.report_branches()
                if not self._pipeline.buffers():
                    logger.warning("no frame has reached a sink in %g s", self._timeout)
                self.reason = "timeout"
                return
            self._poll(min(POLL, self._time_left))
            self._raise_failures()
            if time.monotonic() >= self._next_reading:
                self._measure()
        if not self._pipeline.ended:
            self.reason = "stop"

    @property
    def _time_left(self) -> float:
        return max(0.0, self._streaming + self._timeout - time.monotonic())

    def _measure(self) -> None:
        """See what the extractors cost and what was lost; the stream's threads have no time."""
        now = time.monotonic()
        self._next_reading = now + READ_INTERVAL
        self._ends.look(now)
        self._services.look(now)
        for attachment in self._attachments:
            attachment.measure(now)
        for lane in self._lanes:
            lane.channel.log_losses()

    def _poll(self, timeout: float) -> None:
        message = self._pipeline.poll(timeout)
        if message is None:
            return
        if isinstance(message, SourceMessage) and message.change == "lost":
            gap = Gap(message.name, message.source_id, message.why)
            for lane in self._lanes:
                lane.channel.put_control(gap)
        self._publish(message)

    def _raise_failures(self) -> None:
        if self._pipeline.error is not None:
            raise self._pipeline.error
        for failure in self._failures():
            raise failure

    def _end(self) -> None:
        ended = self._pipeline.ended  # by itself: a stop ends the stream as well, later on
        self._measure()
        self._delivery.look()
        if self.error is None and ended:
            self._keep_error(self._pipeline.check_frames)
        if self.error is not None:
            self.reason = "error"
            self._limit.lower(self._drain_timeout)
        elif not ended:
            self._delivery.bounded = self.reason == "timeout"
            self._end_stream()
            self._let_producers_finish()
        self._keep_error(self._services.keep_trace)
        for attachment in self._attachments:
            attachment.close(ended=ended)
        patience = STOP_TIMEOUT if self._has_started else STOP_HUNG
        if not self._pipeline.stop(patience, failed=self.error is not None):
            logger.warning("the pipeline did not stop in time and is abandoned")
            self._blame_extractors()
        self._streamed = time.monotonic()
        late = self._delivery.finish()
        if late is not None:
            self._keep(late)
        self._delivery.dispose()
        for failure in self._failures():  # a consumer may fail as late as on the last event
            self._keep(failure)
        lost = self._pipeline.lost()
        if lost is not None and self.reason != "stop":
            self._keep(lost)
        if self.error is None and self._has_begun:
            self._explain_nothing()

    def _blame_extractors(self) -> None:
        """Find the extractors that hold the pipeline up: without a stop, that is an error."""
        for attachment in self._attachments:
            if attachment.extracts():
                stuck = UserCodeError(
                    "the extractor has not returned from a buffer",
                    where=attachment.name,
                    hint="see what it waits for: the stream stands still meanwhile",
                )
                if self.reason == "stop":
                    logger.warning("%s", stuck)
                else:
                    self._keep(stuck)

    def _explain_nothing(self) -> None:
        """Warn of attachments that delivered nothing for a known reason."""
        for attachment in self._attachments:
            reason = diagnose(self._pipeline.gst, attachment.stats(), attachment.probe_value)
            if reason is not None:
                logger.warning("%s: %s", attachment.name, reason)

    def _keep(self, error: PythiagsError) -> None:
        """Have the run end with an error, unless it has one already."""
        if self.error is None:
            self.error, self.reason = error, "error"

    def _failures(self) -> Iterator[PythiagsError]:
        """What went wrong between the pipeline and the consumers, and ends the run."""
        for attachment in self._attachments:
            yield from attachment.failures()

    def _end_stream(self) -> None:
        """Let an end-of-stream finish files, if it gets through; produce nothing after it.

        After a time-out the frames that are on their way are extracted still, so that what a
        consumer writes tells of the same frames as what a sink writes. A stop wants nothing more.
        """
        if self.reason != "timeout":
            self._mute()
            self._pipeline.hold_frames()  # as of the moment of all other counters
            self._stopped = time.monotonic()
        if self._pipeline.finish():
            self._await_end()
        self._mute()

    def _mute(self) -> None:
        for attachment in self._attachments:
            attachment.mute()

    def _await_end(self) -> None:
        """Follow the bus until the end, for as long as frames keep coming."""
        limit = time.monotonic() + EOS_LIMIT
        buffers, until = -1, limit
        while not (self._pipeline.ended or self._pipeline.error):
            now = time.monotonic()
            if self._pipeline.buffers() != buffers:  # what is on its way is still coming
                buffers, until = self._pipeline.buffers(), now + EOS_PATIENCE
            left = min(until - now, limit - now, self._limit.left)
            if left <= 0:
                return
            self._poll(min(POLL, left))

    def _let_producers_finish(self) -> None:
        """An event that waits for room was extracted already: let the consumer make room for it."""
        while any(lane.channel.stats().waiting for lane in self._lanes):
            if not self._limit.left:
                return
            self._poll(POLL / 2)


def _or_now(moment: float) -> float:
    return time.monotonic() if math.isnan(moment) else moment
