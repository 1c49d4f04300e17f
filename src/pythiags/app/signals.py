"""SIGINT and SIGTERM while a run lasts, and what was there before when it is over."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = ["handled"]


@contextmanager
def handled(call: Callable[[int], object]) -> Iterator[None]:
    """Have ``call`` called with the number of each signal; outside the main thread do nothing.

    A signal that is ignored, as a shell has it for background jobs, stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handler(number: int, _frame: FrameType | None) -> None:
        call(number)

    before = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in before.items():
            # None: the handler was not set from Python, and cannot be put back.
            signal.signal(number, signal.SIG_DFL if old is None else old)
