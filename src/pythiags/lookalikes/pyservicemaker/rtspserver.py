"""``Pipeline.start_rtsp_server()``: what a pipeline sends to a UDP port, served over RTSP.

As ``deepstream-app`` does it, clients share one receiver of the port, and the stream is
``/ds-test``.
"""

from __future__ import annotations

import ipaddress
import threading
from typing import Any, Final

__all__ = ["MOUNT_POINT", "RtspServer"]

MOUNT_POINT: Final = "/ds-test"
BUFFER: Final = 512 * 1024  # bytes
MOST: Final = 2**31 - 1
MOST_PORT: Final = 65535
CAPS: Final = "application/x-rtp,media=video,clock-rate=90000,encoding-name={},payload={}"
PAYLOAD: Final = 96
OTHERWISE: Final = {"mp4v-es": "mp4v"}  # encodings whose elements have other names
PAUSE: Final = 0.02  # seconds
TIMES: Final = 250
PERIOD: Final = 10  # seconds between two looks for clients that have gone


class RtspServer:
    """A server in a thread of its own.

    Args:
        pipeline: The pipeline of GStreamer; if it has a ``udpsink`` for the port, that says which
            codec it is, else it is H.264.
        port: Where it listens; 0: where there is room.
        udp_port: Where the stream is sent to.
        buffer_size: Of the receiver, in bytes; 0: 512 KiB.

    Raises:
        ValueError: A number is out of range.
        RuntimeError: The port cannot be used.
    """

    def __init__(self, pipeline: Any, port: int, udp_port: int, buffer_size: int) -> None:
        from pythiags.gst import GLib, GstRtspServer

        _check("rtsp_port", port, 0, MOST_PORT)
        _check("udp_port", udp_port, 1, MOST_PORT)
        _check("buffer_size", buffer_size, 0, MOST)
        address, encoding, payload = _sent_to(pipeline, udp_port)
        codec = OTHERWISE.get(encoding.lower(), encoding.lower())
        self._server = GstRtspServer.RTSPServer(service=str(port))
        # Clients are served in the server's own thread: the library must not close a connection in
        # one thread while it reads from it in another.
        self._server.get_thread_pool().set_max_threads(0)
        self._media: Any = lambda: None
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_shared(True)
        factory.set_launch(
            f"( udpsrc address={address} port={udp_port} "
            f"buffer-size={buffer_size or BUFFER} "
            f'caps="{CAPS.format(encoding, payload)}" '
            f"! rtp{codec}depay ! rtp{codec}pay name=pay0 pt={payload} )"
        )
        factory.connect("media-configure", self._note_media)
        self._server.get_mount_points().add_factory(MOUNT_POINT, factory)
        self._context = GLib.MainContext.new()
        try:
            self._listening = self._server.create_source(None)
        except GLib.Error as problem:
            raise RuntimeError(
                f"start_rtsp_server: nothing can be served on port {port}: {problem.message}; "
                "choose another rtsp_port, or 0 for one that is free"
            ) from None
        self._listening.attach(self._context)
        self._looking = GLib.timeout_source_new_seconds(PERIOD)
        self._looking.set_callback(self._end_expired)
        self._looking.attach(self._context)
        self.port = int(self._server.get_bound_port())
        self._loop = GLib.MainLoop.new(self._context, False)
        self._thread = threading.Thread(
            target=self._loop.run, name=f"rtsp-server-{self.port}", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """End it, and the connections of its clients. It may be called again."""
        from pythiags.gst import GLib

        ending = GLib.idle_source_new()
        ending.set_priority(GLib.PRIORITY_HIGH)
        ending.set_callback(self._end)
        ending.attach(self._context)
        for _ in range(TIMES):
            self._fail_media()
            self._thread.join(PAUSE)
            if not self._thread.is_alive():
                break

    def _note_media(self, _factory: Any, media: Any) -> None:
        self._media = media.weak_ref()

    def _fail_media(self) -> None:
        """End the wait of the thread for first packets, for a client: 20 seconds otherwise."""
        from pythiags.gst import GLib, Gst

        media = self._media()
        if media is None:
            return
        element = media.get_element()
        problem = GLib.Error.new_literal(Gst.CoreError.quark(), "the server ends", 1)
        element.post_message(Gst.Message.new_error(element, problem, ""))

    def _end_expired(self, *_: Any) -> bool:
        """End the sessions of clients that have not been heard of for a minute."""
        self._server.get_session_pool().cleanup()
        return True

    def _end(self, *_: Any) -> bool:
        from pythiags.gst import GstRtspServer

        self._listening.destroy()
        self._listening = None  # it keeps the port
        self._looking.destroy()
        self._server.client_filter(lambda *_: GstRtspServer.RTSPFilterResult.REMOVE)
        self._server.get_mount_points().remove_factory(MOUNT_POINT)  # it keeps this
        self._loop.quit()
        return False


def _check(name: str, value: object, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(
            f"start_rtsp_server: {name} is a whole number from {least} to {most}, not {value!r}"
        )


def _sent_to(pipeline: Any, udp_port: int) -> tuple[str, str, int]:
    """Return where a stream is received, its encoding, and the type of its payload."""
    from pythiags.gst.elements import elements_of

    for sink in elements_of(pipeline):
        if sink.get_factory() is None or sink.get_factory().get_name() != "udpsink":
            continue
        if sink.get_property("port") == udp_port:
            return _address(sink.get_property("host")), *_encoding(sink)
    return "0.0.0.0", "H264", PAYLOAD  # noqa: S104 - as DeepStream's


def _address(host: str) -> str:
    """Return where what is sent to a host arrives: at a group, on the loopback, or anywhere."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "127.0.0.1" if host == "localhost" else "0.0.0.0"  # noqa: S104
    return host if address.is_multicast or address.is_loopback else "0.0.0.0"  # noqa: S104


def _encoding(sink: Any) -> tuple[str, int]:
    """Return what the payloader before a sink makes."""
    pad = sink.get_static_pad("sink").get_peer()
    if pad is None:
        return "H264", PAYLOAD
    caps = pad.query_caps(None)
    known = caps is not None and not caps.is_any() and not caps.is_empty()
    found = caps.get_structure(0).get_string("encoding-name") if known else None
    payloader = pad.get_parent_element()
    has_type = payloader is not None and payloader.find_property("pt") is not None
    return found or "H264", payloader.get_property("pt") if has_type else PAYLOAD
