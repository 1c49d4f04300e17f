"""The carriers of metadata that this machine has, each as the conformance suite wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pythiags.gst import Gst
from pythiags.gst.carriers import find_pyds
from pythiags.testing.carriers import nvidia
from pythiags.testing.carriers.analytics import Analytics, analytics_library
from pythiags.testing.carriers.deepstream import DeepStream, Pyds, PydsWritten
from pythiags.testing.carriers.portable import Portable
from pythiags.testing.carriers.regions import Regions

if TYPE_CHECKING:
    from pythiags.testing.scene import Carrier

__all__ = ["Analytics", "DeepStream", "Portable", "Pyds", "PydsWritten", "Regions", "carriers_here"]


def carriers_here() -> tuple[list[Carrier], dict[str, str]]:
    """Return the carriers that can be made on this machine, and why the others cannot, by name."""
    found: list[Carrier] = [Portable(), Regions()]
    missing: dict[str, str] = {}
    if analytics_library() is None:
        missing[Analytics.name] = f"{Gst.version_string()} does not have it"
    else:
        found.append(Analytics())
    reason = nvidia.why_missing()
    if reason:
        without = dict.fromkeys((DeepStream.name, PydsWritten.name, Pyds.name), reason)
        return found, missing | without
    found.append(DeepStream())
    pyds = find_pyds()
    if pyds is None:
        missing |= dict.fromkeys((PydsWritten.name, Pyds.name), "pyds is not installed")
    else:
        found += [PydsWritten(pyds), Pyds(pyds)]
    return found, missing
