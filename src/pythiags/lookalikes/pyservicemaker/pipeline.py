"""``Pipeline``: elements, links, and what is attached to them; built by hand or of a file."""

from __future__ import annotations

import weakref
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pythiags.lookalikes.pyservicemaker import bins
from pythiags.lookalikes.pyservicemaker.buffers import Feeder, Receiver
from pythiags.lookalikes.pyservicemaker.links import Link, link_now
from pythiags.lookalikes.pyservicemaker.node import Node
from pythiags.lookalikes.pyservicemaker.probes import CommonFactory, CustomObject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pythiags.lookalikes.pyservicemaker.messages import PipelineMessage, RecordingInfo
    from pythiags.lookalikes.pyservicemaker.running import Run

__all__ = ["Pipeline"]

PAIR = 2


class Pipeline:
    """A pipeline.

    Args:
        name: Its name.
        config_file: A file in YAML that describes it; None: it is empty.

    Raises:
        RuntimeError: The file asks for what is not there.
        ValueError: It is no such file.
    """

    def __init__(self, name: str, config_file: str | None = None) -> None:
        from pythiags import portable
        from pythiags.gst import Gst
        from pythiags.gst.forks import refuse_after_fork

        refuse_after_fork()
        portable.install()
        self._gst = Gst.Pipeline.new(name)
        self._nodes: dict[str, Node] = {}
        self._objects: dict[str, CustomObject] = {}
        self._links: list[Link] = []
        self._run: Run | None = None
        self._begin_at = 0
        self._undo: list[Callable[[], None]] = []
        if config_file:
            from pythiags.lookalikes.pyservicemaker.pipelinefile import fill

            fill(self, config_file)

    def __getitem__(self, name: str) -> Any:
        """Return a node, or what is attached to one, by its name.

        Raises:
            RuntimeError: There is none.
        """
        found = self._nodes.get(name) or self._objects.get(name)
        if found is None:
            from pythiags.suggest import hint_for

            hint = hint_for(name, self._nodes)
            raise RuntimeError(f"{name} Not found{f'; {hint}' if hint else ''}")
        return found

    # ---- building ----

    def add(
        self, type_name: str, name: str, properties: Mapping[str, Any] | None = None
    ) -> Pipeline:
        """Add an element, and return the pipeline.

        Args:
            type_name: The element's factory.
            name: The element's name.
            properties: Set on it.

        Raises:
            RuntimeError: There is no such element, or one of this name already.
        """
        if name in self._nodes:
            raise RuntimeError(f"{self._gst.get_name()} has an element {name!r} already")
        node = Node(_make(type_name, name), type_name, self._link)
        if properties:
            node.set(properties)
        self._gst.add(node.element)
        self._nodes[name] = node
        return self

    def link(self, *args: Any) -> Pipeline:
        """Link elements in their order, and return the pipeline.

        Args:
            args: Names; or two pairs: of names, and of pads or their templates.

        Raises:
            RuntimeError: They cannot be linked.
        """
        if len(args) < PAIR:
            raise Exception("Invalid number of arguments")  # noqa: TRY002 - as NVIDIA's does
        if len(args) == PAIR and all(isinstance(each, tuple) for each in args):
            (source, sink), tips = args
            self[source].link(self[sink], tips)
        else:
            for source, sink in pairwise(args):
                self[source].link(self[sink])
        return self

    def _link(self, source: Node, sink: Node, tips: tuple[str, str]) -> Link:
        link = Link(source, sink, (tips[0] or "", tips[1] or ""))
        if not link_now(source, sink, link.tips):
            link.wait_for_it()
            self._links.append(link)
        return link

    def attach(
        self,
        target: str,
        what: Any,
        name: str = "",
        tips: str = "",
        properties: Mapping[str, Any] | None = None,
    ) -> Pipeline:
        """Attach something to an element, and return the pipeline.

        Args:
            target: The element's name.
            what: A probe, a receiver, a feeder; or the name of what makes one, such as
                "measure_fps_probe".
            name: The name of what is made.
            tips: The pad of a probe, or the signals of others: see ``Node.attach()``.
            properties: Set on what is made.

        Raises:
            RuntimeError: Nothing of this name can be made.
        """
        node = self[target]
        if isinstance(what, str):
            made = CommonFactory.create(what, name)
            if properties:
                made.set(properties)
            self._objects[name] = made
            node.attach(made, tips)
        elif isinstance(what, (CustomObject, Receiver, Feeder)):
            node.attach(what, tips)
        else:
            raise Exception("Unsupported object type for Pipeline.attach")  # noqa: TRY002, TRY004
        return self

    # ---- running ----

    def start(self, on_message: Callable[[PipelineMessage], object] | None = None) -> Pipeline:
        """Have it play, and return it at once.

        Args:
            on_message: Called with each message, in a thread of its own.

        Raises:
            RuntimeError: It cannot play.
        """
        from pythiags.gst import Gst

        return self._begin(on_message, Gst.State.PLAYING)

    def prepare(self, on_message: Callable[[PipelineMessage], object] | None = None) -> Pipeline:
        """Have it ready to play: ``activate()`` starts it. See ``start()``."""
        from pythiags.gst import Gst

        return self._begin(on_message, Gst.State.PAUSED)

    def activate(self) -> Pipeline:
        """Have it play once it is prepared, and return it."""
        from pythiags.gst import Gst

        if self._run is None:
            return self.start()
        self._gst.set_state(Gst.State.PLAYING)
        return self

    def deactivate(self) -> Pipeline:
        """Take it down, and return it."""
        return self.stop()

    def _begin(self, on_message: Callable[[Any], object] | None, state: Any) -> Pipeline:
        from pythiags.gst.forks import note_start
        from pythiags.lookalikes.pyservicemaker.running import Run

        if on_message is not None and not callable(on_message):
            raise Exception("Message callback is not callable")  # noqa: TRY002
        if self._run is not None and not self._run.over:
            raise RuntimeError(f"{self._gst.get_name()} runs already")
        run = self._run = Run(self._gst, on_message, self._disarm)
        note_start(run)
        try:
            self._arm(run)
        except BaseException:
            run.abandon()
            raise
        run.begin(state, self._begin_at)
        self._begin_at = 0
        return self

    def wait(self) -> Pipeline:
        """Wait for its end, and return it. Ctrl-C ends the stream in order.

        Raises:
            RuntimeError: An element reported an error.
        """
        if self._run is not None:
            self._run.wait()
        return self

    def ended(self, timeout: float) -> bool:
        """Wait for its end for some seconds; whether it has come. Not one of NVIDIA's."""
        return self._run is None or self._run.wait_for(timeout)

    def stop(self) -> Pipeline:
        """Take it down, and return it."""
        if self._run is not None:
            self._run.stop()
        return self

    def seek(self, time_in_seconds: float) -> Pipeline:
        """Have it play from a time on, and return it; before it starts, begin there."""
        nanoseconds = int(time_in_seconds * 1e9)
        if self._run is None or self._run.over:
            self._begin_at = nanoseconds
        else:
            self._run.seek(nanoseconds)
        return self

    def start_recording(
        self,
        source_name: str,
        start_time: int,
        duration: int,
        callback: Callable[[RecordingInfo], object] | None = None,
    ) -> int:
        """Start a recording of a source, and return its number.

        Args:
            source_name: The name of an ``nvurisrcbin``.
            start_time: How many seconds before now it begins.
            duration: How many seconds it has.
            callback: Called when it is complete.

        Raises:
            RuntimeError: The source cannot record.
        """
        from pythiags.lookalikes.pyservicemaker.recording import start_recording

        return start_recording(self[source_name], start_time, duration, callback)

    def stop_recording(self, source_name: str) -> bool:
        """End the recording of a source. Whether there is one."""
        from pythiags.lookalikes.pyservicemaker.recording import stop_recording

        return stop_recording(self[source_name])

    def stop_recording_by_session_id(self, session_id: int) -> bool:
        """End a recording, by its number. Whether there is one."""
        from pythiags.lookalikes.pyservicemaker.recording import stop_session

        return stop_session(session_id)

    def start_rtsp_server(self, rtsp_port: int, udp_port: int, buffer_size: int = 0) -> int:
        """Serve what it sends to a UDP port, as ``rtsp://HOST:PORT/ds-test``, until its end.

        Args:
            rtsp_port: Where the server listens; 0: where there is room.
            udp_port: The port of a ``udpsink``.
            buffer_size: Of the receiver, in bytes; 0: 512 KiB.

        Returns:
            Where the server listens.

        Raises:
            ValueError: A number is out of range.
            RuntimeError: The port cannot be used.
        """
        from pythiags.lookalikes.pyservicemaker.rtspserver import RtspServer

        server = RtspServer(self._gst, rtsp_port, udp_port, buffer_size)
        self._undo.append(server.close)
        weakref.finalize(self, server.close)  # it may never be started, and then is not stopped
        return server.port

    # ---- what is attached, and links to come ----

    def _arm(self, run: Run) -> None:
        """Put probes and handlers in their places for a run."""
        from pythiags.lookalikes.pyservicemaker.attaching import arm

        for link in self._links:
            link.arm(_post_error)
            self._undo.append(link.disarm)
        for node in self._nodes.values():
            for attached in node.attached:
                self._undo.append(arm(node, attached, run.guard))

    def _disarm(self) -> None:
        """Take them away: they keep the pipeline alive."""
        while self._undo:
            self._undo.pop()()


def _make(type_name: str, name: str) -> Any:
    """Return a new element.

    Raises:
        RuntimeError: There is none of this kind.
    """
    from pythiags.gst import Gst
    from pythiags.gst.registry import debian_package, factory_names, is_deepstream
    from pythiags.suggest import did_you_mean

    element = Gst.ElementFactory.make(type_name, name) or bins.make(type_name, name)
    if element is not None:
        return element
    package = debian_package(type_name)
    close = None if is_deepstream(type_name) else did_you_mean(type_name, factory_names())
    if package is not None:
        remedy = f"apt install {package}"
    elif close is not None:
        remedy = f"did you mean {close!r}?"
    elif is_deepstream(type_name):
        remedy = "it is one of DeepStream's, and has no portable version yet"
    else:
        remedy = "gst-inspect-1.0 lists those that are installed"
    raise RuntimeError(f"Element creation failed: there is no {type_name!r} for {name!r}; {remedy}")


def _post_error(element: Any, text: str) -> None:
    from pythiags.gst import GLib, Gst

    error = GLib.Error.new_literal(Gst.StreamError.quark(), text, Gst.StreamError.FAILED)
    element.post_message(Gst.Message.new_error(element, error, ""))
