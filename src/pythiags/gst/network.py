"""Elements on the network: where they connect to, and what to try when they fail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from pythiags.gst import Gst
from pythiags.redact import redact

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["NETWORK", "advice", "location_of", "silent_sources"]

_SOURCES: Final = frozenset(
    {
        *("rtspsrc", "rtmpsrc", "rtmp2src", "srtsrc", "srtclientsrc", "tcpclientsrc", "udpsrc"),
        *("souphttpsrc", "curlhttpsrc", "neonhttpsrc", "mmssrc"),
    }
)
_SINKS: Final = frozenset(
    {
        *("rtspclientsink", "rtmpsink", "rtmp2sink", "srtsink", "srtclientsink"),
        *("tcpclientsink", "udpsink", "souphttpclientsink", "curlhttpsink"),
    }
)
NETWORK: Final = _SOURCES | _SINKS
"""Elements that connect to a host."""

_PORTS: Final = {"rtsp": 554, "rtspt": 554, "rtspu": 554, "rtsps": 322, "rtmp": 1935}
_PORTS.update({"http": 80, "https": 443})


def location_of(element: Gst.Object) -> str:
    """Return where an element on the network connects to; empty for any other. No passwords."""
    if _factory_of(element) not in NETWORK:
        return ""
    for name in ("location", "uri"):
        if element.find_property(name) is not None:
            return redact(element.get_property(name) or "")
    name = "host" if element.find_property("host") is not None else "address"
    return f"{element.get_property(name)}:{element.get_property('port')}"


def advice(location: str, reason: str) -> str:
    """Return what to try when a connection fails.

    Args:
        location: A URI, or ``host:port``.
        reason: What the element said.
    """
    host, port = _endpoint(location)
    if not host:
        return "use a URI with a host, such as rtsp://host:554/path"
    if re.search(r"\b404\b|not found", reason, re.IGNORECASE):
        return "the server responds, but has no such stream: check the path"
    if "timeout" in reason.lower() or "timed out" in reason.lower():
        return f"{host} does not respond: check the port {port} and the firewall"
    resolves = f"check the host name {host}, and that a server listens on its port {port}:"
    return f"{resolves} `nc -vz {host} {port}` tests it"


def _endpoint(location: str) -> tuple[str, str]:
    parts = urlsplit(location if "://" in location else f"//{location}")
    try:
        port = parts.port or _PORTS.get(parts.scheme)
        return parts.hostname or "", str(port or "")
    except ValueError:  # a port that is not a number
        return parts.hostname or "", parts.netloc.rpartition(":")[2]


def silent_sources(elements: Iterable[Gst.Element], seconds: float) -> list[str]:
    """Return one line for each source on the network, for when nothing has come from any."""
    lines = []
    for element in elements:
        if _factory_of(element) in _SOURCES:
            line = f"no data from {location_of(element)} for {seconds:g} s"
            if element.find_property("tcp-timeout") is not None:
                limit = element.get_property("tcp-timeout") / 1e6
                line += f"; {element.get_name()} waits {limit:g} s for a response (tcp-timeout)"
            lines.append(line)
    return lines


def _factory_of(element: Gst.Object | None) -> str:
    factory = element.get_factory() if isinstance(element, Gst.Element) else None
    return factory.get_name() if factory is not None else ""
