"""A camera on all addresses of its host: python far_camera.py. It prints its port, and stays."""

from pythiags.gst import GLib, GstRtspServer
from pythiags.testing.rtsp_server import CODECS, PATH, STREAM

server = GstRtspServer.RTSPServer(address="0.0.0.0", service="0")
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(STREAM.format(codec=CODECS["h264"], frames=-1, width=320, height=240, rate=30))
server.get_mount_points().add_factory(PATH, factory)
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
