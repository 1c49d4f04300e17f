"""What an element says of its configuration file when it starts."""

from __future__ import annotations

from pythiags import portable
from pythiags.gst import Gst


def said_at_start(line):
    """Warnings and errors of an element of a launch line, each as its severity and its text."""
    portable.install([line.split()[0]])
    element = Gst.parse_launch(line)
    bus = Gst.Bus()
    element.set_bus(bus)
    element.set_state(Gst.State.PAUSED)
    element.set_state(Gst.State.NULL)
    found = []
    while message := bus.pop_filtered(Gst.MessageType.WARNING | Gst.MessageType.ERROR):
        is_error = message.type == Gst.MessageType.ERROR
        parse = message.parse_error if is_error else message.parse_warning
        found.append(("error" if is_error else "warning", parse()[0].message))
    element.set_bus(None)
    return found
