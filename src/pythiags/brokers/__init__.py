"""Connections to message brokers: DeepStream's protocols, through Python clients.

``read_settings`` understands properties as NVIDIA's adaptors do. ``open_broker`` sends, for
nvmsgbroker, and tells in reports what becomes of messages; ``open_receiver`` receives, for
recordings that messages start. ``broker.py`` and ``receiver.py`` say what happens where the broker
is away.
"""

from pythiags.brokers.broker import Broker, Report, open_broker
from pythiags.brokers.receiver import Receiver, open_receiver
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
    "Receiver",
    "Report",
    "Settings",
    "open_broker",
    "open_receiver",
    "protocol_of",
    "read_settings",
]
