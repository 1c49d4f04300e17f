"""The applications of ``examples/deepstream``: they run, and find what there is to find."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from faults.harness import until
from standins.brokers import HOST, Mosquitto, running
from standins.network import Camera
from standins.networks import (
    HEIGHT,
    LABELS,
    WIDTH,
    classifier,
    configuration,
    nanodet,
    segmenter,
)

from pythiags import data

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "deepstream"
VIDEO = str(data.path("pedestrians.h264"))
FRAMES = 30


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """The first frames of the sample video."""
    stream = Path(VIDEO).read_bytes()
    starts = [
        match.start()
        for match in re.finditer(rb"\x00\x00\x01(.)", stream, re.DOTALL)
        if match[1][0] & 31 in {1, 5}
    ]
    path = tmp_path_factory.mktemp("video") / "video.h264"
    path.write_bytes(stream[: starts[FRAMES]])
    return path


@pytest.fixture(scope="module")
def ball_video(tmp_path_factory):
    """A white ball that moves over black, of the size that the synthetic networks take."""
    path = tmp_path_factory.mktemp("ball") / "ball.h264"
    caps = f"video/x-raw,format=I420,width={WIDTH},height={HEIGHT}"
    line = (
        f"videotestsrc num-buffers={FRAMES} pattern=ball ! {caps} ! x264enc quantizer=10 pass=quant"
    )
    subprocess.run(
        ["gst-launch-1.0", "-q", *f"{line} ! filesink location={path}".split()], check=True
    )
    return path


def last_line(done):
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_people_are_pixelated_in_the_picture(run_script, video, tmp_path):
    target = tmp_path / "out.mp4"
    done = run_script(EXAMPLES / "pixels" / "pixels.py", video, target, strict=True)
    people, frames = map(int, re.findall(r"\d+", last_line(done)))
    assert frames == FRAMES
    assert people > frames
    probed = subprocess.run(
        ["gst-discoverer-1.0", str(target)], capture_output=True, text=True, check=True
    )
    assert "H.264" in probed.stdout


def test_data_of_ones_own_passes_a_queue(run_script, video):
    done = run_script(EXAMPLES / "user_metadata" / "user_metadata.py", video, strict=True)
    assert done.stdout.splitlines() == [
        f"{n} frame {n} of source 0 {n % 10}" for n in range(FRAMES)
    ]
    assert (done.stderr, done.returncode) == ("", 0)


def test_several_sources_are_counted(run_script, video):
    uris = [video.as_uri()] * 3
    done = run_script(EXAMPLES / "many_sources" / "many_sources.py", *uris)
    found = re.findall(r"source (\d): (\d+) objects in (\d+) frames", done.stdout)
    assert done.returncode == 0, done.stderr
    assert [(number, frames) for number, _, frames in found] == [
        (str(n), str(FRAMES)) for n in range(3)
    ]
    assert len({objects for _, objects, _ in found}) == 1
    assert int(found[0][1]) > FRAMES


def test_people_are_counted_and_the_picture_is_drawn_on(run_script, video, tmp_path):
    target = tmp_path / "out.mp4"
    done = run_script(EXAMPLES / "one_source" / "one_source.py", video, target, strict=True)
    lines = done.stdout.splitlines()
    assert (done.stderr, done.returncode) == ("", 0)
    assert lines[-1] == "End of stream"
    assert [int(line.split()[1].rstrip(":")) for line in lines[:-1]] == list(range(FRAMES))
    assert sum(int(line.split()[2]) for line in lines[:-1]) > FRAMES
    assert target.stat().st_size > 10_000


def test_who_crosses_a_line_and_who_goes_where(run_script, video, tmp_path):
    target = tmp_path / "out.mp4"
    done = run_script(EXAMPLES / "analytics" / "analytics.py", video, target)
    assert (done.stderr, done.returncode) == ("", 0)
    *told, crossed = done.stdout.splitlines()
    assert crossed == "1 crossed Street"
    (who,) = (
        match[1]
        for line in told
        if (match := re.fullmatch(r"frame \d+: (\d+) crosses Street", line))
    )
    assert f"{who} went Left" in told
    assert any(line.endswith("went Right") for line in told)
    assert any(line.endswith("Square is crowded") for line in told)
    assert target.stat().st_size > 10_000


def test_each_source_goes_to_a_file_of_its_own(run_script, video, tmp_path):
    done = run_script(EXAMPLES / "demux" / "demux.py", tmp_path, video.as_uri(), video.as_uri())
    assert (done.stderr, done.returncode) == ("", 0)
    expected = [f"{tmp_path / f'{number}.mp4'}: {FRAMES} frames" for number in range(2)]
    assert done.stdout.splitlines() == expected
    assert {(tmp_path / f"{number}.mp4").stat().st_size > 10_000 for number in range(2)} == {True}


def test_sources_come_and_go_while_it_plays(run_script, video):
    done = run_script(EXAMPLES / "come_and_go" / "come_and_go.py", video.as_uri(), "4")
    lines = done.stdout.splitlines()
    assert (done.stderr, done.returncode) == ("", 0)
    assert lines[-1] == str(dict.fromkeys(range(4), True))
    for what in ("comes", "goes"):
        assert sorted(line for line in lines if line.endswith(what)) == [
            f"source {number} {what}" for number in range(4)
        ]


def test_classes_of_pixels_are_counted_and_shown(run_script, ball_video, tmp_path):
    config = configuration(
        *(tmp_path, segmenter),
        **{"network-type": 2, "num-detected-classes": 2, "segmentation-threshold": 0.5},
    )
    target = tmp_path / "out.mp4"
    script = EXAMPLES / "segmentation" / "segmentation.py"
    done = run_script(script, config, ball_video, target, strict=True)
    assert (done.stderr, done.returncode) == ("", 0)
    found = re.findall(
        r"frame (\d+): (?:class -1 \S+%, )?class 0 (\S+)%, class 1 (\S+)%", done.stdout
    )
    assert [int(number) for number, _, _ in found] == list(range(FRAMES))
    assert all(0.5 < float(bright) < 20 for _, _, bright in found)
    assert all(
        float(dark) + float(bright) == pytest.approx(100, abs=1) for _, dark, bright in found
    )
    assert target.stat().st_size > 1_000


def test_objects_are_made_of_tensors(run_script, ball_video, tmp_path):
    config = configuration(
        *(tmp_path, nanodet), **{"network-type": 100, "output-tensor-meta": 1, "gie-unique-id": 1}
    )
    done = run_script(EXAMPLES / "tensors" / "tensors.py", config, ball_video, strict=True)
    assert (done.stderr, done.returncode) == ("", 0)
    found = re.findall(r"frame (\d+): class 2 at (\d+),(\d+),(\d+),(\d+)", done.stdout)
    assert [int(number) for number, *_ in found] == list(range(FRAMES))
    sizes = {(int(width), int(height)) for *_, width, height in found}
    assert all(60 < each < 240 for size in sizes for each in size)
    assert len({(left, top) for _, left, top, _, _ in found}) > FRAMES // 2


def test_a_camera_is_counted(run_script):
    source = "videotestsrc is-live=true"
    done = run_script(EXAMPLES / "camera" / "camera.py", source, "12", strict=True)
    assert (done.stderr, done.returncode) == ("", 0)
    objects, frames = map(int, re.findall(r"\d+", last_line(done)))
    assert frames >= 12
    assert objects >= 0
    done = run_script(EXAMPLES / "camera" / "camera.py", "/dev/no-such-video", "12")
    assert done.returncode == 1
    assert "Error: " in done.stderr


def test_objects_are_followed_and_classified(run_script, ball_video, tmp_path):
    groups = "[class-attrs-all]\npre-cluster-threshold=0.5\n"
    keys = {"cluster-mode": 2, "gie-unique-id": 1}
    primary = configuration(tmp_path, nanodet, groups, LABELS, **keys)
    keys = {"network-type": 1, "process-mode": 2, "operate-on-gie-id": 1, "gie-unique-id": 2}
    labels = ("red;green;blue", "dark;bright")
    secondary = configuration(
        *(tmp_path, classifier, "", labels, "second.txt"), **keys | {"classifier-threshold": 0.1}
    )
    script = EXAMPLES / "classifiers" / "classifiers.py"
    done = run_script(script, primary, secondary, ball_video, strict=True)
    assert (done.stderr, done.returncode) == ("", 0)
    (line,) = done.stdout.splitlines()
    frames = int(line.rpartition(" in ")[2].split()[0])
    assert line.startswith("object 0: ball, bright, ")
    assert FRAMES // 2 < frames <= FRAMES


def test_messages_go_to_a_broker(run_script, video, tmp_path):
    with running(Mosquitto(tmp_path)) as broker:
        broker.watch()
        script, connection = EXAMPLES / "messages" / "messages.py", f"{HOST};{broker.port};people"
        done = run_script(script, video, "libnvds_mqtt_proto.so", connection, strict=True)
        lines = done.stdout.splitlines()
        assert (done.stderr, done.returncode) == ("", 0)
        assert [int(line.split()[1].rstrip(":")) for line in lines] == [0, 10, 20]
        until(lambda: len(broker.messages) == 3, "the messages")
    assert {topic for topic, _ in broker.messages} == {"people"}
    for _, text in broker.messages:
        message = json.loads(text)
        assert message["sensor"]["id"] == "CAMERA_NORTH"
        assert message["place"]["entrance"]["name"] == "gate"
        assert message["event"]["type"] == "entry"
        assert 0.4 < message["object"]["person"]["confidence"] <= 1
        box = message["object"]["bbox"]
        assert 0 <= box["topleftx"] < box["bottomrightx"] <= 640


def test_cameras_come_in_and_one_stream_goes_out():
    script = EXAMPLES / "rtsp_in_and_out" / "rtsp_in_and_out.py"
    run = [sys.executable, "-m", "pythiags", "run", str(script), "0"]
    with Camera() as first, Camera(width=160, height=120) as second:
        program = subprocess.Popen(
            [*run, first.address, second.address],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            uri = program.stdout.readline().strip()
            to_come = {f"camera {number} has begun\n" for number in range(2)}
            while to_come and (line := program.stdout.readline()):
                to_come.discard(line)
            assert to_come == set()
            client = f"rtspsrc location={uri} protocols=tcp ! rtph264depay ! h264parse "
            client += "! avdec_h264 ! video/x-raw,width=1280 ! identity eos-after=10 ! fakesink"
            subprocess.run(["gst-launch-1.0", "-q", *client.split()], check=True, timeout=60)
        finally:
            program.send_signal(signal.SIGINT)
            said, errors = program.communicate(timeout=60)
    assert (program.returncode, errors) == (0, "")
    assert said.splitlines()[-1] == "{0: True, 1: True}"


def test_a_pipeline_of_pyservicemaker_counts_people(run_script, video, tmp_path):
    target = tmp_path / "out.mp4"
    done = run_script(EXAMPLES / "pipeline_probe" / "pipeline_probe.py", video, target, strict=True)
    lines = done.stdout.splitlines()
    assert (done.stderr, done.returncode) == ("", 0)
    assert lines[-1] == "End of stream"
    assert [int(line.split()[1].rstrip(":")) for line in lines[:-1]] == list(range(FRAMES))
    assert sum(int(line.split()[2]) for line in lines[:-1]) > FRAMES
    assert target.stat().st_size > 10_000


def test_a_flow_of_pyservicemaker_counts_objects(run_script, video):
    uris = [video.as_uri()] * 2
    done = run_script(EXAMPLES / "flow_detect" / "flow_detect.py", *uris)
    found = re.findall(r"source (\d): (\d+) objects in (\d+) frames", done.stdout)
    assert (done.stderr, done.returncode) == ("", 0)
    assert [(number, frames) for number, _, frames in found] == [
        (str(n), str(FRAMES)) for n in range(2)
    ]
    assert int(found[0][1]) > FRAMES


def test_messages_have_cameras_recorded(tmp_path):
    script = EXAMPLES / "record_on_message" / "record_on_message.py"
    run = [sys.executable, "-m", "pythiags", "run", str(script), "libnvds_mqtt_proto.so"]
    stop = '{"command": "stop-recording", "sensor": {"id": "south"}}'
    with (
        Camera(width=64, height=48) as north,
        Camera(width=64, height=48) as south,
        running(Mosquitto(tmp_path)) as broker,
    ):
        program = subprocess.Popen(
            [*run, f"{HOST};{broker.port}", north.address, south.address],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

        def begun():  # a message that comes before the camera's pictures is not followed
            start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            message = {"start": start, "sensor": {"id": "south"}}
            broker.publish("recordings", json.dumps(message))
            return list(tmp_path.glob("*.mp4"))

        try:
            until(begun, "the recording", patience=60)
            broker.publish("recordings", stop)
            line = program.stdout.readline()
        finally:
            program.send_signal(signal.SIGINT)
            _, errors = program.communicate(timeout=60)
    (path,) = tmp_path.glob("*.mp4")
    assert re.fullmatch(rf"Source recorded at \./{path.name}\. Duration .* sec\n", line)
    assert all(line.startswith("pyservicemaker: ") for line in errors.splitlines()), errors


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/*.py")), ids=lambda path: path.stem)
def test_an_application_without_arguments_says_what_it_wants(run_script, path):
    done = run_script(path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"usage: {path} ")


def test_every_application_is_tested():
    names = {path.stem for path in EXAMPLES.glob("*/*.py")}
    text = Path(__file__).read_text()
    assert {name for name in names if f'"{name}.py"' not in text} == set()


def test_the_facts_about_pyds_hold():
    done = subprocess.run(
        [sys.executable, "-m", "pythiags.testing.pyds_conformance"],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    held, of = map(int, re.search(r"(\d+) of (\d+) facts hold", done.stdout).groups())
    assert held == of > 35
    assert "the look-alike" in done.stdout
    assert done.stderr == ""
