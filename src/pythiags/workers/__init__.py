"""Where a consumer runs: in a thread, or in processes that are replaced when they die.

The names are loaded when they are first used: a worker process needs hardly any of them, and has to
start quickly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pythiags.lazy import loader

if TYPE_CHECKING:
    from pythiags.workers.process import ProcessWorker as ProcessWorker
    from pythiags.workers.thread import ThreadWorker as ThreadWorker
    from pythiags.workers.worker import Worker as Worker

_HOMES: Final = {
    "ProcessWorker": "pythiags.workers.process",
    "ThreadWorker": "pythiags.workers.thread",
    "Worker": "pythiags.workers.worker",
}

__all__ = list(_HOMES)
if not TYPE_CHECKING:  # which would take any name for one that is there
    __getattr__ = loader(__name__, _HOMES)
