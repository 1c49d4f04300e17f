"""Does something at the end of a process, those of multiprocessing included.

A process of ``multiprocessing`` leaves with ``os._exit``: nothing of ``atexit`` is done in it, only
its module's own finalizers, and those that its parent registered are forgotten as it begins.
"""

from __future__ import annotations

import atexit
import os
import sys
from typing import TYPE_CHECKING, Any, Final

from pythiags.lookalikes.afterimport import when_imported

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["at_end"]

LATE: Final = -100
"""After the finalizers of queues and pools, whose priorities are higher. As with ``atexit``, what
was registered first is done last."""


def at_end(function: Callable[[], object]) -> None:
    """Call a function once at the end of this process, and of each that is forked from it later.

    It is not called where a signal or ``os._exit`` ends the process.
    """
    ending = _Ending(function)
    atexit.register(ending)
    when_imported("multiprocessing.util", ending.finalize)


class _Ending:
    """Calls a function once in a process: those that multiprocessing spawns do both."""

    kept: Final[list[_Ending]] = []
    """multiprocessing itself keeps them weakly."""

    def __init__(self, function: Callable[[], object]) -> None:
        self._function = function
        self._done_in = 0

    def __call__(self) -> None:
        if self._done_in != os.getpid():
            self._done_in = os.getpid()
            self._function()

    def finalize(self, util: Any) -> None:
        """Register it with multiprocessing, in this process and in its children."""
        self.kept.append(self)
        util.register_after_fork(self, lambda self: self._register(util))
        process = sys.modules.get("multiprocessing.process")
        if process is not None and process.parent_process() is not None:
            self._register(util)

    def _register(self, util: Any) -> None:
        util.Finalize(None, self, exitpriority=LATE)
