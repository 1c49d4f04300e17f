"""What worker processes print, passed on to the program's own streams."""

from __future__ import annotations

import codecs
import errno
import io
import select
import threading
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable

    from pythiags.errorlog import ErrorLog

__all__ = ["Lines", "writers"]

LINE: Final = 1 << 16  # bytes: a longer line is written in parts
PIECE: Final = select.PIPE_BUF // 4  # characters of up to four bytes


class Lines:
    """Writes the lines of a child as it wrote them, when they are whole.

    Args:
        target: Gives the stream: ``sys.stdout`` as it is at that moment.
        name: The worker's. It goes before each line if other workers write to the same terminal.
        log: Where lost lines are reported.
        keep: Gets the lines too.
    """

    def __init__(
        self,
        target: Callable[[], Any],
        name: str,
        log: ErrorLog,
        keep: deque[str] | None = None,
    ) -> None:
        self._target = target
        self._name = name
        self._log = log
        self._keep = keep
        self._rest = b""
        self._inside = False  # a line that was written in part

    def __call__(self, data: bytes) -> None:
        """Take what was read; nothing: that was all."""
        text = self._rest + data
        end = text.rfind(b"\n") + 1
        if not data or len(text) - end > LINE:
            end = len(text)
        text, self._rest = text[:end], text[end:]
        if text:
            self._write_lines(text)

    def _write_lines(self, data: bytes) -> None:
        target, text = self._target(), data.decode("utf-8", "backslashreplace")
        if self._keep is not None:
            self._keep.extend(_lines(text))
        if target is None:
            return
        if hasattr(target, "write_lines"):  # it has its own way to say whose they are
            _await_room(target)
            target.write_lines(_lines(text), self._name)
            return
        try:
            if _shared_terminal(target):
                self._write(target, self._with_name(text), PIECE)
            elif _takes_utf_8(target):
                target.flush()
                self._write(target.buffer, data, select.PIPE_BUF)
            else:
                self._write(target, text, PIECE)
        except OSError as error:
            if error.errno != errno.EPIPE:  # a reader that went away does not want to see it
                self._log.record(error)
        except ValueError as error:  # the program has closed it
            self._log.record(error)

    def _with_name(self, text: str) -> str:
        mark = f"[{self._name}] "
        named = ("" if self._inside else mark) + text.replace("\n", f"\n{mark}")
        self._inside = not text.endswith("\n")
        return named if self._inside else named.removesuffix(mark)

    def _write(self, target: Any, text: Any, size: int) -> None:
        """Write in pieces that a pipe takes at once, since who waits inside would hold its lock."""
        for start in range(0, len(text), size):
            _await_room(target)
            target.write(text[start : start + size])
            target.flush()


class _Writers:
    """The workers that have children, to tell whose a line is where there are several."""

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


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n")


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
    except (AttributeError, OSError):  # a window, a test
        return
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    poll.poll()
