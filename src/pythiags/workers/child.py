"""The child of a process worker: builds the consumer, delivers events, reports the results.

It imports the consumer's module and what that imports, never the program's ``__main__`` and nothing
of GStreamer. The parent orders all it does, one message after the other, and may kill it at any
moment: what it has done is on the shared board, see ``pythiags.workers.shared``.
"""

from __future__ import annotations

import ctypes
import faulthandler
import logging
import os
import pickle
import signal
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from pythiags.channel.items import decoded
from pythiags.workers.calls import Calls
from pythiags.workers.parcel import unpacked
from pythiags.workers.shared import DELIVERED, FAILED, RECEIVED, STARTED, STOP, Board, ChildArena
from pythiags.workers.wire import Fault, Kind, Message, Setup, pack, unpack

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["main"]

TRACE_INTERVAL: Final = 0.2  # seconds: errors in between are sent without their traceback
_PR_SET_PDEATHSIG: Final = 1


class _Terminated(SystemExit):
    """SIGTERM came: the consumer is left, closed, and the child ends."""


def main(numbers: str) -> None:
    """Run the child.

    Args:
        numbers: The descriptors of the connection, the notes, the board and the arena, and the
            process that waits for it, with commas.
    """
    *fds, parent = map(int, numbers.split(","))
    for fd in fds:
        os.set_inheritable(fd, False)  # not for programs that the consumer starts
    connection, notes, board, arena = fds
    _live_with(parent)
    faulthandler.enable()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(  # type: ignore[union-attr]
            encoding="utf-8", errors="backslashreplace", line_buffering=True
        )  # whatever the terminal's encoding is: the parent sees to that
    try:
        child = _Child(socket.socket(fileno=connection), socket.socket(fileno=notes), board, arena)
        child.run()
    except (EOFError, ConnectionError):
        pass  # the parent wants it no more


def _live_with(parent: int) -> None:
    """End with the parent, and leave it to the parent what Ctrl-C means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


class _Child:
    """One consumer, from its constructor to its ``close``."""

    def __init__(
        self, connection: socket.socket, notes: socket.socket, board: int, arena: int
    ) -> None:
        self._connection = connection
        self._notes = _Notes(notes)
        self._board = Board(board)
        self._arena_fd = arena
        self._setup: Setup
        self._make: Any
        self._consumer: Any
        self._call: Calls
        self._decode: Any
        self._arena: ChildArena
        self._opened = False
        signal.signal(signal.SIGTERM, self._terminate)

    def run(self) -> None:
        """Do as the parent says until it says no more."""
        actions = {
            Kind.SETUP: self._set_up,
            Kind.BUILD: self._build,
            Kind.OPEN: self._open,
            Kind.EVENTS: self._events,
            Kind.CONTROL: self._control,
            Kind.CLOSE: self._close,
        }
        try:
            while True:
                message = unpack(self._read)
                start = time.perf_counter()
                answer = actions[message.kind](message)
                if answer is None:
                    answer = Message(Kind.DONE, time.perf_counter() - start)
                del message  # what it refers to may be gone when the next one comes
                self._connection.sendall(b"".join(pack(answer)))
        except _Terminated:
            self._close(Message(Kind.CLOSE))
            raise

    def _set_up(self, message: Message) -> Message | None:
        self._setup = setup = Setup(*message.header)
        self._call = Calls(setup.name)
        sys.argv = setup.argv
        self._notes.take_logging(setup)
        self._arena = ChildArena(self._arena_fd, setup.arena_bytes, self._board)
        os.register_at_fork(after_in_child=self._arena.forked)
        return self._begun(self._import)

    def _import(self) -> None:
        if self._setup.sources:
            from pythiags.sourcecode import import_from  # few need it

            import_from(self._setup.sources)
        self._decode = pickle.loads(self._setup.decode)  # noqa: S301 (of the parent)
        self._make = pickle.loads(self._setup.make)  # noqa: S301

    def _build(self, _message: Message) -> Message | None:
        return self._begun(self._construct)

    def _construct(self) -> None:
        self._consumer = self._make()

    def _open(self, _message: Message) -> Message | None:
        refusal = self._begun(lambda: self._call(self._consumer.open))
        self._opened = refusal is None
        return refusal

    def _begun(self, call: Any) -> Message | None:
        """Run a step before the first event; an exception is reported in the answer only."""
        try:
            call()
        except _Terminated:
            raise
        except BaseException as error:  # noqa: BLE001 (whatever a user's module or class raises)
            return Message(Kind.FAILED, Fault.of(error))
        return None

    def _events(self, message: Message) -> Message | None:
        counts = self._board.counts
        counts[RECEIVED] += 1
        try:
            stream: Any = message.payload
            events = unpacked(stream, message.header, self._arena.view)
        except _Terminated:
            raise
        except BaseException as error:  # noqa: BLE001 (their __setstate__ is user code)
            return Message(Kind.UNREADABLE, Fault.of(error))
        events.reverse()
        while events and not counts[STOP]:
            counts[STARTED] += 1
            fault = self._guarded(self._deliver, events.pop())
            counts[FAILED if fault else DELIVERED] += 1
            if fault and self._setup.stop_on_error:
                return Message(Kind.FAILED, fault)
        return None

    def _deliver(self, event: Any) -> None:
        self._call(self._consumer.incoming, decoded(event, self._decode))

    def _control(self, message: Message) -> Message | None:
        hook = getattr(self._consumer, "control", None)
        fault = None
        if hook is not None:
            fault = self._guarded(self._call, hook, message.header)
        return Message(Kind.FAILED, fault) if fault and self._setup.stop_on_error else None

    def _close(self, _message: Message) -> Message | None:
        opened, self._opened = self._opened, False
        fault = self._guarded(self._call, self._consumer.close) if opened else None
        self._call.end()
        if fault and self._setup.stop_on_error:
            return Message(Kind.FAILED, fault)
        return Message(Kind.DONE, _blocking_threads())

    def _guarded(self, call: Any, *arguments: Any) -> Fault | None:
        try:
            call(*arguments)
        except _Terminated:
            raise
        except BaseException as error:  # noqa: BLE001 (SystemExit is the user's bug as well)
            return self._notes.error(error, traced=self._setup.stop_on_error)
        return None

    def _terminate(self, _number: int, _frame: FrameType | None) -> None:
        """Leave the consumer; but a SIGTERM to all, as of a service manager, is the parent's."""
        if self._board.counts[STOP]:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)  # close() is to be left alone
            raise _Terminated(128 + signal.SIGTERM)

    def _read(self, size: int) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        while view:
            count = self._connection.recv_into(view)
            if count == 0:
                raise EOFError
            view = view[count:]
        return data


def _blocking_threads() -> list[str]:
    """Return the names of the threads without which Python does not end."""
    mine = threading.main_thread()
    return [each.name for each in threading.enumerate() if each is not mine and not each.daemon]


class _Notes:
    """Notes that the child sends: errors of the consumer, log records."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._whole = True  # what was sent
        self._next_trace = 0.0

    def error(self, error: BaseException, *, traced: bool) -> Fault:
        """Tell of an exception.

        Args:
            error: It.
            traced: With its traceback, even shortly after another.
        """
        now = time.monotonic()
        traced = traced or now >= self._next_trace
        if traced:
            self._next_trace = now + TRACE_INTERVAL
        fault = Fault.of(error, traced=traced)
        self._send(Message(Kind.ERROR, fault))
        return fault

    def take_logging(self, setup: Setup) -> None:
        """Send what is logged to the parent, whose handlers write it."""
        for name, level in setup.levels.items():
            logging.getLogger(name).setLevel(level)
        logging.getLogger().addHandler(_LogHandler(self, setup.name))

    def log(self, attributes: dict[str, Any]) -> None:
        """Send a log record."""
        self._send(Message(Kind.LOG, attributes))

    def _send(self, message: Message) -> None:
        """Send a note, unless a SIGTERM interrupted one: what follows could not be read."""
        data = b"".join(pack(message))
        with self._lock:
            if self._whole:
                self._whole = False
                self._connection.sendall(data)
                self._whole = True


class _LogHandler(logging.Handler):
    """Makes a log record plain and sends it."""

    def __init__(self, notes: _Notes, process: str) -> None:
        super().__init__()
        self._notes = notes
        self._process = process
        self._formatter = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        """Send it."""
        try:
            text = self._formatter.formatException(record.exc_info) if record.exc_info else None
            plain = {
                key: value
                for key, value in vars(record).items()
                if isinstance(value, (str, int, float, type(None)))
            }
            message = record.getMessage()
            plain |= {"msg": message, "args": None, "exc_info": None, "processName": self._process}
            self._notes.log(plain | {"exc_text": text or record.exc_text})
        except OSError:
            pass  # the parent is gone, and this process soon
        except Exception:  # noqa: BLE001 (as every handler: an argument that cannot be formatted)
            self.handleError(record)
