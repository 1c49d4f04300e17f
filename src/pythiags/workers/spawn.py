"""The parent's handle on one child process: started, asked, listened to, ended, reaped."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from pythiags.errorlog import ErrorLog
from pythiags.statedir import current_folder
from pythiags.workers.output import passed_on, writers
from pythiags.workers.shared import STOP, Board
from pythiags.workers.wire import Kind, Message, pack, unpack_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.workers.shared import Arena
    from pythiags.workers.wire import Fault

__all__ = ["Child", "ChildDied"]

# What `python -c` runs, with the numbers of the descriptors, the parent's and the path behind it.
BOOT: Final = (
    "import sys; numbers, sys.path[:] = sys.argv[1], sys.argv[2:]; "
    "from pythiags.workers.child import main; main(numbers)"
)
TICK: Final = 0.04  # seconds: how old the counters of a busy child may be
CHUNK: Final = 1 << 16
PARTS: Final = 256  # of a message, sent at once: the system takes 1024
LAST_LINES: Final = 20  # of standard error, kept for messages
FAREWELL: Final = 0.3  # seconds to read what a dead child has written

logger = logging.getLogger(__name__)


class ChildDied(Exception):
    """The child is gone, or talks no more."""


class Child:
    """One child process, and a thread that reads all it writes until it is gone.

    The thread that makes it has to live as long as the child, which the kernel kills otherwise.

    Args:
        name: The worker's, which goes before each line that it writes.
        arena: The memory it shares.
        on_error: Called in the listening thread with each exception of the consumer.

    Attributes:
        board: Its counters.
        gone: Set when it is dead, reaped, and all it wrote was read.
        last_lines: What it last wrote to its standard error.
        sent: How many batches it was given.
        delivered: How many events of those it has delivered, as far as the channel knows.
        failed: How many it has raised on, in the same way.
    """

    def __init__(self, name: str, arena: Arena, on_error: Callable[[Fault], object]) -> None:
        self.gone = threading.Event()
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        self.sent = self.delivered = self.failed = 0
        self._death: str | None = None
        self._released = False
        self._name = name
        self._on_error = on_error
        self._log = ErrorLog(f"forwarding the output of the worker process of {name!r}", logger)
        self._received = bytearray()
        with contextlib.ExitStack() as undo:  # any line may run out of descriptors
            listening = self._start(arena, undo)
            undo.pop_all()
        self._listener = threading.Thread(
            target=self._listen, args=(listening,), name=f"{name}-output", daemon=True
        )
        writers.enter(name)
        self._listener.start()

    def _start(self, arena: Arena, undo: contextlib.ExitStack) -> int:
        """Start the process; gives the listener's own descriptor of it, which may outlive this."""
        with contextlib.ExitStack() as theirs:
            self.board = Board()
            undo.callback(self.board.close)
            theirs.callback(self.board.close_fd)
            self._connection, connection = socket.socketpair()
            undo.enter_context(self._connection)
            theirs.enter_context(connection)
            self._notes, notes = socket.socketpair()
            undo.enter_context(self._notes)
            theirs.enter_context(notes)
            self._process = _spawn(connection, notes, self.board, arena)
            undo.callback(_abandon, self._process)
        self._connection.setblocking(False)
        self._pidfd = os.pidfd_open(self._process.pid)
        undo.callback(os.close, self._pidfd)
        return os.dup(self._pidfd)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return not self.ended(0.0)

    def ask(self, message: Message, tick: Callable[[], object] | None = None) -> Message:
        """Send a message and wait for the answer; arguments and errors as of ``answer()``."""
        self.send(message)
        return self.answer(tick)

    def send(self, message: Message) -> None:
        """Send a message.

        Raises:
            ChildDied: It is gone.
        """
        parts = deque(memoryview(part) for part in pack(message) if part)
        while parts:
            sent = self._send(list(islice(parts, PARTS)))
            while parts and sent >= len(parts[0]):
                sent -= len(parts.popleft())
            if sent:
                parts[0] = parts[0][sent:]

    def _send(self, parts: list[memoryview]) -> int:
        try:
            # Whatever the program has made of SIGPIPE: a child that died must not end it.
            return self._connection.sendmsg(parts, (), socket.MSG_NOSIGNAL)
        except BlockingIOError:
            self._await(select.POLLOUT)
            return 0
        except OSError as error:
            raise ChildDied from error

    def answer(self, tick: Callable[[], object] | None = None) -> Message:
        """Wait for the answer to what was sent.

        Args:
            tick: Called every 40 ms while there is none.

        Raises:
            ChildDied: It is gone.
        """
        while True:
            for message in unpack_all(self._received):
                return message
            self._await(select.POLLIN, tick)
            try:
                data = self._connection.recv(CHUNK)
            except BlockingIOError:
                continue
            except OSError as error:
                raise ChildDied from error
            if not data:
                raise ChildDied
            self._received += data

    def leave(self) -> None:
        """Ask it to start no further event."""
        self.board.counts[STOP] = 1

    def release(self) -> None:
        """Send it the end of the input; it ends by itself."""
        self._released = True
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def signal(self, number: int) -> None:
        """Send a signal, if it is there to take one; SIGKILL to all that it has started, too."""
        if number == signal.SIGKILL:
            self._kill_group()
        else:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)  # the number may be another's by now

    def _kill_group(self) -> None:
        """Kill it with what it has started and not given a group of its own."""
        if self._process.returncode is not None:
            return  # reaped: the number may be another's by now
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> str:
        """Make sure that it is gone; its counters can still be read.

        Returns:
            What it died of, in words.
        """
        if self._death is None:
            self.signal(signal.SIGKILL)  # what it has started, too, if it is dead itself
            self.ended(None)
            self._listener.join(FAREWELL)  # otherwise it hangs writing to an unread pipe
            self._death = _describe(self._process.wait())
        return self._death

    def close(self) -> None:
        """Release all that it took, when it is gone."""
        os.close(self._pidfd)
        self._connection.close()
        self.board.close()

    def ended(self, patience: float | None) -> bool:
        """Whether it is dead, within so many seconds; None: no limit."""
        if self.gone.is_set():
            return True
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)
        return bool(poll.poll(None if patience is None else patience * 1000))

    def _await(self, event: int, tick: Callable[[], object] | None = None) -> None:
        """Wait until the connection is ready.

        Raises:
            ChildDied: It never will be.
        """
        poll = select.poll()
        poll.register(self._connection, event)
        poll.register(self._pidfd, select.POLLIN)
        while not (ready := poll.poll(TICK * 1000 if tick else None)):
            if tick:
                tick()
        if all(fd == self._pidfd for fd, _ in ready):
            raise ChildDied

    def _listen(self, pidfd: int) -> None:
        """Read what it writes until it is dead; then reap it."""
        stdout, stderr = passed_on(self._name, self._log, self.last_lines)
        outputs: dict[int, Callable[[bytes], object]] = {
            self._notes.fileno(): _Notes(self._on_error, self._log),
            self._process.stdout.fileno(): stdout,  # type: ignore[union-attr]
            self._process.stderr.fileno(): stderr,  # type: ignore[union-attr]
        }
        poll = select.poll()
        for fd in (*outputs, pidfd):
            poll.register(fd, select.POLLIN)
        until: float | None = None  # it is dead: when to listen no more
        while until is None or time.monotonic() < until:
            ready = poll.poll(None if until is None else 0)
            if not ready:
                break
            for fd, _ in ready:
                if fd == pidfd:
                    until = time.monotonic() + FAREWELL
                    poll.unregister(fd)
                    continue
                data = os.read(fd, CHUNK)
                self._guarded(outputs[fd], data)
                if not data:
                    poll.unregister(fd)
        for lines in (stdout, stderr):
            self._guarded(lines.end, not self._released)
        self._kill_group()  # before its number is another's
        self._process.wait()
        writers.leave()
        self.gone.set()
        os.close(pidfd)
        for stream in (self._notes, self._process.stdout, self._process.stderr):
            stream.close()  # type: ignore[union-attr]

    def _guarded(self, call: Callable[[Any], object], what: Any) -> None:
        try:
            call(what)
        except BaseException as error:  # noqa: BLE001 (what the program has for a sys.stdout)
            self._log.record(error)


class _Notes:
    """Reads the notes of a child; one that cannot be taken in does not keep the next ones out.

    What hears of them is the program's: filters and handlers of loggers.
    """

    def __init__(self, on_error: Callable[[Fault], object], log: ErrorLog) -> None:
        self._on_error = on_error
        self._log = log
        self._buffer = bytearray()

    def __call__(self, data: bytes) -> None:
        self._buffer += data
        while not self._take_all():
            pass

    def _take_all(self) -> bool:
        """Take the notes that are whole, until one cannot be: then False, and that one is gone."""
        try:
            for message in unpack_all(self._buffer):
                if message.kind is Kind.ERROR:
                    self._on_error(message.header)
                else:
                    _log(message.header)
        except BaseException as error:  # noqa: BLE001 (SystemExit is the program's bug as well)
            self._log.record(error)
            return False
        return True


def _log(attributes: dict[str, Any]) -> None:
    record = logging.makeLogRecord(attributes)
    log = logging.getLogger(record.name)
    if log.isEnabledFor(record.levelno):
        log.handle(record)


def _spawn(
    connection: socket.socket, notes: socket.socket, board: Board, arena: Arena
) -> subprocess.Popen[bytes]:
    if not sys.executable:
        raise OSError("Python's executable is unknown (sys.executable)")
    fds = (connection.fileno(), notes.fileno(), board.fd, arena.fd)
    here = current_folder()
    path = [str(entry or here) for entry in sys.path if entry or here]
    flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined] # noqa: SLF001 (as multiprocessing)
    numbers = ",".join(map(str, (*fds, os.getpid())))
    return subprocess.Popen(  # noqa: S603 (vfork and exec: no preexec_fn)
        [sys.executable, *flags, "-c", BOOT, numbers, *path],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        pass_fds=fds,
        start_new_session=True,  # Ctrl-C in a terminal goes to the program alone
    )


def _abandon(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


def _describe(returncode: int) -> str:
    if returncode < 0:
        with contextlib.suppress(ValueError):
            return f"killed by {signal.Signals(-returncode).name}"
        return f"killed by signal {-returncode}"
    return f"exited with status {returncode}"
