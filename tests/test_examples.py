"""Every example runs, as its text says that it is run."""

import contextlib
import importlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from faults.harness import until
from standins.network import Broker, Camera, WebServer

from pythiags import Bbox, Detection, data
from pythiags.workers.deadletters import DeadLetters

EXAMPLES = Path(__file__).parent.parent / "examples"
USAGE = (
    "file ./demo.gstp --obs=pgie --batch-size=10 --ext=my_custom_parsing:MyCustomExtract "
    "--proc=my_custom_parsing:MyCustomProcess"
)


def run(*arguments, folder, timeout=90):
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def test_the_usage_example_word_for_word():
    folder = EXAMPLES / "usage"
    said = (folder / "my_custom_parsing.py").read_text()
    assert USAGE.replace(" --ext", " \\\n        --ext") in said
    child = run("-m", "pythiags", *USAGE.split(), "--timeout=3", folder=folder)
    assert child.returncode == 0, child.stderr
    detections = [json.loads(line.replace("'", '"')) for line in child.stdout.splitlines()]
    assert {"label", "confidence", "frame_number"} == set(detections[0])
    assert detections[0]["label"] == "person"
    assert 0.4 < detections[0]["confidence"] <= 1
    assert "no window: the environment variable DISPLAY is not set" in child.stderr
    assert "pgie" in child.stderr


@pytest.mark.parametrize(
    ("example", "expected"),
    [
        ("count_labels.py", " person\n"),
        ("watch_counters.py", "delivered"),
        ("columns.py", "the tallest person was 1"),
        ("mark.py", " pairs of "),
    ],
)
def test_the_examples_of_the_api(example, expected):
    child = run(example, folder=EXAMPLES / "api")
    assert child.returncode == 0, child.stderr
    assert expected in child.stdout
    assert child.stderr == ""


def test_the_examples_of_tests_pass_and_their_golden_file_is_as_it_would_be_written(tmp_path):
    folder = tmp_path / "usage"
    shutil.copytree(EXAMPLES / "usage", folder)
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_without_a_pipeline.py")
    child = run(*words, folder=folder)
    assert child.returncode == 0, child.stdout
    assert "6 passed" in child.stdout
    golden = Path("golden", "test_without_a_pipeline", "test_a_recording.json")
    (folder / golden).unlink()
    child = run(*words, "--update-golden", folder=folder)
    assert child.returncode == 0, child.stdout
    assert (folder / golden).read_bytes() == (EXAMPLES / "usage" / golden).read_bytes()


def test_the_examples_of_faults_pass(tmp_path):
    folder = tmp_path / "faults"
    shutil.copytree(EXAMPLES / "faults", folder)
    child = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_yard.py", folder=folder)
    assert child.returncode == 0, child.stdout
    assert "5 passed" in child.stdout


def test_crops_are_pictures(tmp_path):
    child = run("crops.py", str(tmp_path), folder=EXAMPLES / "api")
    assert child.returncode == 0, child.stderr
    assert child.stderr == ""
    files = list(tmp_path.glob("*.ppm"))
    assert child.stdout == f"{len(files)} crops\n"
    assert len(files) > 20
    pixels = files[0].read_bytes().split(b" 255\n", 1)
    width, height = map(int, pixels[0].split()[1:])
    assert len(pixels[1]) == width * height * 3
    assert len(set(pixels[1])) > 20


def test_a_process_writes_a_database_and_dead_letters_go_there_later(tmp_path, monkeypatch):
    database = tmp_path / "seen.db"
    child = run("run.py", str(database), folder=EXAMPLES / "workers")
    assert (child.returncode, child.stderr) == (0, "")
    assert child.stdout.startswith("15 of 15 delivered, dropped: none"), child.stdout

    def rows():
        with contextlib.closing(sqlite3.connect(database)) as base:
            return base.execute("SELECT label, confidence FROM seen").fetchall()

    before = rows()
    assert {label for label, confidence in before if confidence >= 0.4} >= {"person"}
    monkeypatch.setenv("PYTHIAGS_STATE_DIR", str(tmp_path))
    event = [Detection("late", 0, 0.9, Bbox(1, 2, 3, 4))]
    letters = DeadLetters("pgie")
    path = letters.write(event, 3, "killed by SIGSEGV", [])
    child = run("deliver_again.py", str(database), str(path), folder=EXAMPLES / "workers")
    assert (child.returncode, child.stderr) == (0, "")
    assert "pgie killed by SIGSEGV [Detection(" in child.stdout
    assert rows() == [*before, ("late", 0.9)]
    assert not path.exists()
    letters.write(lambda: None, 3, "killed by SIGSEGV", [])
    child = run("deliver_again.py", str(database), str(path), folder=EXAMPLES / "workers")
    assert (child.returncode, child.stderr) == (0, "")
    assert "<lambda>" in child.stdout
    assert len(path.read_text().splitlines()) == 1, "what cannot be delivered stays"


def test_the_player_without_a_display_says_so_at_once():
    child = run("main.py", folder=EXAMPLES / "kivy_player")
    assert child.returncode != 0
    assert "DISPLAY" in child.stderr
    assert "--display none" in child.stderr
    assert "Traceback" not in child.stderr


def test_a_camera_that_goes_away_is_started_again_until_a_signal(tmp_path):
    for name in ("camera.gstp", "watch.py"):
        shutil.copy(EXAMPLES / "cameras" / name, tmp_path)
    model = data.path("config_infer_primary_nanodet.txt")
    (tmp_path / "config_infer_primary.txt").write_text(
        model.read_text()
        .replace("onnx-file=", f"onnx-file={model.parent}/")
        .replace("labelfile-path=", f"labelfile-path={model.parent}/")
    )
    with (
        Camera() as camera,
        subprocess.Popen(
            [sys.executable, "watch.py", camera.address],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as child,
    ):
        until(lambda: camera.received, "a client")
        child.stdout.readline()
        camera.kill()
        gap = next(line for line in child.stdout if line.startswith("Gap"))
        camera.start()
        until(lambda: camera.received[1:], "a client again")
        child.stdout.readline()
        child.send_signal(signal.SIGTERM)
        _, summary = child.communicate(timeout=60)
    assert "source_id=0" in gap
    assert child.returncode == 128 + signal.SIGTERM
    assert "losses={'error': 1}, retries={" in summary


SEEN = [Detection("person", 0, 0.5, Bbox(1, 2, 3, 4), frame_num=7)]


@pytest.fixture
def publishers(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES / "publish"))
    return importlib.import_module("to_mqtt"), importlib.import_module("to_http")


def consumed(consumer, events):
    consumer.open()
    try:
        for event in events:
            consumer.incoming(event)
    finally:
        consumer.close()


@pytest.mark.parametrize("failures", [0, 1, 2])
def test_a_broker_that_goes_away_gets_every_message_in_the_end(publishers, failures):
    with Broker(failures) as broker:
        consumed(publishers[0].ToMqtt(broker.address), [SEEN, SEEN])
    messages = [(topic, json.loads(text)) for topic, text in broker.received]
    assert len(messages) == 2
    topic, (found,) = messages[0]
    assert topic == "pythiags/detections"
    assert (found["label"], found["frame_num"]) == ("person", 7)
    assert found["bbox"] == {"left": 1, "top": 2, "width": 3, "height": 4}


def test_a_broker_that_is_not_there_is_an_error_of_open(publishers):
    with pytest.raises(OSError, match="refused"):
        publishers[0].ToMqtt("127.0.0.1", 9).open()


@pytest.mark.parametrize("failures", [0, 4])
def test_a_server_that_fails_is_tried_again(publishers, monkeypatch, failures):
    pauses = []
    monkeypatch.setattr(publishers[1].time, "sleep", pauses.append)
    with WebServer(failures) as server:
        consumed(publishers[1].ToHttp(f"{server.address}/detections"), [SEEN])
    ((path, text),) = server.received
    assert (path, json.loads(text)[0]["label"]) == ("/detections", "person")
    assert pauses == [1, 2, 4, 8][:failures]


def test_a_server_that_goes_on_failing_costs_the_event(publishers, monkeypatch):
    monkeypatch.setattr(publishers[1].time, "sleep", lambda _: None)
    with WebServer(5) as server, pytest.raises(publishers[1].httpx.HTTPStatusError):
        consumed(publishers[1].ToHttp(server.address), [SEEN])
    assert server.received == []
