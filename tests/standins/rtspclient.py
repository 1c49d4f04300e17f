"""A client of RTSP, which is content once it has what it wants.

``gst-launch-1.0`` with an end after some buffers is none: it fails at times when it closes its own
connection.
"""

from __future__ import annotations

import threading

from faults.harness import until

from pythiags.gst import Gst

__all__ = ["play"]


def play(port, *media, path="ds-test", frames=10):
    """Receive so many decoded buffers of each medium, as a client."""
    line = f"rtspsrc name=r location=rtsp://127.0.0.1:{port}/{path} protocols=tcp "
    line += " ".join(
        f"r. ! application/x-rtp,encoding-name={one.upper()} ! decodebin "
        f"! fakesink name={one} signal-handoffs=true sync=false async=false"
        for one in media
    )
    client, enough = Gst.parse_launch(line), {one: threading.Event() for one in media}
    for one, event in enough.items():
        seen = []

        def count(_sink, _buffer, _pad, seen=seen, event=event):
            seen.append(1)
            if len(seen) == frames:
                event.set()

        client.get_by_name(one).connect("handoff", count)
    client.set_state(Gst.State.PLAYING)
    try:
        for one, event in enough.items():
            until(event.is_set, f"{frames} buffers of {one}", 40)
    finally:
        client.set_state(Gst.State.NULL)
