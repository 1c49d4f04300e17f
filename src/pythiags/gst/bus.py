"""The bus of a pipeline: its messages as plain typed values, and a pump that needs no main loop."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from pythiags.gst import GLib, GObject, Gst
from pythiags.gst._gst import streams_for, watch_streaming
from pythiags.gst.network import location_of
from pythiags.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "BufferingMessage",
    "Bus",
    "BusMessage",
    "ElementMessage",
    "EosMessage",
    "ErrorMessage",
    "InfoMessage",
    "LatencyMessage",
    "OtherMessage",
    "SourceMessage",
    "StateChangedMessage",
    "StreamStartMessage",
    "StreamStatusMessage",
    "WarningMessage",
]

State = Literal["VOID_PENDING", "NULL", "READY", "PAUSED", "PLAYING"]

_WAKE: Final = "pythiags-wake"
_UNREADABLE: Final = "the element's message cannot be read: it is not valid UTF-8"

_TYPE: Final = re.compile(r"^\([\w-]+\)")
_PLAIN: Final = frozenset(
    {
        *(GObject.TYPE_BOOLEAN, GObject.TYPE_ENUM, GObject.TYPE_FLAGS, GObject.TYPE_STRING),
        *(GObject.TYPE_INT, GObject.TYPE_UINT, GObject.TYPE_LONG, GObject.TYPE_ULONG),
        *(GObject.TYPE_INT64, GObject.TYPE_UINT64, GObject.TYPE_FLOAT, GObject.TYPE_DOUBLE),
    }
)
"""Types that Python has too."""

_GSTREAMERS_OWN: Final = frozenset(
    {
        *("GDate", "GstDateTime", "GstBitmask", "GstFlagSet", "GstFraction"),
        *("GstDoubleRange", "GstFractionRange", "GstInt64Range", "GstIntRange"),
        *("GstValueArray", "GstValueList"),
    }
)
"""Types that only GStreamer can write as text."""

_PRINTABLE: Final = frozenset({"GstCaps", "GstCapsFeatures", "GstStructure", "GstTagList"})
"""Types with a ``to_string`` of their own."""

_ARRAYS: Final = frozenset({"GStrv", "GValueArray"})
"""Types that become lists in Python."""


@dataclass(frozen=True)
class BusMessage:
    """The base of all messages; it holds no GStreamer object, so it may be kept.

    Attributes:
        source: The path of the element that posted it, such as ``/pipeline0/filesrc0``.
    """

    source: str


@dataclass(frozen=True)
class EosMessage(BusMessage):
    """All sinks have reached the end of the stream."""


@dataclass(frozen=True)
class _Report(BusMessage):
    """An error, a warning or a piece of information.

    Attributes:
        text: For people. Passwords are masked, here and below.
        debug: For developers: source file, function, reason.
        domain: ``gst-core-error-quark`` and its like.
        code: Within the domain.
        factory: The factory of the element, such as ``filesrc``; empty if it has none.
        location: Where the element connects to, if it is one of the network.
    """

    text: str
    debug: str
    domain: str
    code: int
    factory: str
    location: str = ""

    @property
    def reason(self) -> str:
        """The part of ``debug`` that is for people, which follows the line of source code.

        Of a traceback of user code that is the place that raised; the log has shown it all.
        """
        lines = [line.strip() for line in self.debug.splitlines() if line.strip()]
        if any(line.startswith("Traceback (most recent call last)") for line in lines):
            return next((line for line in reversed(lines) if line.startswith('File "')), "")
        return " ".join(lines[1:])

    @property
    def whole_text(self) -> str:
        """The text, with the reason behind it."""
        return ": ".join(filter(None, (self.text.rstrip("."), self.reason)))


@dataclass(frozen=True)
class ErrorMessage(_Report):
    """The pipeline cannot continue."""


@dataclass(frozen=True)
class WarningMessage(_Report):
    """The pipeline continues, but an element posted a warning."""


@dataclass(frozen=True)
class InfoMessage(_Report):
    """An element posted information."""


@dataclass(frozen=True)
class StateChangedMessage(BusMessage):
    """An element, or with ``top`` the pipeline itself, has changed its state."""

    old: State
    new: State
    pending: State
    top: bool


@dataclass(frozen=True)
class StreamStartMessage(BusMessage):
    """The first buffers are on their way to the sinks."""


@dataclass(frozen=True)
class BufferingMessage(BusMessage):
    """A network source fills its buffers: 0 to 100 percent."""

    percent: int


@dataclass(frozen=True)
class LatencyMessage(BusMessage):
    """An element's latency has changed; the pipeline has redistributed it."""


@dataclass(frozen=True)
class StreamStatusMessage(BusMessage):
    """A streaming thread was created, entered, left …, in GStreamer's words."""

    status: str


@dataclass(frozen=True)
class ElementMessage(BusMessage):
    """What an element says of itself: the name and fields of its structure.

    Values that are not plain (caps, fractions, lists) are text, as GStreamer writes them. A value
    that has no text is its type: ``<GstSample>``.
    """

    name: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class SourceMessage(BusMessage):
    """A live source, such as a camera, was lost, or sends again. pythiags itself posts it.

    Attributes:
        name: The element's name.
        location: Its URI or device, without a password.
        source_id: The number of the mixer's pad that it feeds; None: it feeds no mixer.
        change: ``"silent"``: nothing has come for ``RetryPolicy.stall_timeout``; ``"lost"``;
            ``"back"``: it sends again; ``"end"``: it was not back in time, and is given up.
        why: The reason, with what an element said; empty if nothing was ever wrong.
    """

    name: str
    location: str
    source_id: int | None
    change: Literal["silent", "lost", "back", "end"]
    why: str


@dataclass(frozen=True)
class OtherMessage(BusMessage):
    """Any other message, by the name of its type, such as ``tag`` or ``async-done``."""

    type: str


def _report(kind: type[_Report], parse: str) -> Callable[[Gst.Message, str], BusMessage]:
    def read(message: Gst.Message, source: str) -> BusMessage:
        factory = message.src.get_factory() if isinstance(message.src, Gst.Element) else None
        try:
            error, debug = getattr(message, parse)()
        except UnicodeDecodeError:
            error, debug = GLib.Error(_UNREADABLE), ""
        return kind(
            source=source,
            text=redact(error.message),
            debug=redact(debug or ""),
            domain=error.domain,
            code=error.code,
            factory=factory.get_name() if factory else "",
            location=location_of(message.src),
        )

    return read


def _state_changed(message: Gst.Message, source: str) -> BusMessage:
    old, new, pending = (state.value_nick.upper() for state in message.parse_state_changed())
    top = isinstance(message.src, Gst.Pipeline) and message.src.get_parent() is None
    return StateChangedMessage(source, old, new, pending.replace("-", "_"), top)


def _element(message: Gst.Message, source: str) -> BusMessage:
    structure = message.get_structure()
    if structure is None:
        return ElementMessage(source, "", {})
    names = [structure.nth_field_name(index) for index in range(structure.n_fields())]
    return ElementMessage(
        source, structure.get_name(), {name: _field(structure, name) for name in names}
    )


def _field(structure: Gst.Structure, name: str) -> object:
    """Return a field as a plain value; ``<GType>`` where Python cannot show what is in it.

    The type decides, before the value is touched: PyGObject raises when it converts some values,
    and again when it prints others.
    """
    type_ = structure.get_field_type(name)
    try:
        value = _value(structure, name, type_)
    except Exception:  # noqa: BLE001 (whatever an element may put there)
        value = None
    if isinstance(value, str):
        return redact(value)
    return f"<{type_.name}>" if value is None and type_ != GObject.TYPE_STRING else value


def _value(structure: Gst.Structure, name: str, type_: GObject.GType) -> object:
    if type_.fundamental in _PLAIN:
        return structure.get_value(name)
    if type_.name in _GSTREAMERS_OWN:
        return _serialized(structure, name)
    if type_.name in _PRINTABLE:
        return structure.get_value(name).to_string()
    if type_.name in _ARRAYS:
        return str(structure.get_value(name))
    if type_.is_a(Gst.Object):
        return structure.get_value(name).get_path_string()
    return structure.get_value(name).message if type_.name == "GError" else None


def _serialized(structure: Gst.Structure, name: str) -> str:
    """Return a field as GStreamer writes it, without its type: ``30/1``, ``{ 1, 2 }``."""
    alone = structure.copy()
    for index in reversed(range(alone.n_fields())):
        if alone.nth_field_name(index) != name:
            alone.remove_field(alone.nth_field_name(index))
    _, _, text = alone.to_string().partition("=")
    return _TYPE.sub("", text.removesuffix(";"), count=1)


_READERS: Final[dict[Any, Callable[[Any, str], BusMessage]]] = {
    Gst.MessageType.EOS: lambda _, source: EosMessage(source),
    Gst.MessageType.ERROR: _report(ErrorMessage, "parse_error"),
    Gst.MessageType.WARNING: _report(WarningMessage, "parse_warning"),
    Gst.MessageType.INFO: _report(InfoMessage, "parse_info"),
    Gst.MessageType.STATE_CHANGED: _state_changed,
    Gst.MessageType.STREAM_START: lambda _, source: StreamStartMessage(source),
    Gst.MessageType.BUFFERING: lambda m, source: BufferingMessage(source, m.parse_buffering()),
    Gst.MessageType.LATENCY: lambda _, source: LatencyMessage(source),
    Gst.MessageType.STREAM_STATUS: lambda m, source: StreamStatusMessage(
        source, m.parse_stream_status()[0].value_nick
    ),
    Gst.MessageType.ELEMENT: _element,
}


class Bus:
    """Takes messages off the bus, one at a time, in whatever thread calls ``poll()``."""

    def __init__(self, pipeline: Gst.Pipeline) -> None:
        self._bus = pipeline.get_bus()
        self._pipeline = pipeline
        watch_streaming(self._bus)

    def poll(self, timeout: float = 0.0) -> BusMessage | None:
        """Wait for the next message; None: nothing came in time, or ``wake()`` was called.

        Args:
            timeout: Seconds. The wait itself cannot be interrupted by Ctrl-C.
        """
        message = self._bus.timed_pop(int(timeout * Gst.SECOND))
        if message is None:
            return None
        if message.type == Gst.MessageType.APPLICATION and message.has_name(_WAKE):
            return None
        if message.type == Gst.MessageType.LATENCY:
            self._pipeline.recalculate_latency()
        return read(message)

    def wake(self) -> None:
        """Make a waiting ``poll()`` return; may be called by a signal handler."""
        self._bus.post(Gst.Message.new_application(None, Gst.Structure.new_empty(_WAKE)))

    def streams_here(self) -> bool:
        """Whether the calling thread is a streaming thread of the pipeline."""
        return streams_for(self._bus)

    def close(self) -> None:
        """Drop what was not read; messages hold their elements alive."""
        self._bus.set_flushing(True)


def read(message: Gst.Message) -> BusMessage:
    """Turn a GStreamer message into a value."""
    source = message.src.get_path_string() if message.src is not None else ""
    reader = _READERS.get(message.type)
    if reader is None:
        return OtherMessage(source, Gst.message_type_get_name(message.type))
    return reader(message, source)
