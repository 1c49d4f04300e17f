"""Messages of the bus as values."""

import gc
import weakref

import pytest

from pythiags.gst import GLib, Gst
from pythiags.gst.bus import (
    BufferingMessage,
    Bus,
    ElementMessage,
    EosMessage,
    ErrorMessage,
    InfoMessage,
    LatencyMessage,
    OtherMessage,
    StreamStartMessage,
    WarningMessage,
    read,
)


@pytest.fixture
def source():
    return Gst.ElementFactory.make("fakesrc", "it")


def error(text):
    return GLib.Error.new_literal(Gst.resource_error_quark(), text, Gst.ResourceError.NOT_FOUND)


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        (ErrorMessage, Gst.Message.new_error),
        (WarningMessage, Gst.Message.new_warning),
        (InfoMessage, Gst.Message.new_info),
    ],
)
def test_reports_carry_all_and_no_secret(source, kind, make):
    message = read(make(source, error("rtsp://me:secret@host/ is gone"), "at rtsp://me:secret@h/"))
    assert type(message) is kind
    assert message.source == "/GstFakeSrc:it"
    assert message.factory == "fakesrc"
    assert (message.domain, message.code) == ("gst-resource-error-quark", 3)
    assert "secret" not in message.text + message.debug
    assert "is gone" in message.text


def structure():
    it = Gst.Structure.new_empty("motion")
    it.set_value("count", 3)
    it.set_value("uri", "rtsp://me:secret@host/")
    it.set_value("caps", Gst.Caps.from_string("video/x-raw"))
    return it


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (Gst.Message.new_eos, EosMessage("/GstFakeSrc:it")),
        (Gst.Message.new_stream_start, StreamStartMessage("/GstFakeSrc:it")),
        (Gst.Message.new_latency, LatencyMessage("/GstFakeSrc:it")),
        (lambda it: Gst.Message.new_buffering(it, 40), BufferingMessage("/GstFakeSrc:it", 40)),
        (Gst.Message.new_async_start, OtherMessage("/GstFakeSrc:it", "async-start")),
        (
            lambda it: Gst.Message.new_element(it, structure()),
            ElementMessage(
                "/GstFakeSrc:it",
                "motion",
                {"count": 3, "uri": "rtsp://me:***@host/", "caps": "video/x-raw"},
            ),
        ),
    ],
)
def test_each_kind(source, make, expected):
    assert read(make(source)) == expected


def test_messages_hold_no_element(source):
    pipeline = Gst.Pipeline.new("p")
    pipeline.add(source)
    reference = weakref.ref(pipeline)
    bus = Bus(pipeline)
    pipeline.get_bus().post(Gst.Message.new_eos(pipeline))
    message = bus.poll(1)
    assert message == EosMessage("/GstPipeline:p")
    bus.close()
    del pipeline, bus, source
    gc.collect()
    assert reference() is None


def test_nothing_comes():
    assert Bus(Gst.Pipeline.new("p")).poll(0.01) is None
