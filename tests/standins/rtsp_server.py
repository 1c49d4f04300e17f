"""A camera: python rtsp_server.py --help. Prints its port, then each client."""

import argparse

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

STREAM = (
    "( videotestsrc is-live=true num-buffers={frames} ! video/x-raw,format=I420,width={width},"
    "height={height},framerate={rate}/1 ! {codec} name=pay0 )"
)
CODECS = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! rtph264pay",
    "jpeg": "jpegenc ! rtpjpegpay",
}

parser = argparse.ArgumentParser()
parser.add_argument("--frames", type=int, default=-1)
parser.add_argument("--port", default="0")
parser.add_argument("--width", type=int, default=320)
parser.add_argument("--height", type=int, default=240)
parser.add_argument("--rate", type=int, default=30)
parser.add_argument("--codec", choices=CODECS, default="h264")
options = vars(parser.parse_args())

Gst.init([])
server = GstRtspServer.RTSPServer(address="127.0.0.1", service=options["port"])
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(STREAM.format(**{**options, "codec": CODECS[options["codec"]]}))
server.get_mount_points().add_factory("/live", factory)
server.connect("client-connected", lambda _server, client: print(client, flush=True))
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
