"""Connections to message brokers, for nvmsgbroker: DeepStream's protocols, through Python clients.

``read_settings`` understands the element's properties as NVIDIA's adaptors do, ``open_broker``
connects. What becomes of a message is told in reports: see ``broker.py`` for what happens where the
broker is away.
"""

from pythiags.brokers.broker import Broker, Report, open_broker
from pythiags.brokers.settings import (
    LIBRARIES,
    NAMES,
    PACKAGES,
    Settings,
    protocol_of,
    read_settings,
)

__all__ = [
    "LIBRARIES",
    "NAMES",
    "PACKAGES",
    "Broker",
    "Report",
    "Settings",
    "open_broker",
    "protocol_of",
    "read_settings",
]
