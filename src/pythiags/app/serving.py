"""A small HTTP server for monitoring: one thread, bounded whatever its clients do."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import re
import socket
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple

from pythiags.checks import shown
from pythiags.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Answer", "Server", "split_address"]

LOOPBACK: Final = "127.0.0.1"
HIGHEST_PORT: Final = 65535
MOST_CLIENTS: Final = 16  # at once; of more, the one that came first has to go
LONGEST_REQUEST: Final = 8192  # bytes
PATIENCE: Final = 5.0  # seconds for a client to send its request, and again to take the answer
CLOSING: Final = 2.0  # seconds for the thread to end
CANCEL_AGAIN: Final = 0.1  # seconds: before Python 3.12, wait_for() may overlook it
EXPECTED: Final = "PORT or HOST:PORT, such as 9464 or 0.0.0.0:9464"

logger = logging.getLogger(__name__)


class Answer(NamedTuple):
    """What a page answers: its status, its type and its text in UTF-8."""

    status: HTTPStatus
    content_type: str
    body: bytes


def split_address(where: int | str) -> tuple[str, int]:
    """Return host and port of ``9464``, ``"9464"``, ``"0.0.0.0:9464"`` or ``"[::1]:9464"``.

    Without a host it is the loopback: no other machine can connect.

    Raises:
        ConfigError: It is no such address.
    """
    host, port = "", str(where)
    if isinstance(where, str) and ":" in where:
        host, _, port = where.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
    number = int(port) if re.fullmatch("[0-9]{1,5}", port) else -1
    if isinstance(where, bool) or not isinstance(where, (int, str)):
        number = -1
    if not 0 <= number <= HIGHEST_PORT:
        raise ConfigError("invalid address for metrics", expected=EXPECTED, got=shown(where))
    return host or LOOPBACK, number


class Server:
    """Answers GET and HEAD requests until ``close()``.

    All clients share one thread, so a client that is slow holds up nobody. A client that sends or
    takes nothing for five seconds is cut off; of more than 16 at once, the first one is.

    Args:
        host: A name or an address of this machine.
        port: 0: any that is free, see ``address``.
        pages: Called for each request, by path, with the request's ``Accept`` header. They run in
            the server's thread.

    Attributes:
        address: Host and port.

    Raises:
        ConfigError: The port is in use, or the address is not one of this machine.
    """

    def __init__(self, host: str, port: int, pages: Mapping[str, Callable[[str], Answer]]) -> None:
        self._pages = pages
        self._socket = _listen(host, port)
        self.address: tuple[str, int] = self._socket.getsockname()[:2]
        self._clients: dict[asyncio.Task[None], None] = {}  # in the order in which they came
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._main, name="pythiags-metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Cut off all clients and free the port. May be called more than once."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join(CLOSING)
        if not self._thread.is_alive():  # its loop is not to find the socket gone
            self._socket.close()

    def _main(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._take, sock=self._socket, limit=LONGEST_REQUEST)
        await self._end.wait()
        # A server that is closed takes no connection that it has accepted: nobody would close it.
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            for client in self._clients:
                client.cancel()
            await asyncio.wait(tasks, timeout=CANCEL_AGAIN)
        server.close()
        await asyncio.sleep(0)  # what was aborted is closed by the loop

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 (a coroutine of the loop)
        if self._end.is_set():
            writer.transport.abort()
            return
        if len(self._clients) >= MOST_CLIENTS:
            next(iter(self._clients)).cancel()
        self._clients[task] = None
        try:
            writer.write(await self._read_and_answer(reader))
            await asyncio.wait_for(writer.drain(), PATIENCE)
            writer.close()
            await asyncio.wait_for(writer.wait_closed(), PATIENCE)
        except (OSError, EOFError, asyncio.TimeoutError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._clients.pop(task, None)

    async def _read_and_answer(self, reader: asyncio.StreamReader) -> bytes:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        except asyncio.LimitOverrunError:
            return _packed(_error(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE))
        return self._answer(head)

    def _answer(self, head: bytes) -> bytes:
        first, *lines = head.decode("latin-1").split("\r\n")
        words = first.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/"):  # noqa: PLR2004 (a request line)
            return _packed(_error(HTTPStatus.BAD_REQUEST))
        method, target, _ = words
        if method not in ("GET", "HEAD"):
            return _packed(_error(HTTPStatus.METHOD_NOT_ALLOWED), "Allow: GET, HEAD\r\n")
        page = self._pages.get(target.partition("?")[0])
        if page is None:
            return _packed(_error(HTTPStatus.NOT_FOUND))
        headers = (line.partition(":") for line in lines)
        accepted = ",".join(value for name, _, value in headers if name.lower() == "accept")
        try:
            answer = page(accepted)
        except Exception:
            logger.exception("the page %s failed", target.partition("?")[0])
            answer = _error(HTTPStatus.INTERNAL_SERVER_ERROR)
        return _packed(answer, with_body=method == "GET")


def _error(status: HTTPStatus) -> Answer:
    return Answer(status, "text/plain; charset=utf-8", f"{status.phrase}\n".encode())


def _packed(answer: Answer, more: str = "", *, with_body: bool = True) -> bytes:
    head = (
        f"HTTP/1.0 {answer.status.value} {answer.status.phrase}\r\n"
        f"Content-Type: {answer.content_type}\r\n"
        f"Content-Length: {len(answer.body)}\r\n"
        f"Cache-Control: no-store\r\nConnection: close\r\n{more}\r\n"
    )
    return head.encode("latin-1") + (answer.body if with_body else b"")


def _reason(error: OSError) -> str:
    """Say what the system says; Python puts words of its own around it, in some versions."""
    if isinstance(error, socket.gaierror) or error.errno is None:  # its numbers are no errno
        return error.strerror or str(error)
    return os.strerror(error.errno)


def _listen(host: str, port: int) -> socket.socket:
    where = f"{host}:{port}"
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message, hint = f"port {port} is in use", "choose another port; 0 takes any free one"
        elif error.errno == errno.EACCES:
            message, hint = f"port {port} needs privileges", "choose a port from 1024 on"
        else:
            message, hint = (
                f"cannot listen: {_reason(error)}",
                "give an address of this machine: 127.0.0.1, or 0.0.0.0 for all of them",
            )
        raise ConfigError(message, where=f"metrics on {where}", hint=hint) from error
    except (UnicodeError, OverflowError) as error:  # of a name that is none
        raise ConfigError(
            f"cannot listen: {error}", where=f"metrics on {where}", expected=EXPECTED
        ) from error
