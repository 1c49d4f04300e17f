"""A camera: python rtsp_server.py FRAMES PORT. Prints its port, then each client."""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

STREAM = (
    "( videotestsrc is-live=true num-buffers={frames} ! video/x-raw,width=320,height=240,"
    "framerate=30/1 ! x264enc tune=zerolatency key-int-max=10 ! rtph264pay name=pay0 )"
)

frames, port = sys.argv[1:]
Gst.init(None)
server = GstRtspServer.RTSPServer(address="127.0.0.1", service=port)
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(STREAM.format(frames=frames))
server.get_mount_points().add_factory("/live", factory)
server.connect("client-connected", lambda _server, client: print(client, flush=True))
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
