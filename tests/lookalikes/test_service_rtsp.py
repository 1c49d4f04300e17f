"""Pipeline.start_rtsp_server: what a pipeline sends to a UDP port is served over RTSP."""

import gc
import re
import socket
import threading

import pytest
from faults.harness import until
from standins.rtspclient import play

from pythiags.lookalikes.pyservicemaker import rtspserver
from pythiags.lookalikes.pyservicemaker.flow import Flow, RenderMode
from pythiags.lookalikes.pyservicemaker.pipeline import Pipeline
from pythiags.lookalikes.pyservicemaker.streams import StreamInfo

RAW = "video/x-raw,width=64,height=48,framerate=30/1"
FAST = {"tune": "zerolatency", "speed-preset": "ultrafast", "key-int-max": 5}


def free_udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def is_taken(udp_port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        try:
            one.bind(("127.0.0.1", udp_port))
        except OSError:
            return True
    return False


def sending(codec, udp_port, **paying):
    """A live pipeline that sends a test picture."""
    pipeline = Pipeline("test")
    for factory, properties in (
        ("videotestsrc", {"is-live": True}),
        ("capsfilter", {"caps": RAW}),
        ("x" + codec[1:] + "enc", FAST),
        (codec + "parse", {"config-interval": -1}),
        ("rtp" + codec + "pay", paying),
        ("udpsink", {"host": "127.0.0.1", "port": udp_port, "sync": False}),
    ):
        pipeline.add(factory, factory, properties)
    return pipeline.link(*pipeline._nodes)


def servers():
    return [each for each in threading.enumerate() if each.name.startswith("rtsp-server-")]


@pytest.mark.parametrize(
    ("codec", "paying"), [("h264", {}), ("h265", {}), ("h264", {"pt": 97})], ids=str
)
def test_a_stream_is_served_until_its_end(codec, paying, capfd):
    udp_port = free_udp_port()
    pipeline = sending(codec, udp_port, **paying)
    port = pipeline.start_rtsp_server(0, udp_port)
    pipeline.start()
    play(port, codec)
    play(port, codec)  # another client
    assert len(servers()) == 1
    pipeline.stop()
    assert servers() == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    assert "WARNING" not in capfd.readouterr().err


def test_a_client_does_not_keep_it_from_ending():
    udp_port = free_udp_port()
    pipeline = sending("h264", udp_port)
    pipeline.start()
    port = pipeline.start_rtsp_server(0, udp_port, 100_000)
    with socket.create_connection(("127.0.0.1", port)) as client:
        request = f"DESCRIBE rtsp://127.0.0.1:{port}/ds-test RTSP/1.0\r\nCSeq: 1\r\n\r\n"
        client.sendall(request.encode())
        assert client.recv(1000).startswith(b"RTSP/1.0 200 OK")
        pipeline.stop()
        assert servers() == []
        client.settimeout(20)
        while client.recv(1000):
            pass


def test_a_client_that_waits_for_pictures_does_not_keep_it_from_ending():
    udp_port = free_udp_port()
    pipeline = Pipeline("test")  # it sends nothing
    port = pipeline.start_rtsp_server(0, udp_port)
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        request = f"DESCRIBE rtsp://127.0.0.1:{port}/ds-test RTSP/1.0\r\nCSeq: 1\r\n\r\n"
        client.sendall(request.encode())
        until(lambda: is_taken(udp_port), "a receiver")
        del pipeline
        gc.collect()
        assert servers() == []
        assert client.recv(1000).startswith(b"RTSP/1.0 503")
        assert client.recv(1000) == b""


def test_what_a_flow_sends_is_served():
    udp_port, pipeline = free_udp_port(), Pipeline("test")
    pipeline.add("videotestsrc", "source", {"is-live": True})
    pipeline.add("capsfilter", "caps", {"caps": RAW}).link("source", "caps")
    flow = Flow(pipeline, [StreamInfo("caps", media_type="video")])
    flow.encode(f"udp://localhost:{udp_port}", use_sw_codec=True, enable_osd=False)
    port = pipeline.start_rtsp_server(0, udp_port)
    pipeline.start()
    play(port, "h264")
    pipeline.stop()
    assert servers() == []


@pytest.mark.parametrize("how", ["render", "encode"])
def test_a_flow_serves_what_it_shows(capfd, how):
    pipeline = Pipeline("test")
    pipeline.add("videotestsrc", "source", {"is-live": True})
    pipeline.add("capsfilter", "caps", {"caps": RAW}).link("source", "caps")
    flow = Flow(pipeline, [StreamInfo("caps", media_type="video")])
    if how == "render":
        flow.render(RenderMode.STREAM, rtsp_mount_point="ds-test", rtsp_port=0)
    else:
        flow.encode("rtsp://localhost:0")
    pipeline.start()
    play(int(re.search(r"rtsp://localhost:(\d+)/ds-test", capfd.readouterr().out)[1]), "h264")
    pipeline.stop()


def test_a_port_that_is_taken():
    with socket.create_server(("0.0.0.0", 0)) as other:
        port = other.getsockname()[1]
        said = f"nothing can be served on port {port}: .*in use; choose another"
        with pytest.raises(RuntimeError, match=said):
            Pipeline("test").start_rtsp_server(port, 5400)
    assert servers() == []


@pytest.mark.parametrize(
    ("numbers", "name"),
    [
        ((70000, 5400), "rtsp_port"),
        ((-1, 5400), "rtsp_port"),
        (("8554", 5400), "rtsp_port"),
        ((0, 700000), "udp_port"),
        ((0, 0), "udp_port"),
        ((0, 5400, -5), "buffer_size"),
        ((0, 5400, 1 << 31), "buffer_size"),
    ],
    ids=str,
)
def test_a_number_out_of_range(numbers, name):
    with pytest.raises(ValueError, match=f"{name} is a whole number from"):
        Pipeline("test").start_rtsp_server(*numbers)


def test_a_client_that_is_gone_for_good_leaves_no_session(monkeypatch):
    monkeypatch.setattr(rtspserver, "PERIOD", 1)
    server = rtspserver.RtspServer(Pipeline("test")._gst, 0, 5400, 0)
    sessions = server._server.get_session_pool()
    sessions.create().set_timeout(1)
    until(lambda: sessions.get_n_sessions() == 0, "the end of the session")
    server.close()


def test_a_pipeline_that_never_starts_leaves_no_server():
    pipeline = Pipeline("test")
    port = pipeline.start_rtsp_server(0, 5400)
    assert len(servers()) == 1
    del pipeline
    gc.collect()
    assert servers() == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
