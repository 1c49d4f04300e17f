"""Where a consumer runs: in a thread, or in processes that are replaced when they die.

The names are loaded when they are asked for: a worker process needs hardly any of them, and has to
be there soon.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pythiags.workers.process import ProcessWorker as ProcessWorker
    from pythiags.workers.thread import ThreadWorker as ThreadWorker
    from pythiags.workers.worker import Worker as Worker

_HOMES: Final = {
    "ProcessWorker": "process",
    "ThreadWorker": "thread",
    "Worker": "worker",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'pythiags.workers' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"pythiags.workers.{home}"), name)
    return value
