"""nvmsgbroker on a CPU: what it sends, and what it says where the broker is away."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import threading

import pytest
from faults.harness import until
from standins.brokers import HOST, Mosquitto, Redis, free_port, running

from pythiags import portable
from pythiags.brokers import Report
from pythiags.gst import Gst
from pythiags.gst._gst import set_broker_factory
from pythiags.gst.probe import attach
from pythiags.lookalikes import pyds

MINIMAL = "payload-type=PAYLOAD_DEEPSTREAM_MINIMAL"
SOURCE = "videotestsrc num-buffers={n} ! video/x-raw,width=64,height=48 ! m.sink_0"
MUX = "nvstreammux name=m batch-size=1 width=64 height=48"
CONVERT = f"nvmsgconv name=conv {MINIMAL} msg2p-newapi=true frame-interval=1"
OK = Report()


def text(broker, n=5, convert=CONVERT, source=SOURCE):
    return f"{source.format(n=n)} {MUX} ! {convert} ! nvmsgbroker name=sink sync=false {broker}"


@pytest.fixture
def mosquitto(tmp_path):
    with running(Mosquitto(tmp_path)) as server:
        yield server.watch()


@pytest.fixture
def redis(tmp_path):
    with running(Redis(tmp_path)) as server:
        yield server


# ---- a connection that the test scripts ----


class Scripted:
    """Answers with what the test says; 'gate' is what a send waits for, 'longest' seconds."""

    patience = 10.0
    longest = 20.0

    def __init__(self):
        self.sent, self.answers, self.asked = [], [], []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.settings = None
        self.closed = []
        self.last = OK

    def open(self, settings):
        self.settings = settings
        return self

    def send(self, payload):
        self.entered.set()
        self.gate.wait(self.longest)
        self.sent.append(payload)
        return self.answers.pop(0) if self.answers else OK

    def ask(self):
        return self.asked.pop(0) if self.asked else OK

    def close(self, seconds, left):
        self.closed.append(seconds)
        lost = self.last.lost + left
        return Report(lost, problem=self.last.problem or "no time") if lost else OK


@pytest.fixture
def scripted():
    """Every nvmsgbroker that starts talks to it."""
    made = Scripted()
    set_broker_factory(made.open)
    yield made
    made.gate.set()
    set_broker_factory(portable._open_broker)


def stopped(one):
    """What it says when it is stopped, as (is an error, text): later the bus is empty."""
    earlier, found = [], []

    def note(_bus, message, notes):
        if message.type in (Gst.MessageType.WARNING, Gst.MessageType.ERROR):
            is_error = message.type == Gst.MessageType.ERROR
            said = message.parse_error() if is_error else message.parse_warning()
            notes.append((is_error, said[0].message))
        return Gst.BusSyncReply.DROP

    bus = one.pipeline.get_bus()
    bus.set_sync_handler(note, found)  # first, so that nothing comes in between
    while (message := bus.pop()) is not None:
        note(bus, message, earlier)
    one.pipeline.set_state(Gst.State.NULL)
    bus.set_sync_handler(None)
    return earlier + found


def ids(payloads):
    return [int(json.loads(each)["id"]) for each in payloads]


def test_every_message_is_sent_in_order_and_then_it_is_closed(build, scripted):
    one = build(text('proto-lib=a conn-str=b topic=" c " config=d new-api=true', n=50)).play()
    assert one.error is None
    assert stopped(one) == []
    assert ids(scripted.sent) == list(range(50))
    assert len(scripted.closed) == 1
    assert scripted.settings == {
        "proto-lib": "a",
        "conn-str": "b",
        "topic": "c",
        "config": "d",
        "new-api": "1",
    }


def test_the_stream_does_not_wait_for_the_broker(build, scripted):
    scripted.gate.clear()
    one = build(text("", n=200)).play()  # to its end, while the first message is on its way
    assert one.error is None
    assert len(scripted.sent) == 0
    scripted.gate.set()
    assert stopped(one) == []
    assert ids(scripted.sent) == list(range(200))


def test_what_cannot_be_sent_in_time_is_lost_and_told(build, scripted):
    scripted.patience = 0.0
    scripted.gate.clear()
    scripted.longest = 0.2  # for each: the stop begins long before all are sent
    one = build(text("", n=200)).play()
    assert scripted.entered.wait(20)
    ((is_error, said),) = stopped(one)
    lost = int(said.removesuffix(" messages are lost: no time"))
    assert not is_error
    assert lost >= 1
    assert lost + len(scripted.sent) == 200
    assert ids(scripted.sent) == list(range(len(scripted.sent)))


def test_lost_messages_are_told_at_once_and_then_now_and_then(build, scripted):
    scripted.answers = [Report(1, problem="the broker is away")] * 30
    one = build(text("", n=30)).play()
    assert one.error is None
    warned = [*one.warnings, *(said for _, said in stopped(one))]
    assert warned == [
        "1 messages are lost: the broker is away",
        "29 messages are lost: the broker is away",
    ]


def test_a_note_without_a_loss_is_told_too(build, scripted):
    scripted.answers = [Report(problem="they wait")]
    one = build(text("", n=3)).play()
    assert [*one.warnings, *(said for _, said in stopped(one))] == ["they wait"]


def test_what_is_lost_later_is_asked_for(build, scripted):
    scripted.answers = [Report(pending=True)]
    scripted.asked = [Report(pending=True), Report(1, problem="timed out")]
    one = build(text("", n=1)).play()
    until(lambda: not scripted.asked, "the question")
    warned = [*one.warnings, *(said for _, said in stopped(one))]
    assert warned == ["1 messages are lost: timed out"]


def test_what_the_close_loses_is_told(build, scripted):
    scripted.last = Report(2, problem="no time")
    one = build(text("", n=2)).play()
    assert stopped(one) == [(False, "2 messages are lost: no time")]


def test_the_end_of_the_connection_ends_the_stream(build, scripted):
    scripted.answers = [OK, Report(1, ended=True, problem="it hung up")]
    one = build(text("", n=100000)).play()
    assert one.error == "it hung up"
    assert len(scripted.sent) == 2
    assert scripted.closed == []
    said = stopped(one)
    assert scripted.closed == [0]
    assert any("messages are lost: " in words for _, words in said)


def test_an_exception_of_the_connection_is_an_error(build, scripted):
    scripted.answers = [None]
    assert build(text("", n=100000)).play().error.startswith("AttributeError: ")


def add_payload(frame, batch, size):
    """Attach a message of a script's own, of so many zeros."""
    user_meta = pyds.nvds_acquire_user_meta_from_pool(batch)
    message = pyds.alloc_nvds_payload()
    # As C would: pyds takes no address here.
    ctypes.c_void_p.from_address(pyds.get_ptr(message)).value = pyds.alloc_buffer(size)
    message.payloadSize = size
    user_meta.user_meta_data = message
    user_meta.base_meta.meta_type = pyds.NvDsMetaType.NVDS_PAYLOAD_META
    pyds.nvds_add_user_meta_to_frame(frame, user_meta)


def payloads(one, size):
    """Have each frame of a pipeline bear a message of that many bytes."""

    def add(_pad, info):
        batch = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
        add_payload(pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data), batch, size)

    one.probes.append(attach(one["sink"].get_static_pad("sink"), add))


def test_a_message_of_a_scripts_own_is_sent(build, scripted):
    one = build(text("", n=2, convert="identity"))
    payloads(one, 3)
    assert one.play().error is None
    assert stopped(one) == []
    assert scripted.sent == [b"\0\0\0"] * 2


def test_too_many_waiting_messages_are_an_error(build, scripted):
    scripted.gate.clear()
    one = build(text("", n=20, convert="identity"))
    payloads(one, 5 << 20)  # 64 MiB may wait
    error = one.play().error
    assert error == (
        "The broker takes messages more slowly than they are made: 12 wait. Send fewer, or see "
        "why it is slow."
    )
    scripted.gate.set()


def test_it_may_be_started_again(build, scripted):
    one = build(text("", n=3)).play()
    assert stopped(one) == []
    assert one.play().error is None
    assert stopped(one) == []
    assert ids(scripted.sent) == [0, 1, 2] * 2
    assert len(scripted.closed) == 2


@pytest.mark.parametrize(("component", "count"), [(0, 3), (7, 3), (8, 0)])
def test_only_messages_of_the_component_are_sent(build, scripted, component, count):
    one = build(text(f"comp-id={component}", n=3, convert=f"{CONVERT} comp-id=7")).play()
    assert one.error is None
    assert stopped(one) == []
    assert len(scripted.sent) == count


def test_a_stream_without_metadata_sends_nothing(build, scripted):
    one = build("videotestsrc num-buffers=3 ! nvmsgbroker name=sink sync=false").play()
    assert (one.error, stopped(one), scripted.sent) == (None, [], [])


def test_a_connection_that_fails_is_an_error_at_the_start(build, scripted):
    def fail(_settings):
        raise ValueError("no")

    set_broker_factory(fail)
    assert build(text("")).play().error == "ValueError: no"
    assert scripted.closed == []


def test_the_properties_are_those_of_deepstream():
    portable.install()
    made = Gst.ElementFactory.make("nvmsgbroker")
    names = {"proto-lib", "conn-str", "config", "topic", "comp-id", "new-api", "sleep-time"}
    values = {name: made.get_property(name) for name in names}
    assert values == {
        **dict.fromkeys(("proto-lib", "conn-str", "config", "topic")),
        "comp-id": 0,
        "new-api": False,
        "sleep-time": 0,
    }
    assert Gst.ElementFactory.find("nvmsgbroker").get_rank() == Gst.Rank.PRIMARY


# ---- brokers that run ----


def test_messages_arrive_by_mqtt(run, mosquitto):
    broker = f'proto-lib=libnvds_mqtt_proto.so conn-str="{HOST};{mosquitto.port};frames"'
    one = run(text(broker, n=20))
    assert (one.error, one.warnings) == (None, [])
    one.pipeline.set_state(Gst.State.NULL)
    until(lambda: len(mosquitto.messages) == 20, "the messages")
    assert {topic for topic, _ in mosquitto.messages} == {"frames"}
    assert ids(body for _, body in mosquitto.messages) == list(range(20))


def test_a_broker_that_is_not_there_is_an_error_that_names_it(run):
    port = free_port()
    one = run(text(f'proto-lib=libnvds_redis_proto.so conn-str="{HOST};{port};frames"'))
    assert one.error.startswith(f"the Redis broker at {HOST}:{port} cannot be connected to: ")


@pytest.mark.parametrize(
    ("broker", "expected"),
    [
        ("conn-str=a;1;b", "proto-lib is not set: it chooses the protocol"),
        (
            "proto-lib=libnvds_azure_proto.so",
            "Azure's protocol needs NVIDIA's library, and DeepStream",
        ),
        ("proto-lib=libnvds_mqtt_proto.so", "conn-str is not set: it says where the broker is"),
    ],
)
def test_what_is_missing_is_an_error(run, broker, expected):
    assert expected in run(text(broker)).error


LIVE = "videotestsrc is-live=true ! video/x-raw,width=64,height=48,framerate=50/1 ! m.sink_0"


def test_a_broker_that_goes_away_and_comes_back(build, redis, monkeypatch):
    from pythiags.brokers import broker as broker_module

    monkeypatch.setattr(broker_module, "read_retry", lambda _: broker_module.Retry(0, 1e9))
    broker = (
        f'proto-lib=libnvds_redis_proto.so conn-str="{HOST};{redis.port}" topic=frames new-api=true'
    )
    one = build(text(broker, source=LIVE))
    one.pipeline.set_state(Gst.State.PLAYING)
    until(lambda: redis.entries("frames"), "the first messages")
    redis.stop()
    kinds = Gst.MessageType.WARNING | Gst.MessageType.ERROR
    message = one.pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, kinds)
    assert message.type == Gst.MessageType.WARNING
    assert "the connection is lost" in message.parse_warning()[0].message
    redis.start()
    until(lambda: redis.entries("frames"), "messages once it is back")


def test_a_program_without_python_sends_too(redis, tmp_path):
    broker = f'proto-lib=/lib/libnvds_redis_proto.so conn-str="{HOST};{redis.port};frames"'
    line = text(broker, n=7).replace('"', "")
    environ = {
        "GST_PLUGIN_PATH": str(portable.plugin_path()),
        "GST_REGISTRY": str(tmp_path / "registry.bin"),
    }
    done = subprocess.run(
        ["gst-launch-1.0", "-q", *line.split()],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    entries = redis.entries("frames")
    assert ids(each[b"metadata"] for each in entries) == list(range(7))
