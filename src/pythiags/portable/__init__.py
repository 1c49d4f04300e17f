"""Elements under DeepStream's names that run on a CPU, for where DeepStream is not installed.

They exist only in this process and only after :func:`install`. Where the registry already has a
factory of that name it wins, always: DeepStream's own elements are never replaced.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from pythiags.gst import Gst
from pythiags.gst._gst import portable_factories, register_portable, set_infer_engine
from pythiags.gst.registry import DEEPSTREAM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pythiags.portable.nvinfer import Engine

__all__ = ["available", "install", "unavailable"]

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_installed: set[str] = set()


def available() -> tuple[str, ...]:
    """Give the names of all elements that have a portable version, in alphabetical order."""
    return tuple(portable_factories())


def unavailable() -> tuple[str, ...]:
    """Give the names of DeepStream's elements that have no portable version, in that order too."""
    return tuple(sorted(DEEPSTREAM.difference(available())))


def install(names: Iterable[str] | None = None) -> list[str]:
    """Register portable elements in this process, where GStreamer has no element of that name.

    It may be called again and from any thread: what is registered stays as it is.

    Args:
        names: The elements that are wanted; None: all. A name without a portable version is left
            out, so that whoever looks it up gets GStreamer's own answer.

    Returns:
        Those of ``names`` that are portable ones in this process, in alphabetical order.
    """
    known = available()
    wanted = known if names is None else sorted(set(names).intersection(known))
    with _lock:
        fresh = [
            name
            for name in wanted
            if name not in _installed and Gst.ElementFactory.find(name) is None
        ]
        for name in fresh:
            register_portable(name)
        _installed.update(fresh)
        portable = [name for name in wanted if name in _installed]
    if fresh:
        _log.info("DeepStream is not installed for these; portable: %s", ", ".join(fresh))
    return portable


def _open_engine(settings: Mapping[str, str]) -> Engine:
    from pythiags.portable.nvinfer import Engine  # with numpy and ONNX Runtime

    return Engine(settings)


set_infer_engine(_open_engine)
