"""The carriers of metadata, each as the conformance suite wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pythiags.errors import MissingDependency
from pythiags.gst import Gst
from pythiags.gst.carriers import find_pyds
from pythiags.testing.carriers import nvidia
from pythiags.testing.carriers.analytics import Analytics, analytics_library
from pythiags.testing.carriers.deepstream import DeepStream, Pyds, PydsWritten
from pythiags.testing.carriers.portable import Portable
from pythiags.testing.carriers.regions import Regions

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.testing.scene import Carrier

__all__ = [
    "CARRIERS",
    "Analytics",
    "DeepStream",
    "Portable",
    "Pyds",
    "PydsWritten",
    "Regions",
]


def _analytics() -> Carrier:
    if analytics_library() is None:
        raise MissingDependency(f"{Gst.version_string()} does not have it")
    return Analytics()


def _deepstream() -> Carrier:
    _need_nvidia()
    return DeepStream()


def _pyds_written() -> Carrier:
    return PydsWritten(_pyds())


def _pyds_read() -> Carrier:
    return Pyds(_pyds())


def _need_nvidia() -> None:
    reason = nvidia.why_missing()
    if reason:
        raise MissingDependency(reason)


def _pyds() -> Any:
    _need_nvidia()
    pyds = find_pyds()
    if pyds is None:
        raise MissingDependency("pyds is not installed")
    return pyds


#: What makes each carrier, by its name; it raises MissingDependency where that cannot be done.
CARRIERS: Final[dict[str, Callable[[], Carrier]]] = {
    Portable.name: Portable,
    Regions.name: Regions,
    Analytics.name: _analytics,
    DeepStream.name: _deepstream,
    PydsWritten.name: _pyds_written,
    Pyds.name: _pyds_read,
}
