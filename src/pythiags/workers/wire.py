"""What a process worker and its child say to each other: framed messages over a stream socket.

A message is its kind, a small header object and a payload of bytes, so that a payload that is
already pickled is not pickled again. The child answers each message of the parent with one of its
own; besides, it may send notes (errors, log records) over a second socket at any time.
"""

from __future__ import annotations

import enum
import io
import pickle
import struct
import traceback
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pythiags.errors import PythiagsError
from pythiags.picklable import PROTOCOL
from pythiags.redact import redact
from pythiags.usercode import describe, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pythiags.sourcecode import Source

__all__ = [
    "ChildError",
    "Fault",
    "Kind",
    "Message",
    "Pieces",
    "Setup",
    "pack",
    "unpack",
    "unpack_all",
]

_HEAD: Final = struct.Struct("<BIQ")


class Kind(enum.IntEnum):
    """What a message is for."""

    SETUP = 1  # to the child: Setup; answered when the consumer's module is imported
    BUILD = 2  # answered when the consumer is constructed
    OPEN = 3
    EVENTS = 4  # header: Contents of the parcel; payload: pickled list of events
    CONTROL = 5  # header: the control item
    CLOSE = 6
    DONE = (
        7  # an answer; header: seconds that it took; to CLOSE: names of threads that it waits for
    )
    FAILED = 8  # an answer; header: Fault
    UNREADABLE = 9  # an answer to EVENTS: they cannot be unpickled; header: Fault
    ERROR = 10  # a note; header: Fault
    LOG = 11  # a note; header: the attributes of a log record


class Pieces:
    """A payload that is not in one piece.

    Attributes:
        parts: The pieces, as views: a ``bytearray`` of the user's keeps its size meanwhile.
        size: Of all, in bytes.
    """

    def __init__(self) -> None:
        self.parts: list[memoryview] = []
        self.size = 0

    def append(self, piece: memoryview) -> None:
        """Take the next piece, a view of bytes."""
        self.parts.append(piece)
        self.size += len(piece)


class Message(NamedTuple):
    """One message; the payload may be in pieces, which are sent one behind the other."""

    kind: Kind
    header: Any = None
    payload: bytes | bytearray | Pieces = b""

    @property
    def size(self) -> int:
        """Of the payload, in bytes."""
        return self.payload.size if isinstance(self.payload, Pieces) else len(self.payload)


class Setup(NamedTuple):
    """What a child has to know before it can build the consumer.

    Attributes:
        name: The worker's.
        argv: The program's ``sys.argv``.
        make: A pickled function of no arguments that makes the consumer.
        decode: A pickled function of one item, or of None.
        stop_on_error: Whether to handle no further events after the first that raises.
        levels: The levels of the program's loggers, by name; the root's name is empty.
        arena_bytes: The size of the shared memory.
        sources: The modules that are not to be read from their files.
    """

    name: str
    argv: list[str]
    make: bytes
    decode: bytes
    stop_on_error: bool
    levels: dict[str, int]
    arena_bytes: int
    sources: tuple[Source, ...] = ()


class ChildError(Exception):
    """The traceback of the child, as the cause of what the parent raises or logs.

    Attributes:
        trace: The traceback, as text.
        place: The user's line that raised: file, number and text.
    """

    def __init__(self, trace: str, place: str = "") -> None:
        super().__init__(trace)
        self.trace = trace
        self.place = place

    def __str__(self) -> str:
        """Return the lines as the child would have printed them."""
        return f"in the worker process\n{self.trace}"


class Fault(NamedTuple):
    """An exception of the child, passwords masked.

    Attributes:
        kind: The name of its type.
        text: Its text.
        trace: Its traceback; empty if another was sent shortly before.
        place: The user's line that raised it.
        pickled: Itself, if it is a ``PythiagsError``, which says by itself
            what, where and what to try.
    """

    kind: str
    text: str = ""
    trace: str = ""
    place: str = ""
    pickled: bytes = b""

    @classmethod
    def of(cls, error: BaseException, *, traced: bool = True) -> Fault:
        """Tell of an exception, with its traceback or without."""
        kind = type(error).__name__
        text = describe(error).removeprefix(kind).removeprefix(": ")
        pickled = _pickled(error) if isinstance(error, PythiagsError) else b""
        if not traced:
            return cls(kind, text, pickled=pickled)
        trace = redact("".join(traceback.format_exception(error))).rstrip()
        return cls(kind, text, trace, place_of(error) or "", pickled)

    def exception(self) -> BaseException:
        """Return an exception of that name, whose cause shows the child's traceback."""
        error = self._unpickled()
        if error is None:
            error = type(self.kind, (Exception,), {"__module__": "builtins"})(self.text)
        error.__cause__ = ChildError(self.trace, self.place) if self.trace else None
        return error

    def _unpickled(self) -> BaseException | None:
        if not self.pickled:
            return None
        try:
            error = pickle.loads(self.pickled)  # noqa: S301 (of our own child)
        except BaseException:  # noqa: BLE001 (an attribute of the user's: its text has to do)
            return None
        return error if isinstance(error, BaseException) else None


def _pickled(error: PythiagsError) -> bytes:
    if not type(error).__module__.startswith("pythiags."):
        return b""  # a class of the user's that the parent may not have imported
    try:
        return pickle.dumps(error, PROTOCOL)
    except BaseException:  # noqa: BLE001 (an attribute of the user's: its text has to do)
        return b""


def pack(message: Message) -> list[bytes | bytearray | memoryview]:
    """Return the parts to send, one behind the other."""
    header = pickle.dumps(message.header, PROTOCOL) if message.header is not None else b""
    head = _HEAD.pack(message.kind, len(header), message.size) + header
    payload = message.payload
    return [head, *payload.parts] if isinstance(payload, Pieces) else [head, payload]


def unpack(read: Callable[[int], bytes | bytearray]) -> Message:
    """Read one message.

    Raises:
        EOFError: The other side is gone.
    """
    kind, header_size, payload_size = _HEAD.unpack(read(_HEAD.size))
    header = pickle.loads(read(header_size)) if header_size else None  # noqa: S301 (our own child)
    return Message(Kind(kind), header, read(payload_size) if payload_size else b"")


def unpack_all(buffer: bytearray) -> Iterator[Message]:
    """Take all whole messages from the front of a buffer."""
    while len(buffer) >= _HEAD.size:
        _, header_size, payload_size = _HEAD.unpack_from(buffer)
        size = _HEAD.size + header_size + payload_size
        if len(buffer) < size:
            return
        whole = io.BytesIO(buffer[:size])
        del buffer[:size]
        yield unpack(whole.read)
