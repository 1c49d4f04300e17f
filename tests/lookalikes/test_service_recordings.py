"""pyservicemaker's smart_recording_action: messages of real brokers start and stop recordings."""

import json
import re
import subprocess
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from faults.harness import until
from standins.brokers import HOST, Amqp, Kafka, Mosquitto, Redis, running
from standins.network import Camera

from pythiags.brokers import receiver as receiver_module
from pythiags.brokers.broker import Retry
from pythiags.lookalikes.pyservicemaker.flow import Flow
from pythiags.lookalikes.pyservicemaker.pipeline import Pipeline
from pythiags.lookalikes.pyservicemaker.probes import BufferObserver, CommonFactory, Probe
from pythiags.lookalikes.pyservicemaker.sourceconfig import RecordConfig

RATE = 30
TOPIC = "recordings"
SENSORS = (
    "[sensor0]\nenable=1\nid=Front\n[sensor1]\nenable=1\nid=Back\n[sensor7]\nenable=1\nid=No\n"
)


@pytest.fixture
def serve(tmp_path_factory):
    """``serve(protocol)``: a broker that runs."""
    with ExitStack() as stack:

        def serve(protocol):
            kind = {"mqtt": Mosquitto, "redis": Redis, "kafka": Kafka, "amqp": Amqp}[protocol]
            words = [tmp_path_factory.mktemp("broker")] if protocol in ("mqtt", "redis") else []
            return stack.enter_context(running(kind(*words)))

        yield serve


@pytest.fixture(scope="module")
def camera():
    with Camera(rate=RATE, width=64, height=48) as camera:
        yield camera


class Counting(BufferObserver):
    def __init__(self):
        super().__init__()
        self.count = 0

    def handle_buffer(self, buffer):
        self.count += 1


class Heard:
    """What was written to standard output and standard error."""

    def __init__(self, capsys):
        self._capsys, self.out, self.err = capsys, "", ""

    def read(self):
        new = self._capsys.readouterr()
        self.out += new.out
        self.err += new.err
        return self

    def recorded(self):
        """The path and the seconds of each recording."""
        lines = re.findall(r"Source recorded at (.*)\. Duration (.*) sec\n", self.read().out)
        return [(Path(path), float(seconds)) for path, seconds in lines]

    def await_recorded(self, count):
        until(lambda: len(self.recorded()) >= count, f"{count} recordings; told: {self.err}")
        return self.recorded()

    def await_told(self, text):
        until(lambda: text in self.read().err, f"{text!r}; told: {self.err}")


@pytest.fixture
def heard(capsys):
    return Heard(capsys)


def settings(protocol, server, **more):
    user = ";guest;guest" if protocol == "amqp" else ""
    return {
        "proto-lib": f"/opt/nvidia/deepstream/deepstream/lib/libnvds_{protocol}_proto.so",
        "conn-str": f"{HOST};{server.port}{user}",
        "topic-list": TOPIC,
        **{name.replace("_", "-"): str(value) for name, value in more.items()},
    }


class Recording:
    """A pipeline of sources that a broker's messages record, in NVIDIA's order.

    Args:
        folder: Of the files.
        properties: Of the action.
        sources: Their addresses.
    """

    def __init__(self, folder, properties, *sources):
        self.pipeline = pipeline = Pipeline("test")
        self.action = CommonFactory.create("smart_recording_action", "sr_controller")
        self.action.set(properties)
        self.frames = {}
        for number, address in enumerate(sources):
            name = f"src_{number}"
            words = {"uri": address, "select-rtp-protocol": 4, "smart-record": 1}
            words |= {"smart-rec-dir-path": str(folder), "smart-rec-file-prefix": name}
            pipeline.add("nvurisrcbin", name, {**words, "smart-rec-cache": 10, "latency": 0})
            pipeline.add("fakesink", f"{name}-sink", {"sync": False}).link(name, f"{name}-sink")
            self.action.attach("start-sr", pipeline[name])
            self.action.attach("stop-sr", pipeline[name])
            pipeline.attach(name, "smart_recording_signal", "sr", "sr-done")
            self.frames[name] = Counting()
            pipeline.attach(f"{name}-sink", Probe("count", self.frames[name]))

    def __enter__(self):
        self.pipeline.start()
        return self

    def __exit__(self, *_):
        self.pipeline.stop()

    def await_frames(self, count):
        goals = {name: each.count + count for name, each in self.frames.items()}
        for name, goal in goals.items():
            until(lambda name=name, goal=goal: self.frames[name].count >= goal, f"{goal} frames")


def message(sensor, command=None, start=None, end=None):
    """A command; times are in seconds from now."""
    now = time.time()
    said = {"sensor": {"id": sensor}} | ({"command": command} if command else {})
    for key, seconds in (("start", start), ("end", end)):
        if seconds is not None:
            said[key] = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(now + seconds))
    return json.dumps(said).encode()


def frames_in(path):
    """Decode a recording to its end: how many frames it has."""
    line = f"filesrc location={path} ! decodebin ! fakesink name=sink silent=false sync=false"
    done = subprocess.run(
        ["gst-launch-1.0", "-v", *line.split()], capture_output=True, text=True, check=True
    )
    return done.stdout.count("chain   ***")


def threads_of(protocol):
    return [each for each in threading.enumerate() if each.name == f"receiver-{protocol}"]


# ---- recordings


@pytest.mark.parametrize("protocol", ["mqtt", "redis", "kafka", "amqp"])
def test_messages_start_and_stop_recordings(serve, tmp_path, camera, heard, protocol):
    server = serve(protocol)
    if protocol == "kafka":  # its client looks for a topic that is not there every five minutes
        server.publish(TOPIC, b"{}")
    with Recording(tmp_path, settings(protocol, server), camera.address) as one:
        one.await_frames(3 * RATE)
        server.publish(TOPIC, message("0", start=-2))
        source = one.pipeline["src_0"]
        until(lambda: source.get("smart-rec-status"), "the recording")
        one.await_frames(10)
        server.publish(TOPIC, message("0", "stop-recording"))
        ((path, seconds),) = heard.await_recorded(1)
        assert not source.get("smart-rec-status")
        assert len(threads_of(protocol)) == 1
    assert path.parent == tmp_path
    assert seconds >= 2  # of the past
    assert frames_in(path) >= 2 * RATE
    assert heard.err.count("\n") == (1 if protocol == "kafka" else 0)
    assert threads_of(protocol) == []


def test_two_sensors_of_a_file(tmp_path, camera, heard, serve):
    redis_server = serve("redis")
    file = tmp_path / "msgconv.txt"
    file.write_text(SENSORS)
    properties = settings("redis", redis_server, msgconv_config_file=file)
    with Recording(tmp_path, properties, camera.address, camera.address) as two:
        two.await_frames(RATE)
        for sensor in ("Front", "Back"):
            redis_server.publish(TOPIC, message(sensor, start=0))
        for name in two.frames:
            source = two.pipeline[name]
            until(lambda source=source: source.get("smart-rec-status"), f"{name} records")
        redis_server.publish(TOPIC, message("Back", "start-recording", start=0))
        heard.await_told("is not followed: nvurisrcbin 'src_1' records already: one at a time")
        redis_server.publish(TOPIC, message("No", "start-recording", start=0))
        heard.await_told("sensor 'No' is that of source 7; there are: 'src_0', 'src_1'")
        two.await_frames(10)
        redis_server.publish(TOPIC, message("Back", "stop-recording"))
        ((path, _),) = heard.await_recorded(1)
        assert path.name.startswith("src_1")
    (_, (path, _)) = heard.await_recorded(2)  # which the end of the pipeline has finished
    assert path.name.startswith("src_0")
    assert frames_in(path) >= 10


def test_a_recording_ends_by_itself(tmp_path, camera, heard, serve):
    amqp_server = serve("amqp")
    with Recording(tmp_path, settings("amqp", amqp_server), camera.address) as one:
        one.await_frames(RATE)
        amqp_server.publish(TOPIC, message("0", start=20, end=21))
        ((_, seconds),) = heard.await_recorded(1)
    assert 0 < seconds < 20
    assert re.search(r"its start is (19|20) s in the future: the recording begins now", heard.err)


def test_what_is_wrong_is_told_and_disturbs_nothing(tmp_path, camera, heard, serve):
    amqp_server = serve("amqp")
    with Recording(tmp_path, settings("amqp", amqp_server), camera.address) as one:
        one.await_frames(RATE)
        for payload, expected in (
            (b"{", "a message of 'recordings' is not followed: it is not JSON: "),
            (message("Front", start=0), "sensor 'Front' is not the number of a source"),
            (message("5", start=0), "sensor '5' is that of source 5; there are: 'src_0'"),
            (message("0", "stop-recording"), "stops nothing: 'src_0' does not record"),
            (message("0"), 'it has no "start"'),
        ):
            amqp_server.publish(TOPIC, payload)
            heard.await_told(expected)
        amqp_server.publish(TOPIC, message("0", start=0))
        until(lambda: one.pipeline["src_0"].get("smart-rec-status"), "the recording")
        one.await_frames(5)
    assert len(heard.await_recorded(1)) == 1


def test_a_broker_that_comes_later_and_goes(tmp_path, camera, heard, monkeypatch, serve):
    redis_server = serve("redis")
    monkeypatch.setattr(receiver_module, "read_retry", lambda _: Retry(0.01, 1e9))
    redis_server.stop()
    with Recording(tmp_path, settings("redis", redis_server), camera.address) as one:
        heard.await_told("cannot be connected to: ")
        one.await_frames(RATE)
        for count in (1, 2):
            redis_server.start()
            until(lambda count=count: heard.read().err.count(": connected") == count, "connection")
            redis_server.publish(TOPIC, message("0", start=0, end=1))
            heard.await_recorded(count)
            redis_server.stop()
            until(
                lambda count=count: heard.read().err.count("the connection is lost") == count,
                "the loss is told",
            )
            one.await_frames(5)
        redis_server.start()
    assert threads_of("redis") == []


# ---- the connection


def test_two_actions_share_a_connection_that_ends_with_the_last(tmp_path, camera, serve):
    amqp_server = serve("amqp")
    properties = settings("amqp", amqp_server)
    with Recording(tmp_path, properties, camera.address) as first:
        with Recording(tmp_path, properties, camera.address) as second:
            assert len(amqp_server.sessions) == 1
            for each in (first, second):
                each.await_frames(5)
            amqp_server.publish(TOPIC, message("0", start=0))
            for each in (first, second):
                source = each.pipeline["src_0"]
                until(lambda source=source: source.get("smart-rec-status"), "both record")
        assert len(threads_of("amqp")) == 1
    assert threads_of("amqp") == []
    assert amqp_server.sessions[0].over.wait(20)
    with Recording(tmp_path, properties, camera.address):  # and it can be made again
        assert len(amqp_server.sessions) == 2


def test_a_pipeline_that_cannot_start_ends_the_connection(tmp_path, camera, serve):
    amqp_server = serve("amqp")
    one = Recording(tmp_path, settings("amqp", amqp_server), camera.address)
    one.pipeline["src_0-sink"].attach(one.action)
    for _ in range(2):  # the second time it says the same
        with pytest.raises(RuntimeError, match="is attached to 'src_0-sink' as a probe is; call"):
            one.pipeline.start()
        assert threads_of("amqp") == []
        one.pipeline.wait().stop()


def test_the_flow_of_a_cloud(tmp_path, camera, heard, serve):
    redis_server = serve("redis")
    (tmp_path / "msgconv.txt").write_text(SENSORS)
    (tmp_path / "cfg_redis.txt").write_text("[message-broker]\nconsumergroup=mine\n")
    config = RecordConfig(
        recording_type="cloud",
        proto_lib="libnvds_redis_proto.so",
        conn_str=f"{HOST};{redis_server.port}",
        msgconv_config_file=str(tmp_path / "msgconv.txt"),
        proto_config_file=str(tmp_path / "cfg_redis.txt"),
        topic_list=TOPIC,
        rec_dir_path=str(tmp_path),
        rec_mode=1,
    )
    pipeline, counting = Pipeline("test"), Counting()
    flow = Flow(pipeline).batch_capture(
        [camera.address], record_config=config, width=64, height=48, live_source=True
    )
    name = next(name for name in pipeline._nodes if "-source" in name)
    pipeline.attach(name, Probe("count", counting))
    pipeline.add("fakesink", "sink", {"sync": False}).link(flow._streams[0].originator, "sink")
    pipeline.start()
    until(lambda: counting.count > RATE, "frames")
    with redis_server.client() as client:
        assert [each["name"] for each in client.xinfo_groups(TOPIC)] == [b"mine"]
    redis_server.publish(TOPIC, message("Front", start=0, end=1))
    heard.await_recorded(1)
    pipeline.stop()
    assert threads_of("redis") == []


# ---- what cannot be


def attached(name="src_0", **properties):
    action = CommonFactory.create("smart_recording_action", "sr")
    action.set({"topic-list": TOPIC, **properties})
    pipeline = Pipeline("test").add("fakesrc", name)
    action.attach("start-sr", pipeline[name])


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"topic-list": ""}, "topic-list is not set"),
        ({"proto-lib": "lib.so"}, "proto-lib names a library of its own"),
        ({"conn-str": "host"}, "conn-str cannot be read"),
        ({"proto-config-file": "/nowhere"}, "proto-config-file cannot be read"),
        ({"msgconv-config-file": "/nowhere"}, "cannot be read: No such file"),
    ],
)
def test_properties_that_cannot_be(properties, expected):
    with pytest.raises(RuntimeError, match=f"smart_recording_action 'sr': .*{expected}"):
        attached(**properties)


def test_a_topic_that_mqtt_does_not_know(serve):
    action = CommonFactory.create("smart_recording_action", "sr")
    action.set({**settings("mqtt", serve("mqtt")), "topic-list": "a#b"})
    pipeline = Pipeline("test").add("fakesrc", "src_0").add("fakesink", "sink")
    pipeline.link("src_0", "sink")
    action.attach("start-sr", pipeline["src_0"])
    with pytest.raises(RuntimeError, match="topic-list: MQTT's client refuses a topic"):
        pipeline.start()
    pipeline.stop()
    assert threads_of("mqtt") == []


def test_a_name_without_a_number():
    with pytest.raises(RuntimeError, match="cannot tell the number of the source 'front'"):
        attached("front")


def test_a_name_with_the_number_of_another(heard):
    action = CommonFactory.create("smart_recording_action", "sr")
    action.set({"topic-list": TOPIC})
    pipeline = Pipeline("test").add("fakesrc", "a_0").add("fakesrc", "b_0")
    for name in ("a_0", "b_0"):
        action.attach("start-sr", pipeline[name])
    assert "'b_0' has the number of 'a_0', which gets its messages" in heard.read().err


def test_the_defaults_are_nvidias(heard):
    action = CommonFactory.create("smart_recording_action", "sr")
    assert action.properties["conn-str"] == "127.0.0.1;9092"
    attached()  # though NVIDIA's file for Kafka, which sets nothing, is not there
    assert heard.read().err == ""


def test_another_signal_than_that_of_recordings(camera):
    pipeline = Pipeline("test").add("nvurisrcbin", "src_0", {"uri": camera.address})
    pipeline.attach("src_0", "smart_recording_signal", "sr", "pad-added")
    with pytest.raises(RuntimeError, match="smart_recording_signal hears of 'sr-done', not of"):
        pipeline.start()
