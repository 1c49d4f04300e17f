"""Answers what ``pythiags ctl`` asks a run: a thread that listens, and one for each connection.

None of them touches a streaming thread. A client that is slow, sends nothing or reads nothing keeps
its own thread waiting, for a limited time, and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pythiags.app.plainstats import as_plain
from pythiags.controlsocket import MOST_REQUEST, PARTS, ControlSocket, Lines, peer_user, send
from pythiags.errors import ConfigError, PythiagsError
from pythiags.gst.binding import UnfitValue, read_now
from pythiags.gst.dot import dot_of
from pythiags.gst.pads import find_target
from pythiags.redact import redact
from pythiags.suggest import hint_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pythiags.app.live import LiveApp
    from pythiags.gst import Gst

__all__ = ["Control"]

MOST_CLIENTS: Final = 8
PATIENCE: Final = 30.0  # seconds for a request to come, and for its reply to be read
LEAVE: Final = 1.0  # seconds for the threads to end
FEWER_THREADS: Final = "raise the limit of processes (ulimit -u), or have fewer of them"
RETRY: Final = 1.0  # seconds until it listens again, if the process has no descriptor left

logger = logging.getLogger(__name__)


class Action(NamedTuple):
    """What a request may ask for.

    Attributes:
        call: Does it.
        needed: Names of arguments, all of them texts but ``value``.
        optional: The same.
    """

    call: Callable[..., object]
    needed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


class Control:
    """Listens on the control socket of an App, from ``open()`` to ``close()``.

    Args:
        app: Knows what is asked for.
        title: What it plays, in a few words.
    """

    def __init__(self, app: LiveApp, title: str) -> None:
        self._app = app
        self._title = title
        self._actions: Mapping[str, Action] = {}
        self._lock = threading.Lock()
        self._clients: dict[threading.Thread, socket.socket] = {}
        self._closed = threading.Event()
        self._listener: ControlSocket | None = None
        self._thread: threading.Thread

    def open(self, pipeline: Gst.Pipeline) -> None:
        """Begin to listen.

        Args:
            pipeline: Of the App.

        Raises:
            ConfigError: The socket cannot be opened.
        """
        self._actions = _actions(self._app, pipeline, self._title)
        self._listener = ControlSocket()
        self._thread = threading.Thread(
            target=self._listen, args=(self._listener,), name="pythiags-control", daemon=True
        )
        try:
            self._thread.start()
        except RuntimeError as error:  # no further thread is allowed
            listener, self._listener = self._listener, None
            listener.close()
            raise ConfigError(
                f"the control socket cannot be served: {error}", hint=FEWER_THREADS
            ) from error
        logger.info("`pythiags ctl %s` controls this run", self._listener.name)

    def close(self) -> None:
        """Listen no more; what is being done is not awaited for long. May be called again."""
        listener, self._listener = self._listener, None
        self._closed.set()
        if listener is None:
            return
        listener.close()
        with self._lock:
            clients = dict(self._clients)
        for connection in clients.values():
            _shut(connection)
        limit = time.monotonic() + LEAVE
        for thread in (self._thread, *clients):
            if thread is not threading.current_thread() and thread.ident is not None:
                thread.join(max(0.0, limit - time.monotonic()))
        self._actions = {}  # which refer to the pipeline

    def _listen(self, listener: ControlSocket) -> None:
        while not self._closed.is_set():
            try:
                connection, _ = listener.socket.accept()
            except OSError:  # noqa: PERF203 (it was closed, or no descriptor is left)
                self._closed.wait(RETRY)
            else:
                self._admit(connection)

    def _admit(self, connection: socket.socket) -> None:
        """Have a connection of the owner served; refuse any other, and one too many."""
        refusal = None
        if peer_user(connection) != os.geteuid():
            refusal = PythiagsError("only the user who started this run may control it")
            logger.warning("control: refused to user %d", peer_user(connection))
        thread = threading.Thread(
            target=self._serve, args=(connection,), name="pythiags-control-client", daemon=True
        )
        with self._lock:
            if refusal is None and len(self._clients) >= MOST_CLIENTS:
                refusal = PythiagsError(
                    f"the run serves {MOST_CLIENTS} connections already",
                    hint="ask again when one of them is closed",
                )
            if refusal is None and not self._closed.is_set():
                self._clients[thread] = connection
                try:
                    thread.start()
                except RuntimeError as error:  # no further thread is allowed
                    del self._clients[thread]
                    refusal = PythiagsError(
                        f"the run cannot serve another connection: {error}", hint=FEWER_THREADS
                    )
                else:
                    return
        with connection:
            if refusal is not None:
                _reply(connection, _failure(refusal), 0.0)

    def _serve(self, connection: socket.socket) -> None:
        lines = Lines(connection, MOST_REQUEST)
        try:
            with connection:
                while self._answer_next(lines, connection):
                    pass
        except OSError:  # it is gone, or too slow
            pass
        finally:
            with self._lock:
                del self._clients[threading.current_thread()]

    def _answer_next(self, lines: Lines, connection: socket.socket) -> bool:
        """Take one request and answer it; False: that was the last one."""
        try:
            line = lines.read(PATIENCE)
        except ValueError as error:
            _reply(connection, _failure(ConfigError(str(error), hint="send one request a line")))
            return False
        if line is None:
            return False
        _reply(connection, self._answer(line))
        return not self._closed.is_set()

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            return {"ok": True, "result": self._do(_request(line))}
        except PythiagsError as error:
            return _failure(error)
        except BaseException as error:  # a fault of ours
            logger.exception("control: a request failed")
            return _failure(PythiagsError(f"internal error: {type(error).__name__}: {error}"))

    def _do(self, request: dict[str, Any]) -> object:
        word = request.pop("do", None)
        action = self._actions.get(word) if isinstance(word, str) else None
        if action is None:
            raise ConfigError(
                f"there is no command {str(word)[:40]!r}", hint=hint_for(str(word), self._actions)
            )
        known = (*action.needed, *action.optional)
        for name, value in request.items():
            if name not in known:
                raise ConfigError(
                    f"{word} has no argument {name[:40]!r}", hint=hint_for(name, known) or None
                )
            if name != "value" and not isinstance(value, str):
                raise ConfigError(f"{name} has to be a text", where=word)
        missing = [name for name in action.needed if name not in request]
        if missing:
            raise ConfigError(f"{word} lacks the argument {missing[0]!r}")
        return action.call(**request)


def _actions(app: LiveApp, pipeline: Gst.Pipeline, title: str) -> dict[str, Action]:
    """Return what can be asked of an App, by its name."""

    def about() -> dict[str, Any]:
        stats = app.stats()
        return {"title": title, "state": stats.state.value, "elapsed": stats.elapsed}

    def get(element: str, property: str) -> str:  # noqa: A002 (as requests call it)
        try:
            return read_now(find_target(pipeline, element), property)
        except UnfitValue as unfit:
            where = f"{element}.{property}"
            raise ConfigError(str(unfit), where=where, hint=unfit.hint or None) from None

    def set_(element: str, property: str, value: Any) -> str:  # noqa: A002
        if not isinstance(value, (str, int, float)):
            raise ConfigError("value has to be a text or a number", where=f"{element}.{property}")
        app.set(element, property, value)
        now = get(element, property)
        logger.info("control: %s.%s is set to %s", element, property, now)
        return now

    def add_source(uri: str, name: str | None = None) -> str:
        name = app.add_source(uri, name=name)
        logger.info("control: source %s is added: %s", name, redact(uri))
        return name

    def remove_source(name: str) -> None:
        app.remove_source(name)
        logger.info("control: source %s is removed", name)

    return {
        "about": Action(about),
        "add-source": Action(add_source, ("uri",), ("name",)),
        "dot": Action(lambda: dot_of(pipeline)),
        "get": Action(get, ("element", "property")),
        "remove-source": Action(remove_source, ("name",)),
        "set": Action(set_, ("element", "property", "value")),
        "stats": Action(lambda: as_plain(app.stats())),
    }


def _request(line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ConfigError("the request is not JSON", got=str(error)[:200]) from None
    if not isinstance(request, dict):
        raise ConfigError("the request is not a JSON object", got=type(request).__name__)
    return request


def _failure(error: PythiagsError) -> dict[str, Any]:
    parts = {part: getattr(error, part) for part in PARTS if getattr(error, part)}
    return {"ok": False, "error": {"kind": type(error).__name__, **parts}}


def _reply(connection: socket.socket, message: dict[str, Any], timeout: float = PATIENCE) -> None:
    try:
        send(connection, message, timeout)
    except OSError:
        _shut(connection)


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
