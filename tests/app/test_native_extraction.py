"""Detections attached to an App: C reads them where it can, Python where it has to."""

import gc
import logging
import threading
import time
import weakref

import pytest
from standins.crowd import crowd

from pythiags import App, AttachOptions, Detections
from pythiags.app.native_extraction import NativeExtraction
from pythiags.errors import ConfigError, MissingDependency
from pythiags.metadata import detector_bbox
from pythiags.metadata.columns import DETECTION_DTYPE

TEXT = "appsrc name=source format=time ! identity name=here ! fakesink"
BUFFERS = 20


def fed(sources=(0,), times=BUFFERS):
    """An App whose source has everything it will give."""
    app = App(TEXT)
    source = app.pipeline.get_by_name("source")
    for _ in range(times):
        source.emit("push-buffer", crowd(10, sources))
    source.emit("end-of-stream")
    return app


def run(app, extractor, **options):
    """What the consumer got, and the attachment."""
    received = []
    app.attach("here", extractor, received.append, **options)
    attachment = attachment_of(app)
    app.run()
    return received, attachment


def attachment_of(app):
    (attachment,) = app._attachments
    return attachment


class OfItsOwn(Detections):
    def extract_metadata(self, pad, info):
        return super().extract_metadata(pad, info)[:1]


def the_detectors(obj):
    return detector_bbox(obj)


def is_native(attachment):
    return isinstance(attachment._extraction, NativeExtraction)


@pytest.mark.parametrize("extractor", [Detections, Detections()])
def test_detections_are_read_in_c(extractor):
    received, attachment = run(fed(), extractor)
    assert is_native(attachment)
    assert received == [Detections().extract_metadata(None, crowd(10))] * BUFFERS
    stats = attachment.stats()
    assert (stats.extraction.buffers, stats.channel.delivered, stats.extraction.errors) == (
        20,
        20,
        {},
    )
    assert stats.extraction.seconds > 0


def test_columns_reach_the_consumer():
    received, attachment = run(fed(), Detections(labels={"person"}, columns=True))
    assert is_native(attachment)
    assert [rows.dtype for rows in received] == [DETECTION_DTYPE] * BUFFERS
    assert received[0]["label"].tolist() == ["person", "person"]


@pytest.mark.parametrize(
    "extractor",
    [
        OfItsOwn(),
        Detections(bbox=the_detectors),
        Detections(labels={"person", "\ufffd"}),
    ],
)
def test_python_reads_where_c_cannot(extractor, caplog):
    caplog.set_level(logging.INFO, "pythiags.extractors")
    received, attachment = run(fed(), extractor)
    assert not is_native(attachment)
    assert received == [extractor.extract_metadata(None, crowd(10))] * BUFFERS
    assert caplog.text.count("extracting in Python") == 1


def test_a_module_called_pyds_changes_nothing(pyds):
    received, attachment = run(fed(), Detections())
    assert is_native(attachment)
    assert len(received) == BUFFERS


@pytest.mark.parametrize("columns", [False, True])
def test_several_workers_get_the_sources_that_are_theirs(columns):
    app = fed(sources=(0, 1, 2))
    received, attachment = run(app, Detections(columns=columns), workers=2)
    assert is_native(attachment)
    sources = [
        set(item["source_id"].tolist()) if columns else {each.source_id for each in item}
        for item in received
    ]
    assert sorted(map(sorted, sources)) == [[0, 2]] * BUFFERS + [[1]] * BUFFERS


@pytest.mark.parametrize("bbox", ["last_bbox", the_detectors])
def test_several_workers_share_what_supervision_makes_of_it(bbox):
    pytest.importorskip("supervision", exc_type=ImportError)
    app = fed(sources=(0, 1, 2))
    extractor = Detections(columns="supervision", bbox=bbox)
    received, attachment = run(app, extractor, workers=2)
    assert is_native(attachment) == (bbox == "last_bbox")
    sources = [sorted(set(found.data["source_id"].tolist())) for found in received]
    assert sorted(sources) == [[0, 2]] * BUFFERS + [[1]] * BUFFERS


def test_python_parts_by_any_other_key():
    received, attachment = run(fed(), Detections(), workers=2, key="label")
    assert not is_native(attachment)
    assert sum(map(len, received)) == 10 * BUFFERS


def test_a_consumer_that_raises_is_counted_as_ever():
    app = fed()
    app.attach("here", Detections(), lambda events: events[100])
    app.run()
    assert attachment_of(app).stats().consumer_errors == {"IndexError": BUFFERS}


def test_two_consumers_of_one_extractor_have_a_channel_each():
    app, extractor = fed(), Detections()
    first, second = [], []
    latest = AttachOptions(on_full="latest")
    app.attach("here", extractor, [first.append, (second.append, latest)])
    app.run()
    assert first == [extractor.extract_metadata(None, crowd(10))] * BUFFERS
    assert second[-1] == first[-1]
    assert [each.extraction.buffers for each in app.stats().attachments] == [BUFFERS] * 2


def test_records_that_find_no_room_go_to_disk(tmp_path):
    app, go_on, received = fed(times=300), threading.Event(), []

    def consume(events):
        go_on.wait(20)
        received.extend(events)

    app.attach("here", Detections(), consume, queue_size=10, on_full="spill", spill_dir=tmp_path)
    app.start()
    limit = time.monotonic() + 20
    while app.stats().attachments[0].channel.produced < 300:
        assert time.monotonic() < limit
        go_on.wait(0.005)
    go_on.set()
    channel = app.join(20).attachments[0].channel
    assert channel.spilled > 200
    assert (channel.delivered, channel.dropped) == (300, {})
    assert received == Detections().extract_metadata(None, crowd(10)) * 300


def test_nothing_is_kept_alive():
    app = fed()
    _, attachment = run(app, Detections())
    kept = weakref.ref(attachment), weakref.ref(app.pipeline)
    del app, attachment
    gc.collect()
    assert [each() for each in kept] == [None, None]


@pytest.mark.parametrize("columns", ["polars", 2, None])
def test_columns_that_do_not_exist(columns):
    with pytest.raises(ConfigError, match='False, True or "supervision"'):
        Detections(columns=columns)


def test_supervision_that_is_not_installed(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "supervision", None)
    with pytest.raises(MissingDependency, match="pip install 'supervision"):
        Detections(columns="supervision")
