"""Forked children: fork() copies no threads, so a pipeline does not run in a child.

GStreamer's pools keep waiting for threads that the child does not have: a pipeline that is started
there never plays. Even to build one may wait for ever: threads that are gone may hold GLib's locks,
such as that of its allocator, which every object needs. What was started before the fork is
abandoned in the child, untouched, so that nothing there waits for it; the parent's continues.
"""

from __future__ import annotations

import ctypes
import os
import weakref
from typing import Final, Protocol

from pythiags.errors import PythiagsError

__all__ = ["Started", "forked", "keep_alive", "note_start", "refuse_after_fork"]

HINT: Final = (
    "start the process with multiprocessing.get_context('spawn'), or fork before the first "
    "pipeline is started"
)


class Started(Protocol):
    """Something that was started and that a forked child must abandon."""

    def give_up(self) -> None:
        """Become what is over, without touching a lock; called in the child."""


_started: weakref.WeakSet[Started] = weakref.WeakSet()
_threads = False  # GStreamer's, in this process
_inherited = False  # its state, from a process that had them


def note_start(it: Started) -> None:
    """Take in what is started in this process.

    Raises:
        PythiagsError: See ``refuse_after_fork()``.
    """
    global _threads  # noqa: PLW0603 (it is one of the process)
    refuse_after_fork()
    _threads = True
    _started.add(it)


def refuse_after_fork() -> None:
    """Refuse to continue in a child that was forked after a pipeline was started.

    Raises:
        PythiagsError: This is one.
    """
    if _inherited:
        raise forked()


def forked() -> PythiagsError:
    """Return the error for a forked child."""
    return PythiagsError(
        f"GStreamer does not work in process {os.getpid()}: it was forked after a pipeline was "
        "started, and fork() does not copy threads",
        hint=HINT,
    )


def keep_alive(it: object) -> None:
    """Keep an object, and what it holds, until the process is gone.

    Disposing of an element waits for its threads, and taking a probe off a pad for the pad's lock.
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(it))


def _in_child() -> None:
    global _inherited  # noqa: PLW0603
    _inherited = _inherited or _threads
    for it in tuple(_started):
        it.give_up()
    _started.clear()


os.register_at_fork(after_in_child=_in_child)
