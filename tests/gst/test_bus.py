"""Messages of the bus as values."""

import gc
import weakref

import pytest

from pythiags.gst import GLib, GObject, Gst
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

PASS = Gst.BusSyncReply.PASS


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


PLAIN_FIELDS = {
    "count=(int)3": 3,
    "share=(double)0.5": 0.5,
    "on=(boolean)true": True,
    'word=(string)"rtsp://me:secret@host/"': "rtsp://me:***@host/",
    "rate=(fraction)30/1": "30/1",
    "ids=(int){ 1, 2 }": "{ 1, 2 }",
    "row=(int)< 1, 2 >": "< 1, 2 >",
    "range=(int)[ 1, 5 ]": "[ 1, 5 ]",
    "rates=(fraction)[ 1/2, 3/2 ]": "[ 1/2, 3/2 ]",
    "day=(GstDateTime)2020-01-01": "2020-01-01",
    "mask=(bitmask)0xff": "0x00000000000000ff",
    "data=(GstBuffer)00ff": "<GstBuffer>",
    "features=(GstCapsFeatures)memory:NVMM": "memory:NVMM",
}


def test_fields_that_python_lacks_are_text(source):
    texts = ",".join(PLAIN_FIELDS)
    names = [text.partition("=")[0] for text in PLAIN_FIELDS]
    message = Gst.Message.new_element(source, Gst.Structure.new_from_string(f"it,{texts}"))
    assert read(message).fields == dict(zip(names, PLAIN_FIELDS.values(), strict=True))


UNPRINTABLE = [
    (GObject.TYPE_POINTER, "<gpointer>"),
    (GObject.TYPE_PYOBJECT, "<PyObject>"),
    (Gst.Caps.__gtype__, "<GstCaps>"),
    (Gst.Sample.__gtype__, "<GstSample>"),
    (Gst.Element.__gtype__, "<GstElement>"),
    (GLib.Error.__gtype__, "<GError>"),
    (GObject.TYPE_STRV, "[]"),
    (GObject.TYPE_STRING, None),
]


@pytest.mark.parametrize(("type_", "shown"), UNPRINTABLE, ids=lambda it: getattr(it, "name", ""))
def test_fields_without_a_value_are_their_type(source, type_, shown):
    it = Gst.Structure.new_empty("it")
    it.set_value("odd", GObject.Value(type_))
    assert read(Gst.Message.new_element(source, it)).fields == {"odd": shown}


def test_a_field_of_a_type_without_python_wrapper(run, stream):
    pipeline = stream(
        "videotestsrc num-buffers=3 ! video/x-raw,format=I420,width=32,height=32 ! "
        "x264enc ! mpegtsmux ! tsparse ! fakesink"
    )
    seen = []
    pipeline.get_bus().set_sync_handler(lambda _, message: seen.append(read(message)) or PASS)
    assert run(pipeline).type == Gst.MessageType.EOS
    fields = [message.fields for message in seen if isinstance(message, ElementMessage)]
    assert {"section": "<GstMpegtsSection>"} in fields


def test_lists_of_levels_are_text(run, stream):
    pipeline = stream("audiotestsrc num-buffers=10 volume=0 ! level ! fakesink")
    seen = []
    pipeline.get_bus().set_sync_handler(lambda _, message: seen.append(read(message)) or PASS)
    assert run(pipeline).type == Gst.MessageType.EOS
    fields = next(message.fields for message in seen if isinstance(message, ElementMessage))
    assert fields["rms"].startswith("[-")


@pytest.mark.parametrize("kind", [ErrorMessage, WarningMessage, InfoMessage])
def test_a_report_that_is_not_utf8_stays_a_report(source, kind):
    class Report:
        src = source
        type = {
            ErrorMessage: Gst.MessageType.ERROR,
            WarningMessage: Gst.MessageType.WARNING,
            InfoMessage: Gst.MessageType.INFO,
        }[kind]

        def parse_error(self):
            b"caf\xe9.mp4 is gone".decode()

        parse_warning = parse_info = parse_error

    message = read(Report())
    assert type(message) is kind
    assert "not valid UTF-8" in message.text


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
