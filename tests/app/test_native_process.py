"""Records and pictures that go to a consumer in another process."""

import base64
import json
import pickle

import numpy as np
import pytest
from standins.crowd import crowd
from standins.summaries import Deadly, Pixels, Rows, Summaries

from pythiags import App, Detections, frame_image
from pythiags.gst import Gst

BUFFERS = 10
WIDTH, HEIGHT = 320, 240
CAPS = f"video/x-raw,format=RGB,width={WIDTH},height={HEIGHT}"


def run(text, buffers, extractor, consumer):
    """What the consumer wrote down, and the counters."""
    app = App(text)
    source = app.pipeline.get_by_name("source")
    for buffer in buffers:
        source.emit("push-buffer", buffer)
    source.emit("end-of-stream")
    with app:
        app.attach("here", extractor, consumer, worker="process")
        app.run()
        (attachment,) = app.stats().attachments
    lines = consumer.path.read_text().splitlines()
    return [json.loads(line) for line in lines], attachment


@pytest.mark.parametrize("columns", [False, True])
def test_records_are_decoded_in_the_child(tmp_path, columns):
    text = "appsrc name=source format=time ! identity name=here ! fakesink"
    consumer = (Rows if columns else Summaries)(tmp_path / "seen")
    buffers = [crowd(10) for _ in range(BUFFERS)]
    seen, attachment = run(text, buffers, Detections(columns=columns), consumer)
    expected = Detections(columns=columns).extract_metadata(None, crowd(10))
    assert seen == [consumer.summary(expected)] * BUFFERS
    assert attachment.channel.delivered == BUFFERS


def test_a_dead_letter_is_what_the_consumer_got(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHIAGS_STATE_DIR", str(tmp_path))
    (tmp_path / "seen").touch()
    text = "appsrc name=source format=time ! identity name=here ! fakesink"
    _, attachment = run(text, [crowd(2)], Detections(), Deadly(tmp_path / "seen"))
    assert attachment.channel.dropped == {"dead-letter": 1}
    (file,) = (tmp_path / "dead-letters").iterdir()
    letter = json.loads(file.read_text())
    assert letter["repr"].startswith("[Detection(label='person'")
    found = pickle.loads(base64.b64decode(letter["pickle"]))
    assert found == Detections().extract_metadata(None, crowd(2))


def test_pictures_arrive_in_shared_memory(tmp_path):
    text = f'appsrc name=source format=time caps="{CAPS}" ! identity name=here ! fakesink'
    pictures = np.random.default_rng(1).integers(0, 256, (BUFFERS, HEIGHT, WIDTH, 3), np.uint8)
    buffers = [Gst.Buffer.new_wrapped(picture.tobytes()) for picture in pictures]
    seen, attachment = run(
        text,
        buffers,
        lambda pad, info: {"image": frame_image(info)},
        Pixels(tmp_path / "seen"),
    )
    assert seen == [[[HEIGHT, WIDTH, 3], int(each.sum()), True] for each in pictures]
    assert attachment.channel.delivered == BUFFERS


def test_small_crops_arrive_in_the_stream_beside_it(tmp_path):
    """The control: what is not worth a block of shared memory is the child's own."""
    text = f'appsrc name=source format=time caps="{CAPS}" ! identity name=here ! fakesink'
    picture = np.random.default_rng(2).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    seen, _ = run(
        text,
        [Gst.Buffer.new_wrapped(picture.tobytes())],
        lambda pad, info: {"image": frame_image(info)[10:20, 5:9]},
        Pixels(tmp_path / "seen"),
    )
    crop = picture[10:20, 5:9]
    assert seen == [[[10, 4, 3], int(crop.sum()), False]]


def test_the_one_copy_is_made_in_shared_memory(tmp_path):
    app = App(f'appsrc name=source caps="{CAPS}" ! identity name=here ! fakesink')
    with app:
        app.attach("here", lambda pad, info: [], Pixels(tmp_path / "seen"), worker="process")
        (lane,) = app._attachments[0].lanes
        made = lane.channel.allocate((HEIGHT, WIDTH, 3), np.uint8)
        assert lane.worker.arena.used() >= made.nbytes
