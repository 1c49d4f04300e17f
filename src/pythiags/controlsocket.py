"""The control socket of a run: where it lies, who may use it, and how messages are framed.

A run that was asked to listens on a Unix socket named after its process. Messages are lines of
JSON in both directions: a request, ``{"do": "get", "element": "pgie", "property": "interval"}``,
and its reply, ``{"ok": true, "result": …}`` or ``{"ok": false, "error": …}``.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import socket
import stat
import struct
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pythiags import errors
from pythiags.errors import ConfigError, PythiagsError
from pythiags.statedir import make_private, state_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "ANSWER",
    "MOST_REPLY",
    "MOST_REQUEST",
    "PARTS",
    "SWITCH",
    "ControlSocket",
    "Lines",
    "TooLong",
    "ask",
    "error_of",
    "folders",
    "names",
    "peer_user",
    "send",
]

MOST_REQUEST: Final = 64 << 10
"""Bytes of a request."""

MOST_REPLY: Final = 64 << 20
"""Bytes of a reply: the graph of a large pipeline has some megabytes."""

PARTS: Final = ("message", "where", "expected", "got", "hint")
"""Of an error, in a reply."""

SWITCH: Final = "--control, or App(control=True)"
"""What makes a run listen."""

BACKLOG: Final = 16
CONNECT: Final = 2.0  # seconds for a run to take a connection
ANSWER: Final = 5.0  # seconds for it to answer
CHUNK: Final = 1 << 16
SUFFIX: Final = ".sock"
USUAL: Final = "/run/user/{}"  # as systemd makes it
BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_FILE: Final = re.compile(r"(\d+(?:-\d+)?)\.sock")
_CREDENTIALS: Final = struct.Struct("3i")  # struct ucred: process, user, group

_naming = threading.Lock()


class TooLong(ValueError):
    """A message is longer than it may be; what is behind its first bytes was not read."""


class ControlSocket:
    """A listening socket that only its owner can open.

    It listens before it gets its name, so that a name under which nobody listens is known to be
    left over from a run that was killed. Such a one is replaced.

    Attributes:
        socket: It listens.
        name: The number of this process, with ``-2`` and so on for further runs.
        path: The file.

    Raises:
        ConfigError: The folder cannot be made, or others may write to it.
    """

    def __init__(self) -> None:
        folder = folders()[0]
        try:
            make_private(folder)
            with _opened(folder) as descriptor, _naming:
                self.name = _free_name(descriptor)
                self.socket = _listening(descriptor, self.name)
                self._inode = _inode(descriptor, self.name)
        except OSError as error:
            raise ConfigError(
                f"the control socket cannot be opened: {error.strerror or error}",
                where=str(folder),
                hint="set XDG_RUNTIME_DIR to a folder of yours",
            ) from error
        self.path = folder / f"{self.name}{SUFFIX}"

    def close(self) -> None:
        """Listen no more, and remove the file, unless it is another's by now."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # whoever waits in accept() returns
        self.socket.close()
        with contextlib.suppress(OSError, ConfigError), _opened(self.path.parent) as descriptor:
            if _inode(descriptor, self.name) == self._inode:
                os.unlink(self.path.name, dir_fd=descriptor)


class Lines:
    """Reads messages from a connection, one a line.

    Args:
        connection: Belongs to the reader from now on.
        most: Bytes that a message may have.
    """

    def __init__(self, connection: socket.socket, most: int) -> None:
        self._connection = connection
        self._most = most
        self._buffer = bytearray()

    def read(self, timeout: float) -> bytes | None:
        """Return the next line; None: the other side has sent its last one.

        Raises:
            TooLong: It has more bytes than it may have.
            TimeoutError: It did not come within ``timeout`` seconds.
            OSError: The connection was lost.
        """
        deadline = time.monotonic() + timeout
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > self._most:
                raise TooLong(f"a message of more than {self._most} bytes")
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._connection.settimeout(left)
            data = self._connection.recv(CHUNK)
            if not data:
                return None
            self._buffer += data
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        if len(line) > self._most:
            raise TooLong(f"a message of more than {self._most} bytes")
        return line


def send(connection: socket.socket, message: object, timeout: float) -> None:
    """Send a message.

    Raises:
        OSError: It was not taken within ``timeout`` seconds (``TimeoutError``), or nobody reads.
    """
    connection.settimeout(timeout)
    connection.sendall(json.dumps(message).encode() + b"\n", socket.MSG_NOSIGNAL)


def peer_user(connection: socket.socket) -> int:
    """Return the number of the user whose process is at the other end of a connection."""
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(data)[1])


def folders() -> list[Path]:
    """Return the folders in which sockets may lie; the first is where a run makes its own.

    It is ``pythiags`` in ``$XDG_RUNTIME_DIR``, or else in ``/run/user/UID``, or else one of this
    boot in ``run`` in the folder of state files. The others are for who has another environment
    than the run, such as a login shell beside a service.

    The folder of state files may be shared with other machines (NFS). Nobody listens here on the
    socket of a process there, so each boot of each machine has a folder of its own.
    """
    usual = USUAL.format(os.geteuid())
    runtimes = (os.environ.get("XDG_RUNTIME_DIR", ""), usual)
    found = [Path(runtime) / "pythiags" for runtime in runtimes if _is_mine(runtime)]
    with contextlib.suppress(*([ConfigError] if found else [])):  # it is needed only without one
        found.append(state_dir("run") / _boot())
    return list(dict.fromkeys(found))


def _boot() -> str:
    """Return what differs between machines, and each time that one is started."""
    try:
        return BOOT.read_text().strip()
    except OSError:
        return os.uname().nodename or "localhost"


def names() -> dict[str, Path]:
    """Return the names of the runs that listen, with their folders; remove what was left over.

    Raises:
        ConfigError: A folder cannot be read, or others may write to it.
    """
    found: dict[str, Path] = {}
    for folder in reversed(folders()):
        found |= dict.fromkeys(_listening_in(folder), folder)
    return {name: found[name] for name in sorted(found, key=_numbers)}


def _numbers(name: str) -> list[int]:
    return [int(part) for part in name.split("-")]


def _listening_in(folder: Path) -> list[str]:
    try:
        with _opened(folder) as descriptor:
            found = {name: _listens(descriptor, name) for name in _names_in(descriptor)}
            for name in (each for each, listens in found.items() if not listens):
                with contextlib.suppress(OSError):
                    os.unlink(name + SUFFIX, dir_fd=descriptor)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ConfigError(
            f"the folder of control sockets cannot be read: {error.strerror}", where=str(folder)
        ) from error
    return [name for name, listens in found.items() if listens]


def ask(folder: Path, name: str, request: dict[str, Any], timeout: float = ANSWER) -> Any:
    """Ask a run something.

    Args:
        folder: Where its socket lies.
        name: Of the socket.
        request: What ``pythiags.app.control`` understands.
        timeout: Seconds for the answer.

    Returns:
        The result.

    Raises:
        PythiagsError: Of the class that the run raised, with all it said; or the run is gone, or
            does not answer in time.
    """
    try:
        with _opened(folder) as descriptor, _connected(descriptor, name) as connection:
            # A run that serves enough already has said so, and does not read.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                send(connection, request, timeout)
            line = Lines(connection, MOST_REPLY).read(timeout)
        reply = json.loads(line) if line is not None else None
    except TimeoutError as error:
        raise PythiagsError(
            f"the run did not answer within {timeout:g} s",
            where=f"process {name}",
            hint="ask again: an element may keep it busy; if it never answers, end the process",
        ) from error
    except (OSError, ValueError) as error:
        raise PythiagsError(
            f"the run cannot be asked: {error}",
            where=f"process {name}",
            hint="`pythiags ctl` lists the runs that listen",
        ) from error
    if not isinstance(reply, dict) or "ok" not in reply:
        raise PythiagsError(
            "the run ended before it answered",
            where=f"process {name}",
            hint="see what it printed last; `pythiags ctl` lists the runs that listen",
        )
    if not reply["ok"]:
        raise error_of(reply.get("error") or {})
    return reply.get("result")


def error_of(parts: dict[str, Any]) -> PythiagsError:
    """Return the error that a reply tells of."""
    kind = getattr(errors, str(parts.get("kind")), PythiagsError)
    if not (isinstance(kind, type) and issubclass(kind, PythiagsError)):
        kind = PythiagsError
    message, *rest = (str(parts[part]) if parts.get(part) else None for part in PARTS)
    try:
        return kind(message or "unknown error", **dict(zip(PARTS[1:], rest, strict=True)))
    except TypeError:  # one with arguments of its own
        return PythiagsError(message or "unknown error")


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int]:
    """Open a folder, so that what is done in it happens in that one, however long its path is.

    Raises:
        ConfigError: Others may write to it, or it is another user's.
        OSError: It cannot be opened.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o022:
            raise ConfigError(
                "others may write to the folder of control sockets",
                where=str(folder),
                expected="a folder of yours, with mode 0700",
                got=f"user {status.st_uid}, mode {stat.S_IMODE(status.st_mode):04o}",
                hint=f"chmod 700 {folder}, or set XDG_RUNTIME_DIR",
            )
        yield descriptor
    finally:
        os.close(descriptor)


def _address(descriptor: int, file: str) -> str:
    """Return a short path of a file: that of a socket has at most 107 bytes."""
    return f"/proc/self/fd/{descriptor}/{file}"


def _listening(descriptor: int, name: str) -> socket.socket:
    unnamed = f".{name}.new"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(unnamed, dir_fd=descriptor)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        os.fchmod(listener.fileno(), 0o600)  # the file has that mode from its first moment
        listener.bind(_address(descriptor, unnamed))
        listener.listen(BACKLOG)
        os.rename(unnamed, name + SUFFIX, src_dir_fd=descriptor, dst_dir_fd=descriptor)
    except BaseException:
        listener.close()
        raise
    return listener


@contextlib.contextmanager
def _connected(descriptor: int, name: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(CONNECT)
        connection.connect(_address(descriptor, name + SUFFIX))
        yield connection


def _listens(descriptor: int, name: str) -> bool:
    """Whether a process listens under a name."""
    try:
        with _connected(descriptor, name):
            return True
    except (ConnectionRefusedError, FileNotFoundError):
        return False
    except OSError:  # it is busy
        return True


def _free_name(descriptor: int) -> str:
    mine = str(os.getpid())
    numbered = (f"{mine}-{number}" for number in itertools.count(2))
    return next(
        name for name in itertools.chain([mine], numbered) if not _listens(descriptor, name)
    )


def _names_in(descriptor: int) -> Iterator[str]:
    for file in os.listdir(descriptor):
        match = _FILE.fullmatch(file)
        if match is not None:
            yield match[1]


def _inode(descriptor: int, name: str) -> int:
    return os.stat(name + SUFFIX, dir_fd=descriptor, follow_symlinks=False).st_ino


def _is_mine(folder: str) -> bool:
    try:
        status = Path(folder).stat()
    except OSError:
        return False
    is_folder = stat.S_ISDIR(status.st_mode) and Path(folder).is_absolute()
    return is_folder and status.st_uid == os.geteuid()
