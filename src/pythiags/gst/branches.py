"""Sources that come and go while the pipeline plays: each is a branch in front of the mixer."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from pythiags.checks import shown
from pythiags.errors import ConfigError, DescriptionError, PythiagsError, StreamError
from pythiags.gst import Gst
from pythiags.gst.livesource import is_live_source
from pythiags.redact import redact
from pythiags.suggest import hint_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.gst.sources import Sources

__all__ = ["Branches"]

MIXER: Final = "nvstreammux"
IDLE: Final = 1.0  # seconds for the mixer to take the last frame of a source that is removed
UP: Final = 20.0  # seconds for the elements of a source to start
DOWN: Final = 10.0  # seconds for its elements to stop
BUSY: Final = 12.0  # seconds to wait for another source; a removal takes DOWN at most
LEFT: Final = (
    "it is taken out as soon as it does; if it never does, stop the run and start it again"
)
CONVERT: Final = "-convert"
QUEUE: Final = "-queue"
DEEP: Final = 100  # elements that a branch may have

logger = logging.getLogger(__name__)


class Branches:
    """Adds sources to a mixer and removes them.

    Args:
        pipeline: Holds the mixer.
        sources: Watches what is added.
    """

    def __init__(self, pipeline: Gst.Pipeline, sources: Sources) -> None:
        self._pipeline = pipeline
        self._sources = sources
        self._lock = threading.Lock()
        self._doing = ""  # by the holder of the lock

    def add(self, uri: str, name: str | None = None) -> str:
        """Add a source, and return its name.

        Args:
            uri: Where its frames come from.
            name: Of the element; by default ``source0``, ``source1`` and so on.

        Raises:
            ConfigError: There is an element of that name, the URI cannot be read, or the mixer
                takes no further source.
            DescriptionError: There is no mixer, or more than one.
            StreamError: It cannot be started; what plays is not disturbed.
            PythiagsError: It hangs while it starts; a thread takes it out as soon as that lets go.
                Or another source hangs while it is added or removed.
        """
        _check_uri(uri)
        with self._alone("started"):
            mixer = self._mixer()
            name = self._free_name(name)
            self._doing = f"started ({name})"
            source = _make("uridecodebin", name)
            source.set_property("uri", uri)
            source.set_property("async-handling", True)  # or the whole pipeline waits for it
            convert, queue = (
                _make("nvvideoconvert", name + CONVERT),
                _make("queue", name + QUEUE),
            )
            queue.set_property("max-size-buffers", 2)
            if is_live_source(source):
                queue.set_property("leaky", 2)  # downstream: the older frames are dropped
            pad = _request_pad(mixer)
            way = [queue, convert, source]
            for element in way:
                self._pipeline.add(element)
            convert.link(queue)
            queue.get_static_pad("src").link(pad)
            self._sources.add(source, convert.get_static_pad("sink"))
            if self._start(way, mixer, pad):
                return name
            if not self._take_out(way, mixer, pad):
                logger.warning("%s: the source does not stop within %g s; %s", name, DOWN, LEFT)
            raise StreamError(
                "the source cannot be started",
                where=name,
                got=redact(uri),
                hint="check that it exists and may be read; GST_DEBUG=2 logs what its elements say",
            )

    def remove(self, name: str) -> None:
        """Remove a source: one that was added, or one of the description.

        Raises:
            ConfigError: No source of that name feeds the mixer.
            DescriptionError: There is no mixer, or more than one.
            PythiagsError: An element hangs; a thread takes the source out as soon as that lets go.
                Or another source hangs while it is added or removed.
        """
        with self._alone(f"removed ({name})"):
            mixer = self._mixer()
            ways = {
                way[-1].get_name(): (way, pad)
                for pad in mixer.sinkpads
                if (way := self._way_to(pad)) is not None
            }
            if name not in ways:
                raise ConfigError(f"no source {name!r} feeds the mixer", hint=hint_for(name, ways))
            way, pad = ways[name]
            if not self._take_out(way, mixer, pad):
                raise PythiagsError(
                    f"the source does not stop within {DOWN:g} s", where=name, hint=LEFT
                )

    def mixers(self) -> list[Gst.Element]:
        """Return the mixers that there are."""
        iterator, found = self._pipeline.iterate_all_by_element_factory_name(MIXER), []
        while (step := iterator.next())[0] == Gst.IteratorResult.OK:
            found.append(step[1])
        return found

    def source_of(self, pad: Gst.Pad) -> str | None:
        """Return the name of the source that alone feeds a mixer's pad; None: it is not known."""
        way = self._way_to(pad)
        return None if way is None else str(way[-1].get_name())

    @contextmanager
    def _alone(self, doing: str) -> Iterator[None]:
        """Hold the lock; a source that hangs while it starts holds no other up for ever."""
        if not self._lock.acquire(timeout=BUSY):
            raise PythiagsError(
                f"another source is being {self._doing}",
                hint="try again when it is done; if it hangs, stop the run and start it again",
            )
        try:
            self._doing = doing
            yield
        finally:
            self._lock.release()

    def _start(self, way: list[Gst.Element], mixer: Gst.Element, pad: Gst.Pad) -> bool:
        """Start the elements of a source; False: one of them cannot.

        Raises:
            PythiagsError: One of them hangs, and is left to a thread.
        """
        lock, found, abandoned = threading.Lock(), [], threading.Event()

        def start() -> None:
            started = all(element.sync_state_with_parent() for element in way)
            with lock:
                found.append(started)
            if abandoned.is_set():
                self._take_out(way, mixer, pad)

        thread = threading.Thread(target=start, name="pythiags-add", daemon=True)
        thread.start()
        thread.join(UP)
        with lock:
            if found:
                return found[0]
            abandoned.set()
        raise PythiagsError(
            f"the source does not start within {UP:g} s", where=way[-1].get_name(), hint=LEFT
        )

    def _take_out(self, way: list[Gst.Element], mixer: Gst.Element, pad: Gst.Pad) -> bool:
        """Remove the elements of a source; False: one of them hangs, and is left to a thread."""

        def take_out() -> None:
            leaving = self._sources.retire(way)
            _unlink(pad)
            mixer.release_request_pad(pad)  # sets free what waits for room in the mixer
            for source in leaving:
                source.stop()  # it may be just being taken down
            for element in way:
                element.set_locked_state(True)
                element.set_state(Gst.State.NULL)
            for element in way:
                self._pipeline.remove(element)

        thread = threading.Thread(target=take_out, name="pythiags-remove", daemon=True)
        thread.start()
        thread.join(DOWN)
        return not thread.is_alive()

    def _way_to(self, pad: Gst.Pad) -> list[Gst.Element] | None:
        """The elements from a mixer's pad up to its source; None: others are fed as well."""
        way: list[Gst.Element] = []
        sink = pad
        while len(way) < DEEP:
            peer = sink.get_peer()
            if peer is None:
                lost = self._sources.element_for(sink)
                return None if lost is None else [*way, lost]
            element = peer.get_parent_element()
            if element is None or len(element.sinkpads) > 1:
                return None
            if sum(each.is_linked() for each in element.srcpads) > 1:
                return None
            way.append(element)
            if not element.sinkpads:
                return way
            sink = element.sinkpads[0]
        return None

    def _mixer(self) -> Gst.Element:
        found = self.mixers()
        if len(found) != 1:
            raise DescriptionError(
                f"sources can be added and removed at one {MIXER}",
                got=f"{len(found)} of them",
                hint="begin with … ! m.sink_0 nvstreammux name=m batch-size=4 …",
            )
        return found[0]

    def _free_name(self, name: str | None) -> str:
        if name is None:
            number = 0
            while self._taken(f"source{number}"):
                number += 1
            return f"source{number}"
        if not isinstance(name, str) or not name:
            raise ConfigError("invalid name", expected="a text", got=shown(name))
        if taken := self._taken(name):
            raise ConfigError(
                f"there is an element named {taken!r} already",
                where="name",
                got=shown(name),
                hint="choose another name",
            )
        return name

    def _taken(self, name: str) -> str:
        """Which of the names that a source of this name brings with it is taken; empty: none."""
        names = (name + part for part in ("", CONVERT, QUEUE))
        return next((each for each in names if self._pipeline.get_by_name(each) is not None), "")


def _check_uri(uri: object) -> None:
    if not isinstance(uri, str) or not Gst.uri_is_valid(uri):
        raise ConfigError(
            "invalid URI", expected="a URI, such as rtsp://host/path", got=redact(shown(uri))
        )
    scheme = Gst.uri_get_protocol(uri)
    if not Gst.uri_protocol_is_supported(Gst.URIType.SRC, scheme):
        raise ConfigError(
            f"no element reads URIs of the scheme {scheme!r}",
            got=redact(uri),
            hint="`pythiags doctor` says which plugins are missing",
        )


def _make(factory: str, name: str) -> Gst.Element:
    element = Gst.ElementFactory.make(factory, name)
    if element is None:
        raise DescriptionError(f"there is no element {factory!r}", hint="`pythiags doctor`")
    return element


def _request_pad(mixer: Gst.Element) -> Gst.Pad:
    """Request the first free pad of a mixer.

    Raises:
        ConfigError: The mixer has no pad for another source.
    """
    taken, number = {pad.get_name() for pad in mixer.sinkpads}, 0
    while f"sink_{number}" in taken:
        number += 1
    pad = mixer.request_pad_simple(f"sink_{number}")
    if pad is None:
        raise ConfigError(
            "the mixer takes no further source",
            where=mixer.get_name(),
            got=f"{len(taken)} source{'s'[: len(taken) != 1]}",
            hint="remove one first",
        )
    return pad


def _unlink(mixers: Gst.Pad) -> None:
    """Unlink a mixer's pad while no buffer is on its way; one that is not taken is not awaited."""
    unlinked = threading.Event()
    pad = mixers.get_peer()
    if pad is None:  # its source is lost
        return

    def unlink(pad: Gst.Pad, _info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
        pad.unlink(mixers)
        unlinked.set()
        return Gst.PadProbeReturn.REMOVE

    probe = pad.add_probe(Gst.PadProbeType.IDLE, unlink)
    if not unlinked.wait(IDLE):
        pad.remove_probe(probe)
