"""A live source in a pipeline: its pads are watched, and it can be taken down and started again."""

from __future__ import annotations

import logging
import math
import threading
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from pythiags.gst import GObject, Gst
from pythiags.gst._gst import Gate
from pythiags.gst.network import location_of
from pythiags.redact import redact
from pythiags.retry import Sight, SourceState, SourceStats, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pythiags.retry import RetryPolicy

__all__ = ["LiveSource", "is_live_source"]

TCP_TIMEOUT: Final = "tcp-timeout"  # of rtspsrc, in microseconds
MARGIN: Final = 1.0  # seconds by which our own clock is quicker, as it says why
QUIET: Final = 0.5  # seconds without a buffer after which it is worth asking why

_LIVE: Final = frozenset(
    {
        *("rtspsrc", "rtmpsrc", "rtmp2src", "srtsrc", "srtclientsrc", "udpsrc", "rtpsrc"),
        *("v4l2src", "nvv4l2camerasrc", "nvarguscamerasrc", "libcamerasrc"),
    }
)
_HTTP: Final = frozenset({"souphttpsrc", "curlhttpsrc", "neonhttpsrc"})
_BY_URI: Final = frozenset({"uridecodebin", "uridecodebin3", "urisourcebin", "nvurisrcbin"})
_SCHEMES: Final = frozenset({"rtmp", "rtmps", "srt", "udp", "rtp", "v4l2"})

logger = logging.getLogger(__name__)


class LiveSource:
    """One source element, with what is retried along with it.

    Args:
        element: The source.
        pipeline: What holds it.
        policy: None: it is watched, and not started again.
        live: Whether it has no end of its own.

    Attributes:
        element: The source.
        name: Its name.
        path: Its path in the pipeline.
        location: Its URI or device, without a password.
        state: What becomes of it.
        retried: It is started again when it is lost.
        joined: It joined while the pipeline played, which goes on if it fails.
    """

    def __init__(
        self,
        element: Gst.Element,
        pipeline: Gst.Pipeline,
        policy: RetryPolicy | None,
        *,
        live: bool = True,
    ) -> None:
        self.name = str(element.get_name())
        self.path = str(element.get_path_string())
        self.location = _location(element)
        self.state = SourceState(policy, time.monotonic(), live=live)
        self.joined = False
        self.element = element
        self._pipeline = pipeline
        self.retried = self._holds_ends = policy is not None
        self._lock = threading.Lock()
        self._gates: list[tuple[Gst.Pad, Gate]] = []
        self._passed = 0  # buffers of pads that are gone
        self._handlers: dict[Gst.Element, int] = {}
        self._setup: int | None = None
        self._longest = policy.start_timeout + MARGIN if policy is not None else math.inf
        self._members = [element]  # what is started again: those downstream first
        self._targets: list[Gst.Pad] = []  # what its pads were linked to
        self._source_id: int | None = None
        self._work: threading.Thread | None = None
        self._accepted = True
        self._revives = True

    def watch(self) -> None:
        """Watch its pads, those included that it has yet to add."""
        for member in self._members:
            if member not in self._handlers:
                self._handlers[member] = member.connect("pad-added", self._added)
        self._limit_waits(self.element, self.element)
        if self._setup is None and GObject.signal_lookup("source-setup", self.element):
            self._setup = self.element.connect("source-setup", self._limit_waits)
        with self._lock:
            self._gates += [self._gate(pad) for pad in self.element.srcpads]

    def look(self, now: float, *, playing: bool, over: bool = False) -> list[Step]:
        """Take in what is to be seen of it, and do what follows; return that."""
        state, steps = self.state, []
        if self._work is not None and not self._work.is_alive():
            self._work = None
            state.came_down(now)
            steps += state.came_up(now, accepted=self._accepted)
        steps += state.look(now, self._sight(now, playing=playing), over=over, paused=not playing)
        for step in steps:
            if step is Step.STOP:
                self._begin(self._take_down)
            elif step is Step.START:
                self._begin(self._bring_up)
            elif step is Step.END:
                self.let_end(at_once=True)
        return steps

    def feed(self, target: Gst.Pad) -> None:
        """Link its first pad that fits to a pad: it joins while the pipeline plays."""
        self._targets.append(target)
        self.joined = True

    def feeds(self, pad: Gst.Pad) -> bool:
        """Whether it is linked to a pad whenever it sends."""
        return pad in self._targets

    def include(self, way: Sequence[Gst.Element]) -> None:
        """Start elements behind it again as well, since one of them has failed.

        Args:
            way: Those from the one that failed up to the source.
        """
        if self._work is None:
            self._members = [*way, self.element]

    def let_end(self, *, at_once: bool = False) -> None:
        """Let the end of its stream pass; if it has no pads any more, send one in their place.

        Args:
            at_once: Send one also where the source has not ended: nothing of it is wanted any more.
        """
        with self._lock:
            held, self._holds_ends = self._holds_ends, False
            if not held:  # it has passed, or will
                return
            for _, gate in self._gates:
                gate.close(False)
            due = [pad.get_peer() for pad, gate in self._gates if gate.ended or at_once]
            due += [] if self._gates else self._targets
        _send_ends(due)

    def end_in_its_place(self) -> None:
        """Send the end of its stream, which it does not: it has failed and is not started again."""
        with self._lock:
            due = [pad.get_peer() for pad, gate in self._gates if not gate.ended]
            due += [] if self._gates else self._targets
        _send_ends(due)

    @property
    def can_end(self) -> bool:
        """Whether the end of its stream can be sent downstream."""
        return bool(self._gates or self._targets)

    def retire(self) -> list[Gst.Element]:
        """Leave the state of the pipeline alone from now on: it goes to NULL.

        Returns:
            The elements that are just being taken down or started, which may hang.
        """
        with self._lock:
            self._revives = False
        return self._members if self._work is not None and self._work.is_alive() else []

    def stop(self) -> None:
        """Be over: bring to NULL what the pipeline would pass over, and let go of its pads."""
        if self._work is not None:
            self._work.join()
        for member, handler in self._handlers.items():
            member.disconnect(handler)
        self._handlers.clear()
        if self._setup is not None:
            self.element.disconnect(self._setup)
            self._setup = None
        for member in self._members:
            if member.is_locked_state():
                member.set_state(Gst.State.NULL)
                member.set_locked_state(False)
        self._drop_gates()
        self._targets.clear()

    def stats(self) -> SourceStats:
        """Read the counters."""
        state = self.state
        with self._lock:
            buffers = self._passed + sum(gate.count for _, gate in self._gates)
        return SourceStats(
            name=self.name,
            location=self.location,
            source_id=self._source_id,
            status=state.status,
            buffers=buffers,
            losses=dict(state.losses),
            retries=dict(state.retries),
            stalls=state.stalls,
            last_retry_reason=state.last_reason,
            detail=state.detail,
        )

    def _sight(self, now: float, *, playing: bool) -> Sight:
        """Look at its pads with video; if none of those is linked, at all that are linked."""
        with self._lock:
            gates = [(pad, gate) for pad, gate in self._gates if pad.is_linked()]
        gates = [(pad, gate) for pad, gate in gates if _has_video(pad)] or gates
        if not gates:
            return Sight(waits=not playing)
        if self._source_id is None:
            self._source_id = _mixer_pad(gates[0][0])
        last = max((gate.last for _, gate in gates if gate.last), default=None)
        quiet = last is None or now - last > QUIET
        return Sight(
            last=last,
            ended=all(gate.ended for _, gate in gates),
            waits=not playing or (quiet and any(gate.pushing for _, gate in gates)),
        )

    # Down and up again, in a thread of its own: an element may take long, or hang.

    def _begin(self, work: Callable[[], None]) -> None:
        self._work = threading.Thread(target=work, name="pythiags-retry", daemon=True)
        self._work.start()

    def _take_down(self) -> None:
        for member in self._members:
            member.set_locked_state(True)  # whatever the pipeline does meanwhile
            for pad in member.srcpads:
                peer = pad.get_peer()
                if _comes_and_goes(pad) and peer is not None and peer not in self._targets:
                    self._targets.append(peer)
        self._go_on()  # or a sink that waits for the others' first frames never gives ours back
        flushed = self._flush()
        for member in self._members:
            member.set_state(Gst.State.NULL)
        for pad in flushed:
            pad.send_event(Gst.Event.new_flush_stop(False))
        self._drop_gates()
        self._go_on()

    def _flush(self) -> list[Gst.Pad]:
        """Free its threads from sinks that wait for the others' first frames; return those pads.

        In a pipeline with a live source sinks do not wait for one another. In one without, as with
        an ``rtmpsrc``, they do until all of them have a frame, which may never be.
        """
        if self._pipeline.current_state >= Gst.State.PAUSED:
            return []
        peers = [pad.get_peer() for member in self._members for pad in member.srcpads]
        ways = [
            peer
            for peer in peers
            if peer is not None and peer.get_parent_element() not in self._members
        ]
        for peer in ways:
            peer.send_event(Gst.Event.new_flush_start())
        return ways

    def _go_on(self) -> None:
        """Have the rest go on: an error ends a change of state, as at the start of a pipeline."""
        with self._lock:
            failed = self._pipeline.get_state(0)[0] == Gst.StateChangeReturn.FAILURE
            if failed and self._revives:
                self._pipeline.set_state(self._pipeline.target_state)

    def _bring_up(self) -> None:
        self.watch()
        for member in self._members:
            if member.find_property("async-handling") is not None:
                # Or a bin that waits for its first buffer has the whole pipeline wait as well.
                member.set_property("async-handling", True)
            member.set_locked_state(False)
        self._accepted = all(member.sync_state_with_parent() for member in self._members)

    def _added(self, element: Gst.Element, pad: Gst.Pad) -> None:
        """Take a pad that an element has added: link it as the one before it was."""
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        if element is self.element:
            with self._lock:
                self._gates.append(self._gate(pad))
        for target in self._targets:
            if not pad.is_linked() and not target.is_linked() and pad.can_link(target):
                pad.link_full(target, Gst.PadLinkCheck.DEFAULT)

    def _limit_waits(self, _bin: Gst.Element, element: Gst.Element) -> None:
        """Have an element wait for a server no longer than a start may take.

        As long as it waits in the middle of an answer, it cannot be taken down.
        """
        spec = element.find_property(TCP_TIMEOUT)
        wanted = self._longest * 1e6
        if spec is not None and wanted < spec.default_value == element.get_property(TCP_TIMEOUT):
            element.set_property(TCP_TIMEOUT, int(wanted))

    def _gate(self, pad: Gst.Pad) -> tuple[Gst.Pad, Gate]:
        gate = Gate(pad)
        gate.close(self._holds_ends)
        return pad, gate

    def _drop_gates(self) -> None:
        with self._lock:
            for _, gate in self._gates:
                gate.stop()
                self._passed += gate.count
            self._gates.clear()


def _send_ends(pads: Iterable[Gst.Pad | None]) -> None:
    """Send the end of the stream to pads, each of which may take its time."""
    for pad in filter(None, pads):
        threading.Thread(
            target=pad.send_event, args=(Gst.Event.new_eos(),), name="pythiags-eos", daemon=True
        ).start()


def is_live_source(element: Gst.Element) -> bool:
    """Whether an element has no end of its own, as a camera has none.

    Whoever sets ``num-buffers`` wants an end. Over HTTP come files as well as live streams: those
    are live that say so with ``is-live=true``.
    """
    factory = element.get_factory()
    name = factory.get_name() if factory is not None else ""
    if name in _BY_URI:
        scheme = urlsplit(element.get_property("uri") or "").scheme.lower()
        return scheme in _SCHEMES or scheme.startswith("rtsp")
    if name in _HTTP:
        return bool(_property(element, "is-live", default=False))
    endless = _property(element, "num-buffers", default=-1) < 0
    return name in _LIVE and endless and bool(_property(element, "is-live", default=True))


def _property(element: Gst.Element, name: str, *, default: Any) -> Any:
    return default if element.find_property(name) is None else element.get_property(name)


def _location(element: Gst.Element) -> str:
    own = _property(element, "uri", default="") or _property(element, "device", default="")
    return location_of(element) or redact(str(own or ""))


def _comes_and_goes(pad: Gst.Pad) -> bool:
    template = pad.get_pad_template()
    return template is not None and template.presence == Gst.PadPresence.SOMETIMES


def _has_video(pad: Gst.Pad) -> bool:
    caps = pad.get_current_caps()
    if caps is None or caps.is_empty():
        return False
    structure = caps.get_structure(0)
    name = structure.get_name()
    return bool(name.startswith("video/") or structure.get_string("media") == "video")


def _mixer_pad(pad: Gst.Pad) -> int | None:
    """The number of the first pad downstream that was requested: ``sink_2`` is 2."""
    for _ in range(100):
        peer = pad.get_peer()
        element = peer.get_parent_element() if peer is not None else None
        if peer is None or element is None:
            return None
        template = peer.get_pad_template()
        if template is not None and template.presence == Gst.PadPresence.REQUEST:
            number = peer.get_name().rpartition("_")[2]
            return int(number) if number.isdecimal() else None
        if len(element.srcpads) != 1:
            return None
        pad = element.srcpads[0]
    return None
