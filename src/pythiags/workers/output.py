"""What worker processes print, passed on to the program's own streams.

A process that is alone may print whatever it likes, parts of lines and bytes that are no text: they
are passed on at once. Of several processes whole lines are passed on, so that none is torn.
"""

from __future__ import annotations

import codecs
import errno
import io
import select
import sys
import threading
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable

    from pythiags.errorlog import ErrorLog

__all__ = ["Lines", "passed_on", "writers"]

LINE: Final = 1 << 20  # bytes: a longer line of one of several processes is written in parts
PIECE: Final = select.PIPE_BUF // 4  # characters of up to four bytes


class Lines:
    """Writes what a child writes: at once while it is alone, else when its lines are whole.

    Args:
        target: Gives the stream: ``sys.stdout`` as it is at that moment.
        lock: Held while writing, so that lines of several children stay whole.
        name: The worker's. It goes before each line if other workers write to the same terminal.
        log: Where lost lines are reported.
        keep: Gets the lines too.
    """

    def __init__(
        self,
        target: Callable[[], Any],
        lock: threading.Lock,
        name: str,
        log: ErrorLog,
        keep: deque[str] | None = None,
    ) -> None:
        self._target = target
        self._lock = lock
        self._name = name
        self._log = log
        self._keep = keep
        self._rest = b""  # waits for the end of its line
        self._unkept = b""
        self._inside = False  # a line that was written in part

    def __call__(self, data: bytes) -> None:
        """Take what was read."""
        target, ready, self._rest = self._target(), self._rest + data, b""
        if self._keep is not None:
            self._keep_lines(data)
        if writers.several or not _takes_utf_8(target):  # a character may come in two parts
            end = ready.rfind(b"\n") + 1
            if len(ready) - end <= LINE:
                ready, self._rest = ready[:end], ready[end:]
        self._pass_on(target, ready)

    def end(self, torn: bool) -> None:
        """Take that this was all.

        Args:
            torn: The child has died: what the next one writes must not continue its last line.
        """
        rest, self._rest = self._rest, b""
        if self._keep is not None and self._unkept:
            self._keep_lines(b"\n")
        open_end = not rest.endswith(b"\n") if rest else self._inside
        if open_end and (torn or writers.several):
            rest += b"\n"
        self._pass_on(self._target(), rest)

    def _keep_lines(self, data: bytes) -> None:
        *lines, self._unkept = (self._unkept + data).split(b"\n")
        if len(self._unkept) > LINE:
            lines.append(self._unkept)
            self._unkept = b""
        if self._keep is not None:
            self._keep.extend(line.decode("utf-8", "backslashreplace") for line in lines)

    def _pass_on(self, target: Any, data: bytes) -> None:
        if not data or target is None:
            return
        text = data.decode("utf-8", "backslashreplace")
        if hasattr(target, "write_lines"):  # it has its own way to say whose they are
            _await_room(target)
            target.write_lines(text.removesuffix("\n").split("\n"), self._name)
            return
        try:
            with self._lock:
                self._write(target, data, text)
        except OSError as error:
            if error.errno != errno.EPIPE:  # a reader that went away does not want to see it
                self._log.record(error)
        except ValueError as error:  # the program has closed it
            self._log.record(error)

    def _write(self, target: Any, data: bytes, text: str) -> None:
        if _shared_terminal(target):
            text = self._with_name(text)
        elif _takes_utf_8(target):
            target.flush()
            _write_pieces(target, target.buffer, data, select.PIPE_BUF)
            self._inside = not data.endswith(b"\n")
            return
        self._inside = not text.endswith("\n")
        # Where each flush may end a line, as above a bar, a line must not come in pieces.
        size = PIECE if isinstance(target, io.TextIOWrapper) else len(text)
        _write_pieces(target, target, text, size)

    def _with_name(self, text: str) -> str:
        mark = f"[{self._name}] "
        named = ("" if self._inside else mark) + text.replace("\n", f"\n{mark}")
        return named if not text.endswith("\n") else named.removesuffix(mark)


class _Writers:
    """The workers with children, to prefix lines with names if there are several."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: set[str] = set()
        self._children = 0

    def enter(self, name: str) -> None:
        """Take a child of a worker in."""
        with self._lock:
            self._names.add(name)
            self._children += 1

    def leave(self) -> None:
        """Take a child out; names stay until the last one is gone, for lines that look alike."""
        with self._lock:
            self._children -= 1
            if not self._children:
                self._names.clear()

    @property
    def several(self) -> bool:
        """Whether there is more than one worker."""
        return len(self._names) > 1


writers: Final = _Writers()

_STDOUT: Final = threading.Lock()
_STDERR: Final = threading.Lock()


def passed_on(name: str, log: ErrorLog, keep: deque[str]) -> tuple[Lines, Lines]:
    """Return what passes on the standard output and the standard error of a child.

    Args:
        name: The worker's.
        log: Where lost lines are reported.
        keep: Gets the last lines of the standard error.
    """
    return (
        Lines(lambda: sys.stdout, _STDOUT, name, log),
        Lines(lambda: sys.stderr, _STDERR, name, log, keep),
    )


def _write_pieces(target: Any, raw: Any, data: Any, size: int) -> None:
    """Write in pieces that a pipe takes at once, since who waits inside would hold its lock."""
    for start in range(0, len(data), size):
        _await_room(target)
        raw.write(data[start : start + size])
        raw.flush()


def _shared_terminal(target: Any) -> bool:
    try:
        return writers.several and bool(target.isatty())
    except (AttributeError, ValueError):  # a stand-in; a closed stream
        return False


def _takes_utf_8(target: Any) -> bool:
    """Whether bytes can be passed on as they are."""
    return isinstance(target, io.TextIOWrapper) and codecs.lookup(target.encoding).name == "utf-8"


def _await_room(target: Any) -> None:
    """Wait until a stream takes something, if it is one that may not."""
    try:
        fd = target.fileno()
    except (AttributeError, OSError, ValueError):  # a window, a test; closed
        return
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    poll.poll()
