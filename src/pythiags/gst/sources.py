"""The live sources of a pipeline: which are lost, why, and what is done about it."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from pythiags.errors import RetriesExhausted, SourceLost
from pythiags.gst import Gst
from pythiags.gst.branches import CONVERT, QUEUE
from pythiags.gst.bus import ElementMessage, ErrorMessage, SourceMessage, WarningMessage
from pythiags.gst.livesource import LiveSource, is_live_source
from pythiags.retry import Step
from pythiags.suggest import as_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pythiags.gst.bus import BusMessage
    from pythiags.retry import RetryPolicy, SourceStats

__all__ = ["Sources"]

LOOK_EVERY: Final = 0.1  # seconds
MOST_RETIRED: Final = 96  # paths: three a source
RESOURCE: Final = "gst-resource-error-quark"
# What no attempt fixes: domain and code of gst/gsterror.h.
_HOPELESS: Final = frozenset(
    {
        ("gst-core-error-quark", int(Gst.CoreError.MISSING_PLUGIN)),
        ("gst-stream-error-quark", int(Gst.StreamError.CODEC_NOT_FOUND)),
        (RESOURCE, int(Gst.ResourceError.NOT_AUTHORIZED)),
        (RESOURCE, int(Gst.ResourceError.SETTINGS)),
    }
)
_ENCODED: Final = frozenset({"Depayloader", "Demuxer", "Parser", "Decoder"})

logger = logging.getLogger(__name__)


class Sources:
    """Finds the live sources of a pipeline, watches them, and starts them again.

    Args:
        pipeline: Not started yet.
        elements: Gives all elements of the pipeline.
        policy: None: what is lost stays lost.
    """

    def __init__(
        self,
        pipeline: Gst.Pipeline,
        elements: Callable[[], Iterable[Gst.Element]],
        policy: RetryPolicy | None,
    ) -> None:
        self._pipeline = pipeline
        self._elements = elements
        self._policy = policy
        self._sources: list[LiveSource] = []
        self._lock = threading.Lock()  # of the list, and of a look at it
        # Paths of the elements that were taken out last: an error may be read after that.
        self._retired: deque[str] = deque(maxlen=MOST_RETIRED)
        self._changes = False  # sources come and go, and with them parts that may have failed
        self._messages: deque[SourceMessage] = deque()
        self._ending = False
        self._next_look = 0.0

    def start(self) -> None:
        """Begin, before the pipeline plays."""
        self._sources = [
            LiveSource(each, self._pipeline, self._policy)
            for each in self._elements()
            if is_live_source(each)
        ]
        for source in self._sources:
            source.watch()

    def forgo(self) -> None:
        """Start nothing again: the pipeline itself did not start."""
        self._policy = None

    def note(self, message: BusMessage) -> bool:
        """Take in a message; return whether it is an error that the policy takes care of."""
        if isinstance(message, ErrorMessage):
            return self._note_error(message)
        source = self._owner(message.source)
        if source is None:
            return False
        if isinstance(message, WarningMessage) and message.domain == RESOURCE:
            source.state.explain("error", message.whole_text)
        elif isinstance(message, ElementMessage) and message.name == "GstRTSPSrcTimeout":
            source.state.explain("timeout", "no packet has come within its timeout")
        elif isinstance(message, ElementMessage) and message.source == source.path:
            self._note_own(source, message)
        return False

    def look(self, *, over: bool = False) -> None:
        """See how the sources are, and do what is due. It does not wait.

        Args:
            over: The pipeline has ended.
        """
        now = time.monotonic()
        if self._ending or (now < self._next_look and not over):
            return
        self._next_look = now + LOOK_EVERY
        playing = self._pipeline.target_state == Gst.State.PLAYING
        with self._lock:
            for source in self._sources:
                for step in source.look(now, playing=playing, over=over):
                    self._report(source, step)

    def add(self, element: Gst.Element, target: Gst.Pad) -> None:
        """Watch a source that joins while the pipeline plays.

        Args:
            element: It fails alone: the pipeline goes on without it.
            target: What its first pad that fits is linked to.
        """
        live = is_live_source(element)
        source = LiveSource(element, self._pipeline, self._policy if live else None, live=live)
        source.feed(target)
        self._changes = True
        # What has the name now is new, and so are the others on its way, which are named after it.
        name = element.get_name()
        kept = [path for path in self._retired if not _is_of(path, name)]
        self._retired = deque(kept, maxlen=MOST_RETIRED)
        source.watch()
        self._sources = [*self._sources, source]

    def retire(self, elements: Iterable[Gst.Element]) -> list[LiveSource]:
        """Start elements no more that are about to be removed, and let them fail.

        Returns:
            The sources among them, to be stopped once they do not wait for the mixer any more.
        """
        paths = [each.get_path_string() for each in elements]
        self._retired.extend(paths)
        self._changes = True
        with self._lock:
            leaving = [each for each in self._sources if each.path in paths]
            self._sources = [each for each in self._sources if each not in leaving]
        return leaving

    def element_for(self, pad: Gst.Pad) -> Gst.Element | None:
        """The source that was linked to a pad, and will be again."""
        return next((each.element for each in self._sources if each.feeds(pad)), None)

    def next_message(self) -> SourceMessage | None:
        """Take the first of the messages about them."""
        return self._messages.popleft() if self._messages else None

    def finish(self) -> None:
        """Start nothing more, and let the end of the stream pass."""
        self._ending = True
        for source in self._sources:
            source.let_end()

    def retire_all(self) -> list[Gst.Element]:
        """Start nothing more; return the elements that may hang."""
        self._ending = True
        return [element for source in self._sources for element in source.retire()]

    def stop(self) -> None:
        """Be over, behind ``retire_all()``; it may wait. The counters can still be read."""
        for source in self._sources:
            source.stop()

    def stats(self) -> tuple[SourceStats, ...]:
        """Read the counters."""
        return tuple(source.stats() for source in self._sources)

    @property
    def over(self) -> bool:
        """Whether nothing more comes, and no end of stream can be sent, as a source never sent."""
        return any(
            source.state.given_up and not source.can_end for source in self._sources
        ) and all(source.state.status == "stopped" for source in self._sources)

    @property
    def all_retrying(self) -> bool:
        """Whether nothing comes in, since all are lost and at least one is started again."""
        states = {source.state.status for source in self._sources}
        return "retrying" in states and states <= {"retrying", "stopped"}

    def failure(self) -> SourceLost | None:
        """The error of those that are lost for good, if any is."""
        lost = [source.stats() for source in self._sources if source.stats().lost]
        if not lost:
            return None
        given_up = [source for source in self._sources if source.state.given_up]
        kind = RetriesExhausted if given_up else SourceLost
        first = lost[0]
        others = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        return kind(
            f"the source is lost{others}: {first.why}",
            where=first.name,
            got=first.location or None,
            hint=_hint(bool(given_up)),
        )

    def _note_own(self, source: LiveSource, message: ElementMessage) -> None:
        """Take in what ``nvurisrcbin`` says, which starts itself again."""
        state, fields = source.state, message.fields
        with self._lock:
            if message.name == "source-lost":
                state.lose_for_now(fields["reason"], fields["detail"])
                self._report(source, Step.LOST)
            elif message.name == "source-back":
                state.come_back(time.monotonic(), fields["attempts"])
                self._report(source, Step.BACK)
            elif message.name == "attempt-exceeded" and state.status != "stopped":
                state.lose_for_good(state.last_reason or "error", state.detail)
                state.given_up = True
                self._report(source, Step.END)

    def _note_error(self, message: ErrorMessage) -> bool:
        way: list[Gst.Element] = []
        source = self._owner(message.source)
        # Behind the owner: one that is being taken out is noted here before it owns nothing.
        if any(_within(message.source, path) for path in tuple(self._retired)):
            return True
        if source is None and self._policy is not None:
            source, way = self._feeder(message.source)
        if source is None:
            return self._is_of_the_past(message.source)
        before = source.stats()
        hopeless = (message.domain, message.code) in _HOPELESS and not before.buffers
        if before.status == "stopped" or hopeless or not source.retried:
            source.state.lose_for_good("error", message.whole_text)
            if source.joined and before.status != "stopped":
                self._report(source, Step.LOST)
                source.end_in_its_place()  # or the rest would never end
            return source.joined
        if way:
            source.include(way)
        source.state.fail("error", message.whole_text)
        return True

    def _is_of_the_past(self, path: str) -> bool:
        """Whether an element is not in the pipeline any more, since its source was taken down."""
        gone = not _within(path, self._pipeline.get_path_string())
        return gone and (self._changes or any(each.state.losses for each in self._sources))

    def _owner(self, path: str) -> LiveSource | None:
        """The source that an element is, or that it is a part of."""
        return next((each for each in self._sources if _within(path, each.path)), None)

    def _feeder(self, path: str) -> tuple[LiveSource | None, list[Gst.Element]]:
        """The source that alone feeds a depayloader, parser, demuxer or decoder.

        Returns:
            It, and the elements from that one up to the source.
        """
        for element in self._elements():
            if _within(path, element.get_path_string()) and _handles_encoded(element):
                *way, last = _way_up(element)
                return self._owner(last.get_path_string()), way
        return None, []

    def _report(self, source: LiveSource, step: Step) -> None:
        """Log what has happened, and keep a message about it."""
        stats = source.stats()
        if step is Step.SILENT:
            logger.warning("%s: nothing comes any more", stats.label)
        elif step is Step.BACK:
            logger.warning("%s: sends again", stats.label)
        elif step is Step.LOST and source.state.status == "retrying":
            wait = source.state.next_wait
            then = f"next attempt in {wait:.1f} s" if wait else "it connects again by itself"
            logger.warning("%s: lost: %s; %s", stats.label, stats.why, then)
        elif step is Step.LOST:
            logger.warning("%s: lost: %s", stats.label, stats.why)
        elif step is Step.END and source.state.given_up:
            logger.error("%s: given up: %s", stats.label, stats.why)
        else:
            return
        self._messages.append(
            SourceMessage(
                source.path, stats.name, stats.location, stats.source_id, step.value, stats.why
            )
        )


def _hint(given_up: bool) -> str:
    if given_up:
        return f"check the camera and the network; {as_option('retry_timeout', 3600)} waits longer"
    return "--retry, or App(retry=RetryPolicy()), starts a source again that is lost"


def _within(path: str, outer: str) -> bool:
    return path == outer or path.startswith(f"{outer}/")


def _is_of(path: str, name: str) -> bool:
    own = path.rpartition(":")[2]
    return own in {name, f"{name}{CONVERT}", f"{name}{QUEUE}"}


def _handles_encoded(element: Gst.Element) -> bool:
    factory = element.get_factory()
    klass = factory.get_metadata("klass") or "" if factory is not None else ""
    return not _ENCODED.isdisjoint(klass.split("/"))


def _way_up(element: Gst.Element) -> list[Gst.Element]:
    """Return an element and those upstream of it, as far as each has one sink pad."""
    way = [element]
    while len(way[-1].sinkpads) == 1:
        peer = way[-1].sinkpads[0].get_peer()
        before = peer.get_parent_element() if peer is not None else None
        if before is None:
            break
        way.append(before)
    return way
